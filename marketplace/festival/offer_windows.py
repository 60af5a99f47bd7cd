"""Offers begin and end with the festival: the reference is frozen first, the regular price returns in the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Select, select

from marketplace.catalog.prices import last_price, record_price
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.money import percent_off
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.honesty import blocks, findings_about, reference_of
from marketplace.festival.models import Festival, Offer, OfferState
from marketplace.festival.offer_notices import tell_decision
from marketplace.festival.offer_queries import claims_of, lock_offer
from marketplace.festival.offer_steps import take_step
from marketplace.policy.policy import policy_at

AT_ONCE = 100
ENDING = (OfferState.approved, OfferState.live, OfferState.frozen)


def has_begun(festival: Festival, at: datetime) -> bool:
    """Whether the live window is open: half-open [live_from, live_until)."""
    return festival.live_from <= at < festival.live_until


def go_live(offer: Offer, begins: datetime, actor: Actor, at: datetime) -> None:
    """The reduction begins: its moment, its reference and its percent are frozen, the price enters the history.

    An offer that is no longer honest at that moment is stopped instead, with the findings as its reasons.
    """
    claim = claims_of([offer], {offer.id: begins})[offer.id]
    policy = policy_at(begins)
    offer.reduced_at = begins
    offer.reference_toman = reference_of(claim, policy)
    offer.discount_percent = percent_off(offer.festival_toman, offer.reference_toman)
    found = [f for f in blocks(findings_about(claim, policy)) if f.code.startswith("discount_")]
    if found:
        take_step(
            offer,
            OfferState.frozen,
            "freeze_offer",
            SYSTEM,
            at,
            reasons=[f.code for f in found],
            was="approved",
        )
        tell_decision(offer, "offer_frozen", at)
        return
    take_step(offer, OfferState.live, "begin_offer", actor, at, reference_toman=offer.reference_toman)
    record_price(offer.variant_id, offer.festival_toman, begins)


def begin_offers(at: datetime) -> int:
    """Sweep: approved offers of the open window begin. Gives how many were looked at."""
    return _each(
        select(Offer.id)
        .join(Festival, Festival.id == Offer.festival_id)
        .where(Offer.state == OfferState.approved, Festival.live_from <= at, Festival.live_until > at),
        _begin,
        at,
    )


def end_offers(at: datetime) -> int:
    """Sweep: what still runs when the window is over ends, and its regular price returns to the history."""
    return _each(
        select(Offer.id)
        .join(Festival, Festival.id == Offer.festival_id)
        .where(Offer.state.in_(ENDING), Festival.live_until <= at),
        _end,
        at,
    )


def end_offer_now(offer: Offer, action: str, actor: Actor, at: datetime, since: datetime) -> None:
    """Ends an offer; if its price was in force the regular one returns to the history from `since` on."""
    take_step(offer, OfferState.ended, action, actor, at)
    if last_price(offer.variant_id) not in (None, offer.regular_toman):
        record_price(offer.variant_id, offer.regular_toman, since)


def _begin(offer: Offer, at: datetime) -> None:
    festival = db.session.get_one(Festival, offer.festival_id)
    if offer.state is OfferState.approved and has_begun(festival, at):
        go_live(offer, max(festival.live_from, offer.decided_at or offer.created_at), SYSTEM, at)


def _end(offer: Offer, at: datetime) -> None:
    festival = db.session.get_one(Festival, offer.festival_id)
    if offer.state in ENDING:
        end_offer_now(offer, "end_offer", SYSTEM, at, festival.live_until)


def _each(query: Select[int], verb: Callable[[Offer, datetime], None], at: datetime) -> int:
    done = 0
    while ids := list(db.session.scalars(query.order_by(Offer.id).limit(AT_ONCE))):
        with unit_of_work():
            for offer_id in ids:
                verb(lock_offer(offer_id), at)
        done += len(ids)
    db.session.rollback()
    return done
