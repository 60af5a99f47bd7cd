"""What each store pays of the prizes: exact to the toman, capped, whatever was sold."""

from __future__ import annotations

import os
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.lottery.cost_rules import Terms, cap_of, released_shares, shares_of

TERMS = Terms()
EXAMPLES = 100 * int(os.environ.get("ROUNDS", "1"))


def amounts(missing: int, sales: dict[int, int], terms: Terms = TERMS) -> list[int]:
    return [share.amount_toman for share in shares_of(missing, sales, terms)]


@pytest.mark.parametrize(
    ("missing", "sales", "expected"),
    [
        # thirty percent equally (10 each of 30), seventy by sales
        (100, {1: 50, 2: 30, 3: 20}, [45, 31, 24]),
        # one that sold nothing pays its equal part alone
        (1000, {1: 600, 2: 400, 3: 0}, [520, 380, 100]),
        # nobody sold anything: all alike, the rest to the first
        (100, {1: 0, 2: 0, 3: 0}, [34, 33, 33]),
        # one store alone pays all of it
        (70_000_001, {9: 1}, [70_000_001]),
        # nothing is missing
        (0, {1: 5, 2: 7}, [0, 0]),
        # ten stores, one sold nearly all: 3 times the mean is the most, the others take the rest alike
        (1000, {n: 10_000 if n == 1 else 0 for n in range(1, 11)}, [300, *[78] * 7, 77, 77]),
    ],
)
def test_the_numbers(missing, sales, expected):
    assert amounts(missing, sales) == expected


def test_a_hundred_million_over_three_hundred_stores_sums_to_the_toman():
    sales = {n: (n * n * 7919) % 90_000_000 for n in range(1, 301)}
    shares = shares_of(100_000_000, sales, TERMS)
    assert sum(share.amount_toman for share in shares) == 100_000_000
    assert max(share.amount_toman for share in shares) <= cap_of(100_000_000, 300, 3) == 1_000_000


def test_what_the_capped_do_not_pay_falls_on_the_others_by_the_same_rule():
    sales = {1: 900, 2: 60, 3: 20, 4: 20, 5: 0, 6: 0}
    shares = shares_of(6000, sales, TERMS)
    assert shares[0].amount_toman == 3000
    assert shares[0].is_capped
    assert [share.is_capped for share in shares[1:]] == [False] * 5
    # 3000 by the weights 552, 384, 384, 300, 300: 862.5, 600, 600, 468.75, 468.75
    assert [share.amount_toman for share in shares[1:]] == [862, 600, 600, 469, 469]


def test_another_policy_gives_other_shares():
    assert amounts(900, {1: 800, 2: 100, 3: 0}, Terms(100, 3)) == [300, 300, 300]
    assert amounts(900, {1: 800, 2: 100, 3: 0}, Terms(0, 3)) == [800, 100, 0]
    assert amounts(900, {1: 800, 2: 100, 3: 0}, Terms(0, 1)) == [300, 300, 300]


def test_a_store_that_falls_away_is_carried_by_the_others():
    sales = {1: 500, 2: 300, 3: 200, 4: 0}
    shares = {share.store_id: share.amount_toman for share in shares_of(10_000, sales, TERMS)}
    assert shares == {1: 4250, 2: 2850, 3: 2150, 4: 750}
    released = shares.pop(1)
    extra = released_shares(released, shares, sales, TERMS)
    assert sum(extra.values()) == released
    after = {store: shares[store] + extra[store] for store in shares}
    assert sum(after.values()) == 10_000
    assert after[2] > after[3] > after[4] > shares[4]


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    missing=st.integers(0, 10**12),
    sales=st.lists(st.integers(0, 10**11), min_size=1, max_size=40),
    equal=st.integers(0, 100),
    times=st.integers(1, 6),
    data=st.data(),
)
def test_shares_always_sum_and_never_exceed_the_cap(missing, sales, equal, times, data):
    terms = Terms(equal, times)
    by_store = dict(enumerate(sales, 1))
    shares = shares_of(missing, by_store, terms)
    cap = cap_of(missing, len(sales), times)
    assert sum(share.amount_toman for share in shares) == missing
    assert all(0 <= share.amount_toman <= cap for share in shares)
    ordered = sorted(shares, key=lambda share: share.net_toman)
    assert all(a.amount_toman <= b.amount_toman + 1 for a, b in pairwise(ordered))
    if len(sales) > 1:
        gone = data.draw(st.sampled_from([share.store_id for share in shares]))
        paid = {share.store_id: share.amount_toman for share in shares}
        released = paid.pop(gone)
        extra = released_shares(released, paid, by_store, terms)
        assert sum(extra.values()) == released
        assert all(toman >= 0 for toman in extra.values())
