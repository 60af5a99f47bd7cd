"""Thousands of rows in one statement, where making each value the driver's own costs more than writing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Insert, Table

from marketplace.core.db import db

Processor = Callable[[Any], Any]


def insert_many(statement: Insert, rows: Sequence[Mapping[str, Any]]) -> None:
    """Runs an INSERT for every row, all with the same columns, none left out that has a default in Python.

    As `connection.execute(statement, rows)` does it, but a value that stands in many rows (a moment, a state, the facts
    that one object carries) is converted once. Inside a unit of work.
    """
    if not rows:
        return
    connection = db.session.connection()
    dialect, names = connection.dialect, list(rows[0])
    compiled = statement.compile(dialect=dialect, column_keys=names)
    asked = list(compiled.positiontup or compiled.bind_names.values())
    if sorted(asked) != sorted(names):
        raise ValueError(f"rows with {', '.join(names)} where {', '.join(asked)} are asked for")
    table = statement.table
    if not isinstance(table, Table):
        raise TypeError("only a table takes rows")
    converted = {name: _column(table.c[name], [row[name] for row in rows], dialect) for name in asked}
    values = zip(*(converted[name] for name in asked), strict=True)
    if compiled.positional:
        connection.exec_driver_sql(str(compiled), list(values))
    else:
        connection.exec_driver_sql(str(compiled), [dict(zip(asked, one, strict=True)) for one in values])


def _column(column: Any, values: list[Any], dialect: Any) -> list[Any]:
    """The values of one column as the driver takes them. Objects are told apart by identity: they live as long as the
    rows do."""
    convert: Processor | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    if convert is None:
        return values
    known: dict[int, Any] = {}
    found = []
    for value in values:
        key = id(value)
        if key not in known:
            known[key] = convert(value)
        found.append(known[key])
    return found
