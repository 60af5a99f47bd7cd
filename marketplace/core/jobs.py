"""Jobs: rows enqueued with the work they follow, taken by lease, fenced by their attempt number.

A worker killed in the middle loses its lease and another takes the row again, so the `record` part of
a job must be safe to repeat; it runs in the unit that marks the job done.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from flask import current_app
from sqlalchemy import BindParameter, ColumnElement, Table, and_, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from marketplace.core import clock, logs, metrics, traces
from marketplace.core.db import changed_count, db, is_sqlite
from marketplace.core.models import Job, JobState
from marketplace.core.ready import Ready
from marketplace.core.unit_of_work import in_unit

log = structlog.get_logger(__name__)
ALL = 2**62
LEASED_AT_ONCE = 3  # so few that the last is begun within its lease


class TryLater(Exception):
    """The outside could not be reached; the outcome is unknown and the same call is made again."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """How a kind of job is done.

    `prepare(payload)` reads what the call needs, or gives None when nothing is left to do;
    `call(request, patience)` goes outside with no transaction open (None: nothing outside);
    `record(payload, answer, at)` writes the outcome inside a unit, safe to repeat.
    `give_up(payload, at)` runs in a unit when the attempts are used up.
    """

    name: str
    record: Callable[[dict[str, Any], Any, datetime], None]
    prepare: Callable[[dict[str, Any]], Any] | None = None
    call: Callable[[Any, float], Any] | None = None
    give_up: Callable[[dict[str, Any], datetime], None] | None = None
    lease_seconds: int = 60
    max_attempts: int = 12


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job in hand until `lease_until`; `attempts` counts this try, and fences it."""

    id: int
    kind: str
    payload: dict[str, Any]
    attempts: int
    by_hand: int
    lease_until: datetime
    request_id: str | None


_table = cast(Table, Job.__table__)
_jobs = _table.c
_NEW = {
    name: bindparam(f"new_{name}", type_=_jobs[name].type)
    for name in ("kind", "key", "payload", "run_at", "created_at", "request_id")
}
_ADD = {
    is_first: Ready(
        insert(_table)
        .values(**_NEW, state=JobState.queued, attempts=0, by_hand=0)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(_jobs.id)
    )
    for is_first, insert in ((True, insert_sqlite), (False, insert_postgresql))
}
_BY_KEY = Ready(select(_jobs.id).where(_jobs.key == bindparam("key")))


def enqueue(
    kind: str, payload: dict[str, Any], *, key: str, at: datetime, run_at: datetime | None = None
) -> int:
    """Writes a job once per `key` and gives its id. Call it inside a unit of work."""
    new = _ADD[is_sqlite()].scalar(
        new_kind=kind,
        new_key=key,
        new_payload=payload,
        new_run_at=run_at or at,
        new_created_at=at,
        new_request_id=logs.current_id(),
    )
    return int(new if new is not None else _BY_KEY.scalar(key=key))


def _is_due(at: datetime | BindParameter[Any]) -> ColumnElement[bool]:
    waits = and_(_jobs.state == JobState.queued, _jobs.run_at <= at)
    return or_(waits, and_(_jobs.state == JobState.running, _jobs.lease_until < at))


_AT = bindparam("at", type_=_jobs.run_at.type)
_ID = bindparam("job", type_=_jobs.id.type)
_DUE = Ready(select(_jobs.id).where(_is_due(_AT)).order_by(_jobs.run_at, _jobs.id).limit(bindparam("most")))
_KNOWN = Ready(
    select(_jobs.kind, (_jobs.attempts - _jobs.by_hand).label("attempts"), _jobs.payload).where(
        _jobs.id == _ID
    )
)
_LEASE = Ready(
    update(_table)
    .where(_jobs.id == _ID, _is_due(_AT))
    .values(
        state=JobState.running,
        lease_until=bindparam("until", type_=_jobs.lease_until.type),
        attempts=_jobs.attempts + 1,
        by_hand=_jobs.by_hand + bindparam("hand"),
    )
    .returning(*(_jobs[field.name] for field in fields(ClaimedJob)))
)
_END = Ready(
    update(_table)
    .where(_jobs.id == _ID, _jobs.attempts == bindparam("attempt"), _jobs.state == JobState.running)
    .values(
        state=JobState.done,
        done_at=bindparam("over_at", type_=_jobs.done_at.type),
        lease_until=None,
        last_error=None,
    )
    .returning(_jobs.id)
)


def claim(job_id: int, at: datetime, *, by_hand: bool = False) -> ClaimedJob | None:
    """Leases one due job in a unit of its own; None when another has it or it is over.

    A try `by_hand`, in the request of a person, is none of the worker's: however impatient they are, it goes on.
    A job whose workers were killed until its attempts were used up is buried here.
    """
    return in_unit(lambda: lease(job_id, at, by_hand=by_hand))


def lease(job_id: int, at: datetime, *, by_hand: bool = False) -> ClaimedJob | None:
    """As `claim`, inside the caller's unit: a job may be leased by the unit that writes it, and nobody is quicker."""
    found = _KNOWN.first(job=job_id)
    kind = _kinds().get(found.kind) if found else None
    if found is None or kind is None:
        log.error("job_unknown", job=job_id, kind=found and found.kind)
        return None
    if found.attempts >= kind.max_attempts:
        _bury(job_id, kind, found.payload, at)
        return None
    until = at + timedelta(seconds=kind.lease_seconds)
    row = _LEASE.first(job=job_id, at=at, until=until, hand=int(by_hand))
    return ClaimedJob(*row) if row is not None else None


