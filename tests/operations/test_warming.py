"""A server shows its pages to itself before it opens its port, and nothing that it opened for that crosses a fork."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from flask.ctx import AppContext
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from marketplace.cli.warming import PAGES, Warming
from marketplace.core.db import db
from marketplace.core.settings import Settings
from marketplace.core.unit_of_work import unit_of_work
from tests.fakes.sandbox import ROOT
from tests.faults import test_redis_away
from tests.operations.test_page_cache import an_app, cache_of
from tests.operations.test_running import children, until, until_it_answers
from tests.worlds import database, the_world  # noqa: F401

SECONDS = 60.0
REQUESTS = "bazargah_http_requests_total"


@pytest.fixture
def house(settings: Settings) -> Iterator[Flask]:
    with an_app(settings, "4") as app:
        app.config["PROPAGATE_EXCEPTIONS"] = False
        yield app


def kept_paths(app: Flask) -> set[tuple[str, str]]:
    """The pages that are kept: prefix of the language, path."""
    return {(str(key[2]), str(key[3])) for key in cache_of(app).pages._pages}


def test_the_main_pages_are_made_in_both_languages_before_anybody_asks(
    at: datetime, ctx: AppContext, house: Flask
) -> None:
    offer, store = the_world().soap, the_world().stores[0]
    assert Warming(house, SECONDS).run()
    for prefix in ("", "/en"):
        kinds = {path.split("/")[1] for language, path in kept_paths(house) if language == prefix}
        assert {"", "search", "stores", "rules", "c", "offers"} <= kinds
    before = cache_of(house).hits
    asker = house.test_client()
    for path in ("/", "/en/", "/search", "/stores", "/en/stores"):
        assert asker.get(path).status_code == 200
    assert cache_of(house).hits == before + 5, "visitors find them made"
    assert offer.id and store.id


def test_who_warms_itself_is_no_visitor(at: datetime, ctx: AppContext, house: Flask) -> None:
    def told() -> dict[str, float]:
        families = text_string_to_metric_families(house.test_client().get("/metrics").text)
        return {
            str(sorted(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
            if sample.name == REQUESTS and sample.labels["route"] != "/metrics"
        }

    house.test_client().get("/stores")
    before = told()
    assert before, "a visitor counts"
    assert Warming(house, SECONDS).run()
    assert told() == before


def test_a_page_that_cannot_be_made_keeps_nobody_out(at: datetime, ctx: AppContext, house: Flask) -> None:
    def fail() -> str:
        raise RuntimeError("a mistake of ours")

    house.view_functions["storefront.home"] = fail
    warming = Warming(house, SECONDS)
    assert warming.run()
    assert house.test_client().get("/stores").status_code == 200


def test_when_the_time_is_over_nothing_more_is_asked_for(at: datetime, ctx: AppContext, house: Flask) -> None:
    assert Warming(house, 0.0).run()
    assert not kept_paths(house)


def test_a_server_is_ready_when_it_has_shown_its_pages(at: datetime, ctx: AppContext, house: Flask) -> None:
    """One whose database was older than the code as it began makes them when somebody asks whether it is ready."""
    newest = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    db.session.rollback()
    warming = Warming(house, SECONDS)
    house.extensions["bazargah_warming"] = warming.run
    asker = house.test_client()
    with unit_of_work():
        db.session.execute(text("UPDATE alembic_version SET version_num = '0046'"))
    assert not warming.run()
    answer = asker.get("/readyz")
    assert (answer.status_code, "warm" in answer.json["checks"]) == (503, False)  # type: ignore[index]
    assert not kept_paths(house)
    with unit_of_work():
        db.session.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": newest})
    answer = asker.get("/readyz")
    assert (answer.status_code, answer.json["checks"]["warm"]) == (200, "fine")  # type: ignore[index]
    assert ("", "/") in kept_paths(house)
    asked = len(kept_paths(house))
    cache_of(house).pages.clear()
    assert asker.get("/readyz").status_code == 200
    assert asked >= len(PAGES)
    assert not kept_paths(house), "once is enough"


def environment(settings: Settings, folder: Path, port: int = 0) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "BAZARGAH_MODE": "test",
        "DATABASE_URL": settings.database_url,
        "INSTANCE_PATH": str(folder),
        "SECRET_KEY": "test-key-test-key-test-key-test-key-test",
        "BASE_URL": f"http://127.0.0.1:{port}",
        "LOG_LEVEL": "CRITICAL",
        "PAGE_CACHE_MB": "4",
    }


MAKE = """
import json, os, threading
from marketplace.cli import web_server
web_server.load()
before = web_server.open_files()
app = web_server.made()
kept = len(app.extensions["bazargah_page_cache"].pages)
pid = os.fork()
if not pid:
    with app.test_client() as asker:
        os._exit(0 if asker.get("/").status_code == 200 else 1)
