"""Crisis pauses: clocks of a province, or of everybody, stand still from one moment to another.

Every deadline that a pause moves is moved in its own unit, a hundred thousand within seconds; the shoppers are told by
jobs of some hundreds, so that nobody waits for their messages.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from marketplace.complaints.errors import WrongComplaintStep
from marketplace.complaints.inputs import PauseWish
from marketplace.complaints.models import Complaint, ComplaintState
from marketplace.complaints.notices import tell_due_moved
from marketplace.complaints.rules import next_reminder
from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.jobs import JobKind, enqueue
from marketplace.policy.policy import policy_at
from marketplace.stores.pauses import due_moment
from marketplace.stores.record_models import ClockPause, RecordCase, StoreRecord
from marketplace.stores.record_rows import all_pauses

TELL = "tell_moved_deadlines"
TOLD_AT_ONCE = 500
BATCH = 5_000
IS_FILED = Complaint.state == ComplaintState.filed


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
    """Computes the deadlines that lie after a moment anew: in the record and in the cases, answered or not, so that the
    record stays what its rows and the pauses say."""
    pauses = all_pauses()
    concerned = [RecordCase.due_at >= since]
    if province_id is not None:
        concerned.append(RecordCase.province_id == province_id)
    facts = (
        RecordCase.id,
        RecordCase.complaint,
        RecordCase.filed_at,
        RecordCase.answer_hours,
        RecordCase.province_id,
        RecordCase.due_at,
    )
    last = 0
    while True:
        query = select(*facts).where(*concerned, RecordCase.id > last).order_by(RecordCase.id).limit(BATCH)
        rows = db.session.execute(query).all()
        dues = [(row, due_moment(row.filed_at, row.answer_hours, pauses, row.province_id)) for row in rows]
        _move([(row.complaint, due_at) for row, due_at in dues if due_at != row.due_at], key, at)
        if len(rows) < BATCH:
            break
        last = rows[-1].id
    db.session.execute(update(StoreRecord).values(good_until=at))


_NUMBER = bindparam("number_", type_=RecordCase.complaint.type)
_DUE = bindparam("due_", type_=RecordCase.due_at.type)
_REMIND = bindparam("remind_", type_=Complaint.remind_at.type)
_MOVES = (
    update(RecordCase).where(RecordCase.complaint == _NUMBER).values(due_at=_DUE),
    update(Complaint).where(Complaint.number == _NUMBER).values(answer_due_at=_DUE),
    update(Complaint).where(Complaint.number == _NUMBER, IS_FILED).values(remind_at=_REMIND),
)


def _move(moved: list[tuple[str, datetime]], key: str, at: datetime) -> None:
    """Writes some new deadlines, the reminders before them, and the jobs that tell of them."""
    if not moved:
        return
    policy = policy_at(at)
    values = [
        {"number_": number, "due_": due_at, "remind_": next_reminder(due_at, at, policy)}
        for number, due_at in moved
    ]
    for statement in _MOVES:
        db.session.connection().execute(statement, values)
    db.session.expire_all()
    for first in range(0, len(moved), TOLD_AT_ONCE):
        numbers = [number for number, _ in moved[first : first + TOLD_AT_ONCE]]
        enqueue(TELL, {"complaints": numbers, "key": key}, key=f"{TELL}:{key}:{numbers[0]}", at=at)


def _tell(payload: dict[str, Any], answer: None, at: datetime) -> None:
    """Tells the shoppers of some cases whose clocks still run; each once for a pause."""
    running = db.session.scalars(
        select(Complaint).where(Complaint.number.in_(payload["complaints"]), IS_FILED).order_by(Complaint.id)
    ).all()
    tell_due_moved(running, payload["key"], at)


JOB_KINDS = (JobKind(TELL, _tell),)
