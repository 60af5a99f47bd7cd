"""Inquiries of the clearance desk as its officers' programs read and answer them."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import Answer, Told, Wish, count, flag, ident, moment, one_of, text
from marketplace.stores.inputs import ADVERSE_CATEGORIES, MISSING_CATEGORIES
from marketplace.stores.models import ClearanceState
from marketplace.stores.rules import Colour

CATEGORIES = tuple(dict.fromkeys((*ADVERSE_CATEGORIES, *MISSING_CATEGORIES)))


class ClearanceLine(Answer):
    """An inquiry that waits. `hours_left` is negative once the limit has passed."""

    id = ident()
    reference = text()
    name = text("for its officers alone", allow_none=True)
    state = one_of(ClearanceState)
    clock_from = moment()
    due_at = moment()
    hours_left = fields.Integer()
    colour = one_of(Colour)


class ClearanceQueue(Answer):
    """What waits, the oldest first, at most fifty; how many are of each colour."""

    items = fields.List(fields.Nested(ClearanceLine))
    waiting_count = count()
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())


class ClearanceInquiry(Answer):
    """One inquiry with the least that it needs; which store is meant is not told."""

    id = ident()
    reference = text()
    name = text()
    national_id = text(allow_none=True)
    mobile = text(allow_none=True)
    state = one_of(ClearanceState)
    clock_from = moment(allow_none=True)
    due_at = moment(allow_none=True)
    hours_left = fields.Integer()
    colour = one_of(Colour, allow_none=True)
    answered_at = moment(allow_none=True)
    valid_until = moment(allow_none=True)
    reason_category = text(allow_none=True)
    information = text("what the applicant added", allow_none=True)
    is_own = flag("the caller has an interest and may not answer")


class OutcomeWish(Wish):
    """The police's answer; with a category where it is not clear."""

    outcome = Told(metadata={"type": "string", "enum": ["clear", "adverse", "more_information"]})
    category = Told(metadata={"type": "string", "enum": list(CATEGORIES)})
