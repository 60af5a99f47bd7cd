"""Dates as people type them: Jalali or Gregorian, digits of any script. Days begin in Tehran."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

from persiantools.jdatetime import JalaliDate

from marketplace.core.clock import TEHRAN, tehran
from marketplace.core.language import current_language
from marketplace.core.text import ascii_digits, persian_digits

_DATE = re.compile(r"(\d{1,4})[\s/.\-\u2010-\u2015]+(\d{1,2})[\s/.\-\u2010-\u2015]+(\d{1,4})")
_INVISIBLE = re.compile("[\u200c-\u200f\u202a-\u202e\u2066-\u2069]")
JALALI_YEARS = range(1300, 1500)
GREGORIAN_YEARS = range(1900, 2200)


def parse_date(value: str) -> date | None:
    """The day that somebody typed, or None: `۱۴۰۵/۱/۵`, `1405-01-05`, `2026-03-25`, also with the year last.

    The year tells which calendar is meant; two digits of a year tell nothing and are refused.
    """
    match = _DATE.fullmatch(_INVISIBLE.sub("", ascii_digits(value)).strip())
    if match is None:
        return None
    first, month, last = (int(part) for part in match.groups())
    year, day = (first, last) if len(match[1]) == 4 else (last, first)
    try:
        if year in JALALI_YEARS:
            return date.fromordinal(JalaliDate(year, month, day).to_gregorian().toordinal())
        return date(year, month, day) if year in GREGORIAN_YEARS else None
    except ValueError:
        return None


def day_begins(day: date) -> datetime:
    """The first moment of a day in Tehran, in UTC."""
    return datetime.combine(day, time(), TEHRAN).astimezone(UTC)


def jalali_digits(day: date) -> str:
    """`1405/01/05`, as a date field shows it."""
    jalali = JalaliDate(day)
    return f"{jalali.year:04d}/{jalali.month:02d}/{jalali.day:02d}"


def months_later(moment: datetime, months: int) -> datetime:
    """The same hour some months of the Jalali calendar later; a day that the month has not becomes its last."""
    local = tehran(moment)
    day = JalaliDate(local.date())
    month = day.year * 12 + day.month - 1 + months
    year, month = divmod(month, 12)
    last = JalaliDate.days_in_month(month + 1, year)
    goal = JalaliDate(year, month + 1, min(day.day, last)).to_gregorian()
    return datetime.combine(goal, local.time(), TEHRAN).astimezone(moment.tzinfo)


def typed_day(day: date) -> str:
    """A day as one would type it in the page's language: `۱۴۰۵/۰۱/۰۵`, in English `2026-03-25`."""
    return persian_digits(jalali_digits(day)) if current_language() == "fa" else day.isoformat()
