"""The ground on which the money machine plays: one app, one database that is put back by a copy, invariants that are
asked again only where they would find something else.

Putting a database back costs the copy of a file in memory (on PostgreSQL: of a database), not what was written in it.
What the machine itself wants to know it reads past the session, over a plain connection of its own.
"""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from flask import Flask
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import event

from marketplace.app import create_app
from marketplace.core.db import db
from marketplace.wiring.tables import WIRING
from tests import databases
from tests.worlds import _template

LONG = frozenset({"audit_chain_is_whole", "audit_log_is_whole", "price_history_is_whole"})
"""They read whole logs, and are asked at the end of a sequence alone."""
WRITES = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)")
WORDS = re.compile(r"\w+")
PARAMETER = re.compile(r":(\w+)")


class Ground:
    """See above. `done` counts what all sequences reached."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.folder, self.world = kind, folder, _template(kind).world
        self.done: Counter[str] = Counter()
        self.written: set[str] = set()
        self._asked: dict[str, Asked] = {}
        self._kept: list[str] = []
        self._eye: Any = None
        self.place = self._copy(_template(kind).place, "now")
        url = f"sqlite:///{self.place}" if kind == "sqlite" else databases.postgres_url(self.place)
        self.app: Flask = create_app(databases.settings_for(url, folder))

    # --- databases

    def put(self, place: str) -> None:
        """Makes the present database a copy of another."""
        self._let_go()
        self._copy(place, "now")
        self.written = set(db.metadata.tables)

    def keep(self, name: str) -> str:
        """Keeps the present database under a name; gives its place."""
        self._let_go()
        return self._copy(self.place, name)

    def _let_go(self) -> None:
        db.session.remove()
        db.engine.dispose()
        if self._eye is not None:
            self._eye.close()
            self._eye = None

    def look(self, statement: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        """The rows of a select, in the driver's own form, as they are committed now."""
        if self._eye is None:
            self._eye = (
                sqlite.connect(self.place)
                if self.kind == "sqlite"
                else psycopg.connect(
                    databases.postgres_url(self.place).replace("+psycopg", "", 1), autocommit=True
                )
            )
        cursor = self._eye.cursor()
        try:
            return list(cursor.execute(statement, parameters).fetchall())
        finally:
            cursor.close()

    def read(self, statement: str, **named: Any) -> list[tuple[Any, ...]]:
        """`look` with `:names`, for either database."""
        return self.look(statement if self.kind == "sqlite" else PARAMETER.sub(r"%(\1)s", statement), named)

    def _copy(self, place: str, name: str) -> str:
        if self.kind == "sqlite":
            file = self.folder / f"{name}.db"
            for end in ("-wal", "-shm"):
                Path(f"{file}{end}").unlink(missing_ok=True)
            shutil.copyfile(place, file)
            return str(file)
        target = f"m_{os.getpid()}_{name}"
        databases._admin(f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)')
        databases._admin(f'CREATE DATABASE "{target}" TEMPLATE "{place}" STRATEGY FILE_COPY')
        self._kept.append(target)
        return target

    def close(self) -> None:
        self._let_go()
        for name in self._kept:
            databases._admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    # --- invariants

    def listen(self) -> Callable[[], None]:
        """Notes each table that is written to, until the returned function is called."""

        def heard(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
            if found := WRITES.match(statement):
                self.written.add(found[1])

        event.listen(db.engine, "before_cursor_execute", heard)
        return lambda: event.remove(db.engine, "before_cursor_execute", heard)

    def broken(self, *, fully: bool = False) -> dict[str, list[Any]]:
        """What breaks an invariant now, by its name.

        An invariant reads, and decides by what it read: it says what it said when its selects find the very rows that
        they found when it was last asked. `fully` looks at the long ones too, and trusts no list of what was written.
        """
        written, self.written = self.written, set()
        for name, check in WIRING.invariants.items():
            known = self._asked.get(name)
            if name in LONG and not fully:
                continue
            if known is None or not known.holds_still(self, None if fully else written):
                self._asked[name] = self._ask(check)
        return {name: asked.broken for name, asked in self._asked.items() if asked.broken}

    def _ask(self, check: Callable[[], Iterator[Any]]) -> Asked:
        """Asks one and notes what it selected."""
        selects: list[tuple[str, Any]] = []

        def heard(conn: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
            if statement.lstrip().startswith(("SELECT", "WITH")):
                selects.append((statement, parameters))

        event.listen(db.engine, "before_cursor_execute", heard)
        try:
            broken = list(check())
        finally:
            event.remove(db.engine, "before_cursor_execute", heard)
            db.session.rollback()
        words = {word for statement, _ in selects for word in WORDS.findall(statement)}
        asked = Asked(broken, frozenset(words & set(db.metadata.tables)), selects, [])
        asked.rows = asked.look(self)
        return asked


@dataclass
class Asked:
    """An invariant's last answer, what it read for it, and the rows that it found then."""

    broken: list[Any]
    tables: frozenset[str]
    selects: list[tuple[str, Any]]
    rows: list[list[Any]]

    def holds_still(self, ground: Ground, written: set[str] | None) -> bool:
        if written is not None and self.tables.isdisjoint(written):
            return True
        return self.rows == self.look(ground)

    def look(self, ground: Ground) -> list[list[Any]]:
        return [ground.look(statement, parameters) for statement, parameters in self.selects]


@contextmanager
def open_ground(kind: str) -> Iterator[Ground]:
    """A ground in memory where the machine has such a folder; inside its app's context."""
    shelf = Path("/dev/shm")
    with TemporaryDirectory(dir=shelf if os.access(shelf, os.W_OK) else None) as folder:
        ground = Ground(kind, Path(folder))
        with ground.app.app_context():
            stop = ground.listen()
            try:
                yield ground
            finally:
                stop()
                ground.close()
