"""What is done again when a unit collides, what is not, and what of the first time is forgotten.

On PostgreSQL the database itself says the word (SQLSTATE 40001), on SQLite, which never does, the error is raised as it
would come from there: who hears it does the same on both.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask, after_this_request, g, request
from sqlalchemy import text

from marketplace.accounts.limits import limiter
from marketplace.api.bulk import each
from marketplace.app import create_app
from marketplace.core import again
from marketplace.core.bodies import whole_body
from marketplace.core.db import db, is_sqlite
from marketplace.core.errors import Unavailable
from marketplace.core.http import client as outside
from marketplace.core.jobs import JobKind, claim, enqueue, perform
from marketplace.core.models import Job, JobState
from marketplace.core.unit_of_work import after_commit, in_unit, part_of_unit, unit_of_work
from tests.factories import AT
from tests.operations.test_core_jobs import _kinds

NOBODY = "http://127.0.0.1:1/"


def collide() -> None:
    """The unit is undone by the database."""
    if is_sqlite():
        raise again.Collided
    db.session.execute(text("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$"))


def write(name: str) -> None:
    db.session.execute(text("INSERT INTO stamps (topic, n) VALUES (:topic, 1)"), {"topic": f"tried-{name}"})


def written() -> list[str]:
    db.session.rollback()
    found = db.session.scalars(text("SELECT topic FROM stamps WHERE topic LIKE 'tried-%' ORDER BY topic"))
    return [topic.removeprefix("tried-") for topic in found]


class Views:
    """Views of a house for one test; `tries` are the times that its view was begun."""

    def __init__(self, app: Flask) -> None:
        self.app, self.tries = app, 0

    def post(self, view: Callable[[int], Any], **options: Any) -> Any:
        def counted() -> Any:
            self.tries += 1
            return view(self.tries)

        self.app.add_url_rule("/api/tried", "tried", counted, methods=["POST"])
        return self.app.test_client().post("/api/tried", **options)


@pytest.fixture
def views(settings, at) -> Iterator[Views]:
    app = create_app(settings)
    with app.app_context():
        yield Views(app)
        db.session.remove()
        db.engine.dispose()


def colliding(until: int, name: str = "1") -> Callable[[int], Any]:
    """A view that writes a row and collides until that time."""

    def view(times: int) -> Any:
        with unit_of_work():
            write(name)
            if times < until:
                collide()
        return {"times": times}

    return view


@pytest.mark.parametrize("until", [1, 2, 4])
def test_a_view_is_done_up_to_three_times_more(views, until):
    answer = views.post(colliding(until))
    assert (answer.status_code, answer.get_json()) == (200, {"times": until})
    assert (views.tries, written()) == (until, ["1"])


def test_then_one_hears_that_it_is_busy(views):
    answer = views.post(colliding(5))
    assert (answer.status_code, answer.get_json()["code"], answer.headers["Retry-After"]) == (
        503,
        "busy",
        "2",
    )
    assert (views.tries, written()) == (again.MOST + 1, [])


def test_any_other_refusal_is_told_at_once(views):
    def view(times: int) -> Any:
        with unit_of_work():
            write("1")
            raise Unavailable("busy", retry_after=2)

    assert views.post(view).status_code == 503
    assert (views.tries, written()) == (1, [])


# --- what cannot be taken back -----------------------------------------------------------------------------------


def test_what_was_committed_is_not_done_again(views):
    def view(times: int) -> Any:
        with unit_of_work():
            write("1")
        return colliding(5, "2")(times)

    assert views.post(view).status_code == 503
    assert (views.tries, written()) == (1, ["1"])


def test_who_asked_the_outside_is_not_done_again(views):
    def view(times: int) -> Any:
        with suppress(OSError):
            outside(retries=0).get(NOBODY)
        return colliding(5)(times)

    assert views.post(view).status_code == 503
    assert (views.tries, written()) == (1, [])


def test_a_body_that_was_not_kept_is_not_asked_for_twice(views):
    def view(times: int) -> Any:
        request.stream.read()
        return colliding(2)(times)

    assert views.post(view, data=b"words", content_type="text/csv").status_code == 503
    assert (views.tries, written()) == (1, [])


@pytest.mark.parametrize("read", [lambda: whole_body(100), lambda: request.get_data()], ids=["whole", "data"])
def test_a_body_that_was_kept_is_read_again(views, read):
    heard = []

    def view(times: int) -> Any:
        heard.append(read())
        return colliding(2)(times)

    assert views.post(view, data=b"words", content_type="application/json").status_code == 200
    assert (heard, written()) == ([b"words"] * 2, ["1"])


def test_files_of_a_form_are_wound_back(views):
    heard = []

    def view(times: int) -> Any:
        heard.append((request.form["word"], request.files["file"].stream.read()))
        return colliding(2)(times)

    sent = {"word": "w", "file": (io.BytesIO(b"picture"), "a.png")}
    assert views.post(view, data=sent).status_code == 200
    assert heard == [("w", b"picture")] * 2


# --- what is forgotten, and what is not --------------------------------------------------------------------------


def test_nothing_of_the_first_time_is_remembered(views):
    """Neither what was put by for this request, nor what was to be done after its answer, nor after its commit."""
    seen, hooks = [], []

    def view(times: int) -> Any:
        seen.append(g.get("word"))
        g.word = times

        @after_this_request
        def name(response: Any) -> Any:
            response.headers.add("Tried", str(times))
            return response

        with unit_of_work():
            after_commit(lambda: hooks.append(times))
            write("1")
            if times < 3:
                collide()
        return {}

    answer = views.post(view)
    assert (seen, hooks, answer.headers.getlist("Tried")) == ([None] * 3, [3], ["3"])


def test_a_limit_counts_the_request_once(views, settings):
    view = limiter.limit("1 per hour", key_func=lambda: settings.database_url)(colliding(2))
    assert views.post(view).status_code == 200
    assert (views.tries, written()) == (2, ["1"])


def test_a_part_that_collides_is_no_refusal_of_that_part(views):
    def view(times: int) -> Any:
        def act(item: dict[str, Any], at: Any) -> None:
            write(str(item["id"]))
            if times == 1 and item["id"] == 2:
                collide()

        return each([{"id": 1}, {"id": 2}], act)

    answer = views.post(view)
    assert [result["status"] for result in answer.get_json()["results"]] == [200, 200]
    assert (views.tries, written()) == (2, ["1", "2"])


# --- outside of views --------------------------------------------------------------------------------------------


def test_a_unit_of_its_own_is_done_again(ctx):
    times = []

    def work() -> str:
        times.append(1)
        write("1")
        if len(times) < 3:
            with part_of_unit():
                collide()
        return "done"

    assert (in_unit(work), len(times), written()) == ("done", 3, ["1"])


@pytest.mark.parametrize(
    ("until", "state", "records"), [(2, JobState.done, 2), (9, JobState.queued, again.MOST + 1)]
)
def test_a_job_whose_record_collides_asks_the_outside_once(app, ctx, at, until, state, records):
    calls, recorded = [], []

    def record(payload: dict[str, Any], answer: Any, at: Any) -> None:
        recorded.append(answer)
        write("1")
        if len(recorded) < until:
            collide()

    kind = JobKind("test", record, call=lambda payload, patience: calls.append(1) or "answer")
    _kinds(app, kind)
    with unit_of_work():
        job_id = enqueue("test", {}, key="k", at=AT)
    perform(claim(job_id, AT))
    db.session.rollback()
    job = db.session.get_one(Job, job_id, populate_existing=True)
    assert (job.state, job.attempts, len(calls), recorded) == (state, 1, 1, ["answer"] * records)
    assert written() == (["1"] if state is JobState.done else [])
