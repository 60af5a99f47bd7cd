"""Acts that need two persons: one proposes what exactly, another agrees to just that, and it is done in the same unit.

The proposer can never be the second person; a constraint says it again. What is proposed is sealed by a digest, so that
nobody agrees to anything but what they saw. A proposal that nobody answers lapses.

    proposal = propose("policy", "policy:entries_cap", {"before": 50, "after": 40}, actor, at)
    approve(proposal, second, at)       # and the caller's verb, in the same unit
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from marketplace.accounts import queries
from marketplace.accounts.errors import ApprovalChanged, ApprovalOver, ApprovalWaits, SecondPersonNeeded
from marketplace.accounts.models import ApprovalRow, ApprovalState, Role
from marketplace.accounts.shown import Approval, Change
from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.db import changed_count, db
from marketplace.core.errors import Forbidden, Invalid, NotFound
from marketplace.core.sealed_columns import PRIVATE
from marketplace.core.unit_of_work import on_violation

HOURS_TO_ANSWER = 72
BLIND = "blind"
"""A random part of content with private fields, sealed with them: nobody finds them by trying on the digest."""
LONGEST_REASON = 500

on_violation("uq_approvals_open", ApprovalWaits)
on_violation("ck_approvals_second_person", SecondPersonNeeded)


@dataclass(frozen=True, slots=True)
class ApprovalKind:
    """How one action is decided at /office/approvals.

    `roles` may propose and agree. `carry_out` does the act in the unit of the second signature; where it is None the
    act has a page of its own, to which `path` leads (`{subject}` is what follows the colon of the subject). `describe`
    words the content for people, as rows before -> after; without it the content is shown field by field.
    """

    action: str
    roles: frozenset[Role]
    carry_out: Callable[[Approval, Actor, datetime], object] | None = None
    path: str | None = None
    describe: Callable[[Mapping[str, Any]], list[Change]] | None = None


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 over canonical JSON, in hex."""
    body = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(body.encode()).hexdigest()


def propose(
    action: str,
    subject: str,
    content: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    *,
    hours: int = HOURS_TO_ANSWER,
) -> int:
    """Puts an act before a second person and gives the proposal's id. `subject` reads `policy:entries_cap`.

    Raises Forbidden for the platform itself, ApprovalWaits while one on the same subject is open.
    """
    if actor.id is None:
        raise Forbidden()
    _lapse(at, ApprovalRow.action == action, ApprovalRow.subject == subject)
    plain = json.loads(json.dumps(content))
    if any(name in PRIVATE for name in plain):
        plain[BLIND] = secrets.token_hex(16)
    row = ApprovalRow(
        action=action,
        subject=subject,
        content=plain,
        digest=digest_of(plain),
        proposed_by_id=actor.id,
        proposed_at=at,
        lapses_at=at + timedelta(hours=hours),
    )
    db.session.add(row)
    db.session.flush()
    record(actor, "propose", f"approval:{row.id}", at, act=action, of=subject, digest=row.digest)
    return row.id


def approve(
    approval_id: int,
    actor: Actor,
    at: datetime,
    *,
    seen: str | None = None,
    roles: frozenset[Role] = frozenset(),
) -> Approval:
    """The second person agrees. Do the act itself in the same unit, by the content of what is given back.

    `seen` is the digest of what that person looked at; with `roles` they must hold one of them now. Raises NotFound,
    Forbidden, SecondPersonNeeded, ApprovalOver (decided, withdrawn or lapsed), ApprovalChanged.
    """
    return _decide(approval_id, ApprovalState.approved, actor, at, seen=seen, roles=roles)


def refuse(
    approval_id: int, reason: str, actor: Actor, at: datetime, *, roles: frozenset[Role] = frozenset()
) -> Approval:
    """The second person says no, and why. Raises as `approve`, and Invalid without a reason."""
    words = " ".join(reason.split())
    if not words:
        raise Invalid(fields={"reason": "required"})
    return _decide(approval_id, ApprovalState.refused, actor, at, roles=roles, reason=words[:LONGEST_REASON])


def withdraw(approval_id: int, actor: Actor, at: datetime) -> Approval:
    """The proposer takes it back. Raises NotFound for everybody else, ApprovalOver."""
    found = queries.approval(approval_id)
    if found is None or found.proposed_by_id != actor.id:
        raise NotFound()
    return _settle(found, ApprovalState.withdrawn, actor, at, "")


def lapse_approvals(at: datetime) -> int:
    """Closes what nobody answered in time; gives how many. A sweep."""
    return _lapse(at)


def approval(approval_id: int) -> Approval:
    """One proposal. Raises NotFound."""
    found = queries.approval(approval_id)
    if found is None:
        raise NotFound()
    return found


def pending(action: str | None = None) -> list[Approval]:
    """Open proposals, the one that lapses first at the head."""
    return queries.approvals_waiting(action)


def _decide(
    approval_id: int,
    state: ApprovalState,
    actor: Actor,
    at: datetime,
    *,
    seen: str | None = None,
    roles: frozenset[Role],
    reason: str = "",
) -> Approval:
    found = approval(approval_id)
    if actor.id is None or (roles and not roles & queries.roles_now(actor.id)):
        raise Forbidden("role_needed")
    if actor.id == found.proposed_by_id:
        raise SecondPersonNeeded()
    if digest_of(found.content) != found.digest or (seen is not None and seen != found.digest):
        raise ApprovalChanged()
    return _settle(found, state, actor, at, reason)


def _settle(found: Approval, state: ApprovalState, actor: Actor, at: datetime, reason: str) -> Approval:
    """The conditional UPDATE decides between two at once and after the last moment."""
    if not changed_count(
        update(ApprovalRow)
        .where(
            ApprovalRow.id == found.id,
            ApprovalRow.state == ApprovalState.proposed,
            ApprovalRow.lapses_at > at,
        )
        .values(state=state, decided_by_id=actor.id, decided_at=at, reason=reason)
    ):
        raise ApprovalOver()
    record(actor, state.value, f"approval:{found.id}", at, act=found.action, of=found.subject, why=reason)
    return approval(found.id)


def _lapse(at: datetime, *which: Any) -> int:
    ended = db.session.scalars(
        update(ApprovalRow)
        .where(ApprovalRow.state == ApprovalState.proposed, ApprovalRow.lapses_at <= at, *which)
        .values(state=ApprovalState.lapsed, decided_at=at)
        .returning(ApprovalRow.id)
    ).all()
    for approval_id in ended:
        record(SYSTEM, "lapsed", f"approval:{approval_id}", at)
    return len(ended)
