"""Open data: the rows add up, and none is so small that it tells of a person."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.small_groups import LEAST_GROUP, MERGED, merge_small
from marketplace.stats.rules import YearState, permille, years_of

GROUPS = st.dictionaries(
    st.tuples(st.sampled_from(["1404-11", "1404-12", "1405-01"]), st.sampled_from("abcd")),
    st.tuples(st.integers(1, 12), st.integers(0, 1000)),
    max_size=12,
)


@given(GROUPS)
def test_nothing_is_lost_and_nobody_stands_alone(groups):
    rows = merge_small(groups)
    for place in (0, 1):
        assert sum(row[2][place] for row in rows) == sum(counts[place] for counts in groups.values())
    total = sum(counts[0] for counts in groups.values())
    if total >= LEAST_GROUP:
        assert all(row[2][0] >= LEAST_GROUP for row in rows)
    assert len({row[:2] for row in rows}) == len(rows)


def test_a_small_group_goes_with_its_month_first():
    rows = merge_small(
        {
            ("1405-01", "a"): [9, 1],
            ("1405-01", "b"): [3, 1],
            ("1405-01", "c"): [2, 1],
            ("1405-02", "a"): [5, 1],
        }
    )
    assert rows == [("1405-01", "a", (9, 1)), ("1405-01", MERGED, (5, 2)), ("1405-02", "a", (5, 1))]


def test_shares_are_rounded_down_and_none_of_nothing():
    assert permille(1, 3) == 333
    assert permille(0, 5) == 0
    assert permille(0, 0) is None


def test_a_year_is_final_on_its_next_day_and_due_three_months_later():
    days = {date(2026, 3, 20): {"goods_toman": 7}, date(2026, 3, 21): {"goods_toman": 5, "store_orders": 1}}
    new, old = years_of(days, date(2026, 3, 21))
    assert (old.year, old.goods_toman, old.state) == (1404, 7, YearState.published)
    assert (new.year, new.goods_toman, new.state) == (1405, 5, YearState.running)
    assert old.final_on == date(2026, 3, 21) and old.due_on == date(2026, 6, 21)
    assert years_of(days, date(2026, 3, 20))[1].state is YearState.running
