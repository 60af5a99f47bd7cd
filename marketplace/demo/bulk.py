"""Writing many rows quickly: plain inserts in batches under ids chosen here.

It owns the database: ids are given before rows are written, which `core.bulk.insert_many` cannot do beside others. A
message costs 26 µs here on PostgreSQL, by COPY, and 37 there; on SQLite 20 here and 17 there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Index, Table, func, select, text

from marketplace.core.db import Base, db, is_sqlite, room_for_indexes
from marketplace.core.unit_of_work import unit_of_work

CACHE_KIB = 200_000
"""SQLite's page cache while rows are written in numbers: indexes are filled in no order."""
MOST_KEPT = 20_000
Bind = Callable[[Any], Any]


class Bulk:
    """Collects rows by table and writes them in the order in which the tables were named.

    Each `write` is one unit of work. Ids go on from the highest there is. Values become what the driver takes as soon as
    they are added; on PostgreSQL rows go in by COPY.
    """

    def __init__(self, *models: type[Base]) -> None:
        self._shapes = {model.__tablename__: _Shape.of(model.__table__) for model in models}  # type: ignore[arg-type]
        self._rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in self._shapes}
        self._next = {
            name: (db.session.scalar(select(func.max(shape.table.c.id))) or 0) + 1
            for name, shape in self._shapes.items()
        }

    def add(self, model: type[Base], **values: Any) -> int:
        """Queues a row and gives the id that it will have."""
        name = model.__tablename__
        new_id = self._next[name]
        self._next[name] = new_id + 1
        values["id"] = new_id
        self._rows[name].append(self._shapes[name].bound(values))
        return new_id

    def waiting(self) -> int:
        """Rows queued and not written."""
        return sum(len(rows) for rows in self._rows.values())

    def write(self) -> None:
        """Writes what is queued, in one unit of work."""
        with unit_of_work(), room_for_indexes(CACHE_KIB):
            for name, shape in self._shapes.items():
                rows = self._rows[name]
                if rows:
                    _insert(shape, rows)
                    rows.clear()

    def finish(self) -> None:
        """Writes the rest; on PostgreSQL the counters stand after the ids given here, and the planner knows the tables:
        else the next statements would be planned as if they were empty."""
        self.write()
        if is_sqlite():
            return
        with unit_of_work():
            for name in self._shapes:
                db.session.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), "  # noqa: S608
                        f"GREATEST((SELECT max(id) FROM {name}), 1))"
                    )
                )
                db.session.execute(text(f"ANALYZE {name}"))


@dataclass(frozen=True, slots=True)
class _Shape:
    """A table's columns, each with its default and how a value is bound."""

    table: Table
    columns: tuple[tuple[str, Any, Bind | None], ...]

    @classmethod
    def of(cls, table: Table) -> _Shape:
        dialect = db.engine.dialect
        return cls(
            table,
            tuple(
                (c.name, _default(c), _bind_of(c.type.dialect_impl(dialect).bind_processor(dialect)))
                for c in table.columns
                if c.computed is None
            ),
        )

    def bound(self, values: dict[str, Any]) -> tuple[Any, ...]:
        """A row that names every column."""
        get = values.get
        return tuple(
            [bind(get(name, default)) if bind else get(name, default) for name, default, bind in self.columns]
        )


def _bind_of(bind: Bind | None) -> Bind | None:
    """The same, remembering what comes again and again: moments, and lists and maps without content."""
    if bind is None:
        return None
    kept: dict[Any, Any] = {}
    empty: dict[type, Any] = {list: bind([]), dict: bind({})} if _takes(bind, []) else {}

    def bound(value: Any) -> Any:
        if not value and type(value) in empty:
            return empty[type(value)]
        if type(value) is not datetime:
            return bind(value)
        found = kept.get(value)
        if found is None:
            if len(kept) > MOST_KEPT:
                kept.clear()
            found = kept[value] = bind(value)
        return found

    return bound


def _takes(bind: Bind, value: Any) -> bool:
    try:
        bind(value)
    except (AttributeError, LookupError, TypeError):
        return False
    return True


def _insert(shape: _Shape, rows: Sequence[tuple[Any, ...]]) -> None:
    connection = db.session.connection()
    names = ", ".join(f'"{name}"' for name, _, _ in shape.columns)
    if is_sqlite():
        marks = ", ".join("?" * len(shape.columns))
        insert = f"INSERT INTO {shape.table.name} ({names}) VALUES ({marks})"  # noqa: S608
        connection.exec_driver_sql(insert, list(rows))
        return
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {shape.table.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


@contextmanager
def built_anew(indexes: Sequence[Index]) -> Iterator[None]:
    """Indexes that are filled in no order are dropped first and built at the end: a batch would else rewrite them all."""
    with unit_of_work():
        for index in indexes:
            index.drop(db.session.connection())
    try:
        yield
    finally:
        for index in indexes:
            with unit_of_work(), room_for_indexes(CACHE_KIB):
                index.create(db.session.connection())


def _default(column: Any) -> Any:
    return column.default.arg if column.default is not None and column.default.is_scalar else None
