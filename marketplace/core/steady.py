"""Whether this machine's clock can be believed: deadlines wait while it cannot.

A clock that is moved shows against the machine's own count of seconds, which nobody moves; one that was wrong from the
beginning shows against the clock of the database's server, where that is another.
"""

from __future__ import annotations

import time

import structlog
from sqlalchemy import text

from marketplace.core import metrics
from marketplace.core.db import db, is_sqlite

MOST_OFF_SECONDS = 60.0
"""What is put right in small steps, leap seconds too, stays below."""
LOOK_SECONDS = 10.0
log = structlog.get_logger(__name__)


class Steadiness:
    """The clock as it was when this process began, and how far it has moved since."""

    def __init__(self) -> None:
        self._at_first = time.time() - time.monotonic()
        self._beside, self._looked_at = 0.0, -LOOK_SECONDS
        self._was_right = True

    def is_right(self) -> bool:
        """Whether deadlines may be judged now; says when that changes."""
        moved = time.time() - time.monotonic() - self._at_first
        off = max(moved, self._beside_database(), key=abs)
        metrics.CLOCK_OFF.set(off)
        is_right = abs(off) <= MOST_OFF_SECONDS
        if is_right != self._was_right:
            self._was_right = is_right
            (log.warning if is_right else log.error)(
                "clock_moved", off_seconds=round(off), waits=not is_right
            )
        return is_right

    def _beside_database(self) -> float:
        """How far it is from the clock of the database's server, looked at now and then."""
        if is_sqlite() or time.monotonic() - self._looked_at < LOOK_SECONDS:
            return self._beside
        self._looked_at = time.monotonic()
        try:
            told = db.session.scalar(text("SELECT extract(epoch FROM clock_timestamp())::float8"))
            self._beside = time.time() - float(told or 0)
        finally:
            db.session.rollback()
        return self._beside
