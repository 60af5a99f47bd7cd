"""Who looks at the same time whether a page is kept (`core/turns.py` tells of those who come for more)."""

from __future__ import annotations

import threading

GLANCES = 6
"""So many looks at what is kept for one place."""


class Crowded(Exception):
    """So many look already that one more would only stand behind them."""


class Glances:
    """Who looks whether a page is kept: so many at once. A database that is slow holds up those who wait for it, and
    leaves threads to tell the others. With no number given, everybody may.
    """

    def __init__(self, most: int) -> None:
        self._most, self._lock, self._inside = most, threading.Lock(), 0

    def __enter__(self) -> None:
        """Raises Crowded."""
        with self._lock:
            if self._most and self._inside >= self._most:
                raise Crowded
            self._inside += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1


def glances(places: int) -> Glances:
    """As many as leave a few threads where the places are a twelfth of them."""
    return Glances(places * GLANCES)
