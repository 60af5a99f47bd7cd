"""Files of offers: what may be asked of them, and how they went."""

from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.api.schemas.base import Answer, Told, Wish, count, flag, ident, link, moment, one_of, text
from marketplace.festival.offer_models import ImportState


class ImportQuery(Schema):
    """What shall be done with the file."""

    dry_run = fields.Boolean(metadata={"description": "read and judge it only"})
    only_good = fields.Boolean(metadata={"description": "write the good rows although others are wrong"})
    send = fields.Boolean(metadata={"description": "send what passes the machine on to the office's check"})


class ApplicationWish(Wish):
    """What shall be written of a file that was read."""

    only_good = Told(metadata={"type": "boolean"})
    send = Told(metadata={"type": "boolean"})


class ImportFault(Answer):
    """What is wrong with one cell. `column`: a field of an offer."""

    column = text()
    code = text()
    message = text("in the language of the call")


class WrongRow(Answer):
    number = count("as a spreadsheet shows it, from 1")
    faults = fields.List(fields.Nested(ImportFault))


class ImportRefusal(Answer):
    """Why a file could not be read at all."""

    code = text()
    message = text()


class OfferImport(Answer):
    """A file of offers. `uploaded`: to be read; `checked`: read, nothing written; `applying`, `applied`: being
    written, written; `refused`: no table that we read; `dropped`: given up."""

    id = ident()
    state = one_of(ImportState)
    file_name = text()
    row_count = count()
    good_count = count()
    bad_count = count()
    created_count = count()
    changed_count = count()
    same_count = count("rows that said what stands already")
    failed_count = count("good rows that had become impossible")
    wrong_rows = fields.List(fields.Nested(WrongRow), metadata={"description": "the first 200"})
    has_more_wrong_rows = flag()
    refusal = fields.Nested(ImportRefusal, allow_none=True)
    uploaded_at = moment()
    applied_at = moment(allow_none=True)
    url = link()
