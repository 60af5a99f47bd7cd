"""Acts on a draw that need two officers: proposed by one, done in the unit of the other's signature."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marketplace.accounts.approvals import ApprovalKind, propose
from marketplace.accounts.models import Role
from marketplace.accounts.shown import Approval
from marketplace.core.audit import Actor
from marketplace.core.errors import Invalid, Malformed
from marketplace.lottery.drawing import draw_winners
from marketplace.lottery.freezing import ensure_takes_no_part, freeze_draw, void_draw
from marketplace.lottery.listing import skip_entry, skip_person
from marketplace.lottery.models import Draw

FREEZE, DRAW, VOID, SKIP = "freeze_draw", "draw_winners", "void_draw", "skip_person"
SKIP_ENTRY = "skip_entry"
WITH_REASON = (VOID, SKIP, SKIP_ENTRY)
OFFICERS = frozenset({Role.office, Role.seal_officer})


def propose_act(action: str, draw: Draw, content: dict[str, Any], actor: Actor, at: datetime) -> int:
    """Puts an act on a draw before a second officer. Raises OfficerTakesPart, Invalid, ApprovalWaits."""
    ensure_takes_no_part(draw.id, actor)
    if action not in {kind.action for kind in KINDS}:
        raise Malformed()
    if action in WITH_REASON and not str(content.get("reason", "")).strip():
        raise Invalid(fields={"reason": "required"})
    return propose(action, f"draw:{draw.slug}", {"draw_id": draw.id, **content}, actor, at)


def _freeze(agreed: Approval, actor: Actor, at: datetime) -> object:
    return freeze_draw(agreed.content["draw_id"], actor, at)


def _draw(agreed: Approval, actor: Actor, at: datetime) -> object:
    return draw_winners(agreed.content["draw_id"], agreed.content["stage"], actor, at)


def _void(agreed: Approval, actor: Actor, at: datetime) -> object:
    return void_draw(agreed.content["draw_id"], agreed.content["reason"], actor, at)


def _skip(agreed: Approval, actor: Actor, at: datetime) -> object:
    content = agreed.content
    skip_person(content["draw_id"], content["pseudonym"], content["reason"], actor, at)
    return None


def _skip_entry(agreed: Approval, actor: Actor, at: datetime) -> object:
    content = agreed.content
    skip_entry(content["draw_id"], content["entry_id"], content["reason"], actor, at)
    return None


KINDS = (
    ApprovalKind(FREEZE, OFFICERS, _freeze),
    ApprovalKind(DRAW, OFFICERS, _draw),
    ApprovalKind(VOID, OFFICERS, _void),
    ApprovalKind(SKIP, OFFICERS, _skip),
    ApprovalKind(SKIP_ENTRY, OFFICERS, _skip_entry),
)
