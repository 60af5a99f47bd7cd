"""Statements written once, for what is asked again and again: no object of the ORM, no key of a cache.

A `Ready` is compiled for a dialect when it is first asked; then its text and its values go to the driver as they are.
What writes goes through the engine, whose listeners hear it, and gives rows (`RETURNING`).
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Dialect, Table, bindparam, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from marketplace.core.db import AnySelect, Base, db
from marketplace.core.quick_reads import QuickReader, tell
from marketplace.core.remembered import present

Convert = Callable[[Any], Any]
Sizes = tuple[tuple[str, int], ...]


class Ready:
    """A select with bind parameters, lists (`expanding`) among them. Rows are named tuples of its columns."""

    def __init__(self, statement: AnySelect | Any) -> None:
        self._statement = statement
        self._written: dict[tuple[str, Sizes], _Written] = {}

    def all(self, **values: Any) -> list[Any]:
        """All rows for these values; every parameter of the statement is named.

        While a page is made that may be remembered, no session is opened for it: the driver is asked, and each
        statement sees what is committed as it begins. A page that saw two states is answered once and not kept.
        """
        here = present()
        if here is not None and here.reader is not None:
            written = self._for(here.reader.dialect, values)
            tell(written.text)
            return written.rows(_asked_beside(here.reader, written.text, written.filled(values)))
        db.session.flush()
        connection = db.session.connection()
        written = self._for(connection.dialect, values)
        filled = written.filled(values)
        if not written.reads:
            return written.rows(connection.exec_driver_sql(written.text, filled).cursor.fetchall())
        tell(written.text)
        return written.rows(_asked(connection, written.text, filled))

    def first(self, **values: Any) -> Any:
        """The first row, or None."""
        rows = self.all(**values)
        return rows[0] if rows else None

    def scalar(self, **values: Any) -> Any:
        """The first column of the first row, or None."""
        rows = self.all(**values)
        return rows[0][0] if rows else None

    def run(self, **values: Any) -> int:
        """Writes, where nothing is to be read of it; gives how many rows it met."""
        db.session.flush()
        connection = db.session.connection()
        written = self._for(connection.dialect, values)
        return connection.exec_driver_sql(written.text, written.filled(values)).rowcount

    def run_for_each(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Writes once for each of these, as one statement of the driver; for none nothing."""
        if not rows:
            return
        db.session.flush()
        connection = db.session.connection()
        written = self._for(connection.dialect, rows[0])
        connection.exec_driver_sql(written.text, [written.filled(row) for row in rows])

    def _for(self, dialect: Dialect, values: Mapping[str, Any]) -> _Written:
        sizes = tuple((name, _room(len(v))) for name, v in values.items() if isinstance(v, list))
        written = self._written.get((dialect.name, sizes))
        if written is None:
            written = self._written[dialect.name, sizes] = _Written(self._statement, dialect, sizes)
        return written


def adding(model: type[Base], *names: str, tells: bool = True) -> Ready:
    """The INSERT of one row of a table, whose parameters are these columns; it `tells` the row's id.

    Other columns stand at their default, which must be a plain value.
    """
    table, given = _given(model, names)
    statement = insert(table).values(given)
    return Ready(statement.returning(table.c.id) if tells else statement)


