"""Offer cards: the columns of a list and how a row becomes a card."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Sequence
from typing import Any

from flask import request
from sqlalchemy import select

from marketplace.core.db import AnyRow, AnySelect
from marketplace.core.language import current_language
from marketplace.festival.guest_offers import GUEST_COLUMNS, join_guest
from marketplace.festival.models import Offer
from marketplace.festival.policy import entries_for, ships_free
from marketplace.files.models import Picture as PictureRow
from marketplace.policy.policy import Policy
from marketplace.storefront.kept_addresses import address
from marketplace.storefront.shown import OfferCard, Picture, words
from marketplace.stores.models import Seal, Store

KEPT = 4_096
"""Cards of a language in a process; about 1 KB each."""
LEFT = Offer.stocked_count - Offer.sold_count - Offer.held_count

OF_OFFER = (
    Offer.id,
    Offer.slug,
    Offer.title_fa,
    Offer.title_en,
    Offer.picture_key,
    Offer.regular_toman,
    Offer.reference_toman,
    Offer.festival_toman,
    Offer.discount_percent,
    Offer.popularity,
    LEFT.label("left"),
)
OF_STORE = (
    Store.slug.label("store_slug"),
    Store.name_fa,
    Store.name_en,
    Store.city_fa,
    Store.city_en,
    Seal.code.label("seal_code"),
    Seal.stars,
    Seal.state.label("seal_state"),
)
OF_PICTURE = (PictureRow.alt_fa, PictureRow.alt_en)
CARD_COLUMNS = (*OF_OFFER, *OF_STORE, *OF_PICTURE, *GUEST_COLUMNS)
WIDTH = len(CARD_COLUMNS)
_Row = namedtuple("_Row", [column.key for column in CARD_COLUMNS])  # type: ignore[misc]
CARD_NAMES: tuple[str, ...] = _Row._fields
_CARDS: dict[tuple[object, ...], dict[tuple[Any, ...], OfferCard]] = {}


def card_select() -> AnySelect:
    """Offers with their store, seal and picture; conditions and order are the caller's."""
    return join_guest(
        select(*CARD_COLUMNS)
        .select_from(Offer)
        .join(Store, Store.id == Offer.store_id)
        .join(Seal, Seal.store_id == Offer.store_id)
        .outerjoin(PictureRow, PictureRow.key == Offer.picture_key)
    )


def offer_url(offer_id: int, slug: str) -> str:
    return address("storefront.show_offer", offer_id=offer_id, slug=slug)


def card_of(row: AnyRow, policy: Policy) -> OfferCard:
    """A row that begins with `CARD_COLUMNS`, in the page's language."""
    return cards_of([row], policy)[0]


def cards_of(rows: Iterable[Sequence[Any]], policy: Policy) -> list[OfferCard]:
    """The cards of rows that begin with `CARD_COLUMNS`; equal values are one card, made once."""
    language, root = current_language(), request.script_root
    rules = (policy.free_shipping_above_toman, policy.entries_per_order, policy.entries_step_toman)
    made = _CARDS.setdefault((language, root, rules), {})
    if len(made) > KEPT:
        made.clear()
    cards = []
    for row in rows:
        values = tuple(row[:WIDTH])
        card = made.get(values)
        if card is None:
            card = made[values] = _card_of(_Row._make(values), policy)
        cards.append(card)
    return cards


def _card_of(row: Any, policy: Policy) -> OfferCard:
    return OfferCard(
        id=row.id,
        slug=row.slug,
        url=offer_url(row.id, row.slug),
        title=words(row.title_fa, row.title_en),
        store_name=words(row.name_fa, row.name_en),
        store_slug=row.store_slug,
        store_city=words(row.city_fa, row.city_en),
        store_url=address("storefront.show_store", slug=row.store_slug),
        seal_code=row.seal_code,
        seal_state=str(row.seal_state),
        stars=row.stars,
        regular_toman=row.regular_toman,
        reference_toman=row.reference_toman,
        festival_toman=row.festival_toman,
        discount_percent=row.discount_percent,
        in_stock=row.left > 0,
        stock_left=max(0, row.left),
        ships_free=ships_free(row.festival_toman, policy),
        entries=entries_for(row.festival_toman, policy),
        picture=picture_of(row.picture_key, row.alt_fa, row.alt_en),
        guest_name=words(row.guest_fa, row.guest_en) if row.guest_fa else None,
    )


def picture_of(key: str | None, alt_fa: str | None, alt_en: str | None) -> Picture | None:
    return Picture(key, words(alt_fa or "", alt_en or "")) if key else None
