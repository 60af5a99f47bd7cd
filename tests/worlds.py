"""Databases that hold the small festival already, for modules in which nearly every test begins with it.

    from tests.worlds import database, the_world  # noqa: F401

The imported fixture takes the place of the empty database of `conftest.py`; `the_world()` gives the rows in it. Each
process writes the festival once for each kind of database and copies it from then on: 0.01 s instead of 0.2.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from marketplace.app import create_app
from marketplace.core.db import db, is_sqlite
from tests import databases, needs
from tests.factories.rows import AT
from tests.factories.world import World, world


@dataclass(frozen=True)
class Template:
    """A database with the festival in it: a file's path or a name on the server, and its rows."""

    place: str
    world: World


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database of this test's own with the small festival in it; runs on both kinds."""
    kind: str = request.param
    if not databases.is_there(kind):
        if needs.is_everything_required():
            pytest.fail(f"{kind} is missing and REQUIRE_ALL is set", pytrace=False)
        pytest.skip(f"needs {kind}")
    template = _template(kind)
    if kind == "sqlite":
        path = tmp_path / "bazargah.db"
        shutil.copyfile(template.place, path)
        yield f"sqlite:///{path}"
        return
    with databases.copy_of(template.place) as url:
        yield url


_first: dict[str, Engine] = {}


def _share_compiled_statements(engine: Engine) -> None:
    """An engine keeps what it compiled under its dialect: those of one kind keep it together, once a process."""
    first = _first.setdefault(engine.dialect.name, engine)
    engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache


def the_world() -> World:
    """The rows of the festival that the present database was copied with; as they were, held by no session."""
    _share_compiled_statements(db.engine)
    return _template("sqlite" if is_sqlite() else "postgresql").world


@cache
def _template(kind: str) -> Template:
    folder = Path(tempfile.mkdtemp(dir=databases.run_folder()))
    if kind == "sqlite":
        path = folder / "world.db"
        shutil.copyfile(databases.sqlite_template(), path)
        written = _fill(f"sqlite:///{path}", folder)
        databases._checkpoint(path)
        return Template(str(path), written)
    name = f"w_{uuid4().hex[:16]}"
    databases._admin(
        f'CREATE DATABASE "{name}" TEMPLATE "{databases.postgres_template()}" STRATEGY FILE_COPY'
    )
    atexit.register(_drop, name)
    return Template(name, _fill(databases.postgres_url(name), folder))


def _fill(url: str, folder: Path) -> World:
    app = create_app(databases.settings_for(url, folder))
    with app.app_context():
        written = world(AT)
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
    return written


def _drop(name: str) -> None:
    """On a server that outlives the run; the run's own is gone by now."""
    if "TEST_DATABASE_URL" in databases.os.environ:
        databases._admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
