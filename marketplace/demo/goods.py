"""Products, variants, price histories and offers of the plan as rows, in batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from marketplace.catalog.models import PriceChange, Product, Variant
from marketplace.catalog.prices import FIRST, seal_price
from marketplace.core.text import fold
from marketplace.demo.bulk import Bulk, built_anew
from marketplace.demo.plan.edition import EditionPlan
from marketplace.demo.plan.goods import ListingPlan, OfferPlan, ProductPlan, plan_listings
from marketplace.demo.plan.scale import Scale
from marketplace.demo.plan.source import data
from marketplace.demo.plan.stores import StorePlan
from marketplace.festival.deciding import kept_findings
from marketplace.festival.honesty import Claim, findings_about
from marketplace.festival.models import Offer
from marketplace.festival.offer_models import OfferStep
from marketplace.festival.shelf_words import found_by
from marketplace.policy.policy import Policy

BATCH_ROWS = 60_000
MANY_OFFERS = 50_000
ON_SHELF = ("approved", "live")
WAYS = {
    "draft": (),
    "checked": ("checked",),
    "approved": ("checked", "approved"),
    "rejected": ("checked", "rejected"),
    "live": ("checked", "approved", "live"),
    "frozen": ("checked", "approved", "live", "frozen"),
    "ended": ("checked", "approved", "live", "ended"),
}
"""How an offer came to be what it is."""
ACTS = {
    "checked": "submit_offer",
    "approved": "approve_offer",
    "rejected": "reject_offer",
    "live": "begin_offer",
    "frozen": "freeze_offer",
    "ended": "end_offer",
}
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
    indexes = [index for index in Offer.__table__.indexes if str(index.name).startswith("ix_offers_shelf_")]  # type: ignore[attr-defined]
    with built_anew(indexes if scale.counts.offers >= MANY_OFFERS else []):
        _load(scale, seed, edition, stores, store_ids, categories, festival_id, progress)


def _load(
    scale: Scale,
    seed: int,
    edition: EditionPlan,
    stores: Sequence[StorePlan],
    store_ids: dict[str, int],
    categories: dict[str, int],
    festival_id: int,
    progress: Callable[[int, int], None],
) -> None:
    bulk = Bulk(Product, Variant, PriceChange, Offer, OfferStep)
    titles: set[tuple[int, int, str]] = set()
    by_key = {store.key: store for store in stores}
    names = {row["slug"]: f"{row['fa']} {row['en']}" for row in data("categories")}
    total, done = scale.counts.offers, 0
    for listing in plan_listings(scale, seed, edition, stores):
        store = by_key[listing.product.store_key]
        rest = {"store_id": store_ids[store.key], "category_id": categories[listing.product.category_slug]}
        found = (f"{store.name_fa} {store.name_en}", names[listing.product.category_slug])
        key = fold(listing.product.title_fa)
        is_new = (rest["store_id"], rest["category_id"], key) not in titles
        titles.add((rest["store_id"], rest["category_id"], key))
        _add_listing(
            bulk, listing, rest | {"title_key": key if is_new else None}, found, festival_id, edition
        )
        done += len(listing.offers)
        if bulk.waiting() > BATCH_ROWS:
            bulk.write()
            progress(done, total)
    bulk.finish()
    progress(done, total)


def _add_listing(
    bulk: Bulk,
    listing: ListingPlan,
    rest: dict[str, Any],
    found: tuple[str, str],
    festival_id: int,
    edition: EditionPlan,
) -> None:
    product = listing.product
    oldest = listing.offers[0].history[0][0] if listing.offers[0].history else edition.applications_from
    title_key = rest.pop("title_key")
    product_id = bulk.add(
        Product,
        **rest,
        title_key=title_key,
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
    words = found_by(f"{product.title_fa} {product.title_en}", *found)
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
        shared = rest | {"festival_id": festival_id, "product_id": product_id, "variant_id": variant_id}
        offer_id = _add_offer(bulk, product, offer, edition, shared | {"search_text": words})
        _add_steps(bulk, offer_id, offer.state, edition)


def _add_offer(
    bulk: Bulk, product: ProductPlan, offer: OfferPlan, edition: EditionPlan, shared: dict[str, Any]
) -> int:
    return bulk.add(
        Offer,
        **shared,
        slug=product.slug,
        title_fa=product.title_fa,
        title_en=product.title_en,
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
        version=1 + len(WAYS[offer.state]),
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


def _add_steps(bulk: Bulk, offer_id: int, state: str, edition: EditionPlan) -> None:
    """The history of an offer up to its state: written by its store, decided by the office, begun by itself."""
    before: str | None = None
    moments = (20, 12, 6, 0)
    for place, following in enumerate(("draft", *WAYS[state])):
        by_store = following in ("draft", "checked")
        by_office = following in ("approved", "rejected", "frozen")
        bulk.add(
            OfferStep,
            offer_id=offer_id,
            at=edition.live_from - timedelta(days=moments[place] if place < len(moments) else -2),
            action=ACTS.get(following, "draft_offer"),
            old_state=before,
            new_state=following,
            actor_role="store" if by_store else "office" if by_office else "system",
            actor_label="فروشگاه" if by_store else "دفتر جشنواره" if by_office else "system",
            reasons=["price_not_proven"]
            if following == "rejected"
            else ["other"]
            if following == "frozen"
            else [],
            details={},
        )
        before = following
