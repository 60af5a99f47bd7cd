"""Applications as the review desk reads and decides them."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import (
    Answer,
    Cursor,
    PageQuery,
    Told,
    Wish,
    count,
    flag,
    ident,
    moment,
    one_of,
    text,
)
from marketplace.api.schemas.bulk import ID
from marketplace.festival.application_models import Verdict
from marketplace.festival.models import ApplicationState
from marketplace.festival.reason_codes import CODES
from marketplace.office.application_filters import SORTS, TABS

REASONS = sorted({code for codes in CODES.values() for code in codes})


class ApplicationQuery(PageQuery):
    """What the list is narrowed to."""

    tab = fields.String(metadata={"description": f"one of {', '.join(TABS)}; `submitted` unless told"})
    sort = fields.String(metadata={"description": f"one of {', '.join(SORTS)}; `score` unless told"})
    edition = fields.String(metadata={"description": "slug of an edition; the present one unless told"})
    category = fields.String(metadata={"description": "slug of a category"})
    q = fields.String(metadata={"description": "a part of the store's name, or the code of its seal"})


class ApplicationCheck(Answer):
    """One check of the machine: `ok`, `no`, or `wait` where a person has to look."""

    label = text("in the language of the call")
    state = one_of(("ok", "no", "wait"))


class ApplicationRow(Answer):
    """An application in the list. `due_at`: when an answer is promised."""

    id = ident()
    version = count("changes with every step; a decision names it")
    store = text()
    place = text()
    category = text()
    is_hard_hit = flag("the category is one that the crisis hit hard")
    score = count()
    state = one_of(ApplicationState)
    checks = fields.List(fields.Nested(ApplicationCheck))
    due_at = moment(allow_none=True)


class Places(Answer):
    """Places of the edition."""

    taken = count()
    capacity = count()
    waiting = count("on the waiting list")


class ApplicationPage(Cursor):
    """A page of the review desk's list."""

    items = fields.List(fields.Nested(ApplicationRow))
    places = fields.Nested(Places)


class ScorePart(Answer):
    """A part of the score."""

    key = text()
    points = count()
    most = count()


class CheckSaid(Answer):
    """A check with its evidence in words; `until`: the moment at which it changes by itself."""

    label = text()
    state = one_of(("ok", "no", "wait"))
    text = text()
    until = moment(allow_none=True)


class ApplicationStep(Answer):
    """A step of the application's history, the newest first."""

    title = text()
    who = text()
    at = moment()


class ApplicationFile(Answer):
    """One application with all that its decision needs; national id and account are left out."""

    id = ident()
    version = count()
    store = text()
    store_slug = text()
    festival = text()
    category = text()
    state = one_of(ApplicationState)
    reasons = fields.List(fields.String(), metadata={"description": "of the last decision, in words"})
    submitted_at = moment(allow_none=True)
    due_at = moment(allow_none=True)
    score = count()
    parts = fields.List(fields.Nested(ScorePart))
    checks = fields.List(fields.Nested(CheckSaid))
    history = fields.List(fields.Nested(ApplicationStep))


ITEM = {
    "type": "object",
    "required": ["id", "version"],
    "properties": {"id": ID, "version": {"type": "integer", "minimum": 0}},
}


class DecisionWish(Wish):
    """A decision over applications of one edition, and the reasons that their stores will read."""

    verdict = Told(required=True, metadata={"type": "string", "enum": [v.value for v in Verdict]})
    items = Told(required=True, metadata={"type": "array", "minItems": 1, "maxItems": 500, "items": ITEM})
    reasons = Told(metadata={"type": "array", "items": {"type": "string", "enum": REASONS}})
    note = Told(metadata={"type": "string", "maxLength": 1000, "description": "for the store"})
    letter_number = Told(metadata={"type": "string", "maxLength": 40})
    letter_on = Told(metadata={"type": "string", "description": "a day, `1405/01/20` or `2026-04-09`"})
    edition = Told(metadata={"type": "string", "description": "slug; the present edition unless told"})


class Decision(Answer):
    """A decision. Until `tell_at` it can be taken back."""

    id = ident()
    verdict = one_of(Verdict)
    count = count("applications that it changed")
    decided_at = moment()
    tell_at = moment("when the stores are told")
    undone_at = moment(allow_none=True)
