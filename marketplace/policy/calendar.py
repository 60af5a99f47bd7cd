"""Working days: Friday and the public holidays are off, everywhere in Tehran's time.

The holidays stand in `holidays.json`, by Jalali year. Lunar ones are computed ahead and may shift by a day when the
official calendar comes out; then the file is corrected. Outside the years of the file (`is_known`) Fridays and the
holidays that are fixed in the solar year are off and the lunar ones are not known: a deadline comes out a little early
rather than not at all, and `bazargah doctor` says in time that the file wants its next year.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path

from persiantools.jdatetime import JalaliDate

from marketplace.core.clock import TEHRAN, tehran

FILE = Path(__file__).with_name("holidays.json")
FRIDAY = 4
"""As `date.weekday()` counts."""


@dataclass(frozen=True, slots=True)
class Holiday:
    """A public holiday. `is_sure`: fixed in the solar year, not waiting for a moon."""

    day: date
    name_fa: str
    name_en: str
    is_sure: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """The holidays of whole Jalali years, every date in [first, last]; `fixed` ones by Jalali (month, day)."""

    first: date
    last: date
    holidays: dict[date, tuple[Holiday, ...]]
    fixed: dict[tuple[int, int], tuple[Holiday, ...]]


@cache
def calendar() -> Calendar:
    """The calendar of the file, read once."""
    years = json.loads(FILE.read_text(encoding="utf-8"))["years"]
    found: dict[date, tuple[Holiday, ...]] = {}
    for rows in years.values():
        for row in rows:
            day = date.fromisoformat(row["gregorian"])
            found[day] = (*found.get(day, ()), Holiday(day, row["fa"], row["en"], row["sure"]))
    numbers = sorted(int(year) for year in years)
    if numbers != list(range(numbers[0], numbers[-1] + 1)):
        raise ValueError(f"{FILE.name}: the years are not one after the other")
    fixed: dict[tuple[int, int], tuple[Holiday, ...]] = {}
    for day, holidays in found.items():
        jalali = JalaliDate(day)
        sure = tuple(h for h in holidays if h.is_sure)
        if sure and jalali.year == numbers[-1]:
            fixed[jalali.month, jalali.day] = sure
    return Calendar(_new_year(numbers[0]), _new_year(numbers[-1] + 1) - timedelta(days=1), found, fixed)


def is_known(day: date) -> bool:
    """Whether all holidays of a date's year are known."""
    return calendar().first <= day <= calendar().last


def holidays_on(day: date) -> tuple[Holiday, ...]:
    """The public holidays of a date, none on most; outside the known years those of the solar calendar alone."""
    if is_known(day):
        return calendar().holidays.get(day, ())
    jalali = JalaliDate(day)
    return calendar().fixed.get((jalali.month, jalali.day), ())


def is_working_day(day: date) -> bool:
    """Whether offices work on a date: neither Friday nor a public holiday."""
    return not holidays_on(day) and day.weekday() != FRIDAY


def add_working_days(moment: datetime, count: int) -> datetime:
    """The last moment of the `count`-th working day after the day of `moment`, in Tehran; inclusive.

    The day of the moment itself does not count, as in the law of electronic commerce: delivered on a Saturday, seven
    working days end at midnight after the next Sunday when nothing else is off. `count` 0 gives the end of the day
    itself when it is a working day, else of the next one. Raises ValueError for less than nothing.
    """
    if count < 0:
        raise ValueError("working days are counted forward")
    day = tehran(moment).date()
    if count == 0:
        while not is_working_day(day):
            day += timedelta(days=1)
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return end_of_day(day)


def end_of_working_day(moment: datetime) -> datetime:
    """The last moment of the moment's day in Tehran, or of the next working day when it is off."""
    return add_working_days(moment, 0)


def end_of_day(day: date) -> datetime:
    """The last whole second of a date in Tehran."""
    return datetime.combine(day, time(23, 59, 59), TEHRAN)


def working_days_left(moment: datetime, until: datetime) -> int:
    """Working days that begin after the day of `moment` and not after that of `until`; 0 when none does."""
    day, last, found = tehran(moment).date(), tehran(until).date(), 0
    while day < last:
        day += timedelta(days=1)
        found += is_working_day(day)
    return found


def _new_year(year: int) -> date:
    """The first of Farvardin of a Jalali year."""
    return JalaliDate(year, 1, 1).to_gregorian()
