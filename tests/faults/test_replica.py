"""Public pages from a streaming replica: never older than what the primary holds, and from the primary without it."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import text

from marketplace.app import create_app
from marketplace.core import replica as core_replica
from marketplace.core.db import db
from marketplace.core.settings import Settings, SettingsError, read_settings
from marketplace.core.stamps import STAMPED
from marketplace.storefront import bitmaps
from marketplace.storefront.page_cache import PageCache
from tests import databases
from tests.factories import World, a_session, writing
from tests.faults.campaign.cluster import cluster
from tests.operations.test_page_cache import cache_of, changes, pages, run
from tests.replicas import Pair, pair
from tests.worlds import _template

pytestmark = [pytest.mark.databases("postgresql"), pytest.mark.durable]
ROUNDS = 20


@pytest.fixture(scope="module")
def servers() -> Iterator[Pair]:
    if not databases.is_there("postgresql"):
        pytest.skip("needs postgresql")
    with pair() as two:
        two.primary.copy_in(databases.postgres_url(_template("postgresql").place), "festival")
        yield two


@pytest.fixture
def database(request: pytest.FixtureRequest, servers: Pair) -> str:
    """A festival of this test's own on the primary, which the replica has too."""
    assert request.param == "postgresql"
    name = f"t_{uuid4().hex[:12]}"
    with psycopg.connect(servers.primary.url(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE festival')  # type: ignore[call-overload]
    servers.replica.wait()
    return servers.primary.url(name)


@pytest.fixture
def house(
    ctx: AppContext, at: datetime, settings: Settings, servers: Pair, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """A web process that knows the replica. `ctx` looks into the primary."""
    monkeypatch.setattr(bitmaps, "LAG_SECONDS", 0)
    monkeypatch.setattr(core_replica, "REST_SECONDS", 0.2)
    with a_house(settings, servers.replica.url(name_of(settings))) as app:
        let_replica_serve(app, servers)
        yield app


def let_replica_serve(app: Flask, servers: Pair) -> None:
    """Asks until the replica makes pages: reading writes into the primary's log too, and waits there for a commit."""
    before = made_by_replica(app)
    for number in range(50):
        servers.replica.wait()
        assert app.test_client().get(f"/en/search?q=x{uuid4().hex[:6]}").status_code == 200
        if made_by_replica(app) > before:
            cache_of(app).replica_pages = 0
            return
        core_replica.time.sleep(0.05 * number)
    raise AssertionError("the replica never made a page")


def a_house(settings: Settings, replica: str) -> Closing:
    return Closing(
        create_app(
            databases.settings_for(
                settings.database_url, settings.instance, PAGE_CACHE_MB="4", REPLICA_URL=replica
            )
        )
    )


class Closing:
    """An application whose connections are closed at the end."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def __enter__(self) -> Flask:
        return self.app

    def __exit__(self, *error: object) -> None:
        cache_of(self.app).close()
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


def name_of(settings: Settings) -> str:
    return settings.database_url.partition("?")[0].rpartition("/")[2]


def plain(settings: Settings) -> str:
    """The address as PostgreSQL's own programs take it."""
    return settings.database_url.replace("+psycopg", "")


def the_world() -> World:
    return _template("postgresql").world


def revoke() -> None:
    run("UPDATE seals SET state = 'revoked' WHERE store_id = :s", s=the_world().stores[0].id)


def is_admitted(app: Flask) -> bool:
    """Whether the shop front of the first store sells; the page is there in any case."""
    told = app.test_client().get(f"/en/stores/{the_world().stores[0].slug}")
    assert told.status_code == 200
    return b"/offers/" in told.data


def made_by_replica(app: Flask) -> int:
    cache: PageCache = cache_of(app)
    return cache.replica_pages


def test_the_replica_makes_pages_and_shows_every_commit(house: Flask, app: Flask, servers: Pair) -> None:
    """Whatever changes, whether the replica knows it yet or not: each page is the one that the primary makes."""
    dice, todo, shown = random.Random(1405), changes(), pages()
    reader, fresh = house.test_client(), app.test_client()
    for _ in range(ROUNDS):
        statement, values = dice.choice(todo)
        run(statement, **values)
        if dice.random() < 0.6:
            servers.replica.wait()
        for path in dice.sample(shown, 4):
            anew, told = fresh.get(path), reader.get(path)
            assert (told.status_code, told.data) == (anew.status_code, anew.data), (statement, path)
    assert made_by_replica(house) > ROUNDS // 2


def test_a_replica_that_lags_is_not_asked(house: Flask, servers: Pair) -> None:
    """A seal that was revoked is revoked on the next page, though the replica still has it."""
    assert is_admitted(house)
    assert made_by_replica(house) == 1
    servers.replica.pause()
    try:
        revoke()
        with cache_of(house).replica.engine.connect() as connection:  # type: ignore[union-attr]
            states = set(connection.execute(text("SELECT state FROM seals")).scalars())
        assert "revoked" not in states, "the replica knows it already: this says nothing"
        assert not is_admitted(house)
        assert made_by_replica(house) == 1
    finally:
        servers.replica.resume()
    run("UPDATE stores SET name_fa = name_fa || '۲'")
    let_replica_serve(house, servers)
    assert not is_admitted(house)
    assert made_by_replica(house) == 1


def test_who_signs_in_is_known_on_the_next_page(house: Flask, servers: Pair) -> None:
    servers.replica.pause()
    try:
        with writing():
            cookie = a_session(the_world().shopper)
        reader = house.test_client()
        reader.set_cookie("sid", cookie)
        told = reader.get("/en/")
        assert told.status_code == 200
        assert b'href="/en/me"' in told.data
        assert b'href="/en/me"' not in house.test_client().get("/en/").data
    finally:
        servers.replica.resume()


def test_figures_are_not_left_to_a_replica_that_stands_still(
    house: Flask, servers: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though no stamp has changed: it may be late by some seconds, no more."""
    assert is_admitted(house)
    monkeypatch.setattr(core_replica, "MOST_LAG_SECONDS", 0.0)
    monkeypatch.setattr(core_replica, "LOOK_SECONDS", 0.0)
    servers.replica.pause()
    try:
        run("CREATE TABLE something (n integer)")
        before = made_by_replica(house)
        for path in pages():
            assert house.test_client().get(path).status_code in (200, 301)
        assert made_by_replica(house) == before
        with house.app_context():
            lag = house.extensions["bazargah_replica"].lag(0.0)
            assert lag > 0
            assert house.extensions["bazargah_replica"].lag(0.0) > lag
    finally:
        servers.replica.resume()


def test_what_reads_a_table_without_stamps_is_the_primarys(
    house: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marketplace.core.stamps.STAMPED", STAMPED - {"categories"})
    cache_of(house)._memory.clear()
    assert house.test_client().get("/en/").status_code == 200
    assert made_by_replica(house) == 0


def test_the_replica_is_killed(house: Flask, servers: Pair) -> None:
    """Every page comes, from the primary; when it is back it is asked again."""
    health = house.test_client()
    assert is_admitted(house)
    assert health.get("/readyz").json["checks"]["replica"] == "fine"  # type: ignore[index]
    servers.replica.kill()
    try:
        for path in pages():
            assert house.test_client().get(path).status_code in (200, 301), path
        assert made_by_replica(house) == 1
        told = health.get("/readyz")
        assert (told.status_code, told.json["state"]) == (200, "degraded")  # type: ignore[index]
        figures = health.get("/metrics").text
        assert "bazargah_replica_up 0.0" in figures
        assert "bazargah_replica_lag_seconds +Inf" in figures
        revoke()
        assert not is_admitted(house)
    finally:
        servers.replica.start()
    run("UPDATE stores SET name_fa = name_fa || '۲'")
    let_replica_serve(house, servers)
    assert not is_admitted(house)
    assert made_by_replica(house) == 1
    assert health.get("/readyz").json["checks"]["replica"] == "fine"  # type: ignore[index]


def test_the_replica_hangs(house: Flask, servers: Pair) -> None:
    """It takes connections and never answers."""
    assert is_admitted(house)
    servers.replica.signal(signal.SIGSTOP)
    try:
        for path in pages():
            assert house.test_client().get(path).status_code in (200, 301), path
        assert made_by_replica(house) == 1
    finally:
        servers.replica.signal(signal.SIGCONT)


def test_another_cluster_is_never_asked(house: Flask, settings: Settings, tmp_path: Path) -> None:
    """A copy that follows nobody answers as well as a replica: what it shows is of yesterday."""
    with cluster() as other:
        with a_house(settings, other.copy_in(plain(settings), name_of(settings))) as app:
            assert is_admitted(app)
            assert made_by_replica(app) == 0
        with a_house(settings, plain(settings)) as app:
            assert is_admitted(app)
            assert made_by_replica(app) == 0, "the primary is no replica of itself"


@pytest.mark.parametrize(
    "given",
    [
        {"DATABASE_URL": "sqlite:////tmp/x.db", "REPLICA_URL": "postgresql://u@h/d"},
        {"DATABASE_URL": "postgresql://u@h/d", "REPLICA_URL": "sqlite:////tmp/x.db"},
        {
            "DATABASE_URL": "postgresql://u@h/d",
            "REPLICA_URL": "postgresql://u@r/d",
            "PAGE_CACHE_MB": "0",
        },
    ],
)
def test_settings_that_make_no_sense_are_refused(given: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="REPLICA_URL"):
        read_settings({"BAZARGAH_MODE": "test", "INSTANCE_PATH": str(tmp_path), **given})
