"""What is said of the sums: shares, years, and the year of the seed beside them. Pure.

Source: product.md's figures for the public; shares are whole per mille, rounded down, None of nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from persiantools.jdatetime import JalaliDate

MONTHS_TO_PUBLISH = 3
"""The turnover of a year is published at most this long after its end."""


def permille(part: int, whole: int) -> int | None:
    """So many of a thousand, rounded down; None of nothing."""
    return 1000 * part // whole if whole > 0 else None


class YearState(StrEnum):
    """running: the year is not over; published: its figure is final."""

    running = "running"
    published = "published"


@dataclass(frozen=True, slots=True)
class Year:
    """One Jalali year's turnover. `final_on`: the first day on which nothing of it can be added; `due_on`: the last day
    for publishing it."""

    year: int
    goods_toman: int
    refunded_toman: int
    store_orders: int
    final_on: date
    due_on: date
    state: YearState


def first_day(year: int, month: int = 1) -> date:
    """The first day of a Jalali month in the common calendar."""
    return date.fromordinal(JalaliDate(year, month, 1).to_gregorian().toordinal())


def years_of(days: Mapping[date, Mapping[str, int]], today: date) -> list[Year]:
    """The years in which something was sold, the newest first."""
    sums: dict[int, dict[str, int]] = {}
    for day, values in days.items():
        into = sums.setdefault(JalaliDate(day).year, {})
        for name, value in values.items():
            into[name] = into.get(name, 0) + value
    return [_year(year, sums[year], today) for year in sorted(sums, reverse=True)]


def _year(year: int, values: Mapping[str, int], today: date) -> Year:
    final_on = first_day(year + 1)
    return Year(
        year,
        values.get("goods_toman", 0),
        values.get("refunded_toman", 0),
        values.get("store_orders", 0),
        final_on,
        first_day(year + 1, 1 + MONTHS_TO_PUBLISH) - timedelta(days=1),
        YearState.published if today >= final_on else YearState.running,
    )


def days_between(first: date, last: date) -> list[date]:
    """All days from the first to the last."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def months_of(days: Iterable[date]) -> list[tuple[int, int]]:
    """The Jalali months in which days lie, the oldest first."""
    return sorted({(j.year, j.month) for j in map(JalaliDate, days)})


@dataclass(frozen=True, slots=True)
class SeedYear:
    """What the people who asked for the festival told of their own year."""

    settled_permille: int = 230
    not_delivered_permille: int = 370
    late_before: int = 109
    late_after: int = 1
    unanswered_fell_percent: tuple[int, int] = (50, 60)
    applied: int = 1_200
    approved: int = 300
    adverse_permille: int = 5
    clearance_hours: int = 120


SEED_YEAR = SeedYear()
