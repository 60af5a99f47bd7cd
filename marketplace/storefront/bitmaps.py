"""The visible offers of an edition as bitmaps: one bit an offer, the cheapest first. Facets are counted from them.

A filter is a few ANDs, a count the number of bits, a range of prices a run of bits. They are read in one statement and
kept while the stamps of its tables stand, and for a few seconds after: numbers may lag, rows of a list never do.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

from sqlalchemy import case, select

from marketplace.core.db import db
from marketplace.core.remembered import Late, lately
from marketplace.festival.admission import ADMITTED_STORES, HAS_STOCK, ON_SHELF
from marketplace.festival.models import Offer
from marketplace.stores.models import Seal, Store

LAG_SECONDS = 5.0
AT_ONCE = 10_000
KEPT_THRESHOLDS = 64
BYTE_OF_BITS = tuple(1 << place for place in range(8))
COLUMNS = ("category", "province", "stars", "discount", "stock")
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
    .order_by(Offer.festival_toman)
)
_kept: dict[tuple[object, ...], Late] = {}


class Shelf:
    """Which offers have which value. Bitmaps are whole numbers: bit n stands for the nth cheapest offer."""

    def __init__(self, rows: Iterable[Sequence[int]]) -> None:
        prices, ids = array("q"), array("q")
        fields: list[dict[int, bytearray]] = [{} for _ in COLUMNS]
        for place, (offer, price, *values) in enumerate(rows):
            ids.append(offer)
            prices.append(price)
            byte, bit = place >> 3, BYTE_OF_BITS[place & 7]
            for field, value in zip(fields, values, strict=True):
                known = field.get(value)
                if known is None:
                    known = field[value] = bytearray()
                if len(known) <= byte:
                    known.extend(bytes(byte + 1 + (byte >> 2) - len(known)))
                known[byte] |= bit
        self.prices, self.count = prices, len(prices)
        self.all = (1 << self.count) - 1
        self._fields = {
            name: {value: int.from_bytes(bits, "little") for value, bits in field.items()}
            for name, field in zip(COLUMNS, fields, strict=True)
        }
        self._places = array("i", bytes(4 * (max(ids, default=0) + 1)))
        for place, offer in enumerate(ids, 1):
            self._places[offer] = place
        self.at_least = lru_cache(KEPT_THRESHOLDS)(self._at_least)

    def values(self, name: str) -> dict[int, int]:
        """The bitmap of each value of a column of `COLUMNS`."""
        return self._fields[name]

    def of(self, name: str, value: int | None) -> int:
        """The offers with this value."""
        return self._fields[name].get(value, 0) if value is not None else 0

    def _at_least(self, name: str, least: int) -> int:
        """The offers with this value or a larger one."""
        found = 0
        for value, bits in self._fields[name].items():
            if value >= least:
                found |= bits
        return found

    def cheaper(self, toman: int) -> int:
        """How many offers cost less."""
        return bisect_left(self.prices, toman)

    def up_to(self, toman: int) -> int:
        """How many offers cost so much or less."""
        return bisect_right(self.prices, toman)

    def run(self, begin: int, end: int) -> int:
        """The offers from the place `begin` to before `end` in the order of prices."""
        return ((1 << max(0, end - begin)) - 1) << begin

    def of_ids(self, ids: Iterable[int]) -> int:
        """The offers of these numbers, those left out that are not shown."""
        bits = bytearray((self.count >> 3) + 1)
        places = self._places
        known = len(places)
        for offer in ids:
            place = places[offer] - 1 if offer < known else -1
            if place >= 0:
                bits[place >> 3] |= BYTE_OF_BITS[place & 7]
        return int.from_bytes(bits, "little")


def shelf_of(festival_id: int, at: datetime) -> Shelf:
    """The offers that shoppers see, as of now or of a few seconds ago."""
    return lately(_kept, lambda: _read(festival_id, at), LAG_SECONDS, db.engine.url, festival_id)


def _read(festival_id: int, at: datetime) -> Shelf:
    rows = db.session.execute(
        _ROWS, {"festival": festival_id, "at": at}, execution_options={"yield_per": AT_ONCE}
    )
    return Shelf(rows)
