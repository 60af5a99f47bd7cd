"""Which database this thread reads from: the primary, unless it makes a public page that a replica may show.

Who writes reads from the primary from then on, to the end of the page.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import Connection, Engine

_here = threading.local()


@contextmanager
def reading_from(engine: Engine) -> Iterator[None]:
    """This thread's sessions that begin meanwhile read from here."""
    _here.engine = engine
    try:
        yield
    finally:
        _here.engine = None


def other_engine() -> Engine | None:
    """What this thread reads from instead of the primary, if anything."""
    found: Engine | None = getattr(_here, "engine", None)
    return found


def primary_from_now() -> None:
    """This thread writes: what it reads after that must hold what it wrote."""
    _here.engine = None


class RoutedSession(Session):
    """The session of the house: all of a page goes to one database."""

    def get_bind(
        self,
        mapper: Any = None,
        clause: Any = None,
        bind: Engine | Connection | None = None,
        **kwargs: Any,
    ) -> Engine | Connection:
        """The replica while this thread reads from it, else as always."""
        if bind is None and (other := other_engine()) is not None:
            return other
        return super().get_bind(mapper=mapper, clause=clause, bind=bind, **kwargs)
