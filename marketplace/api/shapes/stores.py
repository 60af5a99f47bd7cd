"""Stores and seals as documents; nothing of persons but the manager's name, as the law asks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from marketplace.api.answers import absolute
from marketplace.api.shapes.offers import reason_documents, seal_state_at
from marketplace.storefront.offer_shown import SealShown, SellerShown, StoreCard
from marketplace.storefront.shown import ReasonShown
from marketplace.stores.models import SealState


def store_card_document(card: StoreCard) -> dict[str, Any]:
    """A store of the directory: only admitted ones stand there, so its seal is active."""
    return {
        "slug": card.slug,
        "name": card.name,
        "slogan": card.slogan,
        "city": card.city,
        "province": card.province,
        "seal": {"code": card.seal_code, "stars": card.stars, "state": SealState.active.value},
        "offer_count": card.offer_count,
        "url": absolute(card.url),
    }


def store_document(
    seller: SellerShown, slogan: str, offer_count: int, reasons: Iterable[ReasonShown], at: datetime
) -> dict[str, Any]:
    """A store's public identity and why it is not in the festival, where it is not."""
    documents = reason_documents(reasons)
    return {
        "slug": seller.slug,
        "name": seller.name,
        "slogan": slogan,
        "kind": seller.kind,
        "manager": seller.manager,
        "city": seller.city,
        "province": seller.province,
        "address": seller.address,
        "phone": seller.phone,
        "founded_on": seller.founded_on,
        "seal": _seal_of(seller, at),
        "admitted": not documents,
        "reasons": documents,
        "offer_count": offer_count,
        "url": absolute(seller.url),
    }


def seal_document(seal: SealShown) -> dict[str, Any]:
    """Where a badge leads."""
    return {
        "code": seal.code,
        "state": seal.state,
        "stars": seal.stars,
        "valid": seal.is_valid,
        "valid_from": seal.valid_from,
        "valid_until": seal.valid_until,
        "domain": seal.domain,
        "store": {"slug": seal.seller.slug, "name": seal.seller.name},
        "url": absolute(seal.seller.seal_url),
    }


def _seal_of(seller: SellerShown, at: datetime) -> dict[str, Any] | None:
    if not seller.seal_code or seller.seal_until is None:
        return None
    return {
        "code": seller.seal_code,
        "stars": seller.stars,
        "state": seal_state_at(seller.seal_state, seller.seal_until, at),
        "valid_until": seller.seal_until,
        "url": absolute(seller.seal_url),
    }
