"""The home page and what every page's head needs of the festival."""

from __future__ import annotations

from datetime import datetime

from flask import request
from sqlalchemy import select

from marketplace.catalog.models import Category
from marketplace.core.db import AnyRow, db
from marketplace.core.language import current_language
from marketplace.core.remembered import remembered
from marketplace.festival.queries import Edition
from marketplace.files.models import Picture as PictureRow
from marketplace.guarantee.book_queries import free_in_book
from marketplace.storefront.bitmaps import shelf_of
from marketplace.storefront.cards import picture_of
from marketplace.storefront.filters import Filters, Sort
from marketplace.storefront.kept_addresses import address
from marketplace.storefront.rule_words import policy_now
from marketplace.storefront.sellers import count_stores
from marketplace.storefront.shelf import PAGE, list_cards
from marketplace.storefront.shelf_bits import Shelf
from marketplace.storefront.shown import CategoryShown, HomeShown, OfferCard, words

SHOWN_CARDS = 8
BEST_POOL = 80
_CATEGORIES = (
    select(
        Category.id,
        Category.slug,
        Category.name_fa,
        Category.name_en,
        Category.icon,
        Category.picture_key,
        PictureRow.alt_fa,
        PictureRow.alt_en,
    )
    .outerjoin(PictureRow, PictureRow.key == Category.picture_key)
    .order_by(Category.position)
)


def show_home(edition: Edition, at: datetime) -> HomeShown:
    """The running edition at a glance: rows of the bazaar, best honest discounts, most bought offers."""
    categories = list_categories(edition.id, at)
    best = _of_different_stores(Sort.discount, (), edition, at)
    return HomeShown(
        categories=categories,
        best=best,
        popular=_of_different_stores(Sort.popular, best, edition, at),
        offer_count=sum(category.count or 0 for category in categories),
        store_count=remembered(lambda: count_stores(edition.id, at), "stores"),
        fund_free_toman=remembered(free_in_book, "free in the book"),
    )


class Categories(tuple[CategoryShown, ...]):
    """Categories in their order; compared often, so their hash is kept."""

    _hash: int

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            self._hash = super().__hash__()
            return self._hash


def list_categories(festival_id: int, at: datetime) -> Categories:
    """The categories in their order, with the number of visible offers (a few seconds old at most)."""
    return _categories_of(
        remembered(_category_rows, "categories"), shelf_of(festival_id, at), current_language()
    )


_shown: dict[tuple[str, str], tuple[object, Shelf, Categories]] = {}
"""By language and root: what they were made of, and the categories."""


def _categories_of(rows: list[AnyRow], shelf: Shelf, language: str) -> Categories:
    """The same object for the same rows and the same offers."""
    here = (language, request.script_root)
    known = _shown.get(here)
    if known is not None and known[0] is rows and known[1] is shelf:
        return known[2]
    counts = {
        category: bits.intersection_cardinality(shelf.all)
        for category, bits in shelf.values("category").items()
    }
    shown = Categories(
        CategoryShown(
            row.slug,
            words(row.name_fa, row.name_en),
            row.icon,
            address("storefront.show_category", slug=row.slug),
            counts.get(row.id, 0) if shelf.is_counted else None,
            picture_of(row.picture_key, row.alt_fa, row.alt_en),
        )
        for row in rows
    )
    _shown[here] = (rows, shelf, shown)
    return shown


def _category_rows() -> list[AnyRow]:
    return list(db.session.execute(_CATEGORIES).all())


def _of_different_stores(
    sort: Sort, shown: tuple[OfferCard, ...], edition: Edition, at: datetime
) -> tuple[OfferCard, ...]:
    """The first offers in stock, one of a store, of stores that are not shown yet; few of them are looked at."""
    chosen: list[OfferCard] = []
    for looked_at in (PAGE, BEST_POOL):
        seen = {card.store_slug for card in shown}
        chosen = []
        filters = Filters(in_stock=True, sort=sort)
        for card in list_cards(filters, edition.id, policy_now(at), at, limit=looked_at).items:
            if card.store_slug not in seen and len(chosen) < SHOWN_CARDS:
                seen.add(card.store_slug)
                chosen.append(card)
        if len(chosen) == SHOWN_CARDS:
            break
    return tuple(chosen)
