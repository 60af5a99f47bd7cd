"""Hits of a search in the order of popularity as it is now.

Popularity grows with every sale, of which the log of changes does not tell: this order is not counted beside. Of common
words numbers alone are read from the index of the order, portion after portion, and those that are no hits are passed
over without their rows. Fewer hits are sorted by what stands in their rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import orjson
from pyroaring import FrozenBitMap
from sqlalchemy import Integer, Text, bindparam, cast, func, select, text, tuple_

from marketplace.core.db import AnySelect, is_sqlite
from marketplace.core.ready import Ready
from marketplace.festival.admission import SHELF_STATE
from marketplace.festival.models import Offer
from marketplace.storefront.among import AMONG, AMONG_ARRAY, AMONG_JSON, listed_ids
from marketplace.storefront.shelf_bits import Shelf

FEW = 6_000
"""So many hits are sorted at once."""
PASSED = 20_000
"""So many numbers are read from the index for a page."""
MANY = 30_000
"""Of not more hits those that were not met by then are sorted."""
HOPED = 50
"""So many hits a portion is thought to have."""
LEAST, LARGEST = 100, 5_000
Key = tuple[int, int]


class TooFarError(Exception):
    """The next hits of very many stand too far behind in the order."""


def by_popularity(
    hits: FrozenBitMap, shelf: Shelf, category: int | None, after: Key | None, most: int
) -> Iterator[Key]:
    """Popularity and number of the first `most` hits behind `after`, all of them of `category` where it is told.

    Raises TooFarError.
    """
    size, passed = _portion(hits, shelf, category), 0
    while len(hits) > FEW and passed < PASSED:
        values, numbers = _next(category, after, size)
        yield from _hits_among(values, numbers, hits, shelf)
        if len(numbers) < size:
            return
        passed, after = passed + size, (values[-1], numbers[-1])
    if len(hits) > MANY:
        raise TooFarError
    if hits:
        query = _of_those(is_further=after is not None, is_json=is_sqlite())
        yield from query.all(among=listed_ids(map(shelf.ids.__getitem__, hits)), most=most, **_behind(after))


def _portion(hits: FrozenBitMap, shelf: Shelf, category: int | None) -> int:
    """How many numbers are read at once."""
    among_those = shelf.count if category is None else len(shelf.of("category", category))
    return min(max(LEAST, HOPED * among_those // max(1, len(hits))), LARGEST)


def _hits_among(values: list[int], numbers: list[int], hits: FrozenBitMap, shelf: Shelf) -> list[Key]:
    """Rows of other editions and such that came since have no place."""
    met = set(map(shelf.ids.__getitem__, shelf.of_ids(numbers) & hits))
    return [key for key in zip(values, numbers, strict=True) if key[1] in met]


def _next(category: int | None, after: Key | None, size: int) -> tuple[list[int], list[int]]:
    """Popularity and numbers of the next of all on the shelf, of any edition."""
    query = _in_order(is_of_category=category is not None, is_further=after is not None, is_json=is_sqlite())
    of = {} if category is None else {"category": category}
    values, numbers = query.first(most=size, **of, **_behind(after))
    return orjson.loads(values or "[]"), orjson.loads(numbers or "[]")


def _behind(after: Key | None) -> dict[str, int]:
    return {} if after is None else {"value": after[0], "last": after[1]}


@lru_cache(maxsize=8)
def _in_order(*, is_of_category: bool, is_further: bool, is_json: bool) -> Ready:
    """Of what the index of the order has alone; two values instead of thousands of rows, each a list as JSON."""
    query = select(*_KEY).where(SHELF_STATE)
    if is_of_category:
        query = query.where(Offer.category_id == bindparam("category", type_=Offer.category_id.type))
    portion = _ordered(query, is_further=is_further).subquery()
    listed = func.json_group_array if is_json else func.json_agg
    return Ready(select(*(cast(listed(column), Text).label(column.name) for column in portion.c)))


@lru_cache(maxsize=4)
def _of_those(*, is_further: bool, is_json: bool) -> Ready:
    """Of their rows, and of no index of the order."""
    those = text(AMONG_JSON if is_json else AMONG_ARRAY).bindparams(AMONG)
    return Ready(_ordered(select(*_KEY).where(those), is_further=is_further))


def _ordered(query: AnySelect, *, is_further: bool) -> AnySelect:
    if is_further:
        query = query.where(tuple_(*_KEY) < tuple_(*_LAST))
    return query.order_by(*(column.desc() for column in _KEY)).limit(_MOST)


_KEY: tuple[Any, ...] = (Offer.popularity, Offer.id)
_LAST = (bindparam("value", type_=Offer.popularity.type), bindparam("last", type_=Offer.id.type))
_MOST = bindparam("most", type_=Integer())
