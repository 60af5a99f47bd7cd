"""What a payment does to its order: capture, failure, another try. Handlers of the news of payments.

Every part of this is safe to hear twice and in any order; the order and its parts are locked first.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.events import publish
from marketplace.core.jobs import hasten
from marketplace.festival.admission import explain_offers
from marketplace.festival.rules import Objection, Why
from marketplace.ledger.chart import GATEWAY_CLEARING, SHOPPER_REFUNDABLE, store_held
from marketplace.ledger.transfers import post_transfer
from marketplace.orders.checkout import GATEWAY_SLACK, Buyer, open_order_payment
from marketplace.orders.errors import NothingToPay
from marketplace.orders.events import OrderPaid, PaidPart
from marketplace.orders.models import OrderPayment, OrderState, StockState, StoreOrder, StoreOrderState
from marketplace.orders.queries import lines_of, lock_order, store_orders_of
from marketplace.orders.stock import release, sell, try_hold_again
from marketplace.payments.events import PaymentCaptured, PaymentFailed, RefundSucceeded
from marketplace.payments.models import PaymentState
from marketplace.payments.payments import OPEN, end_page
from marketplace.payments.queries import alive_payment, attempts
from marketplace.payments.refunds import ask_refund
from marketplace.policy.policy import policy_at

MOST_ATTEMPTS = 6


def order_of(reference: str) -> int | None:
    """The order that a payment's reference names; None for a payment of something else."""
    kind, _, number = reference.partition(":")
    return int(number) if kind == "order" and number.isdecimal() else None


def take_capture(news: PaymentCaptured) -> None:
    """Money came: parts that may still be sold are paid, the others go back at once; a second capture goes back whole.

    Posts to the ledger, sells the held stock and publishes `OrderPaid`, all in the unit that recorded the capture.
    """
    order_id = order_of(news.reference)
    if order_id is None:
        return
    order = lock_order(order_id)
    parts = store_orders_of(order.id)
    if order.state in (OrderState.paid, OrderState.cancelled):
        _give_back(news, news.amount_toman, f"payment:{news.payment_id}:again", "paid_twice")
        return
    standing = [part for part in parts if _may_stand(part, news.at)]
    for part in parts:
        if part in standing:
            _take_part(part, news)
        else:
            _drop_part(part, news)
    tie = db.session.scalars(select(OrderPayment).where(OrderPayment.payment_id == news.payment_id)).one()
    tie.is_kept = True
    order.state = OrderState.paid if standing else OrderState.cancelled
    order.paid_at = news.at if standing else None
    order.ended_at = None if standing else news.at
    db.session.flush()
    if standing:
        paid = tuple(PaidPart(p.id, p.store_id, p.goods_toman, p.entries) for p in standing)
        publish(OrderPaid(order.id, order.number, order.person_id, order.festival_id, paid, news.at))


def hear_failure(news: PaymentFailed) -> None:
    """An attempt ended unpaid: when its page ran out or was closed, the order ends and its stock is given back.

    After a refusal of the gateway the order stays, so that another try can be made while the stock is held.
    """
    order_id = order_of(news.reference)
    if order_id is not None and news.reason == "expired" and alive_payment(news.reference) is None:
        end_unpaid(order_id, news.at)


def settle_refund(news: RefundSucceeded) -> None:
    """Money left: what was owed to the shopper is paid."""
    post_transfer(key=f"refund:{news.refund_id}", debit=SHOPPER_REFUNDABLE, credit=GATEWAY_CLEARING,
                  amount_toman=news.amount_toman, code="refund", subject=news.reference, at=news.at)


def end_unpaid(order_id: int, at: datetime) -> bool:
    """Ends an order that was not paid and gives its stock back; False when it does not wait any more."""
    order = lock_order(order_id)
    if order.state is not OrderState.awaiting_payment:
        return False
    order.state = OrderState.expired
    order.ended_at = at
    for part in store_orders_of(order.id):
        release(part)
    alive = alive_payment(f"order:{order.id}")
    if alive is not None:
        end_page(alive.id, at)
    db.session.flush()
    return True


def try_payment_again(order_id: int, buyer: Buyer, at: datetime) -> int | None:
    """Another try for an order that waits: the errand to run, or None when its page is open already.

    A living attempt is hastened, never doubled; a new one extends the hold. Raises NothingToPay for an order that
    does not wait, and after too many tries.
    """
    order = lock_order(order_id)
    if order.state is not OrderState.awaiting_payment or order.hold_until <= at:
        raise NothingToPay()
    reference = f"order:{order.id}"
    alive = alive_payment(reference)
    if alive is not None:
        return hasten(f"{OPEN}:{alive.id}", at) if alive.state is PaymentState.opening else None
    if attempts(reference) >= MOST_ATTEMPTS:
        raise NothingToPay("too_many_attempts")
    order.hold_until = at + timedelta(minutes=policy_at(at).hold_minutes) + GATEWAY_SLACK
    return open_order_payment(order, buyer, at)


def _may_stand(part: StoreOrder, at: datetime) -> bool:
    if part.stock is StockState.released and not try_hold_again(part):
        return False
    return not objections_to_paying(part, at)


def objections_to_paying(part: StoreOrder, at: datetime) -> list[Objection]:
    """What speaks against paying a part now, its own held stock aside."""
    found = explain_offers([line.offer_id for line in lines_of([part.id])], at)
    return [o for reasons in found.values() for o in reasons if o.code is not Why.sold_out]


def _take_part(part: StoreOrder, news: PaymentCaptured) -> None:
    sell(part)
    part.state = StoreOrderState.paid
    part.paid_at = news.at
    held = store_held(part.store_id)
    subject = f"store-order:{part.id}"
    post_transfer(key=f"{subject}:goods", debit=GATEWAY_CLEARING, credit=held, amount_toman=part.goods_toman,
                  code="goods", subject=subject, at=news.at)
    if part.shipping_toman:
        post_transfer(key=f"{subject}:shipping", debit=GATEWAY_CLEARING, credit=held,
                      amount_toman=part.shipping_toman, code="shipping", subject=subject, at=news.at)


def _drop_part(part: StoreOrder, news: PaymentCaptured) -> None:
    release(part)
    part.state = StoreOrderState.cancelled
    part.ended_reason = "not_on_sale"
    part.ended_at = news.at
    _give_back(news, part.goods_toman + part.shipping_toman, f"store-order:{part.id}:dropped", "not_on_sale")


def _give_back(news: PaymentCaptured, amount: int, key: str, reason: str) -> None:
    post_transfer(key=f"{key}:owed", debit=GATEWAY_CLEARING, credit=SHOPPER_REFUNDABLE, amount_toman=amount,
                  code=reason, subject=news.reference, at=news.at)
    ask_refund(news.payment_id, amount, key=key, reason=reason, at=news.at)
