"""Sweeps over running clocks. Each opens its own units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta

from sqlalchemy import select, update

from marketplace.complaints.consequences import apply_to_stores
from marketplace.complaints.events import ComplaintClosed, Escalated
from marketplace.complaints.filing import let_go
from marketplace.complaints.hook_events import hook_escalated
from marketplace.complaints.models import Complaint, ComplaintState, Evaluation
from marketplace.complaints.notices import tell_overdue, tell_reminders
from marketplace.complaints.pausing import settle_deadlines
from marketplace.complaints.queries import overdue_complaints
from marketplace.complaints.rules import next_reminder, reminder_hours
from marketplace.core.audit import SYSTEM, record
from marketplace.core.db import db
from marketplace.core.events import publish
from marketplace.core.unit_of_work import unit_of_work
from marketplace.policy.policy import policy_at

BATCH = 500
"""So many complaints in one unit: the write turn is kept for some tenths of a second."""
MOST_AT_ONCE = 100_000
C = ComplaintState
CONTEST_DAYS = 7
"""So long after its last word a case stays open for a contest."""
TOLD = [getattr(Complaint, column.name) for column in fields(Escalated)]


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
        settle_deadlines(ids, at)
        rows = db.session.execute(
            update(Complaint)
            .where(Complaint.id.in_(ids), Complaint.state == C.filed, Complaint.answer_due_at < at)
            .values(state=C.overdue, escalated_at=at, remind_at=None)
            .returning(*TOLD)
            .execution_options(synchronize_session=False)
        ).all()
        db.session.expire_all()
        escalated = sorted((Escalated(*row) for row in rows), key=lambda c: c.id)
        tell_overdue(escalated, at)
        hook_escalated(escalated, at)
        if escalated:
            told = [complaint.number for complaint in escalated]
            record(SYSTEM, "escalate_complaints", "complaints", at, complaints=told)
        apply_to_stores({complaint.store_id for complaint in escalated}, at)
    return len(escalated)


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
            settle_deadlines([complaint.id for complaint in rows], at)
            due: list[tuple[Complaint, int]] = []
            for complaint in rows:
                if complaint.remind_at is None or complaint.remind_at > at:
                    continue  # a pause has just moved it
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
