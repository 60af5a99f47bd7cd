"""A clock that crises hold still: when it runs out, and how long it ran. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Pause:
    """A crisis: clocks of a province, or of everybody (None), stand still in [starts_at, ends_at)."""

    province_id: int | None
    starts_at: datetime
    ends_at: datetime


def merged(pauses: Iterable[Pause], province_id: int | None) -> list[tuple[datetime, datetime]]:
    """The pauses of a province as spans that neither touch nor overlap, in order."""
    spans: list[tuple[datetime, datetime]] = []
    mine = [p for p in pauses if p.province_id in (None, province_id) and p.starts_at < p.ends_at]
    for start, end in sorted((p.starts_at, p.ends_at) for p in mine):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def due_moment(
    filed_at: datetime, hours: int, pauses: Iterable[Pause] = (), province_id: int | None = None
) -> datetime:
    """When a clock of so many hours runs out; answered at this very moment is in time."""
    left, now = timedelta(hours=hours), filed_at
    for start, end in merged(pauses, province_id):
        if end <= now:
            continue
        run = max(start - now, timedelta(0))
        if run >= left:
            break
        left -= run
        now = end
    return now + left


def clock_time(
    since: datetime, until: datetime, pauses: Iterable[Pause] = (), province_id: int | None = None
) -> timedelta:
    """How long a clock ran between two moments, pauses left out."""
    still = timedelta(0)
    for start, end in merged(pauses, province_id):
        still += max(min(end, until) - max(start, since), timedelta(0))
    return max(until - since - still, timedelta(0))