class AddingRows:
    """The INSERT of a few rows of a table in one statement, with these columns; gives `tells` of each, in any order.

    Other columns as in `adding`. Each number of rows is a statement of its own: not for hundreds.
    """

    def __init__(self, model: type[Base], *names: str, tells: Sequence[str]) -> None:
        self._model, self._names, self._tells = model, names, tells
        self._by_count: dict[int, Ready] = {}

    def all(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Writes them; for none nothing."""
        if not rows:
            return []
        ready = self._by_count.get(len(rows))
        if ready is None:
            ready = self._by_count[len(rows)] = self._made(len(rows))
        return ready.all(
            **{f"{name}_{place}": row[name] for place, row in enumerate(rows) for name in self._names}
        )

    def _made(self, count: int) -> Ready:
        given = [_given(self._model, self._names, f"_{place}") for place in range(count)]
        table = given[0][0]
        statement = insert(table).values([values for _, values in given])
        return Ready(statement.returning(*(table.c[name] for name in self._tells)))


def _given(model: type[Base], names: Sequence[str], ending: str = "") -> tuple[Table, dict[str, Any]]:
    table = cast(Table, model.__table__)
    values: dict[str, Any] = {name: bindparam(f"{name}{ending}", type_=table.c[name].type) for name in names}
    for column in table.c:
        if column.default is None or column.name in values:
            continue
        if not isinstance(column.default, ScalarElementColumnDefault):
            raise TypeError(f"{model.__name__}: {column.name} has no plain default, so it must be named")
        values[column.name] = column.default.arg
    return table, values


def _asked(connection: Connection, statement: str, values: Any) -> list[Any]:
    """The rows that the driver of a session's connection gives, without the engine around it; its errors."""
    driver: Any = connection.connection.dbapi_connection
    try:
        found: list[Any] = driver.execute(statement, values).fetchall()
    except Exception as error:
        connection._handle_dbapi_exception(error, statement, values, None, None)
    return found


def _asked_beside(reader: QuickReader, statement: str, values: Any) -> list[Any]:
    """The rows that a reader beside the session gives; an error of its driver as the engine would raise it."""
    dialect = reader.dialect
    known = dialect.loaded_dbapi.Error
    try:
        return reader.rows(statement, values)
    except known as error:
        is_lost = dialect.is_disconnect(error, None, None)
        raise DBAPIError.instance(
            statement,
            values,
            error,
            known,
            hide_parameters=True,
            connection_invalidated=is_lost,
            dialect=dialect,
        ) from error


def _room(size: int) -> int:
    """Lists are filled up to powers of two with what is never found, so that few texts serve all."""
    return 1 << max(0, size - 1).bit_length()


class _Written:
    """The text of a statement for one dialect and the sizes of its lists, and how values go in and out."""

    def __init__(self, statement: Any, dialect: Dialect, sizes: Sizes = ()) -> None:
        compiled = statement.compile(dialect=dialect)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError("no statement")
        asked: dict[str, Any] = {bind.key: None for bind in compiled.binds.values() if bind.required}
        written = compiled.construct_expanded_state(asked | {name: [None] * size for name, size in sizes})
        self.text, self._names = written.statement, written.positiontup
        self.reads = self.text.lstrip().startswith(("SELECT", "WITH"))
        self._into: dict[str, Any] = {**compiled._bind_processors, **written.processors}
        self._lists = {name: tuple(written.parameter_expansion[name]) for name, _ in sizes}
        mine = {*asked, *(each for names in self._lists.values() for each in names)}
        fixed = (name for name in written.parameters if name not in mine)
        self._fixed = {name: self._taken(name, written.parameters[name]) for name in fixed}
        columns = compiled._result_columns
        self._row: Any = namedtuple("Row", [column.keyname for column in columns], rename=True)  # type: ignore[misc]
        known = [
            (place, column.type._cached_result_processor(dialect, None))
            for place, column in enumerate(columns)
        ]
        self._out: list[tuple[int, Convert]] = [
            (place, convert) for place, convert in known if convert is not None
        ]

    def filled(self, values: Mapping[str, Any]) -> Any:
        """What fills the statement, as the driver wants it."""
        known = dict(self._fixed)
        for name, value in values.items():
            if name in self._lists:
                names = self._lists[name]
                padded = [*value, *[None] * (len(names) - len(value))]
                known.update((each, self._taken(each, one)) for each, one in zip(names, padded, strict=True))
            else:
                known[name] = self._taken(name, value)
        return known if self._names is None else tuple(known[name] for name in self._names)

    def rows(self, found: Sequence[Any]) -> list[Any]:
        """What the driver gave, as the application knows it."""
        make, out = self._row._make, self._out
        if not out:
            return [make(row) for row in found]
        rows = []
        for row in found:
            values = list(row)
            for place, convert in out:
                values[place] = convert(values[place])
            rows.append(make(values))
        return rows

    def _taken(self, name: str, value: Any) -> Any:
        convert = self._into.get(name)
        return value if convert is None else convert(value)
