"""Working days: Friday and public holidays are off, days are Tehran's, and what is not known is said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.clock import TEHRAN, tehran
from marketplace.policy.calendar import (
    add_working_days,
    calendar,
    end_of_working_day,
    holidays_on,
    is_known,
    is_working_day,
    working_days_left,
)

DAYS = st.dates(date(2025, 4, 5), date(2028, 2, 1))


def at(day: str, clock: str = "12:00:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=TEHRAN)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-03-21", False),  # Nowruz
        ("2026-04-01", False),  # 12 Farvardin
        ("2026-04-02", False),  # 13 Farvardin
        ("2026-04-03", False),  # a Friday
        ("2026-04-04", True),
        ("2026-04-05", True),
        ("2026-02-11", False),  # 22 Bahman
        ("2026-03-20", False),  # the oil industry's day, and a Friday
    ],
)
def test_what_is_a_working_day(day, works):
    assert is_working_day(date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("moment", "count", "end"),
    [
        ("2026-04-18", 1, "2026-04-19"),
        ("2026-04-18", 2, "2026-04-20"),
        ("2026-04-18", 7, "2026-04-26"),  # one Friday between
        ("2026-04-23", 1, "2026-04-25"),  # Thursday, then Friday off
        ("2026-03-31", 2, "2026-04-05"),  # 12 and 13 Farvardin, then Friday
        ("2026-03-20", 1, "2026-03-25"),  # over the new year's days
    ],
)
def test_the_day_itself_does_not_count(moment, count, end):
    assert add_working_days(at(moment), count) == at(end, "23:59:59")


def test_the_day_is_tehrans():
    """21:00 UTC is the next day in Tehran."""
    assert tehran(add_working_days(datetime(2026, 4, 18, 21, 0, tzinfo=UTC), 1)).date() == date(2026, 4, 20)
    assert tehran(add_working_days(datetime(2026, 4, 18, 20, 0, tzinfo=UTC), 1)).date() == date(2026, 4, 19)


def test_no_days_end_with_the_working_day_itself():
    assert end_of_working_day(at("2026-04-18")) == at("2026-04-18", "23:59:59")
    assert end_of_working_day(at("2026-04-24")) == at("2026-04-25", "23:59:59")


def test_outside_the_known_years_fridays_and_fixed_holidays_alone_are_off():
    known = calendar()
    for day in (known.first - timedelta(days=1), known.last + timedelta(days=1)):
        assert not is_known(day)
    assert not is_working_day(date(2028, 3, 20)), "Nowruz of a year that nobody has entered"
    assert not is_working_day(date(2028, 4, 28)), "a Friday"
    assert is_working_day(date(2028, 4, 29))
    with pytest.raises(ValueError):
        add_working_days(at("2026-04-18"), -1)


def test_whole_years_are_known():
    known = calendar()
    assert (known.first, known.last) == (date(2025, 3, 21), date(2028, 3, 19))
    assert {h.name_en for h in holidays_on(date(2026, 3, 21))} >= {"Nowruz"}
    assert holidays_on(date(2026, 4, 4)) == ()


@given(DAYS, st.integers(1, 12))
def test_between_a_moment_and_its_end_lie_exactly_so_many_working_days(day, count):
    moment = datetime(day.year, day.month, day.day, 9, tzinfo=TEHRAN)
    end = add_working_days(moment, count)
    assert is_working_day(tehran(end).date())
    assert working_days_left(moment, end) == count
    assert working_days_left(moment, end - timedelta(days=1)) == count - 1
