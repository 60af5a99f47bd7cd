"""Facets: how many offers each further choice would leave. Counts may lag a few seconds; rows never do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache

from flask import g
from pyroaring import FrozenBitMap

from marketplace.core.language import current_language, t
from marketplace.core.remembered import present
from marketplace.core.web import number, percent
from marketplace.policy.policy import Policy
from marketplace.storefront.bitmaps import counted_beside, shelf_of
from marketplace.storefront.choices import category_rows, chosen_category, chosen_province, province_rows
from marketplace.storefront.expected import expect_among, expect_many
from marketplace.storefront.filters import Filters, found_ids
from marketplace.storefront.list_addresses import Addresses
from marketplace.storefront.ranked import FEW, MANY, few_hits
from marketplace.storefront.shelf_bits import Shelf
from marketplace.storefront.shown import Chip, Facet, FacetValue
from marketplace.storefront.tally import BANDS, DISCOUNTS, Chosen, Counts, Run, counts_of, left_of
from marketplace.storefront.walked import changed_offers

COMMON = 100
"""One offer in so many: from there on rows are looked at in the order of a list until enough have the words."""
STARS = (5, 4, 3)
"""Steps that are offered: so many stars or more."""
LEAST_COUNTED = 250
"""Where so many hits are counted as fewer, their words are too rare for what was counted beside."""


def facet_counts(filters: Filters, festival_id: int, policy: Policy, at: datetime) -> Counts:
    """Counts by (facet, value): of categories and provinces by id, of discounts by the step of `DISCOUNTS` reached.
    None at all where very many offers were never counted: a page does not wait for that."""
    shelf = shelf_of(festival_id, at)
    if not shelf.is_counted:
        return {}
    free_from = shelf.up_to(policy.free_shipping_above_toman)
    words, only = _with_words(filters, shelf)
    if filters.store:
        of_store = shelf.of_ids(found_ids(filters.with_(q="")))
        only = of_store if only is None else only & of_store
    return counts_of(shelf, _chosen(filters, words), _run(filters, shelf, free_from), free_from, only)


def _run(filters: Filters, shelf: Shelf, free_from: int) -> Run:
    begin = shelf.cheaper(filters.min_toman or 0)
    end = shelf.count if filters.max_toman is None else shelf.up_to(filters.max_toman)
    return Run(max(begin, free_from if filters.free_shipping else 0), end)


def _chosen(filters: Filters, words: tuple[str, ...]) -> Chosen:
    return Chosen(
        chosen_category(filters),
        chosen_province(filters),
        filters.min_discount,
        filters.stars,
        filters.in_stock,
        words,
    )


def expect_hits(filters: Filters, festival_id: int) -> None:
    """Says of words that were counted beside whether they have very many hits, or which few, before anything asks for
    them."""
    shelf = counted_beside(festival_id) if filters.words else None
    if shelf is None or shelf.words is None:
        return
    typed = tuple(filters.words)
    counted = shelf.words.with_all(typed)
    if counted is not None and len(counted) >= MANY:
        expect_many(typed)
    elif len(typed) > 1:
        exact = shelf.words.exactly(typed)
        changed = changed_offers(shelf) if exact is not None and len(exact) <= FEW else None
        if exact is not None and changed is not None:
            expect_among(typed, [*map(shelf.ids.__getitem__, exact), *changed])


def is_common(filters: Filters, festival_id: int, policy: Policy, at: datetime) -> bool:
    """Whether so many offers are left, of all that there are or of the category, that a list finds them by walking its
    order."""
    if filters.store or any("." in word for word in filters.words):
        return False
    if not filters.words:
        return _is_wide(filters, festival_id, policy, at)
    shelf = shelf_of(festival_id, at)
    if not shelf.is_counted or few_hits(filters.words) is not None:
        return False
    words, only = _with_words(filters, shelf)
    run = _run(filters, shelf, shelf.up_to(policy.free_shipping_above_toman))
    left = left_of(shelf, _chosen(filters, words), run, only)
    return left >= MANY and left * COMMON >= shelf.count


def _is_wide(filters: Filters, festival_id: int, policy: Policy, at: datetime) -> bool:
    """Of a category within a range of prices."""
    has_range = filters.free_shipping or (filters.min_toman, filters.max_toman) != (None, None)
    if not filters.category or not has_range:
        return False
    shelf = shelf_of(festival_id, at)
    run = _run(filters, shelf, shelf.up_to(policy.free_shipping_above_toman))
    left = left_of(shelf, _chosen(filters, ()), run, None)
    return left >= MANY and left * COMMON >= len(shelf.of("category", chosen_category(filters)))


def _with_words(filters: Filters, shelf: Shelf) -> tuple[tuple[str, ...], FrozenBitMap | None]:
    """Few hits one by one; many from what was counted beside, where it was: as words, or as the offers found."""
    if not filters.words:
        return (), None
    few = few_hits(filters.words)
    if few is not None:
        return (), shelf.of_ids(few)
    typed = tuple(filters.words)
    counted = shelf.words.with_all(typed) if shelf.words else None
    if counted is None or len(counted) < LEAST_COUNTED:
        return (), _found_on(shelf, filters)
    return typed, None


def _found_on(shelf: Shelf, filters: Filters) -> FrozenBitMap:
    """All hits of a search, read once while a page is made."""
    known: dict[tuple[Shelf, str], FrozenBitMap] = (
        {} if present() is None else g.setdefault("hits_on_shelf", {})
    )
    asked = (shelf, filters.q)
    if asked not in known:
        known[asked] = shelf.of_ids(found_ids(Filters(q=filters.q)))
    return known[asked]


def total_of(counts: Counts) -> int | None:
    """All hits of a filter; None where they were not counted."""
    if not counts:
        return None
    return counts.get(("stock", 0), 0) + counts.get(("stock", 1), 0)


def facets_of(filters: Filters, counts: Counts, addresses: Addresses | None = None) -> tuple[Facet, ...]:
    """The facets in words with their addresses; values that would leave nothing are left out unless they are on.

    While a facet is on, what would widen it again is left out too: the counts know only what is left.
    """
    here = addresses or Addresses(filters)
    groups = (
        ("category", _categories(filters, counts, here)),
        ("price", _prices(filters, counts, here)),
        ("discount", _discounts(filters, counts, here)),
        ("shipping", _switch("free_shipping", "shipping", filters, counts, here)),
        ("stock", _switch("in_stock", "stock", filters, counts, here)),
        ("stars", _stars(filters, counts, here)),
        ("province", _provinces(filters, counts, here)),
    )
    shown = ((key, tuple(values)) for key, values in groups)
    return tuple(Facet(key, values) for key, values in shown if values)


def _categories(filters: Filters, counts: Counts, here: Addresses) -> Iterator[FacetValue]:
    is_persian = current_language() == "fa"
    for id_, slug, name_fa, name_en in category_rows():
        n, is_on = counts.get(("category", id_), 0), filters.category == slug
        if n or is_on:
            label = name_fa if is_persian else name_en
            yield FacetValue(slug, label, n, is_on, here.of_category(None if is_on else slug))


def _provinces(filters: Filters, counts: Counts, here: Addresses) -> list[FacetValue]:
    is_persian, place = current_language() == "fa", here.place("province")
    values = []
    for id_, name_fa, name_en in province_rows():
        n, is_on = counts.get(("province", id_), 0), filters.province in (name_fa, name_en)
        if n or is_on:
            url = place.with_(("province", None if is_on else name_en))
            values.append(FacetValue(name_en, name_fa if is_persian else name_en, n, is_on, url))
    values.sort(key=_by_count)
    return values


def _by_count(value: FacetValue) -> int:
    return -value.count


def _stars(filters: Filters, counts: Counts, here: Addresses) -> Iterator[FacetValue]:
    place = here.place("stars")
    for least in (n for n in STARS if n >= (filters.stars or 0)):
        n, is_on = _from(least, "stars", STARS, counts), filters.stars == least
        if n or is_on:
            url = place.with_(("stars", None if is_on else least))
            yield FacetValue(str(least), _word(current_language(), "stars", least), n, is_on, url)


def _prices(filters: Filters, counts: Counts, here: Addresses) -> Iterator[FacetValue]:
    place, chosen = here.place("min_toman", "max_toman"), (filters.min_toman, filters.max_toman)
    for at, (low, high) in enumerate(BANDS):
        is_on = chosen == (low, high)
        if not is_on and chosen != (None, None):
            continue
        n = sum(counts.get(("price", step), 0) for step in (2 * at - 1, 2 * at, 2 * at + 1))
        if n or is_on:
            url = place.without if is_on else place.with_(("min_toman", low), ("max_toman", high))
            yield FacetValue(f"{low or 0}-{high or ''}", price_label(low, high), n, is_on, url)


def price_label(low: int | None, high: int | None) -> str:
    if low is None:
        return t("shop.price_to", high=number(high))
    if high is None:
        return t("shop.price_from", low=number(low))
    return t("shop.price_between", low=number(low), high=number(high))


def _discounts(filters: Filters, counts: Counts, here: Addresses) -> Iterator[FacetValue]:
    place = here.place("min_discount")
    for least in (n for n in DISCOUNTS if n >= (filters.min_discount or 0)):
        n, is_on = _from(least, "discount", DISCOUNTS, counts), filters.min_discount == least
        if n or is_on:
            url = place.with_(("min_discount", None if is_on else least))
            yield FacetValue(str(least), _word(current_language(), "discount", least), n, is_on, url)


def _from(least: int, facet: str, steps: Iterable[int], counts: Counts) -> int:
    """How many have so much or more."""
    return sum([counts.get((facet, step), 0) for step in steps if step >= least])


@lru_cache(maxsize=32)
def _word(language: str, facet: str, least: int) -> str:
    """What a step is called; `language` is that of the page."""
    if facet == "stars":
        return t("shop.stars_from", n=least, stars=number(least))
    return t("shop.discount_from", percent=percent(least))


def _switch(name: str, facet: str, filters: Filters, counts: Counts, here: Addresses) -> Iterator[FacetValue]:
    n, is_on = counts.get((facet, 1), 0), bool(getattr(filters, name))
    if n or is_on:
        url = here.place(name).with_((name, None if is_on else 1))
        yield FacetValue("1", t(f"shop.{name}"), n, is_on, url)


def chips_of(filters: Filters, facets: Iterable[Facet], here: Addresses) -> tuple[Chip, ...]:
    """Applied filters, each with the address without it."""
    chips = [Chip(value.label, value.url) for facet in facets for value in facet.values if value.is_on]
    has_own_price = (filters.min_toman, filters.max_toman) not in (*BANDS, (None, None))
    if has_own_price:
        label = price_label(filters.min_toman, filters.max_toman)
        chips.append(Chip(label, here.place("min_toman", "max_toman").without))
    return tuple(chips)