print(json.dumps({
    "kept": kept,
    "open": sorted(name for name in web_server.open_files() - before if name.startswith("socket:") or ".db" in name),
    "threads": threading.active_count(),
    "child": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]),
}))
"""


def made_and_forked(environ: dict[str, str]) -> dict[str, Any]:
    """What a process that makes the application has open afterwards, and what a child of it can do with it."""
    done = subprocess.run(
        [sys.executable, "-c", MAKE], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_what_is_made_before_the_fork_has_nothing_open(settings: Settings, tmp_path: Path) -> None:
    told = made_and_forked(environment(settings, tmp_path))
    assert told["kept"] > len(PAGES)
    assert (told["open"], told["threads"], told["child"]) == ([], 1, 0)


@pytest.mark.needs("redis")
def test_no_way_to_redis_crosses_the_fork(settings: Settings, tmp_path: Path) -> None:
    redis = test_redis_away.Server(tmp_path)
    try:
        told = made_and_forked({**environment(settings, tmp_path), "REDIS_URL": redis.url})
    finally:
        redis.close()
    assert told["kept"] > len(PAGES)
    assert (told["open"], told["child"]) == ([], 0)


def test_an_application_that_would_not_let_go_is_made_by_each_worker_for_itself(
    settings: Settings, tmp_path: Path
) -> None:
    keeps = (
        "import socket; from marketplace.cli import web_server; kept = []; "
        "web_server.let_go = lambda app: kept.append(socket.socket()); print(web_server.made())"
    )
    done = subprocess.run(
        [sys.executable, "-c", keeps],
        cwd=ROOT,
        env=environment(settings, tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "None"


@contextmanager
def served(settings: Settings, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = subprocess.Popen(
        [sys.executable, "-m", "marketplace", "serve", "--port", str(port), "--workers", "2"],
        cwd=ROOT,
        env=environment(settings, folder, port),
        start_new_session=True,
    )
    try:
        until_it_answers(f"http://127.0.0.1:{port}/healthz")
        yield server, f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        assert server.wait(60) == 0


def routes(address: str) -> dict[str, float]:
    """How many pages were asked for, by who answered them."""
    families = text_string_to_metric_families(requests.get(f"{address}/metrics", timeout=20).text)
    found: dict[str, float] = {}
    for family in families:
        for sample in family.samples:
            if sample.name == REQUESTS and sample.labels["route"] in ("kept page", "/"):
                found[sample.labels["route"]] = found.get(sample.labels["route"], 0) + sample.value
    return found


def test_the_first_page_of_a_worker_is_there_also_of_one_that_takes_the_place_of_a_killed_one(
    settings: Settings, tmp_path: Path
) -> None:
    with served(settings, tmp_path) as (server, address):
        assert requests.get(f"{address}/", timeout=20).ok
        assert requests.get(f"{address}/readyz", timeout=20).json()["checks"]["warm"] == "fine"
        first = children(server.pid)
        for pid in first:
            os.kill(pid, signal.SIGKILL)
        until(lambda: len(set(children(server.pid)) - set(first)) == 2, "two others")
        until_it_answers(f"{address}/healthz")
        assert requests.get(f"{address}/", timeout=20).ok
        assert routes(address) == {"kept page": 2}
