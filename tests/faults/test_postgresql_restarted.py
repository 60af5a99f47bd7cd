"""PostgreSQL goes away in the middle of the work and comes back: 503 meanwhile, on without a restart, nothing lost.

Its own processes are ended as a restart ends them, and nobody is let in for a while; the server itself is shared with
other tests and stays.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy import text

from marketplace.app import create_app
from marketplace.core.db import db
from marketplace.core.errors import MarketplaceError
from marketplace.core.unit_of_work import unit_of_work
from tests.databases import postgres_url
from tests.factories import AT, world
from tests.processes import in_processes

pytestmark = pytest.mark.databases("postgresql")
SECONDS = 6.0
OUTAGES = 2


def name_of(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


def close_the_door(url: str) -> None:
    """Nobody comes in, and whoever is in is thrown out in the middle of a sentence."""
    name = name_of(url)
    with psycopg.connect(postgres_url("postgres"), autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')  # type: ignore[call-overload]
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )


def open_the_door(url: str) -> None:
    with psycopg.connect(postgres_url("postgres"), autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name_of(url)}" ALLOW_CONNECTIONS true')  # type: ignore[call-overload]


def test_what_was_acknowledged_is_there_and_the_rest_was_refused(settings, database):
    """Three processes write rows while the server is away twice; every acknowledged row is found, once."""
    over = multiprocessing.get_context("fork").Event()

    def work(index: int) -> tuple[list[str], int, list[str]]:
        if index == 3:
            for _ in range(OUTAGES):
                time.sleep(SECONDS / 6)
                close_the_door(database)
                time.sleep(SECONDS / 6)
                open_the_door(database)
            time.sleep(SECONDS / 4)
            over.set()
            return [], 0, []
        return write_until(over.is_set, index)

    try:
        done = in_processes(4, settings, work)
    finally:
        open_the_door(database)
    acknowledged = {topic for written, _, _ in done for topic in written}
    assert not [error for _, _, wrong in done for error in wrong]
    assert sum(refused for _, refused, _ in done) > 0, "it was never away"
    with psycopg.connect(database) as connection:
        stored = {topic for (topic,) in connection.execute("SELECT topic FROM stamps WHERE topic LIKE 'w-%'")}
    assert acknowledged <= stored
    unknown = stored - acknowledged
    assert len(unknown) <= 3 * OUTAGES, "at most the row that each was about to hear of"
    for index in range(3):
        assert any(topic.startswith(f"w-{index}-late") for topic in acknowledged), (
            "it goes on without a restart"
        )


def write_until(is_over: Callable[[], bool], index: int) -> tuple[list[str], int, list[str]]:
    """Topics that were acknowledged, how many tries were refused for now, and errors of any other kind."""
    written: list[str] = []
    wrong: list[str] = []
    refused, turn = 0, 0
    while not is_over():
        turn += 1
        topic = f"w-{index}-{'late' if refused else 'early'}-{turn}"
        try:
            with unit_of_work():
                db.session.execute(text("INSERT INTO stamps (topic, n) VALUES (:t, 1)"), {"t": topic})
            written.append(topic)
        except MarketplaceError as error:
            refused += 1
            if error.status != 503:
                wrong.append(repr(error))
        except Exception as error:
            wrong.append(repr(error)[:300])
        time.sleep(0.005)
    return written, refused, wrong


def test_pages_say_that_it_is_away_and_come_back(settings, database):
    app = create_app(settings)
    with app.app_context():
        world(AT)
        db.session.remove()
    browser = app.test_client()
    paths = ("/", "/stores", "/api/v1/stores", "/readyz")
    try:
        assert {browser.get(path).status_code for path in paths} == {200}
        close_the_door(database)
        assert {browser.get(path).status_code for path in paths} == {503}
        assert (
            browser.post("/sign-in", data={"mobile": "09120000003", "password": "x" * 10}).status_code == 503
        )
        assert browser.get("/healthz").status_code == 200
    finally:
        open_the_door(database)
    assert {browser.get(path).status_code for path in paths} == {200}
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
