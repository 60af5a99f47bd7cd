"""The offers on the shelf of an edition as bitmaps: place n in a bitmap stands for the nth cheapest offer.

All that are on the shelf have a place, `all` are those that shoppers saw when they were read: whether a store is
admitted, and of which province, changes without any of its offers being touched. Each store's offers are known, so that
those of the stores that are it now are told apart, and what is looked for here among them is looked up live.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from pyroaring import BitMap, FrozenBitMap

from marketplace.festival.shelf_marks import Mark
from marketplace.storefront.postings import Words

AT_ONCE = 10_000
KEPT_THRESHOLDS = 64
COLUMNS = ("category", "province", "stars", "discount", "stock", "store")
BLOCK = 1 << 14
"""So many numbers that follow each other are a bitmap as well, once asked for."""
KEPT_SIGHTS = 16
NONE = FrozenBitMap()


class Shelf:
    """Which offers have which value, `ids` and `prices` by place, `places` by id and from one on.

    `mark`: since when the log of changes tells what is otherwise by now, where that is known.
    """

    def __init__(
        self,
        prices: array[int],
        places: array[int],
        fields: dict[str, dict[int, FrozenBitMap]],
        ids: Sequence[int],
        shown: FrozenBitMap,
    ) -> None:
        self.prices, self.count = prices, len(prices)
        self.places, self.fields, self.ids = places, fields, ids
        self.all = shown
        self.words: Words | None = None
        self.mark: Mark | None = None
        self.at_least = lru_cache(KEPT_THRESHOLDS)(self._at_least)
        self._block = lru_cache(maxsize=None)(self._block_of)
        self.of_stores = lru_cache(KEPT_SIGHTS)(self._of_stores)
        self.is_counted = True
        self.told: dict[Any, tuple[FrozenBitMap, dict[tuple[str, int], int]]] = {}

    @classmethod
    def of_rows(cls, rows: Iterable[Sequence[int]]) -> Shelf:
        """Of rows of id, price, `COLUMNS`, and 1 where shoppers see it, else 0."""
        columns = [array("q") for _ in range(3 + len(COLUMNS))]
        following = iter(rows)
        while portion := list(islice(following, AT_ONCE)):
            for column, values in zip(columns, zip(*portion, strict=True), strict=True):
                column.extend(values)
        numbers, prices, *fields, seen = columns
        order = sorted(range(len(prices)), key=numbers.__getitem__)
        order.sort(key=prices.__getitem__)
        ids = array("i", map(numbers.__getitem__, order))
        places = array("i", bytes(4 * (max(ids, default=0) + 1)))
        for place, number in enumerate(ids, 1):
            places[number] = place
        found = {name: _placed(field, order) for name, field in zip(COLUMNS, fields, strict=True)}
        shown = _placed(seen, order).get(1, NONE)
        return cls(array("q", map(prices.__getitem__, order)), places, found, ids, shown)

    def values(self, name: str) -> dict[int, FrozenBitMap]:
        """The bitmap of each value of a column of `COLUMNS`, shown or not."""
        return self.fields[name]

    def of(self, name: str, value: int | None) -> FrozenBitMap:
        """The offers with this value."""
        return self.fields[name].get(value, NONE) if value is not None else NONE

    def _at_least(self, name: str, least: int) -> FrozenBitMap:
        """The offers with this value or a larger one."""
        return FrozenBitMap.union(
            NONE, *(bits for value, bits in self.fields[name].items() if value >= least)
        )

    def _of_stores(self, stores: frozenset[int]) -> FrozenBitMap:
        """The offers of these stores, shown or not, whatever the stores were when the offers were read."""
        return FrozenBitMap.union(
            NONE, *(bits for store, bits in self.fields["store"].items() if store in stores)
        )

    def cheaper(self, toman: int) -> int:
        """How many offers cost less."""
        return bisect_left(self.prices, toman)

    def up_to(self, toman: int) -> int:
        """How many offers cost so much or less."""
        return bisect_right(self.prices, toman)

    def run(self, begin: int, end: int) -> FrozenBitMap:
        """The offers from the place `begin` to before `end` in the order of prices."""
        return FrozenBitMap(range(begin, max(begin, end)))

    def newest_blocks(self, last: int) -> Iterator[FrozenBitMap]:
        """The offers of numbers up to `last` and some beyond, in blocks of numbers, the largest first."""
        return map(self._block, range(min(last, len(self.places)) // BLOCK, -1, -1))

    def _block_of(self, block: int) -> FrozenBitMap:
        places = self.places[block * BLOCK : (block + 1) * BLOCK]
        found = BitMap(array("I", places.tobytes()))
        found.discard(0)
        return FrozenBitMap(found.shift(-1))

    def of_ids(self, ids: Iterable[int]) -> FrozenBitMap:
        """The offers of these numbers, those left out that are not on the shelf."""
        places = self.places
        known = len(places)
        found = BitMap([places[offer] for offer in ids if offer < known])
        found.discard(0)
        return FrozenBitMap(found.shift(-1))


def _placed(values: Sequence[int], order: Iterable[int]) -> dict[int, FrozenBitMap]:
    """The places of each value."""
    places = {value: array("I") for value in set(values)}
    adders = {value: found.append for value, found in places.items()}
    for place, row_number in enumerate(order):
        adders[values[row_number]](place)
    return {value: FrozenBitMap(found) for value, found in places.items()}
