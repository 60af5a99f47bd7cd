"""Sessions that nobody uses end before their time: a browser left open in a library, a desk left at lunch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

LAST_USE = timedelta(hours=1)
"""The last use is written down so exactly, that of officials by `DESK_LAST_USE`: their sessions end after minutes."""
DESK_LAST_USE = timedelta(minutes=5)
BOUNDS = {"IDLE_DAYS": (1, 30), "DESK_IDLE_MINUTES": (10, 720)}
"""No longer than a session lasts at all, and longer than the note of its use."""


@dataclass(frozen=True, slots=True)
class Idle:
    """After how long without a use a session ends: a person's, an official's."""

    anybody: timedelta
    official: timedelta

    @classmethod
    def of(cls, env: Mapping[str, str]) -> Idle:
        """What the operator set; fourteen days and an hour unless told."""
        days, minutes = (int(env.get(name) or usual) for name, usual in zip(BOUNDS, (14, 60), strict=True))
        return cls(timedelta(days=days), timedelta(minutes=minutes))

    def edges(self, at: datetime) -> dict[str, datetime]:
        """By the names that the statements know: used at or before these, a session is over."""
        return {"idle_from": at - self.anybody, "desk_idle_from": at - self.official}


def idle_problems(env: Mapping[str, str]) -> list[str]:
    """What is wrong with the settings."""
    return [
        f"{name} must be {least} to {most}"
        for name, (least, most) in BOUNDS.items()
        if env.get(name, "").isdecimal() and not least <= int(env[name]) <= most
    ]
