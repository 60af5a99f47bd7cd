"""The home page and what every page's head needs of the festival."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from marketplace.catalog.models import Category
from marketplace.core.db import AnyRow, db
from marketplace.core.remembered import remembered
from marketplace.festival.admission import HAS_STOCK, VISIBLE
from marketplace.festival.models import Offer
from marketplace.festival.queries import Edition
from marketplace.files.models import Picture as PictureRow
from marketplace.guarantee.book_queries import free_in_book
from marketplace.storefront.bitmaps import shelf_of
from marketplace.storefront.cards import card_of, card_select, picture_of
from marketplace.storefront.kept_addresses import address
from marketplace.storefront.rule_words import policy_now
from marketplace.storefront.sellers import count_stores
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
    best = _cards(edition, at, Offer.discount_percent.desc(), BEST_POOL)
    popular = _cards(edition, at, Offer.popularity.desc(), BEST_POOL)
    chosen = _of_different_stores(best, ())
    return HomeShown(
        categories=tuple(categories),
        best=chosen,
        popular=_of_different_stores(popular, chosen),
        offer_count=sum(category.count for category in categories),
        store_count=count_stores(edition.id, at),
        fund_free_toman=free_in_book(),
    )


def list_categories(festival_id: int, at: datetime) -> list[CategoryShown]:
    """The categories in their order, with the number of visible offers (a few seconds old at most)."""
    counts = _category_counts(festival_id, at)
    return [
        CategoryShown(
            row.slug,
            words(row.name_fa, row.name_en),
            row.icon,
            address("storefront.show_category", slug=row.slug),
            counts.get(row.id, 0),
            picture_of(row.picture_key, row.alt_fa, row.alt_en),
        )
        for row in remembered(_category_rows, "categories")
    ]


def _category_rows() -> list[AnyRow]:
    return list(db.session.execute(_CATEGORIES).all())


def _category_counts(festival_id: int, at: datetime) -> dict[int, int]:
    shelf = shelf_of(festival_id, at)
    return {category: bits.bit_count() for category, bits in shelf.values("category").items()}


def _cards(edition: Edition, at: datetime, order: Any, limit: int) -> list[OfferCard]:
    rows = db.session.execute(
        card_select().where(VISIBLE, HAS_STOCK).order_by(order, Offer.id.desc()).limit(limit),
        {"festival": edition.id, "at": at},
    )
    policy = policy_now(at)
    return [card_of(row, policy) for row in rows]


def _of_different_stores(cards: list[OfferCard], shown: tuple[OfferCard, ...]) -> tuple[OfferCard, ...]:
    seen = {card.store_slug for card in shown}
    chosen = []
    for card in cards:
        if card.store_slug not in seen:
            seen.add(card.store_slug)
            chosen.append(card)
        if len(chosen) == SHOWN_CARDS:
            break
    return tuple(chosen)
