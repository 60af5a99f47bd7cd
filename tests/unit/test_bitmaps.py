"""Bitmaps of a shelf count what a walk over its rows counts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from marketplace.storefront.shelf_bits import COLUMNS, Shelf

ROWS = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.integers(1, 4),
        st.integers(1, 31),
        st.integers(0, 5),
        st.integers(0, 99),
        st.integers(0, 1),
        st.integers(1, 4),
        st.integers(0, 1),
    ),
    max_size=60,
)
"""Price, `COLUMNS`, and whether it is shown."""


@given(
    ROWS,
    st.integers(0, 40),
    st.integers(0, 40),
    st.integers(0, 99),
    st.sets(st.integers(1, 90)),
    st.frozensets(st.integers(1, 5)),
)
def test_a_count_of_bits_is_a_count_of_rows(rows, low, high, least, ids, stores):
    rows = [(n * 3 % 89 + 1, *row) for n, row in enumerate(sorted(rows))]
    shelf = Shelf.of_rows(rows)
    assert shelf.count == len(rows)
    assert [shelf.ids[place] for place in shelf.all] == [
        number for _, number in sorted((row[1], row[0]) for row in rows if row[-1] == 1)
    ]
    assert [shelf.ids[place] for place in shelf.of_stores(stores)] == [
        number for _, number in sorted((row[1], row[0]) for row in rows if row[-2] in stores)
    ]
    for place, name in enumerate(COLUMNS, 2):
        for value, bits in shelf.values(name).items():
            assert len(bits) == sum(row[place] == value for row in rows)
        assert sum(len(bits) for bits in shelf.values(name).values()) == len(rows)
        assert len(shelf.at_least(name, least)) == sum(row[place] >= least for row in rows)
    priced = shelf.run(shelf.cheaper(low), shelf.up_to(high))
    assert len(priced) == sum(low <= row[1] <= high for row in rows)
    assert len(shelf.of_ids(ids)) == sum(row[0] in ids for row in rows)
    both = priced & shelf.of_ids(ids) & shelf.of("stock", 1)
    assert len(both) == sum(low <= r[1] <= high and r[0] in ids and r[6] == 1 for r in rows)


def test_an_empty_shelf_has_no_bits():
    shelf = Shelf.of_rows([])
    asked = (
        shelf.all,
        shelf.of("category", 1),
        shelf.at_least("stars", 0),
        shelf.of_ids([1, 2]),
        shelf.run(0, 0),
    )
    assert not any(asked)