def _bury(job_id: int, kind: JobKind, payload: dict[str, Any], at: datetime) -> None:
    is_buried = changed_count(
        update(Job)
        .where(Job.id == job_id, _is_due(at))
        .values(state=JobState.dead, lease_until=None, last_error="its workers were killed each time")
    )
    if is_buried and kind.give_up is not None:
        kind.give_up(payload, at)


def run_job(job_id: int, *, at: datetime, patience: float = 8.0, by_hand: bool = False) -> bool:
    """Claims and does one job. True when it was done now; failures are kept on the row for a later try."""
    job = claim(job_id, at, by_hand=by_hand)
    return job is not None and perform(job, patience=patience)


def perform(job: ClaimedJob, *, patience: float = 8.0) -> bool:
    """Does a claimed job: prepare, call outside, record (see `JobKind`). True when this attempt recorded it."""
    kind = _kinds()[job.kind]
    begun = time.perf_counter()
    with logs.for_job(job.id, job.kind, job.request_id), traces.span("job", job.kind) as span:
        is_mine, outcome = _perform(job, kind, patience)
        span.note("job.outcome", outcome)
        span.note("job.attempt", job.attempts)
        seconds = time.perf_counter() - begun
        log.info("job", outcome=outcome, attempt=job.attempts, ms=round(seconds * 1000, 1))
    metrics.JOBS.labels(job.kind, outcome).inc()
    metrics.JOB_SECONDS.labels(job.kind).observe(seconds)
    return is_mine


def _perform(job: ClaimedJob, kind: JobKind, patience: float) -> tuple[bool, str]:
    """Whether this attempt recorded it, and the outcome in a word."""
    try:
        answer = None
        request = kind.prepare(job.payload) if kind.prepare else job.payload
        db.session.rollback()
        if kind.call is not None and request is not None:
            answer = kind.call(request, patience)
        is_mine = in_unit(lambda: _record(job, kind, answer))
        return is_mine, "done" if is_mine else "overtaken"
    except Exception as error:
        db.session.rollback()
        log.warning("job_failed", job=job.id, kind=job.kind, attempt=job.attempts, error=repr(error)[:300])
        _put_back(job, kind, error)
        return False, "put off" if isinstance(error, TryLater) else "failed"


def _record(job: ClaimedJob, kind: JobKind, answer: Any) -> bool:
    """Whether the job was in our hands still and is over now. If this collides, nobody outside is asked again."""
    at = clock.now()
    is_mine = _END.scalar(job=job.id, attempt=job.attempts, over_at=at) is not None
    if is_mine:
        kind.record(job.payload, answer, at)
    return is_mine


def _put_back(job: ClaimedJob, kind: JobKind, error: Exception) -> None:
    at, own = clock.now(), job.attempts - job.by_hand
    is_over = own >= kind.max_attempts
    pause = timedelta(seconds=min(2 ** min(own, 12), 3600))

    def put() -> None:
        is_mine = changed_count(
            update(Job)
            .where(Job.id == job.id, Job.attempts == job.attempts, Job.state == JobState.running)
            .values(
                state=JobState.dead if is_over else JobState.queued,
                run_at=at + pause,
                lease_until=None,
                last_error=repr(error)[:500],
            )
        )
        if is_mine and is_over and kind.give_up is not None:
            kind.give_up(job.payload, at)

    in_unit(put)


def is_in_hand(job_id: int) -> bool:
    """Whether somebody is at work on a job now. Ends the present transaction, so that the next look is a fresh one."""
    db.session.rollback()
    state = db.session.scalar(select(Job.state).where(Job.id == job_id))
    db.session.rollback()
    return state is JobState.running


def due_jobs(at: datetime, limit: int | None = 50) -> list[int]:
    """Ids of jobs that may be taken at this moment, the longest waiting first; all of them with no limit."""
    return [row.id for row in _DUE.all(at=at, most=ALL if limit is None else limit)]


def run_due(at: datetime, limit: int = 50) -> int:
    """Runs due jobs one after the other; gives the number done."""
    return _run_each(_due_now(at, limit), at)


def run_all_due(at: datetime) -> int:
    """Runs due jobs until none is left that was not tried; gives the number done.

    Each is tried once, those too that other jobs add. One that another worker holds is left to it.
    """
    done, tried = 0, set[int]()
    while ids := [job_id for job_id in _due_now(at) if job_id not in tried]:
        tried.update(ids)
        done += _run_each(ids, at)
    return done


def _run_each(ids: Sequence[int], at: datetime) -> int:
    """Leases a few in one unit, does them one by one, then the next few. Those with a short lease come first, so that
    none waits behind long work until its own is over."""
    done = 0
    for few in (ids[first : first + LEASED_AT_ONCE] for first in range(0, len(ids), LEASED_AT_ONCE)):
        jobs = in_unit(lambda few=few: [lease(one, at) for one in few])  # type: ignore[misc]
        mine = sorted((job for job in jobs if job is not None), key=lambda job: job.lease_until)
        done += sum(perform(job) for job in mine)
    return done


def _due_now(at: datetime, limit: int | None = None) -> list[int]:
    """Due jobs, with no transaction left open behind the look."""
    ids = due_jobs(at, limit)
    db.session.rollback()
    return ids


def _kinds() -> dict[str, JobKind]:
    return cast(dict[str, JobKind], current_app.extensions["bazargah"].job_kinds)


def hasten(key: str, at: datetime) -> int | None:
    """Makes a waiting job due now and gives its id; None when it is over or does not exist. Inside a unit."""
    return db.session.scalar(
        update(Job)
        .where(Job.key == key, Job.state.in_((JobState.queued, JobState.running)))
        .values(run_at=at)
        .returning(Job.id)
    )
