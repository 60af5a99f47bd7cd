"""Facets: how many offers each further choice would leave. Counts may lag a few seconds; rows never do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, literal, select, union_all

from marketplace.catalog.models import Category
from marketplace.core.db import db
from marketplace.core.language import t
from marketplace.core.remembered import remembered
from marketplace.core.web import number, percent
from marketplace.festival.admission import ADMITTED_STORES, HAS_STOCK, ON_SHELF
from marketplace.festival.models import Offer
from marketplace.policy.models import Province
from marketplace.policy.policy import Policy
from marketplace.storefront.filters import Filters, conditions
from marketplace.storefront.kept_addresses import address
from marketplace.storefront.shown import Chip, Facet, FacetValue, words
from marketplace.stores.models import Seal, Store

BANDS = ((None, 100_000), (100_000, 300_000), (300_000, 1_000_000), (1_000_000, 3_000_000), (3_000_000, None))
DISCOUNTS = (15, 25, 35, 50)
LAG_SECONDS = 5.0
_CATEGORIES = select(Category.id, Category.slug, Category.name_fa, Category.name_en).order_by(
    Category.position
)
_PROVINCES = select(Province.id, Province.name_fa, Province.name_en).order_by(Province.sort_key)
Address = Callable[[Filters], str]
Counts = dict[tuple[str, int], int]
_kept: dict[tuple[Any, ...], tuple[float, Counts]] = {}


def facet_counts(filters: Filters, festival_id: int, policy: Policy, at: datetime) -> Counts:
    """Counts by (facet, value), in one statement; kept for five seconds per filter."""
    key = (db.engine.url, festival_id, tuple(filters.pairs(without=("sort",))))
    found = _kept.get(key)
    if found is not None and time.monotonic() - found[0] < LAG_SECONDS:
        return found[1]
    counts = _count(filters, festival_id, policy, at)
    if len(_kept) > 2_000:
        _kept.clear()
    _kept[key] = (time.monotonic(), counts)
    return counts


def _count(filters: Filters, festival_id: int, policy: Policy, at: datetime) -> Counts:
    hits = (
        select(
            Offer.category_id.label("category"),
            Store.province_id.label("province"),
            Seal.stars.label("stars"),
            _price_step().label("price"),
            Offer.discount_percent.label("discount"),
            case((Offer.festival_toman > policy.free_shipping_above_toman, 1), else_=0).label("shipping"),
            case((HAS_STOCK, 1), else_=0).label("stock"),
        )
        .join(Store, Store.id == Offer.store_id)
        .join(Seal, Seal.store_id == Offer.store_id)
        .where(ON_SHELF, Offer.store_id.in_(ADMITTED_STORES), *conditions(filters))
    ).cte("hits")
    parts = [
        select(literal(name).label("facet"), hits.c[name].label("value"), func.count().label("n")).group_by(
            hits.c[name]
        )
        for name in ("category", "province", "stars", "price", "discount", "shipping", "stock")
    ]
    binds = {"festival": festival_id, "at": at, "free_above": policy.free_shipping_above_toman}
    return {(row.facet, int(row.value)): row.n for row in db.session.execute(union_all(*parts), binds)}


def _price_step() -> Any:
    """2n inside the nth band, 2n + 1 exactly at its upper edge: an edge belongs to both bands, as in their lists."""
    edges = [high for _, high in BANDS if high]
    steps = [
        step
        for place, edge in enumerate(edges)
        for step in ((Offer.festival_toman < edge, 2 * place), (Offer.festival_toman == edge, 2 * place + 1))
    ]
    return case(*steps, else_=2 * len(edges))


def total_of(counts: Counts) -> int:
    """All hits of a filter."""
    return sum(n for (facet, _), n in counts.items() if facet == "stock")


def facets_of(filters: Filters, counts: Counts, address: Address) -> tuple[Facet, ...]:
    """The facets in words with their addresses; values that would leave nothing are left out unless they are on.

    While a facet is on, what would widen it again is left out too: the counts know only what is left.
    """
    groups = (
        ("category", _categories(filters, counts, address)),
        ("price", _prices(filters, counts, address)),
        ("discount", _discounts(filters, counts, address)),
        ("shipping", _switch("free_shipping", "shipping", filters, counts, address)),
        ("stock", _switch("in_stock", "stock", filters, counts, address)),
        ("stars", _stars(filters, counts, address)),
        ("province", _provinces(filters, counts, address)),
    )
    shown = ((key, tuple(v for v in values if v.count or v.is_on)) for key, values in groups)
    return tuple(Facet(key, values) for key, values in shown if values)


def _categories(filters: Filters, counts: Counts, address: Address) -> Iterable[FacetValue]:
    rows = remembered(lambda: db.session.execute(_CATEGORIES).all(), "facet categories")
    for row in rows:
        is_on = filters.category == row.slug
        yield FacetValue(
            row.slug,
            words(row.name_fa, row.name_en),
            counts.get(("category", row.id), 0),
            is_on,
            address(filters.with_(category=None if is_on else row.slug)),
        )


def _provinces(filters: Filters, counts: Counts, address: Address) -> list[FacetValue]:
    rows = remembered(lambda: db.session.execute(_PROVINCES).all(), "facet provinces")
    values = []
    for row in rows:
        is_on = filters.province in (row.name_fa, row.name_en)
        values.append(
            FacetValue(
                row.name_en,
                words(row.name_fa, row.name_en),
                counts.get(("province", row.id), 0),
                is_on,
                address(filters.with_(province=None if is_on else row.name_en)),
            )
        )
    return sorted(values, key=lambda v: -v.count)


def _stars(filters: Filters, counts: Counts, address: Address) -> Iterable[FacetValue]:
    for least in (n for n in (5, 4, 3) if n >= (filters.stars or 0)):
        n = sum(count for (facet, value), count in counts.items() if facet == "stars" and value >= least)
        is_on = filters.stars == least
        yield FacetValue(
            str(least),
            t("shop.stars_from", n=least, stars=number(least)),
            n,
            is_on,
            address(filters.with_(stars=None if is_on else least)),
        )


def _prices(filters: Filters, counts: Counts, address: Address) -> Iterable[FacetValue]:
    chosen = (filters.min_toman, filters.max_toman)
    for place, (low, high) in enumerate(BANDS):
        is_on = chosen == (low, high)
        if not is_on and chosen != (None, None):
            continue
        n = sum(counts.get(("price", step), 0) for step in (2 * place - 1, 2 * place, 2 * place + 1))
        label = price_label(low, high)
        turned = filters.with_(min_toman=None if is_on else low, max_toman=None if is_on else high)
        yield FacetValue(f"{low or 0}-{high or ''}", label, n, is_on, address(turned))


def price_label(low: int | None, high: int | None) -> str:
    if low is None:
        return t("shop.price_to", high=number(high))
    if high is None:
        return t("shop.price_from", low=number(low))
    return t("shop.price_between", low=number(low), high=number(high))


def _discounts(filters: Filters, counts: Counts, address: Address) -> Iterable[FacetValue]:
    for least in (n for n in DISCOUNTS if n >= (filters.min_discount or 0)):
        n = sum(count for (facet, value), count in counts.items() if facet == "discount" and value >= least)
        is_on = filters.min_discount == least
        yield FacetValue(
            str(least),
            t("shop.discount_from", percent=percent(least)),
            n,
            is_on,
            address(filters.with_(min_discount=None if is_on else least)),
        )


def _switch(
    name: str, facet: str, filters: Filters, counts: Counts, address: Address
) -> Iterable[FacetValue]:
    is_on = bool(getattr(filters, name))
    yield FacetValue(
        "1", t(f"shop.{name}"), counts.get((facet, 1), 0), is_on, address(filters.with_(**{name: not is_on}))
    )


def chips_of(filters: Filters, facets: tuple[Facet, ...], address: Address) -> tuple[Chip, ...]:
    """Applied filters, each with the address without it."""
    chips = [Chip(value.label, value.url) for facet in facets for value in facet.values if value.is_on]
    has_own_price = (filters.min_toman, filters.max_toman) not in (*BANDS, (None, None))
    if has_own_price:
        chips.append(
            Chip(
                price_label(filters.min_toman, filters.max_toman),
                address(filters.with_(min_toman=None, max_toman=None)),
            )
        )
    return tuple(chips)


def list_address(filters: Filters) -> str:
    """The page of a filter: a category's own, or the search."""
    if filters.category:
        query = filters.query(without=("category",))
        base = address("storefront.show_category", slug=filters.category)
    else:
        query = filters.query()
        base = address("storefront.search_offers")
    return f"{base}?{query}" if query else base
