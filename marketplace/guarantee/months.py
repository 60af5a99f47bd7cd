"""Months of the Jalali calendar by name: `1405-01` is Farvardin 1405. Days begin in Tehran."""

from __future__ import annotations

from datetime import date, datetime

from persiantools.jdatetime import JalaliDate

from marketplace.core.clock import tehran
from marketplace.core.dates import day_begins


def month_of(at: datetime) -> str:
    """The month of a moment."""
    day = JalaliDate(tehran(at).date())
    return f"{day.year:04d}-{day.month:02d}"


def month_before(month: str) -> str:
    """The month before another."""
    year, place = _parts(month)
    return f"{year - 1:04d}-12" if place == 1 else f"{year:04d}-{place - 1:02d}"


def first_day(month: str) -> date:
    """The Gregorian day on which a month begins."""
    year, place = _parts(month)
    return date.fromordinal(JalaliDate(year, place, 1).to_gregorian().toordinal())


def begins_at(month: str) -> datetime:
    """The first moment of a month."""
    return day_begins(first_day(month))


def _parts(month: str) -> tuple[int, int]:
    year, _, place = month.partition("-")
    return int(year), int(place)
