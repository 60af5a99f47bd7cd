"""An accepted offer carries itself out: money goes back through the book and the gateway, goods go once more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from marketplace.complaints.errors import WrongComplaintStep
from marketplace.complaints.filing import say
from marketplace.complaints.models import (
    Complaint,
    OfferOfStoreState,
    Remedy,
    Said,
    Side,
    StoreOffer,
)
from marketplace.complaints.queries import complaint_of_store, lock_complaint
from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.orders.after_inputs import Shipment
from marketplace.orders.models import StoreOrder
from marketplace.orders.queries import lock_store_order
from marketplace.orders.refunding import give_back, rest_of
from marketplace.payments.models import RefundReason


def most_refundable(complaint: Complaint) -> int:
    """What was paid for the store order and has not gone back yet, in toman."""
    if complaint.store_order_id is None:
        return 0
    return sum(rest_of(db.session.get_one(StoreOrder, complaint.store_order_id)))


def carry_out(complaint: Complaint, offer: StoreOffer, at: datetime) -> None:
    """Has an accepted offer's money go back, once per offer, goods before shipping. Goods are sent by the store, which
    says so with the tracking code (`send_replacement`). Raises RefundAboveRest when less is left by now."""
    if offer.remedy is Remedy.replacement or offer.amount_toman is None or complaint.store_order_id is None:
        return
    part = lock_store_order(complaint.store_order_id)
    goods = min(offer.amount_toman, rest_of(part)[0])
    give_back(
        part,
        goods,
        offer.amount_toman - goods,
        subject=f"complaint-offer:{offer.id}",
        reason=RefundReason.complaint,
        at=at,
    )
    offer.carried_at = at
    db.session.flush()


def send_replacement(
    number: str, store_id: int, shipment: Shipment, actor: Actor, text: str, at: datetime
) -> StoreOffer:
    """The store sent the goods once more. Raises UnknownComplaint, WrongComplaintStep where none was accepted."""
    complaint = lock_complaint(complaint_of_store(number, store_id).id)
    offer = db.session.scalar(
        select(StoreOffer).where(
            StoreOffer.complaint_id == complaint.id,
            StoreOffer.remedy == Remedy.replacement,
            StoreOffer.state == OfferOfStoreState.accepted,
            StoreOffer.carried_at.is_(None),
        )
    )
    if offer is None:
        raise WrongComplaintStep("no_replacement_due")
    offer.carried_at = at
    say(complaint, Side.store, Said.reply, actor.id, text, at)
    record(
        actor,
        "send_replacement",
        f"complaint:{number}",
        at,
        carrier=shipment.carrier,
        tracking_code=shipment.tracking_code,
    )
    return offer
