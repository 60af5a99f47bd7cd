"""A store's own offers, read for its programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from sqlalchemy import Row, Select, select

from marketplace.api.answers import absolute
from marketplace.catalog.models import Category, Variant
from marketplace.core.db import db
from marketplace.core.errors import Malformed, NotFound
from marketplace.core.paging import Page, decode_cursor, page_of
from marketplace.festival.models import Offer, OfferState
from marketplace.festival.offer_queries import own_offer

SHOWN = (OfferState.approved, OfferState.live)
PLAIN = (
    "id",
    "title_fa",
    "title_en",
    "version",
    "regular_toman",
    "festival_toman",
    "reference_toman",
    "discount_percent",
    "stocked_count",
    "held_count",
    "sold_count",
    "limit_per_buyer",
    "submitted_at",
    "decided_at",
    "created_at",
)


def store_offers(store_id: int, state: str, cursor: str | None, limit: int) -> Page[dict[str, Any]]:
    """One page of a store's offers, the newest first, of one state when told. Raises Malformed."""
    query = _offers_of(store_id).order_by(Offer.id.desc()).limit(limit + 1)
    if state:
        if state not in OfferState.__members__:
            raise Malformed("bad_filter", fields={"state": "bad_choice"})
        query = query.where(Offer.state == OfferState(state))
    after = decode_cursor(cursor, (int,))
    if after is not None:
        query = query.where(Offer.id < after[0])
    rows: Sequence[Row[Any]] = db.session.execute(query).all()
    page = page_of(rows, limit, lambda row: (row.Offer.id,))
    return Page([_document(row) for row in page.items], page.next_cursor)


def store_offer(offer_id: int, store_id: int) -> dict[str, Any]:
    """One of a store's own offers. Raises NotFound for another store's."""
    own_offer(offer_id, store_id)
    row = db.session.execute(_offers_of(store_id).where(Offer.id == offer_id)).first()
    if row is None:
        raise NotFound()
    return _document(row)


def _offers_of(store_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(Offer, Variant.sku, Variant.label_fa, Variant.label_en, Category.slug.label("category"))
        .join(Variant, Variant.id == Offer.variant_id)
        .join(Category, Category.id == Offer.category_id)
        .where(Offer.store_id == store_id)
        .execution_options(populate_existing=True)
    )


def _document(row: Row[Any]) -> dict[str, Any]:
    offer: Offer = row.Offer
    is_shown = offer.state in SHOWN
    page = url_for("storefront.show_offer", offer_id=offer.id, slug=offer.slug) if is_shown else None
    return {
        **{name: getattr(offer, name) for name in PLAIN},
        "sku": row.sku or "",
        "variant_fa": row.label_fa,
        "variant_en": row.label_en,
        "category": row.category,
        "state": offer.state.value,
        "findings": [str(finding["code"]) for finding in offer.findings or ()],
        "url": absolute(page) if page else None,
    }
