"""Seals as the seal centre reads and moves them."""

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
from marketplace.api.schemas.imports import WrongRow
from marketplace.api.schemas.said import words
from marketplace.stores.case_models import SealApplicationKind
from marketplace.stores.case_models import SealApplicationState as ApplicationState
from marketplace.stores.inputs import REFUSAL_REASONS, SEAL_REASONS
from marketplace.stores.models import ClearanceState, SealState


class SealQuery(PageQuery):
    """What the registry is narrowed to."""

    q = fields.String(metadata={"description": "a part of the store's name or domain, or the whole code"})
    state = fields.String(metadata={"description": f"one of {', '.join(SealState)}"})


class SealLine(Answer):
    """A seal in the registry."""

    code = text()
    store = text()
    domain = text(allow_none=True)
    stars = count()
    state = one_of(SealState)
    valid_until = moment(allow_none=True)


class SealPage(Cursor):
    """A page of the registry."""

    items = fields.List(fields.Nested(SealLine))


class SealStep(Answer):
    """An entry of a seal's history, the newest first."""

    before = one_of(SealState, allow_none=True)
    after = one_of(SealState)
    stars = count()
    reason = fields.String()
    text = fields.String()
    at = moment()


class OutsideAnswer(Answer):
    """What an outside registry last said. `fetched_at` is its age; `problem` why the newest question got no answer."""

    state = text(allow_none=True)
    stars = count(allow_none=True)
    domain = text(allow_none=True)
    fetched_at = moment(allow_none=True)
    problem = text(allow_none=True)


class OfficeSeal(Answer):
    """One seal with its history."""

    code = text()
    store = text()
    store_slug = text()
    domain = text(allow_none=True)
    stars = count()
    state = one_of(SealState)
    valid_from = moment(allow_none=True)
    valid_until = moment(allow_none=True)
    history = fields.List(fields.Nested(SealStep))
    outside = fields.Nested(OutsideAnswer, allow_none=True)


class SealActWish(Wish):
    """Why; `other` needs words."""

    reason_code = Told(required=True, metadata={"type": "string", "enum": list(SEAL_REASONS)})
    reason_text = words(most=1_000)


class RefuseSealWish(Wish):
    """Why; `other` needs words."""

    reason_code = Told(required=True, metadata={"type": "string", "enum": list(REFUSAL_REASONS)})
    reason_text = words(most=1_000)


class GrantWish(Wish):
    stars = Told(required=True, metadata={"type": "integer", "minimum": 0, "maximum": 5})


class SealApplicationLine(Answer):
    """An open application. `is_ready`: domain proven and clearance in force."""

    id = ident()
    store = text()
    domain = text()
    kind = one_of(SealApplicationKind)
    submitted_at = moment()
    is_proven = flag("the store showed that the domain is its own")
    clearance = one_of(ClearanceState, allow_none=True)
    is_ready = flag()


class SealApplicationPage(Cursor):
    items = fields.List(fields.Nested(SealApplicationLine))


class SealApplicationState(Answer):
    """How an application stands."""

    id = ident()
    state = one_of(ApplicationState)


class SealImport(Answer):
    """A registry file: what its rows would do now, or did. `written_at`: null while it waits."""

    id = ident()
    name = text()
    uploaded_at = moment()
    written_at = moment(allow_none=True)
    new = count()
    change = count()
    same = count()
    error = count("wrong rows")
    wrong_rows = fields.List(fields.Nested(WrongRow), metadata={"description": "the first 200"})


class WritingWish(Wish):
    """Whether good rows are written although others are wrong."""

    only_good = Told(metadata={"type": "boolean"})
