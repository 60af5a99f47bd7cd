"""The visible offers of an edition as bitmaps: one bit an offer, the cheapest first. Facets are counted from them.

A filter is a few ANDs, a count the size of one more, a range of prices a run of bits; the bitmaps are packed, so that a
million offers are counted as quickly as thousands. They are read in one statement and kept while the stamps of its
tables stand, and for a few seconds after: numbers may lag, rows of a list never do.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice

from pyroaring import BitMap, FrozenBitMap
from sqlalchemy import case, select

from marketplace.core.db import db
from marketplace.core.remembered import Late, lately
from marketplace.festival.admission import ADMITTED_STORES, HAS_STOCK, ON_SHELF
from marketplace.festival.models import Offer
from marketplace.stores.models import Seal, Store

LAG_SECONDS = 5.0
AT_ONCE = 10_000
KEPT_THRESHOLDS = 64
COLUMNS = ("category", "province", "stars", "discount", "stock")
NONE = FrozenBitMap()
_ROWS = (
    select(
        Offer.id,
        Offer.festival_toman,
        Offer.category_id,
        Store.province_id,
        Seal.stars,
        Offer.discount_percent,
        case((HAS_STOCK, 1), else_=0),
    )
    .join(Store, Store.id == Offer.store_id)
    .join(Seal, Seal.store_id == Offer.store_id)
    .where(ON_SHELF, Offer.store_id.in_(ADMITTED_STORES))
)
_kept: dict[tuple[object, ...], Late] = {}


class Shelf:
    """Which offers have which value. Place n in a bitmap stands for the nth cheapest offer."""

    def __init__(self, rows: Iterable[Sequence[int]]) -> None:
        columns = [array("q") for _ in range(2 + len(COLUMNS))]
        following = iter(rows)
        while portion := list(islice(following, AT_ONCE)):
            for column, values in zip(columns, zip(*portion, strict=True), strict=True):
                column.extend(values)
        ids, prices, *fields = columns
        order = sorted(range(len(prices)), key=prices.__getitem__)
        self.prices, self.count = array("q", map(prices.__getitem__, order)), len(prices)
        self.all = FrozenBitMap(range(self.count))
        self._fields = {name: _placed(field, order) for name, field in zip(COLUMNS, fields, strict=True)}
        self._places = array("i", bytes(4 * (max(ids, default=0) + 1)))
        for place, row_number in enumerate(order, 1):
            self._places[ids[row_number]] = place
        self.at_least = lru_cache(KEPT_THRESHOLDS)(self._at_least)

    def values(self, name: str) -> dict[int, FrozenBitMap]:
        """The bitmap of each value of a column of `COLUMNS`."""
        return self._fields[name]

    def of(self, name: str, value: int | None) -> FrozenBitMap:
        """The offers with this value."""
        return self._fields[name].get(value, NONE) if value is not None else NONE

    def _at_least(self, name: str, least: int) -> FrozenBitMap:
        """The offers with this value or a larger one."""
        return FrozenBitMap.union(
            NONE, *(bits for value, bits in self._fields[name].items() if value >= least)
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

    def of_ids(self, ids: Iterable[int]) -> FrozenBitMap:
        """The offers of these numbers, those left out that are not shown."""
        places = self._places
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


def shelf_of(festival_id: int, at: datetime) -> Shelf:
    """The offers that shoppers see, as of now or of a few seconds ago."""
    return lately(_kept, lambda: _read(festival_id, at), LAG_SECONDS, db.engine.url, festival_id)


def _read(festival_id: int, at: datetime) -> Shelf:
    rows = db.session.execute(
        _ROWS, {"festival": festival_id, "at": at}, execution_options={"yield_per": AT_ONCE}
    )
    return Shelf(rows)
