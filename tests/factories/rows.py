"""How the factories write: plain rows in a unit of work, given back as they were written.

What a factory gives is a snapshot that no session holds. Change it with `change(row, name=value)`, read the database
again with `fresh(row)`. Inside an open unit of work the factories join it, otherwise each opens its own.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import inspect, update
from sqlalchemy.orm.attributes import set_committed_value

from marketplace.core.db import Base, db
from marketplace.core.unit_of_work import is_open, unit_of_work

AT = datetime(2026, 3, 25, 10, 0, tzinfo=UTC)
"""The moment at which the factories' world stands: the festival is live, every paper is valid."""

Row = TypeVar("Row", bound=Base)
_numbers = count(1)


def number() -> int:
    """A number that no other row of this process has."""
    return next(_numbers)


def writing() -> AbstractContextManager[None]:
    """The open unit of work, or one of our own."""
    return nullcontext() if is_open() else unit_of_work()


def put(model: type[Row], **values: Any) -> Row:
    """Writes one row and gives it back, held by no session."""
    with writing():
        row = model(**values)
        db.session.add(row)
        db.session.flush()
        db.session.expunge(row)
        for attribute in inspect(model).column_attrs:
            if attribute.key not in row.__dict__:
                set_committed_value(row, attribute.key, None)
    return row


def change(row: Row, **values: Any) -> Row:
    """Writes columns of a row past every rule of the house, and gives it as it stands then."""
    model = type(row)
    with writing():
        keys = inspect(model).primary_key
        db.session.execute(
            update(model).where(*(key == getattr(row, key.name) for key in keys)).values(**values),
            execution_options={"synchronize_session": False},
        )
        return fresh(row)


def fresh(row: Row) -> Row:
    """The row as the database has it now."""
    found = db.session.get(type(row), inspect(row).identity, populate_existing=True)
    if found is None:
        raise AssertionError(f"{row} is no longer there")
    db.session.expunge(found)
    return found
