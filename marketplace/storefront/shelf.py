"""Lists of offers: filtered, sorted, paged by key. Admission is joined live, never copied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, bindparam, func, or_, select

from marketplace.core.db import AnySelect, db
from marketplace.core.paging import Page, decode_cursor, page_of
from marketplace.core.ready import Ready
from marketplace.festival.admission import ADMITTED_STORES, ON_SHELF, VISIBLE
from marketplace.festival.models import Offer
from marketplace.policy.policy import Policy
from marketplace.storefront.admitted import Stores, admitted_stores, rows_of_admitted, shelf_select
from marketplace.storefront.cards import CARD_NAMES, card_select, cards_of
from marketplace.storefront.filters import Filters, Sort, conditions, shape_of, values_of
from marketplace.storefront.ranked import Place, best_places, few_places, place_of
from marketplace.storefront.shown import OfferCard
from marketplace.stores.models import Seal, Store

PAGE = 24
PORTION = 32
MOST_QUERIES = 400
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
) -> Page[OfferCard]:
    """One page of visible offers. Raises Malformed('bad_cursor').

    Rows are always as of now: a store that fell is gone from the next page, whatever was cached.
    """
    if filters.sort is Sort.best and filters.words:
        return _best(filters, festival_id, policy, at, cursor, limit)
    column, _ = _KEYS[filters.sort]
    after = decode_cursor(cursor, (int, int) if column is not None else (int,))
    asked = {**_binds(festival_id, policy, at), **values_of(filters)}
    if after is not None:
        asked |= {"last": after[-1], "value": after[0]}
    stores = admitted_stores(festival_id, at)
    query = _list_query(filters, is_further=after is not None, is_joined=stores is None)
    if stores is None:
        rows = query.all(**asked, most=limit + 1)
    else:
        rows = rows_of_admitted(query, asked, limit + 1, stores)
    page = page_of(rows, limit, _cursor_of(column))
    return Page(cards_of(page.items, policy), page.next_cursor)


_queries: dict[tuple[object, ...], Ready] = {}
"""Each kind of list written once: there are as many as ways to combine filters, and each is a few kilobytes."""


def _list_query(filters: Filters, *, is_further: bool, is_joined: bool) -> Ready:
    """`is_joined`: with the conditions of admission; else the caller leaves out what is not admitted."""
    kind = (shape_of(filters), filters.sort, is_further, is_joined)
    found = _queries.get(kind)
    if found is None:
        column, is_down = _KEYS[filters.sort]
        query = card_select().where(VISIBLE) if is_joined else _narrow(filters)
        query = query.where(*conditions(filters))
        if is_further:
            query = query.where(_after(column, is_down))
        ends = [Offer.id.desc() if is_down else Offer.id]
        if column is not None:
            ends.insert(0, column.desc() if is_down else column)
        found = Ready(query.order_by(*ends).limit(bindparam("most", type_=Integer())))
        if len(_queries) >= MOST_QUERIES:
            _queries.clear()
        _queries[kind] = found
    return found


def _narrow(filters: Filters) -> AnySelect:
    """The shelf with the tables that the conditions of these filters name."""
    query = shelf_select()
    if filters.province:
        query = query.join(Store, Store.id == Offer.store_id)
    if filters.stars is not None:
        query = query.join(Seal, Seal.store_id == Offer.store_id)
    return query


def _best(
    filters: Filters, festival_id: int, policy: Policy, at: datetime, cursor: str | None, limit: int
) -> Page[OfferCard]:
    after = place_of(decode_cursor(cursor, (int, int, int, int)))
    binds = {**_binds(festival_id, policy, at), **values_of(filters, without_words=True)}
    stores, few = admitted_stores(festival_id, at), few_places(filters.words)
    if stores is not None and few is not None:
        wanted = sorted((place for place in few if after is None or place < after), reverse=True)
        found = _rows_at(wanted, filters, binds, limit + 1, stores)
        best = page_of(found, limit, lambda each: astuple(each[0]))
        return Page(cards_of([row for _, row in best.items], policy), best.next_cursor)
    asked = conditions(filters, without_words=True)
    places = best_places(filters.words, asked, binds, after, limit + 1)
    page = page_of(places, limit, astuple)
    by_id = {row.id: row for row in _CARDS.all(ids=[p.id for p in page.items])}
    return Page(cards_of([by_id[p.id] for p in page.items if p.id in by_id], policy), page.next_cursor)


_CARDS = Ready(card_select().where(Offer.id.in_(bindparam("ids", expanding=True, type_=Offer.id.type))))


def _rows_at(
    places: Sequence[Place], filters: Filters, binds: dict[str, Any], most: int, stores: Stores
) -> list[tuple[Place, tuple[Any, ...]]]:
    """The first `most` of these places that shoppers may see, with their rows; read in few portions."""
    kind = (shape_of(filters, without_words=True), "of ids")
    query = _queries.get(kind)
    if query is None:
        among = Offer.id.in_(bindparam("ids", expanding=True, type_=Offer.id.type))
        asked = _narrow(filters).where(among, *conditions(filters, without_words=True))
        query = _queries[kind] = Ready(asked.limit(bindparam("most", type_=Integer())))
    found: list[tuple[Place, tuple[Any, ...]]] = []
    for begin in range(0, len(places), PORTION):
        portion = places[begin : begin + PORTION]
        ids = [place.id for place in portion]
        rows = {row[0]: row for row in rows_of_admitted(query, {**binds, "ids": ids}, PORTION, stores)}
        found += [(place, rows[place.id]) for place in portion if place.id in rows]
        if len(found) >= most:
            break
    return found[:most]


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
