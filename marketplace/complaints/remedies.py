"""An accepted offer carries itself out: money goes back through the book and the gateway, goods go once more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

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
from marketplace.ledger.chart import SHOPPER_REFUNDABLE, store_held
from marketplace.ledger.models import LedgerAccount, Transfer
from marketplace.ledger.transfers import post_transfer
from marketplace.orders.after_inputs import Shipment
from marketplace.orders.models import OrderPayment, StoreOrder
from marketplace.orders.queries import lock_store_order
from marketplace.payments.refunds import ask_refund


def most_refundable(complaint: Complaint) -> int:
    """What was paid for the store order and has not gone back yet, in toman."""
    if complaint.store_order_id is None:
        return 0
    part = db.session.get_one(StoreOrder, complaint.store_order_id)
    back = db.session.scalar(
        select(func.coalesce(func.sum(Transfer.amount_toman), 0))
        .join(LedgerAccount, LedgerAccount.id == Transfer.credit_account_id)
        .where(Transfer.subject == f"store-order:{part.id}", LedgerAccount.name == SHOPPER_REFUNDABLE.name)
    )
    return part.goods_toman + part.shipping_toman - int(back or 0)


def carry_out(complaint: Complaint, offer: StoreOffer, at: datetime) -> None:
    """Books an accepted offer's money and asks the gateway to give it back, once per offer. Goods are sent by the
    store, which says so with the tracking code (`send_replacement`)."""
    if offer.remedy is Remedy.replacement or offer.amount_toman is None or complaint.store_order_id is None:
        return
    part = lock_store_order(complaint.store_order_id)
    payment_id = db.session.scalars(
        select(OrderPayment.payment_id).where(OrderPayment.order_id == part.order_id, OrderPayment.is_kept)
    ).one()
    key = f"complaint-offer:{offer.id}"
    post_transfer(
        key=key,
        debit=store_held(part.store_id),
        credit=SHOPPER_REFUNDABLE,
        amount_toman=offer.amount_toman,
        code="complaint_refund",
        subject=f"store-order:{part.id}",
        at=at,
    )
    ask_refund(payment_id, offer.amount_toman, key=key, reason="complaint", at=at)
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
