"""The platform's chores: jobs that wait, run or were given up, and how the sweeps do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from marketplace.core.audit import Actor, record
from marketplace.core.db import changed_count, db, is_sqlite
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.masking import masked
from marketplace.core.models import Job, JobState
from marketplace.core.paging import Page, decode_cursor, page_of
from marketplace.core.unit_of_work import unit_of_work
from marketplace.oversight.models import SweepRun

PER_PAGE = 50
KEPT_SECONDS = 15
SLACK = timedelta(seconds=60)
"""A sweep is late when it did not end for three of its periods and this long beyond."""


@dataclass
class ChoreLog:
    """What a worker's sweeps did, kept in its memory and written every 15 seconds, so that looking costs little."""

    waiting: dict[str, dict[str, Any]] = field(default_factory=dict)
    written_at: datetime | None = None

    def note(self, name: str, at: datetime, took_ms: int, done: int, error: str | None) -> None:
        """One run of a sweep. One that failed did nothing that is known: what the last good one did stays."""
        row = self.waiting.setdefault(name, {"added": 0, "took_ms": 0})
        row["took_ms"] = took_ms
        if error is None:
            row |= {"ended_at": at, "done_count": done, "added": row["added"] + done}
        else:
            row |= {"failed_at": at, "last_error": masked(error)[:300]}

    def write(self, at: datetime, *, now: bool = False) -> None:
        """Writes what is noted, when it is time."""
        is_due = self.written_at is None or (at - self.written_at).total_seconds() >= KEPT_SECONDS
        if not self.waiting or not (now or is_due):
            return
        with unit_of_work():
            for name, row in sorted(self.waiting.items()):
                _keep(name, dict(row))
        self.waiting.clear()
        self.written_at = at


def _keep(name: str, row: dict[str, Any]) -> None:
    """Two workers may write of a sweep for the first time at once."""
    added = row.pop("added")
    insert = insert_sqlite if is_sqlite() else insert_postgresql
    new = insert(SweepRun).values(**{"name": name, "total_count": added, "done_count": 0, **row})
    known = {**row, "total_count": SweepRun.total_count + added}
    db.session.execute(new.on_conflict_do_update(index_elements=["name"], set_=known))


@dataclass(frozen=True, slots=True)
class SweepShown:
    """A sweep: its period, its last run, and how far behind it is. `lag_seconds`: since it last ended well; 0 where
    it was run by hand for a moment that is still to come.

    `took_ms`: of the last run, good or not; `done_count`: what the last good one did, `total_count`: what all did.
    """

    name: str
    period_seconds: int
    ended_at: datetime | None
    lag_seconds: int | None
    took_ms: int
    done_count: int
    total_count: int
    failed_at: datetime | None
    last_error: str | None
    state: str


def list_sweeps(at: datetime) -> list[SweepShown]:
    """All sweeps of the wiring, those in trouble first."""
    runs = {row.name: row for row in db.session.scalars(select(SweepRun))}
    periods: Mapping[str, Any] = current_app.extensions["bazargah"].sweeps
    shown = [_sweep(name, period, runs.get(name), at) for name, (_, period) in periods.items()]
    order = {"failed": 0, "late": 1, "never": 2, "fine": 3}
    return sorted(shown, key=lambda one: (order[one.state], one.name))


def _sweep(name: str, period: int, run: SweepRun | None, at: datetime) -> SweepShown:
    if run is None:
        return SweepShown(name, period, None, None, 0, 0, 0, None, None, "never")
    lag = max(0, int((at - run.ended_at).total_seconds())) if run.ended_at else None
    is_failed = run.failed_at is not None and (run.ended_at is None or run.failed_at > run.ended_at)
    is_late = run.ended_at is None or at - run.ended_at > timedelta(seconds=3 * period) + SLACK
    return SweepShown(
        name,
        period,
        run.ended_at,
        lag,
        run.took_ms,
        run.done_count,
        run.total_count,
        run.failed_at,
        run.last_error,
        "failed" if is_failed else "late" if is_late else "fine",
    )


@dataclass(frozen=True, slots=True)
class JobShown:
    """A job without its payload, which may name a person."""

    id: int
    kind: str
    key: str
    attempts: int
    created_at: datetime
    run_at: datetime
    lag_seconds: int
    last_error: str


def job_counts() -> dict[str, int]:
    """How many jobs are in each state, done ones left out: there are many."""
    rows = db.session.execute(
        select(Job.state, func.count()).where(Job.state != JobState.done).group_by(Job.state)
    )
    counts = {row[0].value: row[1] for row in rows}
    return {state.value: counts.get(state.value, 0) for state in JobState if state is not JobState.done}


def list_jobs(state: JobState, cursor: str | None, at: datetime) -> Page[JobShown]:
    """Jobs of a state, the oldest first. Raises Malformed for a bad cursor."""
    query = select(Job).where(Job.state == state)
    after = decode_cursor(cursor, (int,))
    if after is not None:
        query = query.where(Job.id > after[0])
    rows = db.session.scalars(query.order_by(Job.id).limit(PER_PAGE + 1)).all()
    return page_of([_job(row, at) for row in rows], PER_PAGE, lambda row: (row.id,))


def _job(row: Job, at: datetime) -> JobShown:
    lag = max(0, int((at - row.run_at).total_seconds()))
    return JobShown(
        row.id,
        row.kind,
        masked(row.key),
        row.attempts,
        row.created_at,
        row.run_at,
        lag,
        masked(row.last_error or ""),
    )


def retry_job(job_id: int, actor: Actor, at: datetime) -> None:
    """Gives a dead job all its attempts afresh, under its old key. Raises NotFound; Conflict when it is not dead."""
    if db.session.scalar(select(Job.id).where(Job.id == job_id)) is None:
        raise NotFound()
    again = changed_count(
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.dead)
        .values(state=JobState.queued, run_at=at, by_hand=Job.attempts, lease_until=None)
    )
    if not again:
        raise Conflict("job_not_dead")
    record(actor, "retry_job", f"job:{job_id}", at)
