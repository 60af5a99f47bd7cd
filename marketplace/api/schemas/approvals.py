"""Acts that need two persons."""

from __future__ import annotations

from marshmallow import fields

from marketplace.accounts.models import ApprovalState
from marketplace.api.schemas.base import Answer, Cursor, Told, Wish, flag, ident, moment, one_of, text


class ApprovalChange(Answer):
    """One line of what would change; `before` is null for something new."""

    label = text("in the language of the call")
    before = text(allow_none=True)
    after = text()


class OfficeApproval(Answer):
    """An act that was put before a second person. `digest` seals what was read."""

    id = ident()
    title = text("in the language of the call")
    subject = text()
    digest = text()
    changes = fields.List(fields.Nested(ApprovalChange))
    proposed_by = text()
    proposed_at = moment()
    lapses_at = moment()
    state = one_of(ApprovalState)
    decided_by = text(allow_none=True)
    decided_at = moment(allow_none=True)
    reason = text("why it was refused", allow_none=True)
    may_decide = flag("the caller may be the second person")
    may_withdraw = flag("the caller proposed it")


class ApprovalPage(Cursor):
    """What waits for the caller first, then what waits for others, then what ended lately."""

    items = fields.List(fields.Nested(OfficeApproval))


class AgreementWish(Wish):
    """What was read, and is agreed to."""

    digest = Told(required=True, metadata={"type": "string", "pattern": "^[0-9a-f]{64}$"})


class RefusalWish(Wish):
    reason = Told(required=True, metadata={"type": "string", "minLength": 1, "maxLength": 500})
