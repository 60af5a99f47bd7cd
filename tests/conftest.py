"""What every test stands on: a database of its own, an app, a client that checks pages, a moment, closed sockets."""

from __future__ import annotations

from tests import collector  # isort: split

import ipaddress
import os
import shutil
import socket
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.ctx import AppContext
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import event

from marketplace.app import create_app
from marketplace.core.db import db
from marketplace.core.settings import Settings
from tests import databases, needs, rendered, shape
from tests.factories.rows import AT
from tests.kept_apps import give_back, take_app
from tests.pages import Client
from tests.quick_apps import share_compiled_addresses

SKIPPED = "needs "


# --- the run -----------------------------------------------------------------------------------------------------

hypothesis_settings.register_profile(
    "house",
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=2000 if os.environ.get("ROUNDS") else 100,
)
hypothesis_settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(name): skipped, by name, where a tool is missing")
    config.addinivalue_line("markers", "databases(*kinds): runs on these kinds of database alone")
    config.addinivalue_line(
        "markers", "of_sqlite: tries SQLite itself; others may do with one database, whichever"
    )
    config.addinivalue_line("markers", "durable: SQLite waits for the disk, as where it matters")
    if shape.IS_PRODUCTION:
        # What a test made for itself and dropped closes nothing; each such test runs on SQLite otherwise.
        config.addinivalue_line("filterwarnings", "ignore:.*was deleted while still open:ResourceWarning")
    os.environ.pop("BAZARGAH_CLOCK_SHIFT", None)
    if not hasattr(config, "workerinput"):
        databases.open_run()
    _close_sockets()
    share_compiled_addresses()
    rendered.listen()
    collector.begin()


