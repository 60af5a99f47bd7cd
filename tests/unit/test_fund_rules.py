"""The fund's arithmetic: cover, what is expected, coverage by steps, a store's line, the shared month, assessments."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.guarantee.fund_rules import (
    LineState,
    assess,
    cover_of,
    coverage_on,
    expected_of,
    keep_back,
    next_coverage,
    ratio_percent,
    share_month,
    step_for,
    store_line,
)
from marketplace.policy.policy import Policy

FIRST = Policy()
LINE_WORDS = {"free", "amber", "full"}
"""As rows keep them."""
AMOUNTS = st.dictionaries(st.integers(1, 10**6), st.integers(1, 10**9), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("loss", "paid"),
    [
        (49_999, 0),
        (50_000, 35_000),
        (6_000_000, 4_200_000),
        (7_142_857, 4_999_999),
        (7_142_858, 5_000_000),
        (8_000_000, 5_000_000),
    ],
)
def test_the_cover_is_a_share_of_the_loss_up_to_the_cap(loss, paid):
    assert cover_of(loss, FIRST) == paid


def test_what_is_expected_is_what_is_asked_and_a_permille_of_the_exposure():
    assert expected_of(5_000_000, 100_000_000, FIRST) == 7_000_000
    assert ratio_percent(45_000_000, 7_000_000) == 642
    assert ratio_percent(1, 0) is None
    assert ratio_percent(3, 1) == 300


@pytest.mark.parametrize(("ratio", "step"), [(None, 0), (100, 0), (99, 1), (50, 1), (49, 2), (0, 2)])
def test_coverage_steps_by_the_ratio(ratio, step):
    assert step_for(ratio, FIRST) == step


@pytest.mark.parametrize(
    ("now", "ratio", "following"),
    [
        (70, 100, 70),
        (70, 99, 60),
        (70, 0, 60),
        (60, 0, 50),
        (50, 0, 50),
        (50, 1000, 60),
        (60, 1000, 70),
        (60, 75, 60),
        (70, None, 70),
    ],
)
def test_coverage_moves_one_step_a_month(now, ratio, following):
    assert next_coverage(now, ratio, FIRST) == following


def test_a_lower_full_coverage_is_never_exceeded():
    lower = replace(FIRST, fund_full_coverage_percent=55)
    assert [coverage_on(step, lower) for step in (0, 1, 2)] == [55, 55, 50]
    assert next_coverage(70, 1000, lower) == 55


@pytest.mark.parametrize(
    ("exposure", "state", "headroom"),
    [
        (0, LineState.free, 100_000_000),
        (79_999_999, LineState.free, 20_000_001),
        (80_000_000, LineState.amber, 20_000_000),
        (99_999_999, LineState.amber, 1),
        (100_000_000, LineState.full, 0),
        (100_000_001, LineState.full, 0),
    ],
)
def test_the_line_of_a_store(exposure, state, headroom):
    line = store_line(exposure, 1_000_000_000, FIRST)
    assert (line.line_toman, line.state, line.headroom_toman) == (100_000_000, state, headroom)


def test_a_poor_fund_bears_the_least_line():
    assert store_line(0, 199_999_999, FIRST).line_toman == 20_000_000
    assert store_line(0, 200_000_010, FIRST).line_toman == 20_000_001
    assert store_line(0, -5, FIRST).line_toman == 20_000_000


def test_a_line_of_nothing_is_full_and_used_up():
    """Where the office lowers the least line to nothing and the fund is empty."""
    none_left = replace(FIRST, fund_store_line_least_toman=0, fund_store_line_percent=100)
    line = store_line(0, 0, none_left)
    assert (line.line_toman, line.state, line.headroom_toman, line.used_percent) == (
        0,
        LineState.full,
        0,
        100,
    )
    assert store_line(0, -7, none_left).line_toman == 0


@pytest.mark.parametrize(
    ("exposure", "percent"),
    [(0, 0), (999_999, 0), (1_000_000, 1), (55_999_999, 55), (99_999_999, 99), (250_000_000, 100)],
)
def test_how_much_of_a_line_is_used_is_told_in_whole_percent_and_never_above_100(exposure, percent):
    assert store_line(exposure, 1_000_000_000, FIRST).used_percent == percent


def test_a_tie_goes_to_the_earlier_claim_and_the_earlier_store_however_they_are_given():
    assert [share_month(9, {2: 5, 1: 5})[i].given_toman for i in (1, 2)] == [5, 4]
    assert assess(1, {3: 5, 2: 5}) == {2: 1}


def test_a_month_without_claims_shares_nothing():
    assert share_month(0, {}) == share_month(10, {}) == {}


def test_the_pro_rata_month():
    """The month of the page: 10,000,000 free, three claims want 5,000,000, 4,200,000 and 3,300,001."""
    shares = share_month(10_000_000, {31: 5_000_000, 32: 4_200_000, 33: 3_300_001})
    assert [shares[i].given_toman for i in (31, 32, 33)] == [4_000_000, 3_360_000, 2_640_000]
    assert [shares[i].carried_toman for i in (31, 32, 33)] == [1_000_000, 840_000, 660_001]


def test_one_toman_short():
    assert share_month(9, {1: 5, 2: 5})[1].given_toman == 5
    assert share_month(9, {1: 5, 2: 5})[2].carried_toman == 1
    assert share_month(0, {1: 5})[1].carried_toman == 5
    assert share_month(10, {1: 5, 2: 5})[2].carried_toman == 0
    assert share_month(-1, {1: 5})[1].given_toman == 0


@given(st.integers(0, 10**10), AMOUNTS)
def test_a_month_gives_what_there_is_and_no_more(free, wanted):
    shares = share_month(free, wanted)
    total = sum(wanted.values())
    assert sum(s.given_toman for s in shares.values()) == min(free, total)
    for claim, share in shares.items():
        assert 0 <= share.given_toman <= share.wanted_toman == wanted[claim]
        exact = wanted[claim] if total <= free else wanted[claim] * free // total
        assert exact <= share.given_toman <= exact + 1


@given(st.integers(-5, 10**10), AMOUNTS)
def test_an_assessment_asks_for_what_is_missing_and_never_more_than_the_first_contribution(missing, firsts):
    parts = assess(missing, firsts)
    assert sum(parts.values()) == max(0, min(missing, sum(firsts.values())))
    assert all(0 < part <= firsts[store] for store, part in parts.items())


def test_stores_that_gave_nothing_are_asked_for_nothing():
    assert assess(100, {1: 0, 2: 30, 3: 90}) == {2: 25, 3: 75}
    assert assess(1_000, {1: 0, 2: 30}) == {2: 30}
    assert assess(100, {}) == assess(100, {1: 0}) == assess(0, {1: 5}) == assess(-3, {1: 5}) == {}
    assert assess(1, {1: 5}) == {1: 1}


@pytest.mark.parametrize(
    ("excess", "nets", "kept"),
    [
        (0, [5, 5], 0),
        (4_200_000, [3_000_000, 2_500_000, 1_000_000], 2),
        (3_000_000, [3_000_000, 1], 1),
        (3_000_001, [3_000_000, 1], 2),
        (9, [1, 2], 2),
        (9, [], 0),
        (-1, [5], 0),
        (1, [0, 0], 2),
    ],
)
def test_a_full_line_keeps_the_newest_until_they_reach_it(excess, nets, kept):
    assert keep_back(excess, nets) == kept


def test_the_states_of_a_line_are_kept_by_these_words() -> None:
    assert {state.value for state in LineState} == LINE_WORDS
