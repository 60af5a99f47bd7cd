"""A revocation case's way: defence, decision with reasons, appeal to another officer."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from marketplace.complaints.consequences import apply_consequences
from marketplace.complaints.errors import AnotherOfficerNeeded, WrongComplaintStep
from marketplace.complaints.inputs import Verdict
from marketplace.complaints.models import OPEN_CASE, RevocationCase, RevocationState
from marketplace.complaints.notices import tell_case
from marketplace.complaints.queries import lock_store, open_case
from marketplace.complaints.rules import case_may_become
from marketplace.complaints.seal_effects import mend_seal, revoke_for, seal_of_store
from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.unit_of_work import unit_of_work
from marketplace.policy.policy import policy_at
from marketplace.stores.interest import ensure_disinterested

V = RevocationState


def defend_seal(store_id: int, text: str, actor: Actor, at: datetime) -> RevocationCase:
    """The store's defence, within seven days, once. Raises WrongComplaintStep."""
    case = _open_case(store_id)
    if case.state is not V.opened or at > case.defence_until:
        raise WrongComplaintStep("defence_over")
    case.state, case.defence, case.defended_at = V.defended, text, at
    record(actor, "defend_seal", f"revocation:{case.id}", at)
    return case


def decide_revocation(case_id: int, verdict: Verdict, actor: Actor, at: datetime) -> RevocationCase:
    """An officer decides with reasons: revoked, or the seal stands. Raises WrongComplaintStep while the defence may
    still come."""
    case = _case(case_id)
    ensure_disinterested(actor, case.store_id)
    if case.state is V.opened and at <= case.defence_until:
        raise WrongComplaintStep("defence_runs")
    _decide(case, verdict, actor, at)
    return case


def _decide(case: RevocationCase, verdict: Verdict, actor: Actor, at: datetime) -> None:
    following = V.revoked if verdict.is_upheld else V.kept
    if not case_may_become(case.state, following):
        raise WrongComplaintStep(params={"state": case.state})
    case.state, case.decision, case.decided_by_id, case.decided_at = following, verdict.text, actor.id, at
    days = policy_at(case.opened_at).revocation_appeal_days
    case.appeal_until = at + timedelta(days=days) if verdict.is_upheld else None
    case.ended_at = None if verdict.is_upheld else at
    db.session.flush()
    record(actor, "decide_revocation", f"revocation:{case.id}", at, revoked=verdict.is_upheld)
    seal = seal_of_store(case.store_id)
    if seal is not None and verdict.is_upheld:
        revoke_for(seal, "counted_complaints", verdict.text, actor, at)
        tell_case(case, "revocation_decided", {"appeal_at": (at + timedelta(days=days)).isoformat()}, at)
    elif seal is not None:
        mend_seal(seal, seal.stars == 0, at)
        tell_case(case, "revocation_kept", {}, at)


def appeal_revocation(store_id: int, text: str, actor: Actor, at: datetime) -> RevocationCase:
    """The store's appeal within seven days of the decision, once. Raises WrongComplaintStep."""
    case = _open_case(store_id)
    if case.state is not V.revoked or case.appeal_until is None or at > case.appeal_until:
        raise WrongComplaintStep("appeal_over")
    case.state, case.appeal, case.appealed_at = V.appealed, text, at
    record(actor, "appeal_revocation", f"revocation:{case.id}", at)
    return case


def decide_appeal(case_id: int, verdict: Verdict, actor: Actor, at: datetime) -> RevocationCase:
    """Another officer's last word: confirmed, or the seal comes back. Raises AnotherOfficerNeeded for who decided
    before, WrongComplaintStep."""
    case = _case(case_id)
    ensure_disinterested(actor, case.store_id)
    following = V.confirmed if verdict.is_upheld else V.restored
    if not case_may_become(case.state, following) or case.state is not V.appealed:
        raise WrongComplaintStep(params={"state": case.state})
    if actor.id == case.decided_by_id:
        raise AnotherOfficerNeeded()
    case.state, case.appeal_decision, case.appeal_decided_by_id = following, verdict.text, actor.id
    case.appeal_decided_at = case.ended_at = at
    db.session.flush()
    record(actor, "decide_appeal", f"revocation:{case.id}", at, confirmed=verdict.is_upheld)
    seal = seal_of_store(case.store_id)
    if seal is not None and not verdict.is_upheld:
        mend_seal(seal, seal.stars == 0, at, is_won=True)
    tell_case(case, "revocation_confirmed" if verdict.is_upheld else "revocation_restored", {}, at)
    return case


def move_cases(at: datetime) -> int:
    """The sweep: without a defence the seal is revoked once seven days are over, without an appeal that is final;
    a case whose count fell back by time alone ends. Gives the number of cases moved."""
    done = 0
    ids = db.session.scalars(select(RevocationCase.id).where(OPEN_CASE).order_by(RevocationCase.id)).all()
    db.session.rollback()
    for case_id in ids:
        with unit_of_work():
            case = _case(case_id)
            before = case.state
            apply_consequences(case.store_id, at)
            if case.state is not before:
                done += 1
            elif case.state is V.opened and case.defence_until < at:
                _decide(case, Verdict(True, "no_defence"), SYSTEM, at)
                done += 1
            elif case.state is V.revoked and case.appeal_until is not None and case.appeal_until < at:
                case.state, case.ended_at = V.confirmed, at
                done += 1
    return done


def _open_case(store_id: int) -> RevocationCase:
    lock_store(store_id)
    case = open_case(store_id)
    if case is None:
        raise NotFound("unknown_case")
    return case


def _case(case_id: int) -> RevocationCase:
    store_id = db.session.scalar(select(RevocationCase.store_id).where(RevocationCase.id == case_id))
    if store_id is None:
        raise NotFound("unknown_case")
    lock_store(store_id)
    return db.session.get_one(RevocationCase, case_id, populate_existing=True)