def pytest_collection_finish() -> None:
    """The tests themselves are loaded as well."""
    collector.begin()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Each process leaves the names of the templates it rendered; the one that the person started adds them up."""
    rendered.keep()
    if not hasattr(session.config, "workerinput") and os.environ.get("FULL_RUN") and rendered.missing():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and databases.RUN in os.environ:
        databases.close_run()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever touches a database runs on each kind.

    Browser tests and journeys go by pages, which no database changes: on SQLite alone, unless they are marked or
    `EVERY_DATABASE` is set. In the shape of production everything runs on PostgreSQL but what is of SQLite itself,
    which has no case there and is left out by `pytest_collection_modifyitems`.
    """
    if "database" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("databases")
    chosen = (
        marker.args
        if marker
        else ("sqlite",)
        if "browser" in metafunc.definition.path.parts
        or ("journeys" in metafunc.definition.path.parts and not os.environ.get("EVERY_DATABASE"))
        else databases.KINDS
    )
    if shape.IS_PRODUCTION:
        chosen = () if metafunc.definition.get_closest_marker("of_sqlite") else (shape.USUAL,)
    metafunc.parametrize("database", [k for k in databases.kinds() if k in chosen], indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Among several processes the slow tests go first, so that none of them is left alone at the end. What tries SQLite
    itself is no part of the shape of production.

    A name with an address of memory in it would differ from process to process.
    """
    if shape.IS_PRODUCTION:
        left_out = [item for item in items if item.get_closest_marker("of_sqlite")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not {"faults", "browser"} & set(item.path.parts))
    strange = [item.nodeid for item in items if " at 0x" in item.nodeid]
    if strange:
        raise pytest.UsageError(f"give these cases an id: {strange[:3]}")


def pytest_runtest_setup(item: pytest.Item) -> None:
    shape.begin()
    for marker in item.iter_markers("needs"):
        for name in marker.args:
            if needs.have(name) is None:
                miss(name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything is required, a test that was skipped for any other reason has failed as well."""
    report = yield
    if report.skipped and needs.is_everything_required() and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped and REQUIRE_ALL is set: {report.longrepr}"
    return report


def miss(name: str) -> None:
    """Skips the present test because a tool is missing, or fails it where everything is required."""
    if needs.is_everything_required():
        pytest.fail(f"{name} is missing and REQUIRE_ALL is set", pytrace=False)
    pytest.skip(SKIPPED + name)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The last lines name what was skipped for want of a tool, with counts."""
    if os.environ.get("FULL_RUN") and (missing := rendered.missing()):
        terminalreporter.section("templates that no test renders: a failure", sep="-", red=True)
        for name in missing:
            terminalreporter.write_line(name)
    counts: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        counts[reason.removeprefix("Skipped: ")] += 1
    if counts:
        terminalreporter.section("skipped, most for want of a tool", sep="-")
        for reason, count in sorted(counts.items()):
            terminalreporter.write_line(f"{reason.removeprefix(SKIPPED)}: {count} tests")


# --- the net -----------------------------------------------------------------------------------------------------


class NetworkTouched(RuntimeError):
    """A test tried to reach something beyond this machine."""


def _close_sockets() -> None:
    """From here on nothing but loopback and local sockets can be reached from this process."""
    if getattr(socket.socket, "is_closed_for_tests", False):
        return
    connect, connect_ex, resolve = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _ensure_local(self.family, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _ensure_local(self.family, address)
        return connect_ex(self, address)

    def guarded_resolve(host: Any, *rest: Any, **options: Any) -> Any:
        _ensure_local(socket.AF_INET, (host, 0))
        return resolve(host, *rest, **options)

    socket.socket.connect = guarded_connect  # type: ignore[method-assign]
    socket.socket.connect_ex = guarded_connect_ex  # type: ignore[method-assign]
    socket.socket.is_closed_for_tests = True  # type: ignore[attr-defined]
    socket.getaddrinfo = guarded_resolve


def _ensure_local(family: int, address: Any) -> None:
    if family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple):
        return
    host = address[0].decode() if isinstance(address[0], bytes) else address[0]
    if host in (None, "", "localhost"):
        return
    try:
        is_local = ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        is_local = False
    if not is_local:
        raise NetworkTouched(f"a test tried to reach {host}")


# --- fixtures ----------------------------------------------------------------------------------------------------


@pytest.fixture
def at() -> Iterator[datetime]:
    """2026-03-25 10:00 UTC, in the middle of the festival; the clock stands still there."""
    with time_machine.travel(AT, tick=False):
        yield AT


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder of this test's own. One of the process, emptied, for all but those that kill what works in it."""
    if {"faults", "browser"} & set(request.path.parts):
        return tmp_path
    folder = tmp_path.parent / "here"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated, empty database of this test's own; runs on both kinds."""
    kind: str = request.param
    if not databases.is_there(kind):
        miss(kind)
    with databases.fresh_database(kind, tmp_path) as url:
        yield url


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    """Settings of mode `test` over this test's database and folder."""
    return databases.settings_for(database, tmp_path)


@pytest.fixture
def app(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The whole application over this test's database, which is not made to outlive a power cut."""
    is_durable = request.node.get_closest_marker("durable") is not None
    made, is_new = (create_app(settings), True) if is_durable else take_app(settings)
    if is_new:
        made.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(_bytecode()))
        if settings.database_url.startswith("sqlite") and not is_durable:
            with made.app_context():
                event.listen(db.engine, "connect", _care_nothing_for_the_disk)
    yield made
    if is_durable:
        with made.app_context():
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()
    else:
        give_back(made)


def _care_nothing_for_the_disk(connection: Any, record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")


def _bytecode() -> Path:
    folder = databases.run_folder() / "jinja"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def ctx(app: Flask) -> Iterator[AppContext]:
    """An app context for the length of the test, so that verbs and queries can be called as they are."""
    with ExitStack() as stack:
        context = stack.enter_context(app.app_context())
        yield context
        db.session.remove()


@pytest.fixture
def client(app: Flask) -> Client:
    """A browser without scripts that checks each page it fetches. See `tests/pages.py`."""
    return Client(app)
