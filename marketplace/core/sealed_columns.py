"""Columns whose values stand sealed in the database: national ids, Shebas.

    sheba: Mapped[str] = sealed_column("sheba")

Python sees the value, the database what `core/sealing.py` makes of it: another text each time. So nothing can be
compared there; where a value must be found or unique, its mark stands in a column beside it. What was written before it
was sealed is read as it stands. The kind is bound in and shared by all tables, for values are copied among them.
"""

from __future__ import annotations

from operator import eq
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    String,
    Table,
    Text,
    TypeDecorator,
    cast,
    select,
    type_coerce,
    update,
)
from sqlalchemy.orm import MappedColumn, mapped_column
from sqlalchemy.sql.operators import OperatorType, is_, is_not

from marketplace.core.db import Base, changed_count, db
from marketplace.core.sealing import blind, is_sealed, open_sealed, present_prefix, seal

SEALED_FORM = "LIKE '1.________.%'"
"""What a CHECK asks of a sealed column."""
PRIVATE = ("sheba", "blind")
"""The fields that are sealed wherever they stand in kept content."""
CONTENT = "content"
BATCH = 500


class Sealed(TypeDecorator[str]):
    """A text, sealed on its way in and opened on its way out. `mark` names the column that holds its mark."""

    impl = Text
    cache_ok = True

    class comparator_factory(TypeDecorator.Comparator[str]):
        """Whether there is a value is all that the database can be asked; columns are told apart by `==`."""

        def operate(self, op: OperatorType, *other: Any, **more: Any) -> Any:
            if op not in (is_, is_not) and not (op is eq and isinstance(other[0], ColumnElement)):
                raise TypeError("a sealed column cannot be compared in the database: ask for its mark")
            return super().operate(op, *other, **more)

    def __init__(self, kind: str, mark: str | None = None) -> None:
        super().__init__()
        self.kind = kind
        self.mark = mark

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else seal(value, self.kind)

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else opened(value, self.kind)


class SealedContent(TypeDecorator[dict[str, Any]]):
    """A JSON object of which the fields named in `PRIVATE` stand sealed."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Any) -> dict[str, Any] | None:
        if value is None:
            return None
        return {k: seal(v, CONTENT) if _is_private(k, v) else v for k, v in value.items()}

    def process_result_value(self, value: dict[str, Any] | None, dialect: Any) -> dict[str, Any] | None:
        if value is None:
            return None
        return {k: opened(v, CONTENT) if _is_private(k, v) else v for k, v in value.items()}


def sealed_column(kind: str, *, mark: str | None = None, **options: Any) -> MappedColumn[Any]:
    """A column that stands sealed."""
    return mapped_column(Sealed(kind, mark), **options)


def opened(value: str, kind: str) -> str:
    """What a sealed text says; one that never was sealed says itself. Raises SealBroken."""
    return open_sealed(value, kind) if is_sealed(value) else value


def reseal_columns(most: int = BATCH) -> int:
    """Seals up to so many values anew that stand in clear or under another key than the first; gives how many.

    Safe to stop and to begin again: what is done is not met a second time. A value that changes meanwhile is left.
    """
    done = 0
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Sealed) and done < most:
                done += _reseal(table, column, column.type, most - done)
    return done


def reseal_contents(most: int = BATCH) -> int:
    """The same for the private fields of kept content."""
    done = 0
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, SealedContent) and done < most:
                done += _reseal_content(table, column, most - done)
    return done


def _reseal(table: Table, column: Column[Any], kind: Sealed, most: int) -> int:
    raw = type_coerce(column, Text)
    rows = db.session.execute(
        select(table.c.id, raw.label("raw"))
        .where(raw.is_not(None), raw.not_like(f"{present_prefix()}%"))
        .order_by(table.c.id)
        .limit(most)
    ).all()
    done = 0
    for row in rows:
        value = opened(row.raw, kind.kind)
        values = {column.name: value} | ({kind.mark: blind(value, kind.kind)} if kind.mark else {})
        done += changed_count(update(table).where(table.c.id == row.id, raw == row.raw).values(values))
    return done


def _reseal_content(table: Table, column: Column[Any], most: int) -> int:
    told = cast(type_coerce(column, JSON), String)
    done = 0
    for name in PRIVATE:
        rows = db.session.execute(
            select(table.c.id, column)
            .where(
                told.like(f'%"{name}": "%'),
                told.not_like(f'%"{name}": "{present_prefix()}%'),
                told.is_not(None),
            )
            .order_by(table.c.id)
            .limit(most - done)
        ).all()
        for row in rows:
            done += changed_count(update(table).where(table.c.id == row.id).values({column.name: row[1]}))
    return done


def _is_private(name: str, value: Any) -> bool:
    return name in PRIVATE and isinstance(value, str)
