"""Counts of further choices are what a walk over the rows counts, from whichever side a range of prices is counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from marketplace.storefront.shelf_bits import Shelf
from marketplace.storefront.tally import BANDS, DISCOUNTS, Chosen, Run, counts_of

PRICES = st.sampled_from([50_000, 100_000, 100_001, 300_000, 999_999, 1_000_000, 3_000_000, 5_000_000])
ROWS = st.lists(
    st.tuples(
        PRICES,
        st.integers(1, 3),
        st.integers(1, 4),
        st.integers(0, 5),
        st.integers(0, 70),
        st.integers(0, 1),
        st.integers(0, 1),
    ),
    max_size=40,
)
CHOSEN = st.builds(
    Chosen,
    st.none() | st.integers(1, 4),
    st.none() | st.integers(1, 5),
    st.none() | st.sampled_from(DISCOUNTS),
    st.none() | st.integers(0, 5),
    st.booleans(),
)
Row = tuple[int, ...]


def fits(row: Row, chosen: Chosen) -> bool:
    _, _, category, province, stars, discount, stock, is_shown = row
    return bool(
        is_shown
        and chosen.category in (None, category)
        and chosen.province in (None, province)
        and (chosen.min_discount is None or discount >= chosen.min_discount)
        and (chosen.stars is None or stars >= chosen.stars)
        and (not chosen.in_stock or stock == 1)
    )


def recount(rows: list[Row], chosen: Chosen, free_above: int) -> dict[tuple[str, int], int]:
    """One by one."""
    found: dict[tuple[str, int], int] = {}

    def add(facet: str, value: int) -> None:
        found[facet, value] = found.get((facet, value), 0) + 1

    for _, price, category, province, stars, discount, stock, _ in rows:
        add("category", category)
        add("province", province)
        add("stars", stars)
        add("stock", stock)
        add("shipping", int(price > free_above))
        reached = [least for least in DISCOUNTS if discount >= least]
        if reached:
            add("discount", reached[-1])
        band = next(n for n, (_, high) in enumerate(BANDS) if high is None or price <= high)
        add("price", 2 * band + (price == BANDS[band][1]))
    return found


@given(ROWS, CHOSEN, PRICES, PRICES, st.none() | st.sets(st.integers(1, 60)))
def test_a_tally_is_a_recount(
    given_rows: list[Row], chosen: Chosen, low: int, high: int, ids: set[int] | None
) -> None:
    rows = [(n * 3 % 89 + 1, *row) for n, row in enumerate(sorted(given_rows))]
    shelf = Shelf.of_rows((*row[:-1], 7, row[-1]) for row in rows)
    free_above = 100_000
    only = None if ids is None else shelf.of_ids(ids)
    for begin, end in (
        (0, shelf.count),
        (shelf.cheaper(low), shelf.count),
        (shelf.cheaper(low), shelf.up_to(high)),
    ):
        counts = counts_of(shelf, chosen, Run(begin, end), shelf.up_to(free_above), only)
        left = [
            row
            for row in sorted(rows, key=lambda row: row[1])[begin : max(begin, end)]
            if fits(row, chosen) and (ids is None or row[0] in ids)
        ]
        assert {key: n for key, n in counts.items() if n} == recount(left, chosen, free_above)


def test_a_choice_is_counted_once_for_all_ranges() -> None:
    shelf = Shelf.of_rows([(n, n, n % 3, 1, 4, 20, 1, 7, 1) for n in range(1, 200)])
    for begin in range(50):
        counts_of(shelf, Chosen(category=1), Run(begin, shelf.count), 0, None)
    assert list(shelf.told) == [Chosen(category=1)]
