"""The sandbox's own time, which a test may shift."""

from __future__ import annotations

import time


class Clock:
    """Unix seconds, `shift` of them ahead (or behind) of the machine's."""

    def __init__(self, shift: int = 0) -> None:
        self.shift = shift

    def now(self) -> int:
        return int(time.time()) + self.shift

    def set(self, moment: int) -> None:
        """It is `moment` now, and goes on from there."""
        self.shift = moment - int(time.time())
