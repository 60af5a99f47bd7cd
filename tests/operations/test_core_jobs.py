"""Jobs: at least once, with one effect, whatever is killed when."""

from __future__ import annotations

import dataclasses
import os
import signal
import threading
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from marketplace.accounts.models import Person
from marketplace.core import errands
from marketplace.core.db import db
from marketplace.core.jobs import (
    JobKind,
    TryLater,
    claim,
    due_jobs,
    enqueue,
    hasten,
    perform,
    run_all_due,
    run_due,
    run_job,
)
from marketplace.core.models import Job, JobState
from marketplace.core.unit_of_work import is_open, unit_of_work
from tests.factories import AT, a_person
from tests.processes import in_processes


def _kinds(app, *kinds: JobKind) -> None:
    wiring = app.extensions["bazargah"]
    app.extensions["bazargah"] = dataclasses.replace(wiring, job_kinds={kind.name: kind for kind in kinds})


def _enqueue(key: str = "k", kind: str = "test", **options: Any) -> int:
    with unit_of_work():
        return enqueue(kind, {"n": 1}, key=key, at=AT, **options)


def _job(job_id: int) -> Job:
    db.session.rollback()
    return db.session.get(Job, job_id, populate_existing=True)


class Told:
    """Remembers each call of a job's parts."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def kind(self, **options: Any) -> JobKind:
        parts = {"prepare": self.prepare, "call": self.call, "record": self.record, "give_up": self.give_up}
        return JobKind("test", **{**parts, **options})

    def prepare(self, payload):
        self.calls.append(("prepare", is_open()))
        return {"asked": payload["n"]}

    def call(self, request, patience):
        self.calls.append(("call", is_open(), db.session().in_transaction(), request, patience))
        return "answer"

    def record(self, payload, answer, at):
        self.calls.append(("record", is_open(), payload, answer))

    def give_up(self, payload, at):
        self.calls.append(("give_up", is_open(), payload))

    @property
    def names(self) -> list[str]:
        return [call[0] for call in self.calls]


@pytest.fixture
def told() -> Told:
    return Told()


class TestEnqueue:
    def test_the_same_key_is_one_job(self, ctx):
        assert _enqueue("a") == _enqueue("a")
        assert _enqueue("b") != _enqueue("a")
        assert db.session.scalar(select(func.count(Job.id))) == 2

    def test_it_stands_or_falls_with_the_unit(self, ctx):
        with pytest.raises(LookupError), unit_of_work():
            enqueue("test", {}, key="a", at=AT)
            raise LookupError
        assert db.session.scalar(select(func.count(Job.id))) == 0

    def test_outside_a_unit_the_database_refuses_it(self, ctx):
        with pytest.raises(DBAPIError, match="(?i)read-?only"):
            enqueue("test", {}, key="a", at=AT)


class TestRunning:
    def test_prepare_call_record_each_in_its_place(self, ctx, app, at, told):
        _kinds(app, told.kind())
        job_id = _enqueue()
        assert run_job(job_id, at=at, patience=3)
        assert told.calls == [
            ("prepare", False),
            ("call", False, False, {"asked": 1}, 3),
            ("record", True, {"n": 1}, "answer"),
        ]
        job = _job(job_id)
        assert (job.state, job.done_at, job.lease_until, job.attempts) == (JobState.done, at, None, 1)

    def test_done_is_done(self, ctx, app, at, told):
        _kinds(app, told.kind())
        job_id = _enqueue()
        assert run_job(job_id, at=at)
        assert not run_job(job_id, at=at + timedelta(days=1))
        assert told.names.count("record") == 1

    def test_nothing_left_to_ask_still_records(self, ctx, app, at, told):
        _kinds(app, told.kind(prepare=lambda payload: None))
        assert run_job(_enqueue(), at=at)
        assert told.calls == [("record", True, {"n": 1}, None)]

    def test_it_waits_for_its_moment(self, ctx, app, at, told):
        _kinds(app, told.kind())
        job_id = _enqueue(run_at=at + timedelta(seconds=1))
        assert due_jobs(at) == []
        assert not run_job(job_id, at=at)
        assert due_jobs(at + timedelta(seconds=1)) == [job_id]
        assert run_job(job_id, at=at + timedelta(seconds=1))

    def test_an_unknown_job_and_an_unknown_kind_stop_nobody(self, ctx, app, at, told):
        _kinds(app, told.kind())
        stranger, known = _enqueue("a", kind="gone"), _enqueue("b")
        assert claim(999, at) is None
        assert run_due(at) == 1
        assert (_job(stranger).state, _job(known).state) == (JobState.queued, JobState.done)

    def test_due_jobs_come_in_the_order_of_their_waiting(self, ctx, app, at):
        late = _enqueue("late", run_at=at - timedelta(seconds=1))
        early = _enqueue("early", run_at=at - timedelta(seconds=9))
        assert due_jobs(at) == [early, late]
        assert due_jobs(at, limit=1) == [early]


class TestFailing:
    def test_a_failure_is_kept_and_tried_later_and_later(self, ctx, app, at, told):
        def fail(request, patience):
            raise TryLater("no line")

        _kinds(app, told.kind(call=fail))
        job_id, now = _enqueue(), at
        for attempt in (1, 2, 3):
            assert not run_job(job_id, at=now)
            job = _job(job_id)
            assert (job.state, job.attempts) == (JobState.queued, attempt)
            assert job.run_at == at + timedelta(seconds=2**attempt)
            assert "no line" in job.last_error
            now = job.run_at
        assert "record" not in told.names

    def test_a_failing_record_leaves_nothing_behind(self, ctx, app, at, told):
        def record(payload, answer, moment):
            a_person(mobile="09129999999")
            raise LookupError("half way")

        _kinds(app, told.kind(record=record))
        job_id = _enqueue()
        assert not run_job(job_id, at=at)
        assert _job(job_id).state == JobState.queued
        assert db.session.scalar(select(func.count(Person.id))) == 0

    def test_after_the_last_attempt_it_is_dead_and_says_so_once(self, ctx, app, at, told):
        def fail(request, patience):
            raise TryLater("no line")

        _kinds(app, told.kind(call=fail, max_attempts=2))
        job_id = _enqueue()
        assert not run_job(job_id, at=at)
        assert not run_job(job_id, at=at + timedelta(hours=1))
        assert _job(job_id).state == JobState.dead
        assert told.calls[-1] == ("give_up", True, {"n": 1})
        assert not run_job(job_id, at=at + timedelta(days=9))
        assert told.names.count("give_up") == 1
        assert due_jobs(at + timedelta(days=9)) == []

    def test_one_bad_job_stops_no_other(self, ctx, app, at, told):
        def prepare(payload):
            raise RuntimeError("bad")

        _kinds(app, told.kind(), JobKind("bad", record=told.record, prepare=prepare))
        _enqueue("a", kind="bad")
        good = _enqueue("b")
        assert run_due(at) == 1
        assert _job(good).state == JobState.done


class TestLeases:
    def test_a_leased_job_is_nobody_elses(self, ctx, app, at, told):
        _kinds(app, told.kind(lease_seconds=60))
        job_id = _enqueue()
        assert claim(job_id, at).lease_until == at + timedelta(seconds=60)
        assert claim(job_id, at + timedelta(seconds=60)) is None
        again = claim(job_id, at + timedelta(seconds=61))
        assert again.attempts == 2

    def test_who_lost_the_lease_records_nothing(self, ctx, app, at, told):
        _kinds(app, told.kind())
        job_id = _enqueue()
        slow = claim(job_id, at)
        quick = claim(job_id, at + timedelta(seconds=61))
        assert perform(quick)
        assert not perform(slow)
        assert told.names == ["prepare", "call", "record", "prepare", "call"]
        assert _job(job_id).attempts == 2

    def test_who_lost_the_lease_cannot_put_it_back(self, ctx, app, at, told):
        _kinds(app, told.kind())
        job_id = _enqueue()
        slow = claim(job_id, at)
        assert perform(claim(job_id, at + timedelta(seconds=61)))
        _kinds(app, told.kind(prepare=lambda payload: 1 / 0))
        assert not perform(slow)
        assert _job(job_id).state == JobState.done

    def test_eight_workers_and_one_job(self, settings, app):
        """Each process claims the same job at the same time: one of them does it."""
        with app.app_context():
            job_id = _enqueue()
            db.session.remove()
            db.engine.dispose()

        def work(index: int) -> bool:
            from flask import current_app  # noqa: PLC0415

            _kinds(current_app, JobKind("test", record=lambda payload, answer, at: a_person()))
            return run_job(job_id, at=AT)

        assert sorted(in_processes(8, settings, work)) == [False] * 7 + [True]
        with app.app_context():
            assert db.session.scalar(select(func.count(Person.id))) == 1


class TestAFewAtOnce:
    def test_none_waits_behind_long_work_until_its_lease_is_over(self, ctx, app, at):
        done: list[int] = []
        kinds = {"long": 600, "test": 30}
        _kinds(
            app,
            *(
                JobKind(
                    name, lambda payload, answer, moment: done.append(payload["n"]), lease_seconds=seconds
                )
                for name, seconds in kinds.items()
            ),
        )
        with unit_of_work():
            for n, kind in enumerate(("long", "test", "test", "test")):
                enqueue(kind, {"n": n}, key=f"{n}", at=at)
        assert run_due(at) == 4
        assert done == [1, 2, 0, 3]

    def test_few_are_held_while_one_is_done_and_each_is_done_once(self, ctx, app, at):
        held: list[int] = []
        done: list[int] = []

        def call(request, patience):
            held.append(db.session.scalar(select(func.count()).where(Job.state == JobState.running)))
            db.session.rollback()

        _kinds(app, JobKind("test", lambda payload, answer, moment: done.append(payload["n"]), call=call))
        with unit_of_work():
            for n in range(8):
                enqueue("test", {"n": n}, key=f"{n}", at=at)
        assert run_due(at) == 8
        assert done == list(range(8))
        assert held == [3, 2, 1, 3, 2, 1, 2, 1]


class TestKilled:
    """A worker that is killed with signal 9 cannot tidy up; its lease runs out."""

    def _killed_at(self, part: str) -> JobKind:
        def die(*given):
            os.kill(os.getpid(), signal.SIGKILL)

        def record(payload, answer, at):
            a_person(mobile="09120000001")
            if part == "record":
                die()

        return JobKind(
            "test",
            record=record,
            prepare=die if part == "prepare" else None,
            call=die if part == "call" else None,
        )

    @pytest.mark.parametrize("part", ["prepare", "call", "record"])
    def test_another_takes_the_job_after_the_lease_and_it_has_one_effect(self, settings, app, told, part):
        with app.app_context():
            job_id = _enqueue()
            db.session.remove()
            db.engine.dispose()

        def work(index: int) -> bool:
            from flask import current_app  # noqa: PLC0415

            _kinds(current_app, self._killed_at(part))
            return run_job(job_id, at=AT)

        assert in_processes(1, settings, work) == [None]
        with app.app_context():
            _kinds(app, JobKind("test", record=lambda payload, answer, at: a_person(mobile="09120000001")))
            assert _job(job_id).state == JobState.running
            assert db.session.scalar(select(func.count(Person.id))) == 0
            assert run_due(AT + timedelta(seconds=60)) == 0
            assert run_due(AT + timedelta(seconds=61)) == 1
            assert (_job(job_id).state, _job(job_id).attempts) == (JobState.done, 2)
            assert list(db.session.scalars(select(Person.mobile))) == ["09120000001"]

    def test_a_job_that_kills_each_worker_ends_as_dead(self, ctx, app, told):
        _kinds(app, told.kind(max_attempts=3))
        job_id, now = _enqueue(), AT
        for _ in range(3):
            assert claim(job_id, now) is not None
            now += timedelta(minutes=2)
        assert claim(job_id, now) is None
        job = _job(job_id)
        assert (job.state, job.attempts) == (JobState.dead, 3)
        assert told.calls == [("give_up", True, {"n": 1})]
        assert claim(job_id, now + timedelta(days=1)) is None
        assert due_jobs(now + timedelta(days=1)) == []


class TestAllDue:
    def test_none_is_left_however_many_there_are_and_whatever_they_add(self, ctx, app, at):
        done: list[int] = []

        def record(payload, answer, moment):
            done.append(payload["n"])
            if len(done) == 1:
                enqueue("test", {"n": 400}, key="added", at=at)

        _kinds(app, JobKind("test", record=record))
        with unit_of_work():
            for number in range(300):
                enqueue("test", {"n": number}, key=f"k{number}", at=AT)
        assert run_all_due(at) == 301
        assert not db.session().in_transaction(), "whoever reads next sees what others wrote meanwhile"
        assert sorted(done) == [*range(300), 400]
        assert due_jobs(at) == []

    def test_those_that_fail_are_tried_once_and_keep_nothing_back(self, ctx, app, at):
        asked: list[int] = []

        def call(request, patience):
            asked.append(request["n"])
            if request["n"] < 60:
                raise TryLater("no line")

        _kinds(app, JobKind("test", call=call, record=lambda *_: None))
        with unit_of_work():
            for number in range(70):
                enqueue("test", {"n": number}, key=f"k{number}", at=AT)
        assert run_all_due(at + timedelta(days=1)) == 10
        assert sorted(asked) == [*range(70)]


class TestErrands:
    def test_the_request_runs_it_and_the_worker_finds_it_done(self, ctx, app, at, told):
        _kinds(app, told.kind())
        job_id = _enqueue()
        assert errands.run(job_id, patience=1.5, at=at)
        assert told.calls[1] == ("call", False, False, {"asked": 1}, 1.5)
        assert run_due(at) == 0

    def test_a_failing_outside_is_no_error_of_the_request(self, ctx, app, at, told):
        def fail(request, patience):
            raise TryLater("no line")

        _kinds(app, told.kind(call=fail))
        job_id = _enqueue()
        assert not errands.run(job_id, at=at)
        assert _job(job_id).state == JobState.queued

    @pytest.mark.parametrize("awaits", [True, False])
    def test_a_worker_that_was_quicker_is_awaited(self, ctx, app, at, told, awaits):
        asked, answered = threading.Event(), threading.Event()

        def call(request, patience):
            asked.set()
            assert answered.wait(10)
            return "answer"

        def work():
            with app.app_context():
                run_job(job_id, at=at)
                db.session.remove()

        _kinds(app, told.kind(call=call))
        job_id = _enqueue()
        worker = threading.Thread(target=work, daemon=True)
        worker.start()
        assert asked.wait(10)
        if awaits:
            threading.Timer(0.2, answered.set).start()
        assert not errands.run(job_id, at=at, patience=10, awaits_others=awaits)
        assert _job(job_id).state == (JobState.done if awaits else JobState.running)
        answered.set()
        worker.join(10)
        assert told.names.count("record") == 1

    def test_leased_by_the_unit_that_wrote_it_nobody_is_quicker(self, ctx, app, at, told):
        _kinds(app, told.kind())
        with errands.place() as here:
            with unit_of_work():
                job_id = enqueue("test", {"n": 1}, key="k", at=at)
                here.lease(job_id, at)
            assert _job(job_id).state is JobState.running
            assert run_due(at) == 0 and told.calls == []
            assert here.run(patience=2)
            assert not here.run(patience=2), "once"
        assert told.names == ["prepare", "call", "record"]
        assert _job(job_id).state is JobState.done

    def test_leased_by_a_unit_that_failed_nothing_is_written_and_nobody_asked(self, ctx, app, at, told):
        _kinds(app, told.kind())
        with pytest.raises(ZeroDivisionError), errands.place() as here, unit_of_work():
            here.lease(enqueue("test", {"n": 1}, key="k", at=at), at)
            raise ZeroDivisionError
        assert due_jobs(at + timedelta(days=1)) == [] and told.calls == []

    def test_leased_and_killed_before_the_call_a_worker_does_it_after_the_lease(self, ctx, app, at, told):
        _kinds(app, told.kind())
        with errands.place() as here, unit_of_work():
            job_id = enqueue("test", {"n": 1}, key="k", at=at)
            here.lease(job_id, at)
        assert run_due(at + timedelta(seconds=60)) == 0 and told.calls == []
        assert run_due(at + timedelta(seconds=61)) == 1
        assert told.names == ["prepare", "call", "record"]

    def test_without_a_place_what_was_written_is_the_workers(self, ctx, app, at, told):
        _kinds(app, told.kind())
        with ExitStack() as taken:
            for _ in range(errands.MOST_OUTSIDE_CALLS):
                taken.enter_context(errands.place())
            with errands.place() as here:
                with unit_of_work():
                    job_id = enqueue("test", {"n": 1}, key="k", at=at)
                    here.lease(job_id, at)
                assert not here.run(patience=2)
            assert _job(job_id).state is JobState.queued and told.calls == []
            assert run_due(at) == 1
        assert told.names == ["prepare", "call", "record"]

    def test_beyond_eight_at_a_time_it_is_left_to_the_worker(self, ctx, app, at, told, monkeypatch):
        _kinds(app, told.kind())
        job_id = _enqueue()
        for _ in range(errands.MOST_OUTSIDE_CALLS):
            assert errands._places.acquire(blocking=False)
        try:
            assert not errands.run(job_id, at=at)
        finally:
            for _ in range(errands.MOST_OUTSIDE_CALLS):
                errands._places.release()
        assert _job(job_id).attempts == 0
        assert errands.run(job_id, at=at)

    def test_a_place_is_given_back_after_a_failure(self, ctx, app, at, told):
        _kinds(app, told.kind(prepare=lambda payload: 1 / 0))
        for n in range(errands.MOST_OUTSIDE_CALLS + 2):
            assert not errands.run(_enqueue(f"k{n}"), at=at)
        assert errands._places.acquire(blocking=False)
        errands._places.release()


def test_states_other_than_those_four_are_refused(ctx):
    job_id = _enqueue()
    with pytest.raises(Exception, match="conflict"), unit_of_work():
        db.session.execute(update(Job).where(Job.id == job_id).values(attempts=-1))


def test_tries_by_hand_use_up_none_of_the_workers(ctx, app, at, told):
    """An impatient person presses the button forty times: the job goes on as long as it would have without them."""

    def away(request: Any, patience: float) -> None:
        raise TryLater("nobody there")

    _kinds(app, told.kind(call=away, max_attempts=2))
    job_id = _enqueue()
    for _ in range(40):
        with unit_of_work():
            hasten("k", at)
        assert run_job(job_id, at=at, by_hand=True) is False
    job = _job(job_id)
    assert (job.state, job.attempts, job.by_hand) == (JobState.queued, 40, 40)
    for _ in range(2):
        run_job(job_id, at=_job(job_id).run_at)
    assert _job(job_id).state is JobState.dead
