"""Crisis pauses: clocks of a province, or of everybody, stand still from one moment to another.

A pause is declared, or ended early, in an instant. The deadlines that it moves, a hundred thousand perhaps, are written
anew by a sweep, some hundreds in a unit, so that nobody waits long for the write turn; a sweep that is stopped goes on
where it was. Until then every reader takes them from the pauses themselves (`stores/moving.py`), and nothing is decided
by a deadline that was not settled in the same unit. The shoppers are told by jobs of some hundreds.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update

from marketplace.complaints.errors import WrongComplaintStep
from marketplace.complaints.inputs import PauseWish
from marketplace.complaints.models import Complaint, ComplaintState
from marketplace.complaints.notices import tell_due_moved
from marketplace.complaints.rules import next_reminder
from marketplace.core.audit import Actor, record
from marketplace.core.db import AnyRow, db
from marketplace.core.jobs import JobKind, enqueue
from marketplace.core.unit_of_work import unit_of_work
from marketplace.policy.policy import policy_at
from marketplace.stores.moving import all_pauses, first_unsettled
from marketplace.stores.pauses import due_moment
from marketplace.stores.record_models import ClockPause, RecordCase, StoreRecord

TELL = "tell_moved_deadlines"
BATCH = 500
"""So many deadlines in one unit, and so many shoppers told by one job."""
STORES = 100
"""So many stores in one unit at most, where few have complaints that a pause moves."""
IS_FILED = Complaint.state == ComplaintState.filed
_FACTS = (
    RecordCase.id,
    RecordCase.complaint,
    RecordCase.filed_at,
    RecordCase.answer_hours,
    RecordCase.province_id,
    RecordCase.due_at,
)


def pause_clocks(wish: PauseWish, actor: Actor, at: datetime) -> ClockPause:
    """Declares that clocks stand still from one moment to another. It holds from this unit on."""
    pause = ClockPause(
        province_id=wish.province_id,
        starts_at=wish.starts_at,
        ends_at=wish.ends_at,
        reason_fa=wish.reason_fa,
        reason_en=wish.reason_en,
        declared_by_id=actor.id,
        declared_at=at,
    )
    _move_from(pause, wish.starts_at)
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
    return pause


def end_pause(pause_id: int, actor: Actor, at: datetime) -> ClockPause:
    """Lets clocks run again before a pause was to end; one that has not begun is taken back.

    Raises WrongComplaintStep for one that is over.
    """
    pause = db.session.scalar(select(ClockPause).where(ClockPause.id == pause_id).with_for_update())
    if pause is None or pause.ends_at <= at:
        raise WrongComplaintStep("pause_over")
    pause.ends_at = max(at, pause.starts_at)
    _move_from(pause, min(pause.starts_at, at))
    db.session.execute(update(StoreRecord).values(good_until=at))
    db.session.flush()
    record(actor, "end_pause", f"pause:{pause.id}", at)
    return pause


def _move_from(pause: ClockPause, since: datetime) -> None:
    """Every deadline after a moment is to be written anew, from the first store on."""
    pause.moving_from, pause.moved_store_id, pause.moved_case_id = since, 0, 0


def move_deadlines(at: datetime) -> int:
    """The sweep: writes the deadlines anew that pauses have moved, in the record and in the cases, answered or not, so
    that the record stays what its rows and the pauses say. Gives how many were looked at."""
    done = 0
    while first_unsettled() is not None:
        with unit_of_work():
            done += move_some(at)
    return done


def move_some(at: datetime) -> int:
    """One unit's share of it, from where the last one stopped; gives how many deadlines it looked at."""
    pause = db.session.scalar(
        select(ClockPause)
        .where(ClockPause.moving_from.is_not(None))
        .order_by(ClockPause.id)
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if pause is None:
        return 0
    found: list[AnyRow] = []
    store_id, case_id = pause.moved_store_id, pause.moved_case_id
    for _ in range(STORES):
        rows = _following(pause, store_id, case_id, BATCH - len(found))
        found += rows
        case_id = rows[-1].id if rows else case_id
        if len(found) == BATCH:
            break
        store_id, case_id = _next_store(store_id), 0
        if store_id is None:
            pause.moving_from = case_id = None
            break
    pause.moved_store_id, pause.moved_case_id = store_id, case_id
    _settle(found, _key(pause), at)
    return len(found)


def _following(pause: ClockPause, store_id: int | None, case_id: int | None, most: int) -> Sequence[AnyRow]:
    """The next deadlines of a store that a pause may have moved."""
    concerned = [RecordCase.store_id == store_id, RecordCase.due_at >= pause.moving_from]
    if pause.province_id is not None:
        concerned.append(RecordCase.province_id == pause.province_id)
    query = select(*_FACTS).where(*concerned, RecordCase.id > case_id)
    return db.session.execute(query.order_by(RecordCase.id).limit(most)).all()


def _next_store(store_id: int | None) -> int | None:
    """The next store with complaints."""
    return db.session.scalar(select(func.min(RecordCase.store_id)).where(RecordCase.store_id > store_id))


def settle_deadlines(complaint_ids: Collection[int], at: datetime) -> None:
    """Writes the deadlines of some cases anew before their turn, where a pause is moving any: whoever decides by a
    deadline asks for it first, in the same unit."""
    if first_unsettled() is None:
        return
    pause = db.session.scalars(select(ClockPause).where(ClockPause.moving_from.is_not(None))).first()
    rows = db.session.execute(
        select(*_FACTS)
        .join(Complaint, Complaint.number == RecordCase.complaint)
        .where(Complaint.id.in_(complaint_ids))
        .order_by(RecordCase.id)
    ).all()
    if pause is not None:
        _settle(rows, _key(pause), at)


def _key(pause: ClockPause) -> str:
    """Names the pause as it stands now: ended early, it is told once more."""
    return f"pause-{pause.id}-{pause.ends_at.isoformat()}"


_NUMBER = bindparam("number_", type_=RecordCase.complaint.type)
_DUE = bindparam("due_", type_=RecordCase.due_at.type)
_REMIND = bindparam("remind_", type_=Complaint.remind_at.type)
_MOVES = (
    update(Complaint).where(Complaint.number == _NUMBER).values(answer_due_at=_DUE),
    update(Complaint).where(Complaint.number == _NUMBER, IS_FILED).values(remind_at=_REMIND),
    update(RecordCase).where(RecordCase.complaint == _NUMBER).values(due_at=_DUE),
)
"""A case before its record, as everybody locks them."""


def _settle(rows: Sequence[AnyRow], key: str, at: datetime) -> None:
    """Writes the deadlines of some cases as the pauses make them, the reminders before them, and the job that tells of
    those that moved."""
    pauses = all_pauses()
    dues = [(row, due_moment(row.filed_at, row.answer_hours, pauses, row.province_id)) for row in rows]
    moved = [(row.complaint, due_at) for row, due_at in dues if due_at != row.due_at]
    if not moved:
        return
    policy = policy_at(at)
    values = [
        {"number_": number, "due_": due_at, "remind_": next_reminder(due_at, at, policy)}
        for number, due_at in moved
    ]
    for statement in _MOVES:
        db.session.connection().execute(statement, values)
    db.session.flush()
    db.session.expire_all()
    numbers = [number for number, _ in moved]
    first = f"{numbers[0]}:{moved[0][1].isoformat()}"
    enqueue(TELL, {"complaints": numbers, "key": key}, key=f"{TELL}:{key}:{first}", at=at)


def _tell(payload: dict[str, Any], answer: None, at: datetime) -> None:
    """Tells the shoppers of some cases whose clocks still run; each once of a deadline."""
    running = db.session.scalars(
        select(Complaint).where(Complaint.number.in_(payload["complaints"]), IS_FILED).order_by(Complaint.id)
    ).all()
    tell_due_moved(running, payload["key"], at)


JOB_KINDS = (JobKind(TELL, _tell),)
