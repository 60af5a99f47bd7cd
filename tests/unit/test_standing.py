"""The count, its consequences and the record's figures: pure functions, to the second, whatever the history."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.complaints.models import ComplaintState, RevocationState
from marketplace.complaints.open_data import open_rows
from marketplace.complaints.rules import CASE_TRANSITIONS, TRANSITIONS, next_reminder, reminder_hours
from marketplace.core.small_groups import LEAST_GROUP
from marketplace.policy.policy import Policy
from marketplace.stores.lift import lift, next_due
from marketplace.stores.pauses import Pause, clock_time, due_moment
from marketplace.stores.record import (
    Period,
    figures,
    has_enough_data,
    months,
    one_by_one,
    orders_band,
    percentile,
    wilson,
)
from marketplace.stores.standing import (
    COUNTING,
    Case,
    Category,
    CountRules,
    Fact,
    Status,
    next_change_at,
    standing,
    status_of,
    with_fact,
)

AT = datetime(2026, 3, 25, 10, tzinfo=UTC)
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
WEEK = 168 * HOUR
RULES = CountRules()


def case(name: str = "a", filed_at: datetime = AT, **facts) -> Case:
    return Case(
        name,
        Category.other,
        filed_at,
        facts.pop("due_at", filed_at + WEEK),
        facts.pop("purchase", f"p:{name}"),
        **facts,
    )


def ignored(count: int, at: datetime = AT) -> list[Case]:
    """Complaints that were never answered, their deadlines a day apart."""
    return [case(f"c{n:02d}", at - WEEK - n * DAY - SECOND) for n in range(count)]


# --- the clock


@pytest.mark.parametrize(
    ("answered", "status"),
    [(AT + WEEK, Status.waits_for_shopper), (AT + WEEK + SECOND, Status.late), (None, Status.unanswered)],
)
def test_exactly_at_the_deadline_is_in_time(answered, status):
    assert status_of(case(answered_at=answered), RULES, AT + WEEK + SECOND) is status


def test_at_the_deadline_itself_nothing_counts_yet():
    assert status_of(case(), RULES, AT + WEEK) is Status.running


@pytest.mark.parametrize(
    ("pauses", "due"),
    [
        ([], WEEK),
        ([Pause(None, AT + DAY, AT + 3 * DAY)], WEEK + 2 * DAY),
        ([Pause(7, AT + DAY, AT + 3 * DAY)], WEEK + 2 * DAY),
        ([Pause(8, AT + DAY, AT + 3 * DAY)], WEEK),
        ([Pause(None, AT - DAY, AT + DAY)], WEEK + DAY),
        ([Pause(None, AT + DAY, AT + 3 * DAY), Pause(7, AT + 2 * DAY, AT + 4 * DAY)], WEEK + 3 * DAY),
        ([Pause(None, AT + WEEK, AT + WEEK + DAY)], WEEK),
        ([Pause(None, AT + WEEK - SECOND, AT + WEEK + DAY)], WEEK + DAY + SECOND),
        ([Pause(None, AT + 6 * DAY, AT + 8 * DAY), Pause(None, AT + 8 * DAY, AT + 9 * DAY)], WEEK + 3 * DAY),
    ],
)
def test_a_crisis_holds_the_clock(pauses, due):
    assert due_moment(AT, 168, pauses, 7) == AT + due


spans = st.lists(st.tuples(st.integers(-50, 400), st.integers(0, 90)), max_size=5)


@given(spans, st.integers(1, 200))
def test_until_its_deadline_a_clock_runs_just_its_hours(found, hours):
    pauses = [Pause(None, AT + a * HOUR, AT + (a + length) * HOUR) for a, length in found]
    due = due_moment(AT, hours, pauses)
    assert clock_time(AT, due, pauses) == hours * HOUR
    assert clock_time(AT, due - SECOND, pauses) < hours * HOUR
    assert due_moment(AT, hours, list(reversed(pauses))) == due


# --- the count


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"withdrawn_at": AT}, Status.withdrawn),
        ({"ruling": Fact.unfounded}, Status.unfounded),
        ({"ruling": Fact.duplicate}, Status.duplicate),
        ({"ruling": Fact.referred}, Status.referred),
        ({"is_outside": True}, Status.unproven),
        ({"is_outside": True, "ruling": Fact.admitted}, Status.unanswered),
        ({"answered_at": AT + WEEK + SECOND, "evaluation": Fact.solved}, Status.late),
        ({"answered_at": AT + DAY}, Status.not_evaluated),
        ({"answered_at": AT + DAY, "evaluation": Fact.solved}, Status.solved),
        ({"answered_at": AT + DAY, "evaluation": Fact.not_solved}, Status.waits_for_review),
        ({"answered_at": AT + DAY, "evaluation": Fact.not_solved, "review": Fact.upheld}, Status.not_solved),
        (
            {"answered_at": AT + DAY, "evaluation": Fact.not_solved, "review": Fact.dismissed},
            Status.dismissed,
        ),
        ({}, Status.unanswered),
    ],
)
def test_where_a_complaint_stands_and_why(facts, status):
    assert status_of(case(**facts), RULES, AT + 30 * DAY) is status
    literal = status_of(case(**facts), replace(RULES, is_literal=True), AT + 30 * DAY)
    outside = (Status.withdrawn, Status.unfounded, Status.duplicate, Status.referred, Status.unproven)
    assert literal is (status if status in outside else Status.registered)


def test_after_a_year_it_drops_out():
    old = case()
    assert standing([old], RULES, AT + 365 * DAY - SECOND).counted == 1
    assert standing([old], RULES, AT + 365 * DAY).counted == 0
    assert standing([old], RULES, AT + 30 * DAY).next_drop_out_at == AT + 365 * DAY


def test_one_counts_for_each_purchase():
    twice = [case("a", purchase="p"), case("b", AT + DAY, purchase="p"), case("c")]
    found = standing(twice, RULES, AT + 30 * DAY)
    assert [(e.complaint, e.status) for e in found.entries] == [
        ("a", Status.same_purchase),
        ("c", Status.unanswered),
        ("b", Status.unanswered),
    ]
    assert found.counted == 2


@pytest.mark.parametrize(
    ("count", "warning", "above"),
    [(4, None, False), (5, 5, False), (6, 6, False), (7, 7, False), (8, 7, True)],
)
def test_warnings_at_five_six_seven_and_a_case_above_seven(count, warning, above):
    found = standing(ignored(count), RULES, AT)
    assert (found.warning, found.is_above_limit) == (warning, above)


def test_eight_invented_complaints_from_outside_count_for_nothing():
    for literal in (False, True):
        invented = [replace(c, is_outside=True, purchase=None) for c in ignored(8)]
        assert standing(invented, replace(RULES, is_literal=literal), AT).counted == 0


# --- stars


@pytest.mark.parametrize(
    ("days", "lost"),
    [
        ([0, 1], 0),
        ([0, 1, 2], 1),
        ([0, 45, 89], 1),
        ([0, 45, 90], 0),
        ([0, 1, 2, 3, 4], 1),
        ([0, 1, 2, 3, 4, 5], 2),
        ([0, 80, 100, 120], 1),
    ],
)
def test_three_late_answers_in_ninety_days_cost_a_star(days, lost):
    late = [case(f"c{n}", AT + d * DAY, answered_at=AT + d * DAY + WEEK + HOUR) for n, d in enumerate(days)]
    assert len(standing(late, RULES, AT + 200 * DAY).star_losses) == lost


def test_what_is_ruled_out_costs_no_star():
    late = [case(f"c{n}", AT + n * DAY) for n in range(3)]
    late[1] = replace(late[1], ruling=Fact.unfounded)
    assert standing(late, RULES, AT + 30 * DAY).star_losses == ()


# --- laws

facts = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "d"]),
        st.sampled_from([f for f in Fact if f is not Fact.filed]),
        st.integers(0, 40),
    ),
    max_size=25,
)


@given(facts, st.integers(0, 60))
def test_a_history_says_the_same_however_it_is_walked(history, days):
    """Folding fact by fact, with any number of looks in between, amounts to the same as folding at once."""
    at = AT + days * DAY
    slow = {name: case(name, AT - n * DAY) for n, name in enumerate("abcd")}
    fast = dict(slow)
    for name, fact, day in history:
        slow[name] = with_fact(slow[name], fact, AT + day * DAY)
        standing(list(slow.values()), RULES, AT + day * DAY)
    for name in "abcd":
        for who, fact, day in history:
            if who == name:
                fast[name] = with_fact(fast[name], fact, AT + day * DAY)
    assert fast == slow
    one, other = list(slow.values()), list(reversed(fast.values()))
    assert standing(one, RULES, at) == standing(other, RULES, at)
    for period in Period:
        assert figures(one_by_one(one), period, RULES, at) == figures(one_by_one(other), period, RULES, at)


@given(facts, st.integers(0, 400))
def test_figures_add_up(history, days):
    cases = {name: case(name, AT - n * DAY) for n, name in enumerate("abcd")}
    for name, fact, day in history:
        cases[name] = with_fact(cases[name], fact, AT + day * DAY)
    at = AT + days * DAY
    every = list(cases.values())
    whole = figures(one_by_one(every), Period.whole, RULES, at)
    assert whole.filed == whole.in_time + whole.late + whole.unanswered + whole.running
    assert whole.filed == sum(whole.by_category.values())
    assert whole.solved + whole.not_solved + whole.not_evaluated <= whole.in_time + whole.late
    assert sum(row.filed for row in open_rows(one_by_one(every), RULES, at)) == whole.filed
    assert standing(every, RULES, at).counted <= len(every)


@given(st.integers(0, 30), st.integers(0, 800))
def test_nothing_changes_before_the_next_change(count, hours):
    at = AT + hours * HOUR
    cases = ignored(count)
    following = next_change_at(cases, RULES, at)
    if following is None:
        return
    between = max(at, following - SECOND)
    assert standing(cases, RULES, at).entries == standing(cases, RULES, between).entries


@given(st.lists(st.integers(0, 8), min_size=1, max_size=60))
def test_open_data_shows_no_small_group_beside_others(kinds):
    cases = [
        replace(case(f"c{n}", AT - n * 9 * DAY), category=list(Category)[kind])
        for n, kind in enumerate(kinds)
    ]
    rows = open_rows(one_by_one(cases), RULES, AT)
    assert sum(row.filed for row in rows) == len(cases)
    assert len(rows) == 1 or all(row.filed >= LEAST_GROUP for row in rows)


# --- the score


@pytest.mark.parametrize(
    ("good", "count", "lower"), [(1, 1, 2065), (9, 10, 5958), (95, 100, 8882), (0, 10, 0), (0, 0, 0)]
)
def test_wilsons_lower_end(good, count, lower):
    assert wilson(good, count)[0] == lower


@given(st.integers(0, 2_000), st.integers(1, 2_000))
def test_the_interval_holds_what_was_seen(good, count):
    good = min(good, count)
    low, high = wilson(good, count)
    assert 0 <= low <= good * 10_000 // count + 1 and good * 10_000 // count <= high <= 10_000


@pytest.mark.parametrize(
    ("orders", "closed", "enough"), [(9, 4, False), (10, 0, True), (0, 5, True), (3, 0, False)]
)
def test_enough_data(orders, closed, enough):
    assert has_enough_data(orders, closed) is enough


def test_percentiles_bands_and_months():
    assert [percentile(values, 50) for values in ([], [5], [1, 9], [3, 1, 2])] == [None, 5, 1, 2]
    assert percentile(range(1, 101), 90) == 90
    assert [orders_band(n) for n in (0, 10, 2_499, 10_000)] == [
        (0, 10),
        (10, 50),
        (1_000, 2_500),
        (10_000, None),
    ]
    found = months(one_by_one([case()]), AT)
    assert len(found) == 12 and found[-1].key == "1405-01" and found[-1].running == 1


def test_what_answering_would_do_is_computed():
    cases = [*ignored(3), case("x", AT - 6 * DAY), case("y", AT - 5 * DAY)]
    raised = lift(one_by_one(cases), next_due(cases, RULES, AT), cases, RULES, AT)
    assert raised.complaints == ("x", "y") and raised.before == AT + 2 * DAY
    assert (raised.now, raised.answered, raised.ignored) == (wilson(0, 3)[0], wilson(2, 5)[0], 0)
    assert (raised.counted_answered, raised.counted_ignored) == (3, 5)
    assert next_due(ignored(3), RULES, AT) == [] and lift([], [], ignored(3), RULES, AT) is None


# --- steps


def test_reminders_at_72_24_and_2_hours():
    policy = Policy()
    assert [next_reminder(AT, AT - h * HOUR, policy) for h in (100, 72, 24, 2)] == [
        AT - 72 * HOUR,
        AT - 24 * HOUR,
        AT - 2 * HOUR,
        None,
    ]
    assert [reminder_hours(AT, AT - h * HOUR, policy) for h in (73, 72, 24, 1)] == [None, 72, 24, 2]


def test_ends_are_ends():
    assert set(TRANSITIONS) == set(ComplaintState) and TRANSITIONS[ComplaintState.withdrawn] == frozenset()
    assert set(CASE_TRANSITIONS) == set(RevocationState)
    assert {Status.unanswered, Status.late, Status.not_solved} < COUNTING
