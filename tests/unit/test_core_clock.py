"""The clock, and windows that hold their first moment but not their last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from marketplace.core import clock

START = datetime(2026, 3, 20, 20, 30, tzinfo=UTC)
END = datetime(2026, 4, 4, 20, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("moment", "is_inside"),
    [
        (START - SECOND, False),
        (START, True),
        (END - SECOND, True),
        (END, False),
    ],
)
def test_a_window_is_half_open(moment, is_inside):
    assert clock.is_within(moment, START, END) is is_inside


def test_a_missing_edge_is_open():
    assert clock.is_within(START, None, None)
    assert clock.is_within(START, None, END)
    assert not clock.is_within(END, None, END)
    assert not clock.is_within(START - SECOND, START, None)


def test_the_year_begins_at_midnight_in_tehran():
    assert clock.tehran(START).isoformat() == "2026-03-21T00:00:00+03:30"


def test_tehran_keeps_no_summer_time():
    assert clock.tehran(datetime(2026, 7, 1, tzinfo=UTC)).utcoffset() == timedelta(hours=3, minutes=30)


@time_machine.travel(START, tick=False)
def test_now_is_aware_and_can_be_moved(monkeypatch):
    assert clock.now() == START
    assert clock.now().tzinfo is UTC
    monkeypatch.setenv("BAZARGAH_CLOCK_SHIFT", "604801")
    assert clock.now() == START + timedelta(days=7, seconds=1)
    monkeypatch.setenv("BAZARGAH_CLOCK_SHIFT", "-3600")
    assert clock.now() == START - timedelta(hours=1)
