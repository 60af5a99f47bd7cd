"""Verdicts: after the subject was heard, with a reason, and by two persons where something of weight is taken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from marketplace.accounts.approvals import propose
from marketplace.accounts.people import disable_person
from marketplace.accounts.shown import Approval, Change
from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.language import t
from marketplace.guarantee.refusing import refuse_claims
from marketplace.lottery.taking import take_entries
from marketplace.reviews.inputs import Decision as Removal
from marketplace.reviews.models import ReportReason, Review, SaidKind, SaidState
from marketplace.reviews.moderation import remove_said
from marketplace.stores.visibility import hide_store
from marketplace.suspicions.errors import NotHeardYet, SuspicionOver, VerdictMisplaced
from marketplace.suspicions.hearing import lock_for, release_hold, step
from marketplace.suspicions.inputs import Decision
from marketplace.suspicions.models import Suspicion, SuspicionState, Verdict
from marketplace.suspicions.notices import tell_verdict
from marketplace.suspicions.queries import facts_of, ids_in
from marketplace.suspicions.rules import NEEDS_TWO, may_decide, verdicts_for

ACTION = "decide_suspicion"
S, V = SuspicionState, Verdict


def decide_suspicion(number: str, wish: Decision, actor: Actor, at: datetime) -> int | None:
    """Gives the verdict, or proposes it to a second person and gives the proposal's id.

    Raises UnknownSuspicion, OwnMatter, OwnStore, SuspicionMoved, SuspicionOver, NotHeardYet, VerdictMisplaced (it does
    not fit, or nothing is left to take), ApprovalWaits.
    """
    case = lock_for(number, actor, wish.seen)
    _ensure_lawful(case, wish.verdict, at)
    if wish.verdict in NEEDS_TWO:
        content = {
            "verdict": wish.verdict.value,
            "reason": wish.reason,
            "seen": case.version,
            "about": case.of,
        }
        return propose(ACTION, f"suspicion:{number}", content, actor, at)
    _carry(case, wish, actor, None, at)
    return None


def carry_out(approval: Approval, second: Actor, at: datetime) -> None:
    """The act of the second signature: what was proposed, of the case as it was then. Raises as `decide_suspicion`."""
    number = approval.subject.partition(":")[2]
    content = approval.content
    wish = Decision(Verdict(content["verdict"]), content["reason"], content["seen"])
    case = lock_for(number, second, wish.seen)
    _ensure_lawful(case, wish.verdict, at)
    first = Actor(approval.proposed_by_id, "office", approval.proposed_by)
    _carry(case, wish, first, second, at)


def describe(content: Mapping[str, Any]) -> list[Change]:
    """A proposed verdict in words."""
    return [
        Change(t("suspicion.verdict"), None, t(f"suspicion_verdict.{content['verdict']}")),
        Change(t("suspicion.reason"), None, str(content["reason"])),
    ]


def _ensure_lawful(case: Suspicion, verdict: Verdict, at: datetime) -> None:
    if case.state is S.decided:
        raise SuspicionOver(params={"state": case.state.value})
    if verdict not in verdicts_for(case.signal, case.subject):
        raise VerdictMisplaced()
    if not may_decide(verdict, case.state, case.answer_due_at, at):
        raise NotHeardYet()


def _carry(case: Suspicion, wish: Decision, actor: Actor, second: Actor | None, at: datetime) -> None:
    was_asked = case.asked_at is not None
    step(case, S.decided)
    case.verdict, case.reason, case.decided_at = wish.verdict, wish.reason, at
    case.decided_by_id, case.second_id = actor.id, second.id if second else None
    case.version += 1
    release_hold(case, at)
    db.session.flush()
    if was_asked:
        tell_verdict(case, wish.verdict, wish.reason, at)
    taken = _take(case, wish, second or actor, at)
    if wish.verdict in (V.entries_voided, V.claims_refused, V.reviews_hidden) and not taken:
        raise VerdictMisplaced("nothing_to_take")
    record(
        second or actor,
        "decide_suspicion",
        f"suspicion:{case.number}",
        at,
        verdict=wish.verdict.value,
        reason=wish.reason,
        proposed_by=actor.label,
        taken=taken,
    )


def _take(case: Suspicion, wish: Decision, actor: Actor, at: datetime) -> int:
    """What a verdict takes, by the verb of the slice to which it belongs. Gives how much."""
    facts = facts_of(case.id)
    match wish.verdict:
        case V.entries_voided:
            return take_entries(ids_in(facts, "store-order"), case.person_id or 0, actor, at)
        case V.claims_refused:
            return refuse_claims(ids_in(facts, "claim"), case.person_id or 0, actor, at)
        case V.reviews_hidden:
            return _hide(ids_in(facts, "review"), case.person_id or 0, wish.reason, actor, at)
        case V.account_suspended:
            disable_person(case.person_id or 0, at, actor)
        case V.store_suspended:
            hide_store(case.store_id or 0, "fraud", wish.reason, actor, at)
    return 0


def _hide(review_ids: list[int], person_id: int, reason: str, actor: Actor, at: datetime) -> int:
    rows = db.session.execute(
        select(Review.id, Review.state)
        .where(Review.id.in_(review_ids), Review.person_id == person_id, Review.state != SaidState.removed)
        .order_by(Review.id)
    ).all()
    for row in rows:
        removal = Removal(SaidKind.review, row.id, ReportReason.falsehood, reason[:500])
        remove_said(removal, actor, at, seen=row.state)
    return len(rows)
