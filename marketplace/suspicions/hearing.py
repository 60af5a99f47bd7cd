"""Who is suspected is asked, and answers; meanwhile payouts may be kept back, told at once, for a while."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, select

from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.db import db
from marketplace.core.errors import TooMany
from marketplace.core.unit_of_work import unit_of_work
from marketplace.files.evidence import Checked, keep_evidence
from marketplace.orders.models import HoldReason, StoreOrder
from marketplace.orders.payout_holds import hold_payout, release_payout
from marketplace.policy.policy import policy_at
from marketplace.stores.interest import ensure_disinterested
from marketplace.suspicions.errors import (
    AnswerOver,
    OwnMatter,
    SuspicionMoved,
    SuspicionOver,
    VerdictMisplaced,
)
from marketplace.suspicions.inputs import Words
from marketplace.suspicions.models import Suspicion, SuspicionState, SuspicionWord
from marketplace.suspicions.notices import tell_asked, tell_freed, tell_held
from marketplace.suspicions.queries import (
    facts_of,
    ids_in,
    suspicion_by_number,
    suspicion_of_person,
    suspicion_of_store,
)
from marketplace.suspicions.rules import TRANSITIONS, answer_due, may_answer

S = SuspicionState
MOST_WORDS = 20


def ask_subject(number: str, words: Words, actor: Actor, at: datetime) -> Suspicion:
    """An official asks the subject: from now on it reads the case, and has the policy's days to answer.

    Raises UnknownSuspicion, OwnMatter, OwnStore, SuspicionMoved for a page of before, SuspicionOver.
    """
    case = lock_for(number, actor, words.seen)
    if case.state is not S.found:
        raise SuspicionOver(params={"state": case.state.value})
    due_at = answer_due(at, at, policy_at(at))
    case.state, case.asked_at, case.question, case.answer_due_at = S.hearing, at, words.text, due_at
    case.version += 1
    db.session.flush()
    record(actor, "ask_subject", f"suspicion:{number}", at, until=due_at.isoformat())
    tell_asked(case, at)
    return case


def answer_as_person(
    number: str, person_id: int, text: str, files: Iterable[Checked], actor: Actor, at: datetime
) -> None:
    """The shopper answers. Raises UnknownSuspicion for another's, AnswerOver, TooMany, FileRefused."""
    _answer(suspicion_of_person(number, person_id, lock=True), text, files, actor, at)


def answer_as_store(
    number: str, store_id: int, text: str, files: Iterable[Checked], actor: Actor, at: datetime
) -> None:
    """A member answers for the store. Raises as `answer_as_person`."""
    _answer(suspicion_of_store(number, store_id, lock=True), text, files, actor, at)


def hold_payouts(number: str, words: Words, actor: Actor, at: datetime) -> int:
    """Keeps the payouts of the purchases in question back, with a reason that the subject is told at once; gives how
    many. It ends by itself after the policy's days, and with the verdict.

    Raises as `ask_subject`; SuspicionOver unless the subject was asked, or where a hold stood before;
    VerdictMisplaced for a shopper, who is paid nothing, or without purchases.
    """
    case = lock_for(number, actor, words.seen)
    if case.state not in (S.hearing, S.heard) or case.hold_at is not None:
        raise SuspicionOver(params={"state": case.state.value})
    parts = _parts(case) if case.store_id is not None else []
    if not parts:
        raise VerdictMisplaced()
    until_at = at + timedelta(days=policy_at(at).suspicion_hold_days)
    case.hold_at, case.hold_reason, case.hold_until_at = at, words.text, until_at
    case.version += 1
    db.session.flush()
    for part in parts:
        hold_payout(part, HoldReason.office, _subject(case), at)
    record(actor, "hold_payouts", f"suspicion:{number}", at, store_orders=len(parts), reason=words.text)
    tell_held(case, at)
    return len(parts)


def free_payouts(number: str, seen: int, actor: Actor, at: datetime) -> None:
    """The office ends a hold before its time. Raises as `ask_subject`; SuspicionOver where none stands."""
    case = lock_for(number, actor, seen)
    if not release_hold(case, at):
        raise SuspicionOver()
    case.version += 1
    db.session.flush()
    record(actor, "free_payouts", f"suspicion:{number}", at)


def end_holds(at: datetime) -> int:
    """The sweep: holds whose time is over are ended, and their stores told. Gives how many."""
    over = (
        select(Suspicion.number)
        .where(Suspicion.hold_until_at < at, Suspicion.hold_ended_at.is_(None))
        .order_by(Suspicion.id)
    )
    numbers = list(db.session.scalars(over))
    db.session.rollback()
    done = 0
    for number in numbers:
        with unit_of_work():
            case = suspicion_by_number(number, lock=True)
            if release_hold(case, at):
                case.version += 1
                db.session.flush()
                record(SYSTEM, "free_payouts", f"suspicion:{number}", at)
                done += 1
    return done


def release_hold(case: Suspicion, at: datetime) -> bool:
    """Ends what the case keeps back, and tells so; False where it keeps nothing."""
    if case.hold_at is None or case.hold_ended_at is not None:
        return False
    for part in _parts(case):
        release_payout(part, _subject(case), at)
    case.hold_ended_at = at
    tell_freed(case, at)
    return True


def lock_for(number: str, actor: Actor, seen: int) -> Suspicion:
    """A case for an official's act. Raises UnknownSuspicion, OwnMatter, OwnStore, SuspicionMoved."""
    case = suspicion_by_number(number, lock=True)
    if case.person_id is not None and case.person_id == actor.id:
        raise OwnMatter()
    if case.store_id is not None:
        ensure_disinterested(actor, case.store_id)
    if case.version != seen:
        raise SuspicionMoved()
    return case


def step(case: Suspicion, following: SuspicionState) -> None:
    """Raises SuspicionOver where the step is not lawful."""
    if following not in TRANSITIONS[case.state]:
        raise SuspicionOver(params={"state": case.state.value})
    case.state = following


def _answer(case: Suspicion, text: str, files: Iterable[Checked], actor: Actor, at: datetime) -> None:
    if not may_answer(case.state, case.answer_due_at, at) or actor.id is None:
        raise AnswerOver()
    said = select(func.count()).select_from(SuspicionWord).where(SuspicionWord.suspicion_id == case.id)
    if (db.session.scalar(said) or 0) >= MOST_WORDS:
        raise TooMany()
    db.session.add(SuspicionWord(suspicion_id=case.id, author_id=actor.id, text=text, at=at))
    if case.state is S.hearing:
        step(case, S.heard)
    case.answered_at = case.answered_at or at
    case.version += 1
    db.session.flush()
    for one in files:
        keep_evidence(one, _subject(case), actor, at)
    record(actor, "answer_suspicion", f"suspicion:{case.number}", at)


def _parts(case: Suspicion) -> list[int]:
    """The store's store orders among the evidence."""
    ids = ids_in(facts_of(case.id), "store-order")
    return list(
        db.session.scalars(
            select(StoreOrder.id)
            .where(StoreOrder.id.in_(ids), StoreOrder.store_id == case.store_id)
            .order_by(StoreOrder.id)
        )
    )


def _subject(case: Suspicion) -> str:
    return f"suspicion:{case.number}"
