"""The pictures of an offer's goods: added, put first, taken away, while nothing of the product is on its way."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from marketplace.catalog.models import Product
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotFound
from marketplace.festival.errors import StaleOffer
from marketplace.festival.models import Offer, OfferState
from marketplace.festival.offer_queries import lock_own_offer
from marketplace.festival.offer_rules import EDITABLE
from marketplace.festival.offer_steps import note_change
from marketplace.files.pictures import Made, keep_picture

MOST_PICTURES = 8


def add_picture(offer_id: int, store_id: int, made: Made, actor: Actor, at: datetime) -> Offer:
    """Puts a picture behind the others. Raises NotFound, StaleOffer while a sort is with the office or sells."""
    offer, product = _open(offer_id, store_id)
    if made.key in product.picture_keys:
        return offer
    if len(product.picture_keys) >= MOST_PICTURES:
        raise Invalid("bad_offer", fields={"picture": "pictures_many"})
    keep_picture(made, product.title_fa, product.title_en, at)
    _set(product, [*product.picture_keys, made.key])
    note_change(offer, "add_picture", actor, at)
    return offer


def remove_picture(offer_id: int, store_id: int, key: str, actor: Actor, at: datetime) -> Offer:
    """Takes a picture away. Raises NotFound, StaleOffer."""
    offer, product = _open(offer_id, store_id)
    if key not in product.picture_keys:
        raise NotFound()
    _set(product, [one for one in product.picture_keys if one != key])
    note_change(offer, "remove_picture", actor, at)
    return offer


def lead_picture(offer_id: int, store_id: int, key: str, actor: Actor, at: datetime) -> Offer:
    """Puts a picture first. Raises NotFound, StaleOffer."""
    offer, product = _open(offer_id, store_id)
    if key not in product.picture_keys:
        raise NotFound()
    _set(product, [key, *(one for one in product.picture_keys if one != key)])
    note_change(offer, "lead_picture", actor, at)
    return offer


def _open(offer_id: int, store_id: int) -> tuple[Offer, Product]:
    offer = lock_own_offer(offer_id, store_id)
    states = db.session.scalars(select(Offer.state).where(Offer.product_id == offer.product_id))
    if any(state not in EDITABLE and state is not OfferState.ended for state in states):
        raise StaleOffer(params={"state": offer.state.value})
    return offer, db.session.get_one(Product, offer.product_id)


def _set(product: Product, keys: list[str]) -> None:
    product.picture_keys = keys
    db.session.flush()
    db.session.execute(
        update(Offer).where(Offer.product_id == product.id).values(picture_key=keys[0] if keys else None)
    )
