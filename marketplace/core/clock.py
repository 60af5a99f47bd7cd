"""The one clock. Views, desks, commands and jobs call `now()`; every verb takes `at`.

`BAZARGAH_CLOCK_SHIFT` (seconds) moves it in demos and tests, so that deadlines can be watched.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

TEHRAN = ZoneInfo("Asia/Tehran")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC) + timedelta(seconds=int(os.environ.get("BAZARGAH_CLOCK_SHIFT", "0")))


def real_now() -> datetime:
    """The machine's own moment, never moved: for what is signed towards others."""
    return datetime.now(UTC)


def tehran(moment: datetime) -> datetime:
    """The same moment on Tehran's wall clock."""
    return moment.astimezone(TEHRAN)


def is_within(moment: datetime, start: datetime | None, end: datetime | None) -> bool:
    """Half-open [start, end); a missing edge is open."""
    return (start is None or start <= moment) and (end is None or moment < end)
