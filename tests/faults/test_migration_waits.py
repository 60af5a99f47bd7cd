"""A migration beside people who use the tables it changes: it never waits in a circle with them, and never for long."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask_migrate import upgrade
from sqlalchemy import event, text

from marketplace.core.db import db
from tests import databases
from tests.conftest import miss
from tests.fakes.sandbox import until
from tests.processes import in_processes

MIGRATIONS = Path(__file__).parents[2] / "migrations"
NEXT = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "next", "{newest}", None, None


def upgrade():
    op.add_column("offers", sa.Column("drill_note", sa.Text(), nullable=True))
    op.add_column("orders", sa.Column("drill_note", sa.Text(), nullable=True))
"""
LIMIT = re.compile(r"SET LOCAL lock_timeout = '(\w+)'")
PATIENCE_SECONDS = 60


@pytest.fixture
def next_release(tmp_path: Path) -> Path:
    """The migrations with one more, which changes two tables."""
    newest = max(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    shutil.copytree(MIGRATIONS, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "migrations/versions/next.py").write_text(NEXT.format(newest=newest))
    return tmp_path / "migrations"


def test_nobody_waits_in_a_circle(next_release: Path, tmp_path: Path) -> None:
    """Somebody read orders and comes to offers, which the migration has; it comes to orders."""
    told = _in_a_process(tmp_path, lambda url: _meet(url, str(next_release)))
    assert told["read"] == ["orders", "offers"], "the visitor was served"
    assert told["tries"] >= 2, "the migration let go of what it had"
    assert told["version"] == "next"


def test_who_holds_a_table_for_ever_is_told_of(next_release: Path, tmp_path: Path) -> None:
    told = _in_a_process(tmp_path, lambda url: _in_vain(url, str(next_release)))
    assert "lock timeout" in told["said"]
    assert f"process {told['holder']} of postgres (somebody) for " in told["said"]
    assert told["code"] == 1
    assert told["waits"] == ["300ms"] * 10 + ["2s"] * 50
    assert told["rests"] == 59, "it rests between them"
    assert told["columns"] == 0, "nothing is half"


def _in_a_process(folder: Path, work: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    if not databases.is_there("postgresql"):
        miss("postgresql")
    with databases.fresh_database("postgresql", folder) as url:
        told = in_processes(1, databases.settings_for(url, folder), lambda _: work(url), patience=120)[0]
    assert isinstance(told, dict)
    return told


def _meet(url: str, directory: str) -> dict[str, Any]:
    read: list[str] = []
    tries: list[str] = []
    visitor = psycopg.connect(url)

    def look(table: str) -> None:
        visitor.execute(f"SELECT 1 FROM {table} LIMIT 1")
        read.append(table)

    def come() -> None:
        look("offers")
        visitor.commit()

    look("orders")
    coming = threading.Thread(target=come)

    def hear(statement: str) -> None:
        if LIMIT.search(statement):
            tries.append(statement)
        if "ALTER TABLE orders" in statement and len(tries) == 1:
            coming.start()
            until(
                lambda: _somebody_waits(url), what="the visitor's wait"
            )  # so that the server would take him for it

    with _heard(hear):
        upgrade(directory)
    coming.join(PATIENCE_SECONDS)
    visitor.close()
    with db.engine.connect() as connection:
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return {"read": read, "tries": len(tries), "version": version}


def _somebody_waits(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone() is not None


def _in_vain(url: str, directory: str) -> dict[str, Any]:
    """With waits and rests of no length; how long they would have been is told."""
    waits: list[str] = []
    rests: list[float] = []

    def hear(statement: str) -> str:
        if found := LIMIT.search(statement):
            waits.append(found[1])
        return LIMIT.sub("SET LOCAL lock_timeout = '1ms'", statement)

    said: list[str] = []
    with (
        pytest.MonkeyPatch.context() as patch,
        psycopg.connect(url, application_name="somebody") as holder,
        _heard(hear),
    ):
        patch.setattr("time.sleep", rests.append)
        patch.setattr("flask_migrate.log.error", said.append)
        holder.execute("SELECT 1 FROM orders LIMIT 1")
        threading.Event().wait(2.1)
        with pytest.raises(SystemExit) as refused:
            upgrade(directory)
        told = {"said": said[0], "code": refused.value.code, "holder": holder.info.backend_pid}
        columns = holder.execute(
            "SELECT count(*) FROM information_schema.columns WHERE column_name = 'drill_note'"
        ).fetchone()
    return {**told, "rests": len(rests), "waits": waits, "columns": (columns or (9,))[0]}


@contextmanager
def _heard(hear: Callable[[str], str | None]) -> Iterator[None]:
    """Each statement of this app's engine is heard before it runs, and may be exchanged."""

    def before(conn: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> tuple[str, Any]:
        return hear(statement) or statement, parameters

    event.listen(db.engine, "before_cursor_execute", before, retval=True)
    try:
        yield
    finally:
        event.remove(db.engine, "before_cursor_execute", before)
