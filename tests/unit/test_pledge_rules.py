"""The pledges as numbers: when shipping is free, what is still missing, what an order earns, what the fund covers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.festival.policy import coverage_for, entries_for, ships_free, to_free_shipping
from marketplace.policy.policy import Policy

FIRST = Policy()
steady = settings(derandomize=True, database=None, deadline=None, max_examples=80)
goods = st.integers(0, 10**9)
policies = st.builds(
    Policy,
    free_shipping_above_toman=st.integers(0, 10**7),
    entries_per_order=st.integers(0, 5),
    entries_step_toman=st.integers(1, 10**6),
    entries_cap=st.integers(0, 200),
    fund_coverage_percent=st.integers(0, 100),
    fund_cap_per_order_toman=st.integers(0, 10**8),
    fund_least_loss_toman=st.integers(0, 10**6),
)


# --- free shipping


@pytest.mark.parametrize(
    ("toman", "is_free", "missing"),
    [
        (0, False, 100_001),
        (1, False, 100_000),
        (60_000, False, 40_001),
        (82_000, False, 18_001),
        (99_999, False, 2),
        (100_000, False, 1),
        (100_001, True, 0),
        (120_000, True, 0),
        (10**12, True, 0),
    ],
)
def test_shipping_is_free_strictly_above_100_000(toman, is_free, missing):
    assert ships_free(toman, FIRST) is is_free
    assert to_free_shipping(toman, FIRST) == missing


def test_two_orders_of_60_000_are_not_one_of_120_000():
    """Example 1: the rule is asked per store; only one store's goods of 120,000 would be free."""
    assert not ships_free(60_000, FIRST)
    assert ships_free(60_000 + 60_000, FIRST)


@steady
@given(goods, policies)
def test_the_threshold_itself_is_never_free_and_one_toman_more_always_is(toman, policy):
    threshold = policy.free_shipping_above_toman
    assert not ships_free(threshold, policy)
    assert ships_free(threshold + 1, policy)
    assert ships_free(toman, policy) == (toman > threshold)


@steady
@given(goods, policies)
def test_what_is_missing_is_the_least_that_makes_it_free(toman, policy):
    missing = to_free_shipping(toman, policy)
    assert missing >= 0
    assert (missing == 0) == ships_free(toman, policy)
    assert ships_free(toman + missing, policy)
    if missing:
        assert not ships_free(toman + missing - 1, policy)


@steady
@given(goods, goods, policies)
def test_more_goods_never_lose_free_shipping(one, other, policy):
    less, more = sorted((one, other))
    assert ships_free(more, policy) >= ships_free(less, policy)
    assert to_free_shipping(more, policy) <= to_free_shipping(less, policy)


# --- entries


@pytest.mark.parametrize(
    ("toman", "chances"),
    [
        (1, 1),
        (99_999, 1),
        (100_000, 2),
        (100_001, 2),
        (199_999, 2),
        (200_000, 3),
        (1_736_000, 18),
        (4_899_999, 49),
        (4_900_000, 50),
        (7_350_000, 74),  # the cap is a person's, kept at the grant
        (10**10, 100_001),
    ],
)
def test_an_order_earns_one_and_one_for_each_full_100_000(toman, chances):
    assert entries_for(toman, FIRST) == chances


@steady
@given(goods, goods, policies)
def test_entries_grow_with_the_goods(one, other, policy):
    less, more = sorted((one, other))
    assert 0 <= entries_for(less, policy) <= entries_for(more, policy)


@steady
@given(st.integers(1, 10**8), st.integers(1, 10**8))
def test_splitting_an_order_earns_at_most_one_more_per_parcel(one, other):
    """Each store order earns its own first chance; nothing more is won by cutting goods into pieces."""
    whole, parts = entries_for(one + other, FIRST), entries_for(one, FIRST) + entries_for(other, FIRST)
    assert parts <= whole + 1


# --- the fund


@pytest.mark.parametrize(
    ("toman", "covered"),
    [
        (0, 0),
        (49_999, 0),
        (50_000, 35_000),
        (50_001, 35_000),
        (100_000, 70_000),
        (6_000_000, 4_200_000),
        (7_142_857, 4_999_999),
        (7_142_858, 5_000_000),
        (8_000_000, 5_000_000),
        (10**12, 5_000_000),
    ],
)
def test_the_fund_covers_70_percent_up_to_5_million_from_50_000_on(toman, covered):
    assert coverage_for(toman, FIRST) == covered


@steady
@given(goods, goods, policies)
def test_coverage_is_a_part_of_the_loss_and_grows_with_it(one, other, policy):
    less, more = sorted((one, other))
    assert 0 <= coverage_for(less, policy) <= coverage_for(more, policy)
    assert coverage_for(more, policy) <= min(more, policy.fund_cap_per_order_toman)
