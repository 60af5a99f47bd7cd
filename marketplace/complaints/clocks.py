"""Sweeps over running clocks, and the crisis pauses that hold them still. Each sweep opens its own units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from marketplace.complaints.consequences import apply_to_stores
from marketplace.complaints.errors import WrongComplaintStep
from marketplace.complaints.events import ComplaintClosed
from marketplace.complaints.filing import let_go
from marketplace.complaints.inputs import PauseWish
from marketplace.complaints.models import Complaint, ComplaintState, Evaluation
from marketplace.complaints.notices import tell_due_moved, tell_overdue, tell_reminders
from marketplace.complaints.queries import overdue_complaints
from marketplace.complaints.rules import next_reminder, reminder_hours
from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.events import publish
from marketplace.core.unit_of_work import unit_of_work
from marketplace.policy.policy import policy_at
from marketplace.stores.pauses import due_moment
from marketplace.stores.record_models import ClockPause, RecordCase, StoreRecord
from marketplace.stores.record_rows import all_pauses

BATCH = 500
"""So many complaints in one unit: the write turn is kept for some tenths of a second."""
MOST_AT_ONCE = 100_000
C = ComplaintState
CONTEST_DAYS = 7
"""So long after its last word a case stays open for a contest."""


def escalate_overdue(at: datetime) -> int:
    """Hands every complaint whose deadline passed unanswered to the seal centre, and draws the consequences for the
    stores. Gives the number of complaints.

    They go store by store, some hundreds in a unit, so that a store's seal is looked at once or twice and not once for
    each of its complaints.
    """
    done = 0
    while due := overdue_complaints(at, MOST_AT_ONCE):
        db.session.rollback()
        for first in range(0, len(due), BATCH):
            done += _escalate([complaint_id for complaint_id, _ in due[first : first + BATCH]], at)
        if len(due) < MOST_AT_ONCE:
            break
    return done


def _escalate(ids: Sequence[int], at: datetime) -> int:
    with unit_of_work():
        rows = db.session.scalars(
            update(Complaint)
            .where(Complaint.id.in_(ids), Complaint.state == C.filed, Complaint.answer_due_at < at)
            .values(state=C.overdue, escalated_at=at, remind_at=None)
            .returning(Complaint)
            .execution_options(synchronize_session=False, populate_existing=True)
        ).all()
        tell_overdue(sorted(rows, key=lambda c: c.id), at)
        apply_to_stores({complaint.store_id for complaint in rows}, at)
    return len(rows)


def remind_stores(at: datetime) -> int:
    """Reminds stores whose clocks have 72, 24 or 2 hours left; each reminder once. Gives their number."""
    done, policy = 0, policy_at(at)
    while True:
        with unit_of_work():
            rows = db.session.scalars(
                select(Complaint)
                .where(Complaint.remind_at <= at)
                .order_by(Complaint.remind_at)
                .limit(BATCH)
                .with_for_update()
            ).all()
            due: list[tuple[Complaint, int]] = []
            for complaint in rows:
                hours = reminder_hours(complaint.answer_due_at, at, policy)
                is_running = complaint.state is C.filed
                if is_running and hours is not None and at <= complaint.answer_due_at:
                    due.append((complaint, hours))
                complaint.remind_at = (
                    next_reminder(complaint.answer_due_at, at, policy) if is_running else None
                )
            tell_reminders(due, at)
        done += len(rows)
        if len(rows) < BATCH:
            return done


def end_silence(at: datetime) -> int:
    """Notes for every answer that the shopper did not judge within ten days that it was not evaluated."""
    days = timedelta(days=policy_at(at).complaint_evaluation_days)
    with unit_of_work():
        rows = db.session.scalars(
            update(Complaint)
            .where(Complaint.state == C.answered, Complaint.answered_at < at - days)
            .values(state=C.evaluated, evaluation=Evaluation.not_evaluated, evaluated_at=at)
            .returning(Complaint.id)
            .execution_options(synchronize_session=False)
        ).all()
    return len(rows)


def close_complaints(at: datetime) -> int:
    """Closes cases whose last word is a week old, and publishes each. Gives their number."""
    before = at - timedelta(days=CONTEST_DAYS)
    done = 0
    while True:
        with unit_of_work():
            rows = db.session.scalars(
                select(Complaint)
                .where(
                    Complaint.state.in_((C.evaluated, C.reviewed)),
                    (Complaint.state == C.reviewed) | (Complaint.evaluation != Evaluation.not_solved),
                    (Complaint.reviewed_at < before)
                    | (Complaint.reviewed_at.is_(None) & (Complaint.evaluated_at < before)),
                )
                .order_by(Complaint.id)
                .limit(BATCH)
                .with_for_update()
            ).all()
            for complaint in rows:
                close(complaint, at)
        done += len(rows)
        if len(rows) < BATCH:
            return done


def close(complaint: Complaint, at: datetime) -> None:
    """The last step of a case, told to whoever waits for it."""
    complaint.state, complaint.closed_at = C.closed, at
    let_go(complaint, at)
    outcome = complaint.evaluation.value if complaint.evaluation else "closed"
    publish(
        ComplaintClosed(
            complaint.id,
            complaint.number,
            complaint.store_id,
            complaint.store_order_id,
            complaint.person_id,
            outcome,
            at,
        )
    )


def pause_clocks(wish: PauseWish, actor: Actor, at: datetime) -> ClockPause:
    """Declares that clocks stand still from one moment to another; every running deadline moves in this unit."""
    pause = ClockPause(
        province_id=wish.province_id,
        starts_at=wish.starts_at,
        ends_at=wish.ends_at,
        reason_fa=wish.reason_fa,
        reason_en=wish.reason_en,
        declared_by_id=actor.id,
        declared_at=at,
    )
    db.session.add(pause)
    db.session.flush()
    record(
        actor,
        "pause_clocks",
        f"pause:{pause.id}",
        at,
        starts_at=wish.starts_at.isoformat(),
        ends_at=wish.ends_at.isoformat(),
        province=wish.province_id,
    )
    _move_deadlines(pause.province_id, pause.starts_at, f"pause-{pause.id}", at)
    return pause


def end_pause(pause_id: int, actor: Actor, at: datetime) -> ClockPause:
    """Lets clocks run again before a pause was to end; one that has not begun is taken back.

    Raises WrongComplaintStep for one that is over.
    """
    pause = db.session.scalar(select(ClockPause).where(ClockPause.id == pause_id).with_for_update())
    if pause is None or pause.ends_at <= at:
        raise WrongComplaintStep("pause_over")
    pause.ends_at = max(at, pause.starts_at)
    db.session.flush()
    record(actor, "end_pause", f"pause:{pause.id}", at)
    _move_deadlines(pause.province_id, min(pause.starts_at, at), f"pause-{pause.id}-end", at)
    return pause


def _move_deadlines(province_id: int | None, since: datetime, key: str, at: datetime) -> None:
    """Computes the deadlines that lie after a moment anew: in the record and in the cases."""
    pauses = all_pauses()
    concerned = [RecordCase.due_at >= since, RecordCase.answered_at.is_(None)]
    if province_id is not None:
        concerned.append(RecordCase.province_id == province_id)
    last = 0
    while True:
        cases: Sequence[RecordCase] = db.session.scalars(
            select(RecordCase).where(*concerned, RecordCase.id > last).order_by(RecordCase.id).limit(BATCH)
        ).all()
        moved = {}
        for case in cases:
            due_at = due_moment(case.filed_at, case.answer_hours, pauses, case.province_id)
            if due_at != case.due_at:
                case.due_at = moved[case.complaint] = due_at
        db.session.flush()
        _move_cases(moved, key, at)
        if len(cases) < BATCH:
            break
        last = cases[-1].id
    db.session.execute(update(StoreRecord).values(good_until=at))


def _move_cases(moved: dict[str, datetime], key: str, at: datetime) -> None:
    policy = policy_at(at)
    running: list[Complaint] = []
    for complaint in db.session.scalars(select(Complaint).where(Complaint.number.in_(moved))):
        complaint.answer_due_at = moved[complaint.number]
        if complaint.state is C.filed:
            complaint.remind_at = next_reminder(complaint.answer_due_at, at, policy)
            running.append(complaint)
    db.session.flush()
    tell_due_moved(running, key, at)
