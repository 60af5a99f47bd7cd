"""Lists of offers: filtered, sorted, paged by key. Admission is joined live, never copied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, bindparam, func, or_, select

from marketplace.core.db import AnySelect, db
from marketplace.core.paging import Page, decode_cursor, page_of
from marketplace.core.ready import Ready
from marketplace.festival.admission import ADMITTED_STORES, ON_SHELF, VISIBLE
from marketplace.festival.models import Offer
from marketplace.policy.policy import Policy
from marketplace.storefront import facets
from marketplace.storefront.admitted import Stores, admitted_stores, rows_of_admitted, shelf_select
from marketplace.storefront.cards import CARD_NAMES, card_select, cards_of
from marketplace.storefront.choices import chosen_province
from marketplace.storefront.filters import Filters, Sort, conditions, shape_of, values_of
from marketplace.storefront.ranked import (
    Place,
    few_places,
    in_segment,
    kind_of_segment,
    place_in,
    place_of,
    segments,
    values_of_segment,
)
from marketplace.storefront.shown import OfferCard
from marketplace.storefront.walked import ORDERS, up_to, walked
from marketplace.stores.models import Seal, Store

PAGE = 24
PORTION = 32
MOST_QUERIES = 400
Placed = tuple[Place, tuple[Any, ...]]
"""A hit with its row of `CARD_COLUMNS`."""
_POPULARITY = CARD_NAMES.index("popularity")
_KEYS: dict[Sort, tuple[Any, bool]] = {
    Sort.best: (Offer.popularity, True),
    Sort.popular: (Offer.popularity, True),
    Sort.newest: (None, True),
    Sort.price: (Offer.festival_toman, False),
    Sort.price_down: (Offer.festival_toman, True),
    Sort.discount: (Offer.discount_percent, True),
}


def list_cards(
    filters: Filters,
    festival_id: int,
    policy: Policy,
    at: datetime,
    *,
    cursor: str | None = None,
    limit: int = PAGE,
    is_common: bool | None = None,
) -> Page[OfferCard]:
    """One page of visible offers. Raises Malformed('bad_cursor').

    Rows are always as of now: a store that fell is gone from the next page, whatever was cached. `is_common`: whether
    a good part of all offers is thought to be in the list, so that it is found by walking its order; asked where it is
    not told. True or not, the list is the same.
    """
    whole = filters
    filters, stores = _of_stores(filters, admitted_stores(festival_id, at))
    if filters.sort is Sort.best and filters.words:
        return _best(filters, _binds(festival_id, policy, at), policy, cursor, limit, stores)
    column, _ = _KEYS[filters.sort]
    after = decode_cursor(cursor, (int, int) if column is not None else (int,))
    asked = _binds(festival_id, policy, at)
    if after is not None:
        asked |= {"last": after[-1], "value": after[0]}
    rows = _walked_rows(filters, festival_id, asked, limit + 1, stores)
    if rows is None:
        walks = facets.is_common(whole, festival_id, policy, at) if is_common is None else is_common
        query = _list_query(filters, is_further=after is not None, is_joined=stores is None, is_common=walks)
        rows = _rows(query, asked | values_of(filters, is_common=walks), limit + 1, stores)
    page = page_of(rows, limit, _cursor_of(column))
    return Page(cards_of(page.items, policy), page.next_cursor)


def _walked_rows(
    filters: Filters,
    festival_id: int,
    asked: dict[str, Any],
    most: int,
    stores: Stores | None,
) -> list[tuple[Any, ...]] | None:
    """The rows of a search from what was counted beside; None where they have to be looked for otherwise."""
    if not filters.words or filters.sort not in ORDERS:
        return None
    binds = {**asked, **values_of(filters, is_common=True)}
    after = (asked["value"], asked["last"]) if "last" in asked else None
    query = _list_query(
        filters, is_further=after is not None, is_joined=stores is None, is_common=True, is_walked=True
    )

    def look(among: dict[str, Any]) -> list[tuple[Any, ...]]:
        return _rows(query, binds | among, most, stores)

    ids = None if stores is None else stores.ids
    return walked(filters, festival_id, asked["free_above"], after, most, look, ids)


_queries: dict[tuple[object, ...], Ready] = {}
"""Each kind of list written once: there are as many as ways to combine filters, and each is a few kilobytes."""


def _list_query(
    filters: Filters, *, is_further: bool, is_joined: bool, is_common: bool = False, is_walked: bool = False
) -> Ready:
    """`is_joined`: with the conditions of admission; else the caller leaves out what is not admitted. `is_walked`: of
    the offers that `walked` names."""
    kind = (shape_of(filters, is_common=is_common), filters.sort, is_further, is_joined, is_walked)
    found = _queries.get(kind)
    if found is None:
        column, is_down = _KEYS[filters.sort]
        query = card_select().where(VISIBLE) if is_joined else shelf_select()
        query = query.where(*conditions(filters, is_common=is_common))
        if is_further:
            query = query.where(_after(ORDERS[filters.sort].column + 0 if is_walked else column, is_down))
        ends = [Offer.id.desc() if is_down else Offer.id]
        if column is not None:
            ends.insert(0, column.desc() if is_down else column)
        query = up_to(query, filters.sort) if is_walked else query.order_by(*ends)
        found = _keep_query(kind, Ready(query.limit(bindparam("most", type_=Integer()))))
    return found


def _of_stores(filters: Filters, stores: Stores | None) -> tuple[Filters, Stores | None]:
    """Where the admitted stores are known, province and stars choose among them: the list walks its order and passes
    others by, and the database does not gather all that such stores have."""
    if stores is None or not (filters.province or filters.stars is not None):
        return filters, stores
    return filters.with_(province=None, stars=None), stores.part(chosen_province(filters), filters.stars)


def _best(
    filters: Filters,
    asked: dict[str, Any],
    policy: Policy,
    cursor: str | None,
    limit: int,
    stores: Stores | None,
) -> Page[OfferCard]:
    after = place_of(decode_cursor(cursor, (int, int, int, int)))
    binds = {**asked, **values_of(filters, without_words=True)}
    few = few_places(filters.words)
    if few is None:
        found = _best_of_many(filters, binds, after, limit + 1, stores)
    else:
        wanted = sorted((place for place in few if after is None or place < after), reverse=True)
        found = _rows_at(wanted, filters, binds, limit + 1, stores)
    best = page_of(found, limit, lambda each: each[0])
    return Page(cards_of([row for _, row in best.items], policy), best.next_cursor)


def _best_of_many(
    filters: Filters, binds: dict[str, Any], after: Place | None, most: int, stores: Stores | None
) -> list[Placed]:
    """Segment after segment in the order of the list, until there are enough."""
    found: list[Placed] = []
    for segment in segments(after):
        kind = ("of a segment", *kind_of_segment(segment))
        query = _best_query(filters, kind, partial(in_segment, segment=segment), is_joined=stores is None)
        asked = {**binds, **values_of_segment(filters.words, segment)}
        rows = _rows(query, asked, most - len(found), stores)
        found += [(place_in(segment, row[0], row[_POPULARITY]), row) for row in rows]
        if len(found) >= most:
            break
    return found


def _rows_at(
    places: Sequence[Place], filters: Filters, binds: dict[str, Any], most: int, stores: Stores | None
) -> list[Placed]:
    """The first `most` of these places that shoppers may see, with their rows; read in few portions."""
    query = _best_query(filters, ("of ids",), lambda query: query.where(_AMONG), is_joined=stores is None)
    found: list[Placed] = []
    for begin in range(0, len(places), PORTION):
        portion = places[begin : begin + PORTION]
        asked = {**binds, "ids": [place.id for place in portion]}
        rows = {row[0]: row for row in _rows(query, asked, PORTION, stores)}
        found += [(place, rows[place.id]) for place in portion if place.id in rows]
        if len(found) >= most:
            break
    return found[:most]


_AMONG = Offer.id.in_(bindparam("ids", expanding=True, type_=Offer.id.type))


def _best_query(
    filters: Filters, kind: tuple[object, ...], among: Callable[[AnySelect], AnySelect], *, is_joined: bool
) -> Ready:
    """Offers with these filters, their words left to `among`."""
    whole = (shape_of(filters, without_words=True), is_joined, *kind)
    found = _queries.get(whole)
    if found is None:
        query = card_select().where(VISIBLE) if is_joined else shelf_select()
        query = among(query.where(*conditions(filters, without_words=True)))
        found = _keep_query(whole, Ready(query.limit(bindparam("most", type_=Integer()))))
    return found


def _rows(query: Ready, asked: dict[str, Any], most: int, stores: Stores | None) -> list[tuple[Any, ...]]:
    if stores is None:
        return query.all(**asked, most=most)
    return rows_of_admitted(query, asked, most, stores)


def _keep_query(kind: tuple[object, ...], query: Ready) -> Ready:
    if len(_queries) >= MOST_QUERIES:
        _queries.clear()
    _queries[kind] = query
    return query


def count_cards(filters: Filters, festival_id: int, policy: Policy, at: datetime) -> int:
    """The number of visible offers that pass the filters."""
    query = (
        select(func.count())
        .select_from(Offer)
        .join(Store, Store.id == Offer.store_id)
        .join(Seal, Seal.store_id == Offer.store_id)
        .where(ON_SHELF, Offer.store_id.in_(ADMITTED_STORES), *conditions(filters))
    )
    return db.session.scalar(query, {**_binds(festival_id, policy, at), **values_of(filters)}) or 0


def _binds(festival_id: int, policy: Policy, at: datetime) -> dict[str, Any]:
    return {"festival": festival_id, "at": at, "free_above": policy.free_shipping_above_toman}


def _after(column: Any, is_down: bool) -> ColumnElement[bool]:
    last, value = bindparam("last", type_=Offer.id.type), bindparam("value", type_=Offer.id.type)
    if column is None:
        newer: ColumnElement[bool] = Offer.id < last
        return newer
    if is_down:
        return and_(column <= value, or_(column < value, Offer.id < last))
    return and_(column >= value, or_(column > value, Offer.id > last))


def _cursor_of(column: Any) -> Callable[[Sequence[Any]], tuple[int, ...]]:
    """What stands in a cursor, of a row of `CARD_COLUMNS`."""
    if column is None:
        return lambda row: (row[0],)
    place = CARD_NAMES.index(column.key)
    return lambda row: (row[place], row[0])
