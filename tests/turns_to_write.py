"""How often a piece of work took its turn to write, and what happened just before it did.

with turns_taken() as turns:
    program.put(...)
assert len(turns) == 1
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event, text

from marketplace.core.db import db


@contextmanager
def turns_taken() -> Iterator[list[str]]:
    """One entry for each unit of work that was begun with this app's engine. Needs an app context."""
    turns: list[str] = []

    def asked(connection: Connection, options: dict[str, Any]) -> None:
        if options.get("writes"):
            turns.append("unit")

    with _listening(asked):
        yield turns


@contextmanager
def just_before_its_turn(statement: str, **values: Any) -> Iterator[None]:
    """Somebody else is quicker: this is committed after all looking, right before the first unit of work begins."""
    is_done = False

    def asked(connection: Connection, options: dict[str, Any]) -> None:
        nonlocal is_done
        if is_done or not options.get("writes"):
            return
        is_done = True
        with connection.engine.execution_options(writes=True).begin() as other:
            other.execute(text(statement), values)

    with _listening(asked):
        yield
    assert is_done, "nothing took a turn to write"


@contextmanager
def _listening(hear: Callable[[Connection, dict[str, Any]], None]) -> Iterator[None]:
    """Only a unit of work says of its connection that it writes, before its transaction begins."""
    engine = db.engine
    event.listen(engine, "set_connection_execution_options", hear)
    try:
        yield
    finally:
        event.remove(engine, "set_connection_execution_options", hear)
