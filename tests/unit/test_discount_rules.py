"""The honesty of a reduction: against the regular price and against the lowest of the last thirty days."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.core.money import percent_off
from marketplace.festival.rules import reasons_against_discount

REGULAR, REFERENCE = "discount_below_regular", "discount_below_reference"
steady = settings(derandomize=True, database=None, deadline=None, max_examples=80)
prices = st.integers(1, 10**9)


def test_a_price_that_stood_at_the_same_level_twenty_days_ago_is_no_reduction():
    """Example 7: regular 200, price 150 twenty days ago, festival 150."""
    assert reasons_against_discount(200, 150, 150, 15) == [REFERENCE]
    assert percent_off(150, 150) == 0


@pytest.mark.parametrize(
    ("regular", "reference", "price", "reasons"),
    [
        (100_000, 100_000, 85_000, []),
        (100_000, 100_000, 85_001, [REGULAR, REFERENCE]),
        (100_000, 90_000, 85_000, [REFERENCE]),
        (100_000, 100_000, 100_000, [REGULAR, REFERENCE]),
        (100_000, 100_000, 1, []),
        (200_000, 176_471, 150_000, []),
        (200_000, 176_470, 150_000, [REFERENCE]),
        (150_000, 200_000, 140_000, [REGULAR]),
        (100_000, 80_000, 90_000, [REGULAR, REFERENCE]),
    ],
)
def test_fifteen_percent_of_both_prices_is_the_least(regular, reference, price, reasons):
    assert reasons_against_discount(regular, reference, price, 15) == reasons


@pytest.mark.parametrize(
    ("price", "reference", "percent"),
    [
        (85_000, 100_000, 15),
        (85_001, 100_000, 14),
        (84_999, 100_000, 15),
        (1, 3, 66),
        (100, 100, 0),
        (101, 100, 0),
        (5, 0, 0),
        (1, 10**12, 99),
    ],
)
def test_percents_are_whole_and_rounded_down(price, reference, percent):
    assert percent_off(price, reference) == percent


@steady
@given(prices, prices, prices, st.integers(0, 99))
def test_a_lower_price_never_makes_a_reduction_less_honest(regular, reference, price, least):
    reasons = reasons_against_discount(regular, reference, price, least)
    lower = reasons_against_discount(regular, reference, max(1, price - price // 10), least)
    assert set(lower) <= set(reasons)


@steady
@given(prices, prices, prices, st.integers(1, 99))
def test_it_is_honest_exactly_when_both_reach_the_percent_without_rounding_up(
    regular, reference, price, least
):
    is_honest = price * 100 <= regular * (100 - least) and price * 100 <= reference * (100 - least)
    assert (reasons_against_discount(regular, reference, price, least) == []) == is_honest
