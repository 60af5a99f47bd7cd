"""Reading outside of Flask and the sessions: a driver's connection, one statement, the rows of the last commit."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine

KEPT_OPEN = 4
heard_by: list[Callable[[str], None]] = []
"""Who hears the statements of pages that are asked here, as they would hear them of the engine."""


def tell(statement: str) -> None:
    """Says that a page asks this."""
    for hear in heard_by:
        hear(statement)


class QuickReader:
    """Connections of its own, a few kept open; each statement sees what is committed as it begins."""

    def __init__(self, engine: Engine, *, is_pooled: bool = False) -> None:
        self._engine, self._is_pooled = engine, is_pooled
        self.dialect = engine.dialect
        self._idle: deque[Any] = deque()

    def rows(self, statement: str, values: Any = ()) -> list[Any]:
        """All rows. Raises what the driver raises."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._open()
        try:
            found: list[Any] = connection.execute(statement, values).fetchall()
        except BaseException:
            connection.close()
            raise
        if len(self._idle) < KEPT_OPEN:
            self._idle.append(connection)
        else:
            connection.close()
        return found

    def close(self) -> None:
        """Lets the idle connections go."""
        while self._idle:
            self._idle.pop().close()

    def _open(self) -> Any:
        dialect = self._engine.dialect
        arguments, named = dialect.create_connect_args(self._engine.url)
        if dialect.name == "sqlite":
            named["check_same_thread"] = False
            connection = dialect.connect(*arguments, **named)
            connection.isolation_level = None
            connection.execute("PRAGMA query_only=ON")
            connection.execute("PRAGMA busy_timeout=2000")
        else:
            connection = dialect.connect(*arguments, **named)
            connection.autocommit = True
            connection.prepare_threshold = None if self._is_pooled else 0
        return connection
