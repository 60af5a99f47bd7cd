"""Dates in both calendars and any digits."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.dates import day_begins, jalali_digits, parse_date
from marketplace.core.text import persian_digits

DAY = date(2026, 3, 25)


@pytest.mark.parametrize(
    "typed",
    [
        "1405/01/05",
        "۱۴۰۵/۱/۵",
        "١٤٠٥/٠١/٠٥",
        "1405-1-5",
        " ۱۴۰۵ / ۰۱ / ۰۵ ",
        "5/1/1405",
        "2026-03-25",
        "2026/3/25",
        "25.3.2026",
        "\u200e1405/01/05\u200f",
        "1405\u20110\u20315",
        "1405\u201101\u201105",
    ],
)
def test_many_ways_to_write_one_day(typed):
    expected = None if "\u2031" in typed else DAY
    assert parse_date(typed) == expected


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "tomorrow",
        "1405/13/01",
        "1405/00/01",
        "1405/01/32",
        "1404/12/30",
        "2026-02-30",
        "26/3/25",
        "9999/1/1",
        "1405/01",
        "1405/01/05/1",
        "0/0/0",
        "1" * 400,
    ],
)
def test_what_is_no_day_is_none(typed):
    assert parse_date(typed) is None


def test_the_leap_day_of_a_leap_year_is_one():
    assert parse_date("1403/12/30") == date(2025, 3, 20)


def test_a_day_begins_at_midnight_in_tehran():
    assert day_begins(DAY) == datetime(2026, 3, 24, 20, 30, tzinfo=UTC)


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)))
def test_what_a_field_shows_is_read_back(day):
    assert parse_date(jalali_digits(day)) == day
    assert parse_date(persian_digits(jalali_digits(day))) == day
    assert parse_date(day.isoformat()) == day
