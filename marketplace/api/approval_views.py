"""Acts that need two persons, for officials' programs: what waits, agreeing, refusing, taking back."""

from __future__ import annotations

from typing import Any

from flask import Response

from marketplace.accounts import approvals
from marketplace.accounts.access import scoped, visitor
from marketplace.accounts.models import Role
from marketplace.api.answers import answer
from marketplace.api.blueprint import answers, call, needs_key, reads, refuses
from marketplace.api.once import once
from marketplace.api.schemas import approvals as schemas
from marketplace.core import clock
from marketplace.core.errors import Forbidden, Invalid
from marketplace.office.approval_views import actor, kind_of, kinds
from marketplace.office.approvals_page import ApprovalCard, show_approvals


@call("GET", "/office/approvals", "office")
@scoped("office:read", *Role)
@answers(200, schemas.ApprovalPage)
def list_office_approvals() -> Response:
    """What waits for the caller's signature, what they proposed, and what ended lately."""
    return answer(_page())


@call("POST", "/office/approvals/<int:approval_id>/agreement", "office")
@scoped("office:sign", *Role)
@needs_key
@reads(schemas.AgreementWish)
@answers(200, schemas.ApprovalPage)
@refuses(404)
def create_office_agreement(wish: dict[str, Any], approval_id: int) -> Response:
    """The second person agrees to exactly what they read, and the act is done in the same moment.

    409 `second_person_needed` for the proposer, `approval_changed` for another digest, `approval_over` when it was
    decided or lapsed, and whatever the act itself refuses; 403 for a role without a say, and for an act with a desk
    of its own, such as a batch of payouts.
    """
    digest = wish.get("digest")
    if not isinstance(digest, str):
        raise Invalid(fields={"digest": "bad_value"})
    kind, signer = kind_of(approval_id), actor()
    carry_out = kind.carry_out
    if carry_out is None:
        raise Forbidden()
    return once(
        lambda at: carry_out(
            approvals.approve(approval_id, signer, at, seen=digest, roles=kind.roles), signer, at
        ),
        _page,
    )


@call("POST", "/office/approvals/<int:approval_id>/refusal", "office")
@scoped("office:sign", *Role)
@reads(schemas.RefusalWish)
@answers(200, schemas.ApprovalPage)
@refuses(404)
def create_office_refusal(wish: dict[str, Any], approval_id: int) -> Response:
    """The second person says no, and why."""
    reason = wish.get("reason")
    words = reason if isinstance(reason, str) else ""
    kind = kind_of(approval_id)
    return once(lambda at: approvals.refuse(approval_id, words, actor(), at, roles=kind.roles), _page)


@call("POST", "/office/approvals/<int:approval_id>/withdrawal", "office")
@scoped("office:sign", *Role)
@answers(200, schemas.ApprovalPage)
@refuses(404)
def create_office_withdrawal(approval_id: int) -> Response:
    """The proposer takes it back; everybody else's is not found."""
    return once(lambda at: approvals.withdraw(approval_id, actor(), at), _page)


def _page() -> dict[str, Any]:
    shown = show_approvals(visitor().id, visitor().roles, kinds(), clock.now())
    return {
        "items": [_card(card) for card in (*shown.waiting, *shown.others, *shown.over)],
        "next_cursor": None,
    }


def _card(card: ApprovalCard) -> dict[str, Any]:
    return {
        "id": card.id,
        "title": card.title,
        "subject": card.subject,
        "digest": card.digest,
        "changes": [{"label": c.label, "before": c.before, "after": c.after} for c in card.changes],
        "proposed_by": card.proposed_by,
        "proposed_at": card.proposed_at,
        "lapses_at": card.lapses_at,
        "state": card.state,
        "decided_by": card.decided_by or None,
        "decided_at": card.decided_at,
        "reason": card.reason or None,
        "may_decide": card.may_decide,
        "may_withdraw": card.may_withdraw,
    }
