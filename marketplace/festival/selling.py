"""What a store may still do with an offer that sells: lower its price, change its stock, end it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from marketplace.catalog.prices import record_price
from marketplace.core.audit import Actor
from marketplace.core.db import changed_count, db
from marketplace.core.errors import Invalid
from marketplace.core.events import publish
from marketplace.core.money import percent_off
from marketplace.festival.errors import PriceOnlyFalls, StaleOffer, StockBelowSold
from marketplace.festival.events import OfferRepriced, OfferRestocked
from marketplace.festival.models import Offer, OfferState
from marketplace.festival.offer_queries import lock_own_offer
from marketplace.festival.offer_rules import SELLING
from marketplace.festival.offer_steps import note_change
from marketplace.festival.offer_windows import end_offer_now

LOWEST_TOMAN = 1_000


def lower_price(offer_id: int, store_id: int, toman: int, actor: Actor, at: datetime) -> Offer:
    """The price of a running offer falls; it is in the history and in every cart at once.

    Raises NotFound, StaleOffer for an offer that does not run, PriceOnlyFalls, Invalid below 1,000 toman.
    """
    offer = _running(offer_id, store_id)
    if offer.state is OfferState.frozen:
        raise StaleOffer(params={"state": offer.state.value})
    if toman < LOWEST_TOMAN:
        raise Invalid("bad_offer", fields={"festival_toman": "out_of_range"})
    old = offer.festival_toman
    if toman == old:
        return offer
    fell = changed_count(
        update(Offer)
        .where(Offer.id == offer.id, Offer.festival_toman > toman, Offer.state.in_(SELLING))
        .values(festival_toman=toman, discount_percent=percent_off(toman, offer.reference_toman))
        .execution_options(synchronize_session=False)
    )
    if not fell:
        raise PriceOnlyFalls(params={"toman": old})
    db.session.refresh(offer)
    note_change(offer, "lower_price", actor, at, old_toman=old, new_toman=toman)
    if offer.state is OfferState.live:
        record_price(offer.variant_id, toman, at)
    publish(OfferRepriced(offer.id, offer.store_id, old, toman, at))
    return offer


def change_stock(offer_id: int, store_id: int, stocked_count: int, actor: Actor, at: datetime) -> Offer:
    """How many a store puts on sale altogether, up or down, never below what is sold and held.

    Raises NotFound, StaleOffer, StockBelowSold.
    """
    offer = _running(offer_id, store_id)
    before, left_before = offer.stocked_count, offer.left_count
    if stocked_count == before:
        return offer
    changed = changed_count(
        update(Offer)
        .where(Offer.id == offer.id, Offer.sold_count + Offer.held_count <= stocked_count)
        .values(stocked_count=stocked_count)
        .execution_options(synchronize_session=False)
    )
    if not changed:
        raise StockBelowSold(params={"least": offer.sold_count + offer.held_count})
    db.session.refresh(offer)
    note_change(offer, "change_stock", actor, at, old_count=before, new_count=stocked_count)
    publish(OfferRestocked(offer.id, offer.store_id, left_before, offer.left_count, at))
    return offer


def end_offer(offer_id: int, store_id: int, actor: Actor, at: datetime) -> Offer:
    """The store ends an offer before the festival does; what is paid or being paid stands."""
    offer = lock_own_offer(offer_id, store_id)
    if offer.state is OfferState.ended:
        return offer
    if offer.state not in SELLING:
        raise StaleOffer(params={"state": offer.state.value})
    end_offer_now(offer, "end_offer", actor, at, at)
    return offer


def _running(offer_id: int, store_id: int) -> Offer:
    offer = lock_own_offer(offer_id, store_id)
    if offer.state not in SELLING:
        raise StaleOffer(params={"state": offer.state.value})
    return offer
