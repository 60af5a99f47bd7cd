"""How the sweeps do is written down by every worker, whichever comes first."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.oversight.chores import ChoreLog
from marketplace.oversight.models import SweepRun
from tests.together import at_once

SWEEPS = [f"sweep_{number}" for number in range(12)]


def test_workers_that_write_of_a_sweep_for_the_first_time_together_all_write(ctx, app, at):
    def write(index: int) -> None:
        log = ChoreLog()
        for name in SWEEPS if index % 2 else reversed(SWEEPS):
            log.note(name, at, index, 1, None)
        log.write(at)

    assert at_once(app, 8, write) == [None] * 8
    rows = {row.name: row for row in db.session.scalars(select(SweepRun))}
    assert sorted(rows) == sorted(SWEEPS)
    assert {(row.done_count, row.total_count) for row in rows.values()} == {(1, 8)}


def test_a_failure_leaves_what_went_well_before(ctx, at):
    log = ChoreLog()
    log.note("sweep", at, 5, 3, None)
    log.write(at)
    log.note("sweep", at + timedelta(minutes=1), 7, 0, "RuntimeError('no')")
    log.write(at + timedelta(minutes=1))
    row = db.session.scalars(select(SweepRun)).one()
    assert (row.ended_at, row.done_count, row.total_count, row.took_ms) == (at, 3, 3, 7)
    assert (row.failed_at, row.last_error) == (at + timedelta(minutes=1), "RuntimeError('no')")


def test_a_failure_between_two_good_runs_hides_neither(ctx, at):
    log = ChoreLog()
    for minute, done, wrong in (
        (0, 3, None),
        (1, 0, "RuntimeError('no')"),
        (2, 4, None),
        (3, 0, "OSError('gone')"),
    ):
        log.note("sweep", at + timedelta(minutes=minute), 5, done, wrong)
    log.write(at)
    row = db.session.scalars(select(SweepRun)).one()
    assert (row.ended_at, row.done_count, row.total_count) == (at + timedelta(minutes=2), 4, 7)
    assert (row.failed_at, row.last_error) == (at + timedelta(minutes=3), "OSError('gone')")


def test_a_sweep_that_never_ended_well_did_nothing(ctx, at):
    log = ChoreLog()
    log.note("sweep", at, 5, 0, "RuntimeError('no')")
    log.write(at)
    row = db.session.scalars(select(SweepRun)).one()
    assert (row.ended_at, row.done_count, row.total_count, row.failed_at) == (None, 0, 0, at)
