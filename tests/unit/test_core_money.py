"""Money: whole toman, shares that add up exactly."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from marketplace.core.money import LARGEST_TOMAN, percent_of, percent_off, permille_of, split, toman

amounts = st.integers(-LARGEST_TOMAN, LARGEST_TOMAN)
weights = st.lists(st.integers(0, 10**12), min_size=1, max_size=60).filter(lambda w: sum(w) > 0)


@pytest.mark.parametrize("value", [0, 1, -1, 100_001, LARGEST_TOMAN, -LARGEST_TOMAN])
def test_whole_amounts_are_money(value):
    assert toman(value) == value


def test_a_thousand_million_million_is_the_most():
    """All of it stays exact where numbers are doubles: in JSON, in browsers and in spreadsheets."""
    assert [toman(sign * 10**15) for sign in (1, -1)] == [1_000_000_000_000_000, -1_000_000_000_000_000]
    assert LARGEST_TOMAN < 2**53
    for value in (1_000_000_000_000_001, -1_000_000_000_000_001):
        with pytest.raises(ValueError, match="range"):
            toman(value)


@pytest.mark.parametrize("value", [0.5, 1.0, "7", None, True, LARGEST_TOMAN + 1, -LARGEST_TOMAN - 1, 2**63])
def test_anything_else_is_not(value):
    with pytest.raises(ValueError, match="money|range"):
        toman(value)


@pytest.mark.parametrize(
    ("amount", "percent", "part"),
    [
        (8_000_000, 70, 5_600_000),
        (6_000_000, 70, 4_200_000),
        (99, 50, 49),
        (1, 99, 0),
        (100_001, 15, 15_000),
        (0, 70, 0),
    ],
)
def test_a_percentage_is_rounded_down(amount, percent, part):
    assert percent_of(amount, percent) == part


@pytest.mark.parametrize(
    ("amount", "permille", "part"),
    [
        (1_000, 1, 1),
        (999, 1, 0),
        (1_000_000, 5, 5_000),
        (1_999, 10, 19),
        (7, 1_000, 7),
        (0, 10, 0),
    ],
)
def test_thousandths_are_rounded_down(amount, permille, part):
    assert permille_of(amount, permille) == part


@pytest.mark.parametrize(
    ("price", "reference", "percent"),
    [
        (150, 200, 25),
        (150, 150, 0),
        (160, 150, 0),
        (1, 100, 99),
        (85, 100, 15),
        (851, 1000, 14),
        (5, 0, 0),
        (0, 100, 100),
        (0, 1, 100),
    ],
)
def test_a_discount_is_rounded_down_and_never_negative(price, reference, percent):
    assert percent_off(price, reference) == percent


@given(price=st.integers(1, 10**12), reference=st.integers(1, 10**12))
def test_a_shown_discount_is_never_more_than_the_true_one(price, reference):
    shown = percent_off(price, reference)
    assert 0 <= shown < 100
    assert price >= reference or shown * reference <= (reference - price) * 100 < (shown + 1) * reference


@given(amount=amounts, weights=weights)
def test_shares_add_up_to_the_toman(amount, weights):
    shares = split(amount, weights)
    assert sum(shares) == amount
    assert len(shares) == len(weights)


@given(amount=amounts, weights=weights)
def test_a_share_is_less_than_one_toman_off_and_nobody_pays_for_nothing(amount, weights):
    total = sum(weights)
    for share, weight in zip(split(amount, weights), weights, strict=True):
        assert abs(share * total - amount * weight) < total
        assert weight or share == 0


@given(amount=st.integers(0, LARGEST_TOMAN), weights=weights)
def test_who_weighs_more_never_gets_less(amount, weights):
    pairs = sorted(zip(weights, split(amount, weights), strict=True))
    assert all(a[1] <= b[1] for a, b in pairwise(pairs) if a[0] < b[0])


@given(amount=amounts, weights=weights)
def test_a_share_mirrors_with_its_amount(amount, weights):
    assert split(-amount, weights) == [-share for share in split(amount, weights)]


@given(amount=st.integers(0, 10**9), count=st.integers(1, 300))
def test_equal_weights_differ_by_one_toman_at_most_and_the_earlier_gets_it(amount, count):
    shares = split(amount, [1] * count)
    assert max(shares) - min(shares) <= 1
    assert shares == sorted(shares, reverse=True)


@pytest.mark.parametrize(
    ("amount", "weights", "shares"),
    [
        (4, [5, 3, 1], [2, 1, 1]),
        (10, [1, 8, 1], [1, 8, 1]),
        (7, [6, 3, 1], [4, 2, 1]),
        (-4, [5, 3, 1], [-2, -1, -1]),
        (0, [5, 3], [0, 0]),
    ],
)
def test_what_is_left_over_goes_where_most_was_cut_off(amount, weights, shares):
    """Of 4 toman among 5, 3 and 1: 2.2, 1.3 and 0.4, so the last toman is the third's."""
    assert split(amount, weights) == shares


@given(weights=st.lists(st.integers(-5, 5), max_size=6))
def test_nobody_to_share_with_is_refused(weights):
    assume(not weights or sum(weights) <= 0 or min(weights) < 0)
    with pytest.raises(ValueError, match="weights"):
        split(100, weights)


def test_a_hundred_million_over_three_hundred_stores():
    sales = [(n * 7919) % 100_000 + 1 for n in range(300)]
    assert sum(split(100_000_000, sales)) == 100_000_000
