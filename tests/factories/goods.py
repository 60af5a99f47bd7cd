"""Categories, products, variants, offers and the prices behind them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from marketplace.catalog.models import Category, PriceChange, Product, Variant
from marketplace.catalog.prices import FIRST, seal_price
from marketplace.core.db import db
from marketplace.core.money import percent_off
from marketplace.core.text import search_words, slug
from marketplace.festival.models import Festival, Offer, OfferState
from marketplace.stores.models import Store
from tests.factories.rows import AT, number, put, writing

GOODS = (
    ("کیف دوشی چرم", "Leather shoulder bag"),
    ("صابون زیتون", "Olive soap"),
    ("چای لاهیجان", "Lahijan tea"),
    ("کاسه‌ی سفالی", "Clay bowl"),
    ("شال پشمی", "Wool scarf"),
    ("زعفران سرگل", "Saffron"),
)


def a_category(**columns: Any) -> Category:
    n = number()
    return put(
        Category,
        **{
            "slug": f"category-{n}",
            "name_fa": f"راسته {n}",
            "name_en": f"Row {n}",
            "icon": "tag",
            "position": n,
            **columns,
        },
    )


def a_product(
    store: Store, category: Category | None = None, *, at: datetime = AT, **columns: Any
) -> Product:
    n = number()
    fa, en = GOODS[n % len(GOODS)]
    with writing():
        category_id = columns.pop("category_id", None) or (category or a_category()).id
        return put(
            Product,
            **{
                "store_id": store.id,
                "category_id": category_id,
                "slug": slug(columns.get("title_fa", f"{fa} {n}")),
                "title_fa": f"{fa} {n}",
                "title_en": f"{en} {n}",
                "description_fa": "دست‌ساز و بادوام.",
                "description_en": "Made by hand to last.",
                "picture_keys": [],
                "created_at": at - timedelta(days=120),
                "attributes": [
                    {
                        "key": "made_in",
                        "label_fa": "ساخت",
                        "label_en": "Made in",
                        "value_fa": "ایران",
                        "value_en": "Iran",
                    }
                ],
                **columns,
            },
        )


def a_variant(product: Product, *, prices: Sequence[tuple[datetime, int]] = (), **columns: Any) -> Variant:
    """One sort of a product, with its price history as (since, toman), oldest first."""
    with writing():
        variant = put(Variant, **{"product_id": product.id, "weight_grams": 500, **columns})
        for since, toman in prices:
            a_price(variant, toman, since=since)
    return variant


def a_price(variant: Variant, price_toman: int, *, since: datetime, **columns: Any) -> PriceChange:
    """A price from a moment on, sealing the row before."""
    with writing():
        before = db.session.scalar(
            select(PriceChange.hash)
            .where(PriceChange.variant_id == variant.id)
            .order_by(PriceChange.id.desc())
            .limit(1)
        )
        seal = seal_price(before or FIRST, variant.id, price_toman, since)
        return put(
            PriceChange,
            **{
                "variant_id": variant.id,
                "price_toman": price_toman,
                "since_at": since,
                "hash": seal,
                **columns,
            },
        )


def an_offer(
    store: Store,
    festival: Festival,
    category: Category | None = None,
    *,
    toman: int = 150_000,
    regular: int | None = None,
    reference: int | None = None,
    stock: int = 10,
    limit: int = 5,
    product: Product | None = None,
    variant: Variant | None = None,
    weight_grams: int = 500,
    at: datetime = AT,
    **columns: Any,
) -> Offer:
    """A live offer of `toman`, by default a quarter under its regular price of the last hundred days.

    Makes product, variant and price history unless given. `stock` is `stocked_count`, `limit` the limit per buyer.
    """
    regular = regular if regular is not None else -(-toman * 4 // 3)
    reference = reference if reference is not None else regular
    with writing():
        titles = {name: columns[name] for name in ("title_fa", "title_en") if name in columns}
        product = product or a_product(store, category, at=at, **titles)
        variant = variant or a_variant(
            product, weight_grams=weight_grams, prices=[(at - timedelta(days=100), regular)]
        )
        values = {
            "festival_id": festival.id,
            "store_id": store.id,
            "product_id": product.id,
            "variant_id": variant.id,
            "category_id": product.category_id,
            "slug": product.slug,
            "title_fa": product.title_fa,
            "title_en": product.title_en,
            "search_text": search_words(f"{product.title_fa} {product.title_en}"),
            "state": OfferState.live,
            "regular_toman": regular,
            "reference_toman": reference,
            "festival_toman": toman,
            "discount_percent": percent_off(toman, reference),
            "limit_per_buyer": limit,
            "stocked_count": stock,
            "reduced_at": festival.live_from,
            "created_at": at - timedelta(days=30),
        }
        return put(Offer, **{**values, **columns})
