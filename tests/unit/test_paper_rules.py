"""The machines of a store's papers, the clock of an inquiry with its limits to the second, figures, reminders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from persiantools.jdatetime import JalaliDate

from marketplace.core.clock import tehran
from marketplace.core.dates import months_later
from marketplace.stores.models import ClearanceState, LicenceState, SealState
from marketplace.stores.rules import (
    CLEARANCE_TRANSITIONS,
    LICENCE_TRANSITIONS,
    SEAL_TRANSITIONS,
    Answered,
    ClockHours,
    clearance_figures,
    clock_colour,
    may_apply_again_from,
    may_become,
    reminder_due,
)

AT = datetime(2026, 3, 25, 10, 0, tzinfo=UTC)
HOURS = ClockHours()
S, L, C = SealState, LicenceState, ClearanceState


@pytest.mark.parametrize(
    ("age", "colour"),
    [
        (timedelta(0), "green"),
        (timedelta(hours=72) - timedelta(seconds=1), "green"),
        (timedelta(hours=72), "amber"),
        (timedelta(hours=96) - timedelta(seconds=1), "amber"),
        (timedelta(hours=96), "red"),
        (timedelta(hours=119, minutes=59, seconds=59), "red"),
        (timedelta(hours=120), "breach"),
        (timedelta(days=30), "breach"),
    ],
)
def test_the_colour_changes_to_the_second(age, colour):
    assert clock_colour(AT - age, AT, HOURS) == colour


def test_the_limit_is_strict_in_the_figures_too():
    in_time = Answered(AT - timedelta(hours=119, minutes=59, seconds=59), AT, False)
    breach = Answered(AT - timedelta(hours=120), AT, False)
    assert clearance_figures([in_time], [], AT, HOURS).breaches == 0
    assert clearance_figures([in_time, breach], [], AT, HOURS).breaches == 1
    assert clearance_figures([], [AT - timedelta(hours=120)], AT, HOURS).breaches == 1
    assert clearance_figures([], [AT - timedelta(hours=119)], AT, HOURS).breaches == 0


def test_figures_over_two_hundred_answers():
    answers = [Answered(AT - timedelta(hours=n % 100 + 1), AT, n == 0) for n in range(200)]
    figures = clearance_figures(answers, [], AT, HOURS)
    assert (figures.answers, figures.median_minutes, figures.p90_minutes) == (200, 50 * 60, 90 * 60)
    assert figures.adverse_permille == 5, "one of two hundred: half a percent"
    assert clearance_figures([], [], AT, HOURS).median_minutes is None


@given(st.lists(st.integers(0, 20_000), min_size=1, max_size=40))
def test_percentiles_are_answers_that_were_given(minutes):
    answers = [Answered(AT - timedelta(minutes=m), AT, False) for m in minutes]
    figures = clearance_figures(answers, [], AT, HOURS)
    assert figures.median_minutes in minutes and figures.p90_minutes in minutes
    assert min(minutes) <= figures.median_minutes <= figures.p90_minutes <= max(minutes)


def test_a_seal_is_revoked_out_of_a_suspension_alone():
    assert [s for s in S if may_become(s, S.revoked)] == [S.suspended]
    assert not may_become(S.active, S.applied)
    assert may_become(S.expired, S.active)


def test_nothing_is_cleared_by_silence():
    """Only an inquiry that was asked, or objected to, can become clear."""
    assert [c for c in C if may_become(c, C.clear)] == [C.asked, C.objected]
    assert CLEARANCE_TRANSITIONS[C.final] == frozenset()
    assert LICENCE_TRANSITIONS[L.revoked] == frozenset()


def test_every_state_can_be_reached():
    for table, first in (
        (SEAL_TRANSITIONS, S.applied),
        (CLEARANCE_TRANSITIONS, C.queued),
        (LICENCE_TRANSITIONS, L.active),
    ):
        reached, ahead = {first}, [first]
        while ahead:
            for following in table[ahead.pop()] - reached:
                reached.add(following)
                ahead.append(following)
        assert reached == set(type(first))


@pytest.mark.parametrize(
    ("left", "due"),
    [
        (timedelta(days=60, seconds=1), None),
        (timedelta(days=60), 60),
        (timedelta(days=30, seconds=1), 60),
        (timedelta(days=30), 30),
        (timedelta(days=7), 7),
        (timedelta(seconds=1), 7),
        (timedelta(0), None),
        (-timedelta(days=1), None),
    ],
)
def test_reminders_at_sixty_thirty_and_seven_days(left, due):
    assert reminder_due(AT + left, AT, (60, 30, 7)) == due


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ((1405, 1, 5), 6, (1405, 7, 5)),
        ((1405, 6, 31), 6, (1405, 12, 29)),
        ((1405, 1, 31), 6, (1405, 7, 30)),
        ((1405, 10, 1), 6, (1406, 4, 1)),
        ((1408, 6, 31), 6, (1408, 12, 30)),
    ],
)
def test_months_are_those_of_the_calendar_on_the_wall(day, months, expected):
    noon = datetime.combine(JalaliDate(*day).to_gregorian(), datetime.min.time(), tehran(AT).tzinfo)
    later = months_later(noon.astimezone(UTC), months)
    found = JalaliDate(tehran(later).date())
    assert (found.year, found.month, found.day) == expected
    assert may_apply_again_from(noon, months) == later


@given(st.integers(0, 7300).map(lambda days: AT - timedelta(days=3650 - days)), st.integers(1, 24))
def test_months_later_is_later(moment, months):
    later = months_later(moment, months)
    assert timedelta(days=28 * months) <= later - moment <= timedelta(days=31 * months + 1)
    assert tehran(later).time() == tehran(moment).time()
