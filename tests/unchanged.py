"""That a refusal wrote nothing: every table stays as it was, row by row, jobs and messages included.

with nothing_written(), pytest.raises(NotOnSale):
    with unit_of_work():
        put_line(...)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Column, Table

from marketplace.core.db import Base, db, is_sqlite

Snapshot = dict[str, Sequence[Any]]
NO_EFFECT = {"api_tokens": {"last_used_at"}}
"""That a token was used is noted whatever its call came to."""
NO_ROWS = {"stamp_changes", "readings"}
"""That somebody looked is written down, whatever they looked for. PostgreSQL's statement triggers stamp a table also
when the statement met no row; a page is then made once more."""


def snapshot() -> Snapshot:
    """The rows of every table that has any, as committed. Needs an app context.

    Straight through the driver: this is asked twice in each test of a refusal, of every table there is.
    """
    db.session.rollback()
    with db.engine.connect() as connection:
        cursor = connection.connection.cursor()
        statements = _statements()
        if not is_sqlite():
            cursor.execute(_full_ones())
            full = {name for (name,) in cursor.fetchall()}
            statements = {name: statement for name, statement in statements.items() if name in full}
        found = {}
        for name, statement in statements.items():
            cursor.execute(statement)
            found[name] = cursor.fetchall()
        return {name: rows for name, rows in found.items() if rows}


@cache
def _statements() -> dict[str, str]:
    """What gives the rows of each table, in the order of their keys."""
    return {
        table.name: f"SELECT {_names(_kept(table))} FROM {table.name} ORDER BY {_names(list(table.primary_key))}"
        for table in Base.metadata.sorted_tables
        if table.name not in NO_ROWS
    }


@cache
def _full_ones() -> str:
    """One statement that names the tables with rows: on a server each question is a journey."""
    return " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in _statements())


def _kept(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column.name not in NO_EFFECT.get(table.name, ())]


def _names(columns: list[Column[Any]]) -> str:
    return ", ".join(f'"{column.name}"' for column in columns)


@contextmanager
def nothing_written() -> Iterator[None]:
    """Fails unless the database is the same after the block as before it."""
    before = snapshot()
    yield
    after = snapshot()
    changed = [
        f"{name}: {len(before.get(name, []))} rows, then {len(after.get(name, []))}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]
    assert not changed, f"a refusal wrote: {changed}"
