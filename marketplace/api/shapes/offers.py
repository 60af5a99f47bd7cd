"""Offers, categories and the edition as documents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from marketplace.api.answers import absolute
from marketplace.festival.queries import Edition
from marketplace.policy.policy import Policy
from marketplace.storefront.offer_shown import OfferShown
from marketplace.storefront.shown import CategoryShown, OfferCard, Picture, ReasonShown
from marketplace.stores.models import SealState

PICTURE_WIDTH = 480


def festival_document(edition: Edition, policy: Policy) -> dict[str, Any]:
    """An edition with its windows and every number in force; the kit is in each store order."""
    windows = ("applications_from", "applications_until", "live_from", "live_until", "draw_at")
    return {
        "slug": edition.slug,
        "title": edition.title,
        "story": edition.story,
        "phase": edition.phase.value,
        "windows": {name: getattr(edition, name) for name in windows},
        "policy": {**asdict(policy), "hygiene_kit": True},
    }


def category_document(category: CategoryShown) -> dict[str, Any]:
    return {
        "slug": category.slug,
        "name": category.name,
        "offer_count": category.count or 0,
        "url": absolute(category.url),
        "image_url": image_url(category.picture),
    }


def card_document(card: OfferCard) -> dict[str, Any]:
    """An offer of a list. The seal is None for a store that never had one."""
    seal = {"code": card.seal_code, "stars": card.stars, "state": card.seal_state} if card.seal_code else None
    return {
        "id": card.id,
        "slug": card.slug,
        "title": card.title,
        "store": {"slug": card.store_slug, "name": card.store_name, "seal": seal},
        "sold_for": card.guest_name,
        "regular_toman": card.regular_toman,
        "reference_toman": card.reference_toman,
        "festival_toman": card.festival_toman,
        "discount_percent": card.discount_percent,
        "in_stock": card.in_stock,
        "url": absolute(card.url),
        "image_url": image_url(card.picture),
    }


def offer_document(offer: OfferShown, at: datetime) -> dict[str, Any]:
    """Everything of an offer, also of one that cannot be bought: then with all public reasons."""
    card = offer.card
    document = card_document(card)
    seal = document["store"]["seal"]
    if seal is not None and offer.seller.seal_until is not None:
        seal["state"] = seal_state_at(card.seal_state, offer.seller.seal_until, at)
    return {
        **document,
        "stock_left": card.stock_left,
        "limit_per_buyer": offer.limit_per_buyer,
        "price_history": [{"at": p.at, "price_toman": p.price_toman} for p in offer.story.points],
        "reduced_at": offer.story.reduced_at,
        "on_sale": offer.is_on_sale,
        "reasons": reason_documents(offer.reasons),
        "live_until": offer.live_until,
        "category": {"slug": offer.category.slug, "name": offer.category.name},
        "description": offer.description,
        "attributes": [{"label": label, "value": value} for label, value in offer.attributes],
        "variant": offer.variant_label,
        "image_urls": [url for url in map(image_url, offer.pictures) if url],
        "weight_grams": offer.weight_grams,
        "entries": card.entries,
        "kit": True,
        "to_free_shipping_toman": offer.to_free_shipping_toman,
        "coverage_toman": offer.coverage_toman,
    }


def admission_document(reasons: Iterable[ReasonShown]) -> dict[str, Any]:
    """Whether an offer can be bought now, and all public reasons why not."""
    documents = reason_documents(reasons)
    return {"on_sale": not documents, "reasons": documents}


def reason_documents(reasons: Iterable[ReasonShown]) -> list[dict[str, Any]]:
    return [{"code": r.code, "message": r.message, "until": r.until} for r in reasons]


def seal_state_at(state: str, valid_until: datetime, at: datetime) -> str:
    """A seal's state at a moment: an active one past its date reads expired."""
    return SealState.expired.value if state == SealState.active and at >= valid_until else state


def image_url(picture: Picture | None) -> str | None:
    return absolute(picture.src(PICTURE_WIDTH)) if picture is not None else None
