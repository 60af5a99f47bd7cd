"""Searches in the order of prices, discounts, popularity, or the newest first, found from what was counted beside.

The bitmaps know where in the order the hits stand, and of popularity, which no log tells, the index of that order
does (`by_popularity.py`): the first of them are looked up in the table by their numbers, and with them every offer
that changed since the bitmaps were read. Up to the last of these nothing can be missing: an offer that did not change
stands where it stood, and one that did was looked up. What stands behind it is left out, and so are offers of stores
that are not admitted now, or not of the province or the stars that a list is narrowed to: an offer that comes to
another store is in the log, and of which stores a list is now is told with each list. All conditions are asked of the
rows as they are now.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from pyroaring import FrozenBitMap
from sqlalchemy import and_, bindparam, or_

from marketplace.core.db import AnySelect
from marketplace.core.remembered import remembered
from marketplace.festival.models import Offer
from marketplace.festival.shelf_marks import changed_since
from marketplace.storefront.among import among, listed_ids
from marketplace.storefront.bitmaps import counted_beside
from marketplace.storefront.by_popularity import TooFarError, by_popularity
from marketplace.storefront.choices import chosen_category
from marketplace.storefront.filters import Filters, Sort
from marketplace.storefront.shelf_bits import Shelf

FEW = 500
"""So many hits are sorted at once."""
PORTIONS = (50, 400)
"""So many hits that were shown are looked up; where they do not fill a page, the list is found otherwise."""
MOST = 2_000
CHUNK = 256
BEYOND = 2**62
Key = tuple[int, int]
"""What a list is ordered by, and the number of the offer."""
Look = Callable[[dict[str, Any]], list[Any]]


class Order(NamedTuple):
    """A column of offers by which a list is ordered, and whether the largest stands first."""

    column: Any
    is_down: bool


ORDERS = {
    Sort.price: Order(Offer.festival_toman, False),
    Sort.price_down: Order(Offer.festival_toman, True),
    Sort.discount: Order(Offer.discount_percent, True),
    Sort.newest: Order(Offer.id, True),
    Sort.popular: Order(Offer.popularity, True),
}


def changed_offers(shelf: Shelf) -> list[int] | None:
    """The offers that may be otherwise than they were counted, as of now. None where that is not known."""
    mark = shelf.mark
    return None if mark is None else remembered(lambda: changed_since(mark), "changed since", mark)


def up_to(query: AnySelect, sort: Sort) -> AnySelect:
    """A select of offers narrowed to some of them, up to one in the order of the list; by no index of that order."""
    column, is_down = ORDERS[sort]
    key, value = column + 0, bindparam("upto", type_=Offer.id.type)
    last = bindparam("upto_id", type_=Offer.id.type)
    near = Offer.id >= last if is_down else Offer.id <= last
    before = key > value if is_down else key < value
    ends = (key.desc(), Offer.id.desc()) if is_down else (key, Offer.id)
    return query.where(among(), or_(before, and_(key == value, near))).order_by(None).order_by(*ends)


def walked(
    filters: Filters,
    festival_id: int,
    free_above: int,
    after: Key | None,
    most: int,
    look: Look,
    stores: frozenset[int] | None = None,
) -> list[Any] | None:
    """The first `most` rows behind `after`; `look` gives so many of those that fill `up_to` and the filters, and that
    are of these stores, where it is told.

    None where it cannot be told so: nothing counted beside, or too long ago.
    """
    shelf = counted_beside(festival_id) if not filters.store else None
    hits = shelf.words.exactly(tuple(filters.words)) if shelf is not None and shelf.words else None
    changed = changed_offers(shelf) if shelf is not None and hits is not None else None
    if shelf is None or hits is None or changed is None:
        return None
    if stores is not None:
        hits &= shelf.of_stores(stores)
    hits = _narrowed(hits, filters, shelf, free_above)
    for size in PORTIONS:
        try:
            keys, is_whole = _first(_in_order(hits, filters, shelf, after), shelf, size)
        except TooFarError:
            return None
        upto = (-1 if ORDERS[filters.sort].is_down else BEYOND, 0) if is_whole else keys[-1]
        ids = {*changed, *(number for _, number in keys)}
        rows = look({"among": listed_ids(ids), "upto": upto[0], "upto_id": upto[1]})
        if is_whole or len(rows) >= most:
            return rows
    return None


def _first(order: Iterator[Key], shelf: Shelf, size: int) -> tuple[list[Key], bool]:
    """So many that were shown, with those between that were not and may be by now; and whether that is all."""
    keys, shown = [], 0
    for key in islice(order, MOST):
        keys.append(key)
        shown += shelf.places[key[1]] - 1 in shelf.all
        if shown == size:
            return keys, False
    return keys, len(keys) < MOST


def _narrowed(hits: FrozenBitMap, filters: Filters, shelf: Shelf, free_above: int) -> FrozenBitMap:
    """By what stands in the row of an offer alone: nothing else of it is in the log of changes."""
    if filters.category:
        hits &= shelf.of("category", chosen_category(filters))
    if filters.min_discount is not None:
        hits &= shelf.at_least("discount", filters.min_discount)
    if filters.in_stock:
        hits &= shelf.of("stock", 1)
    begin = shelf.cheaper(filters.min_toman or 0)
    if filters.free_shipping:
        begin = max(begin, shelf.up_to(free_above))
    end = shelf.count if filters.max_toman is None else shelf.up_to(filters.max_toman)
    return hits if (begin, end) == (0, shelf.count) else hits & shelf.run(begin, end)


def _in_order(hits: FrozenBitMap, filters: Filters, shelf: Shelf, after: Key | None) -> Iterator[Key]:
    """The keys of hits behind a place of a list, as they were read; by popularity, as they are."""
    sort = filters.sort
    if sort is Sort.popular:
        yield from by_popularity(hits, shelf, chosen_category(filters), after, MOST)
        return
    if sort is Sort.discount:
        yield from _by_discount(hits, shelf, after)
        return
    if sort is Sort.newest:
        yield from ((number, number) for number in _newest(hits, shelf, after[1] if after else BEYOND))
        return
    is_down = ORDERS[sort].is_down
    rank = _rank(hits, shelf, after, is_down=is_down) if after else len(hits) if is_down else 0
    for place in _downwards(hits, rank) if is_down else _upwards(hits, rank):
        yield shelf.prices[place], shelf.ids[place]


def _rank(hits: FrozenBitMap, shelf: Shelf, after: Key, *, is_down: bool) -> int:
    """How many hits are cheaper than those behind `after`, or, downwards, are themselves behind it."""
    toman, last = after
    search = bisect_left if is_down else bisect_right
    place = search(shelf.ids, last, shelf.cheaper(toman), shelf.up_to(toman))
    return hits.rank(place - 1) if place else 0


def _upwards(hits: FrozenBitMap, begin: int) -> Iterator[int]:
    for rank in range(begin, len(hits), CHUNK):
        yield from hits[rank : rank + CHUNK]


def _downwards(hits: FrozenBitMap, end: int) -> Iterator[int]:
    for rank in range(end, 0, -CHUNK):
        yield from reversed(list(hits[max(0, rank - CHUNK) : rank]))


def _by_discount(hits: FrozenBitMap, shelf: Shelf, after: Key | None) -> Iterator[Key]:
    """The largest discount first, of one discount the newest first."""
    for percent, bits in sorted(shelf.values("discount").items(), reverse=True):
        if after is not None and percent > after[0]:
            continue
        last = after[1] if after is not None and percent == after[0] else BEYOND
        yield from ((percent, number) for number in _newest(hits & bits, shelf, last))


def _newest(hits: FrozenBitMap, shelf: Shelf, last: int) -> Iterator[int]:
    """The numbers of hits below `last`, the largest first; many hits are sorted block after block of numbers."""
    blocks = [hits] if len(hits) <= FEW else (hits & block for block in shelf.newest_blocks(last))
    for found in blocks:
        yield from sorted(filter(last.__gt__, map(shelf.ids.__getitem__, found)), reverse=True)
