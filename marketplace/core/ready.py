"""Statements written once, for reads that every page asks again: no object of the ORM, no key of a cache.

A `Ready` is compiled for a dialect when it is first asked; then its text and its values go to the driver as they are.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from marketplace.core.db import AnySelect, db
from marketplace.core.quick_reads import tell
from marketplace.core.remembered import present

Convert = Callable[[Any], Any]


class Ready:
    """A select with bind parameters and no IN list that grows. Rows are named tuples of its columns."""

    def __init__(self, statement: AnySelect | Any) -> None:
        self._statement = statement
        self._written: dict[str, _Written] = {}

    def all(self, **values: Any) -> list[Any]:
        """All rows for these values; every parameter of the statement is named.

        While a page is made that may be remembered, no session is opened for it: the driver is asked, and each
        statement sees what is committed as it begins. A page that saw two states is answered once and not kept.
        """
        here = present()
        if here is not None and here.reader is not None:
            written = self._for(here.reader.dialect)
            tell(written.text)
            return written.rows(here.reader.rows(written.text, written.filled(values)))
        connection = db.session.connection()
        written = self._for(connection.dialect)
        found = connection.exec_driver_sql(written.text, written.filled(values))
        return written.rows(found.cursor.fetchall() if found.cursor else ())

    def first(self, **values: Any) -> Any:
        """The first row, or None."""
        rows = self.all(**values)
        return rows[0] if rows else None

    def _for(self, dialect: Dialect) -> _Written:
        written = self._written.get(dialect.name)
        if written is None:
            written = self._written[dialect.name] = _Written(self._statement, dialect)
        return written


class _Written:
    """The text of a statement for one dialect, and how values go in and out."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError("no statement")
        asked = {bind.key: None for bind in compiled.binds.values() if bind.required}
        written = compiled.construct_expanded_state(asked)
        self.text, self._names = written.statement, written.positiontup
        self._into: dict[str, Convert] = dict(written.processors)
        fixed = (name for name in written.parameters if name not in asked)
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

    def filled(self, values: dict[str, Any]) -> Any:
        """What fills the statement, as the driver wants it."""
        known = self._fixed | {name: self._taken(name, value) for name, value in values.items()}
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
