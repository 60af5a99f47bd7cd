"""Products, variants, price histories and offers of the plan as rows, in batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from marketplace.catalog.models import PriceChange, Product, Variant
from marketplace.catalog.prices import FIRST, seal_price
from marketplace.core.text import search_words
from marketplace.demo.bulk import Bulk
from marketplace.demo.plan.edition import EditionPlan
from marketplace.demo.plan.goods import ListingPlan, OfferPlan, ProductPlan, plan_listings
from marketplace.demo.plan.scale import Scale
from marketplace.demo.plan.source import data
from marketplace.demo.plan.stores import StorePlan
from marketplace.festival.deciding import kept_findings
from marketplace.festival.honesty import Claim, findings_about
from marketplace.festival.models import Offer
from marketplace.policy.policy import Policy

BATCH_ROWS = 60_000
ON_SHELF = ("approved", "live")
ATTRIBUTE = ("key", "label_fa", "label_en", "value_fa", "value_en")


def load_goods(
    scale: Scale,
    seed: int,
    edition: EditionPlan,
    stores: Sequence[StorePlan],
    store_ids: dict[str, int],
    categories: dict[str, int],
    festival_id: int,
    progress: Callable[[int, int], None],
) -> None:
    """Writes all listings, streaming; `progress(done, total)` counts offers."""
    bulk = Bulk(Product, Variant, PriceChange, Offer)
    by_key = {store.key: store for store in stores}
    names = {row["slug"]: f"{row['fa']} {row['en']}" for row in data("categories")}
    total, done = scale.counts.offers, 0
    for listing in plan_listings(scale, seed, edition, stores):
        store = by_key[listing.product.store_key]
        rest = {"store_id": store_ids[store.key], "category_id": categories[listing.product.category_slug]}
        found = f"{store.name_fa} {store.name_en} {names[listing.product.category_slug]}"
        _add_listing(bulk, listing, rest, found, festival_id, edition)
        done += len(listing.offers)
        if bulk.waiting() > BATCH_ROWS:
            bulk.write()
            progress(done, total)
    bulk.finish()
    progress(done, total)


def _add_listing(
    bulk: Bulk, listing: ListingPlan, rest: dict[str, int], found: str, festival_id: int, edition: EditionPlan
) -> None:
    product = listing.product
    oldest = listing.offers[0].history[0][0] if listing.offers[0].history else edition.applications_from
    product_id = bulk.add(
        Product,
        **rest,
        slug=product.slug,
        title_fa=product.title_fa,
        title_en=product.title_en,
        description_fa=product.description_fa,
        description_en=product.description_en,
        attributes=[dict(zip(ATTRIBUTE, attribute, strict=True)) for attribute in product.attributes],
        picture_keys=list(product.picture_keys),
        permit_number=product.permit_number,
        health_code=product.health_code,
        created_at=oldest,
    )
    words = search_words(f"{product.title_fa} {product.title_en} {found}")
    for variant, offer in zip(product.variants, listing.offers, strict=True):
        variant_id = bulk.add(
            Variant,
            product_id=product_id,
            store_id=rest["store_id"],
            sku=variant.key.removeprefix("variant-").upper(),
            label_fa=variant.label_fa,
            label_en=variant.label_en,
            swatch=variant.swatch_hex,
            weight_grams=variant.weight_grams,
        )
        _add_history(bulk, variant_id, offer, edition)
        bulk.add(
            Offer,
            **rest,
            festival_id=festival_id,
            product_id=product_id,
            variant_id=variant_id,
            slug=product.slug,
            title_fa=product.title_fa,
            title_en=product.title_en,
            search_text=words,
            picture_key=product.picture_keys[0] if product.picture_keys else None,
            state=offer.state,
            regular_toman=offer.regular_toman,
            reference_toman=offer.reference_toman,
            festival_toman=offer.festival_toman,
            discount_percent=offer.discount_percent,
            limit_per_buyer=offer.limit_per_buyer,
            stocked_count=max(0, offer.stocked_count - offer.sold_count),
            popularity=offer.sold_count,
            reduced_at=edition.live_from,
            created_at=edition.live_from,
            version=1,
            **_waiting(offer, product, edition),
        )


def _waiting(offer: OfferPlan, product: ProductPlan, edition: EditionPlan) -> dict[str, Any]:
    """What the check found about an offer that waits for the office; goods of a store new here bring a public price."""
    if offer.state != "checked":
        return {}
    claim = Claim(
        regular_toman=offer.regular_toman,
        festival_toman=offer.festival_toman,
        history=offer.history,
        reduced_at=edition.live_from,
        has_evidence=True,
        needs_permit=product.category_slug == "hygiene",
        permit_number=product.permit_number,
        has_picture=bool(product.picture_keys),
    )
    return {
        "findings": kept_findings(findings_about(claim, Policy())),
        "submitted_at": edition.live_from + timedelta(hours=3 + len(product.slug) * 5 % 190),
    }


def _add_history(bulk: Bulk, variant_id: int, offer: OfferPlan, edition: EditionPlan) -> None:
    """What it cost before, then the festival price, each sealing the one before."""
    changes: list[tuple[datetime, int]] = list(offer.history)
    if offer.state in ON_SHELF:
        changes.append((edition.live_from, offer.festival_toman))
    before = FIRST
    for since_at, price in changes:
        before = seal_price(before, variant_id, price, since_at)
        bulk.add(PriceChange, variant_id=variant_id, price_toman=price, since_at=since_at, hash=before)
