"""What a payment does to its order: capture, failure, another try. Handlers of the news of payments.

Every part of this is safe to hear twice and in any order; the order and its parts are locked first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, bindparam, select, update

from marketplace.core.db import AnyRow, db
from marketplace.core.errors import Reason
from marketplace.core.events import publish
from marketplace.core.jobs import hasten
from marketplace.core.ready import Ready
from marketplace.festival.admission import explain_offers
from marketplace.festival.models import Offer
from marketplace.festival.rules import Objection, Why, public_reasons
from marketplace.ledger.chart import GATEWAY_CLEARING, SHOPPER_REFUNDABLE, store_held
from marketplace.ledger.transfers import Posting, post_transfer, post_transfers
from marketplace.orders.checkout import GATEWAY_SLACK, Buyer, open_order_payment
from marketplace.orders.errors import NothingToPay, NotOnSale
from marketplace.orders.events import OrderPaid, PaidPart
from marketplace.orders.models import (
    Order,
    OrderLine,
    OrderPayment,
    OrderState,
    StockState,
    StoreOrder,
    StoreOrderState,
)
from marketplace.orders.queries import (
    bought_count,
    lock_awaited,
    lock_order,
    parts_and_lines,
    store_orders_of,
)
from marketplace.orders.stock import (
    LinesByPart,
    lines_by_part,
    lock_offers,
    release,
    sell,
    sell_held,
    try_hold_again,
)
from marketplace.payments.events import PaymentCaptured, PaymentFailed, RefundSucceeded
from marketplace.payments.models import PaymentState, RefundReason
from marketplace.payments.payments import OPEN, end_page
from marketplace.payments.queries import alive_payment, attempts
from marketplace.payments.refunds import ask_refund
from marketplace.policy.calendar import add_working_days
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
    order = lock_awaited(order_id)
    if order.state in (OrderState.paid, OrderState.cancelled):
        _give_back(news, news.amount_toman, f"payment:{news.payment_id}:again", RefundReason.paid_twice)
        return
    parts, lines = parts_and_lines(order.id)
    offer_ids = [line.offer_id for line in lines]
    lock_offers(offer_ids)
    fallen = _objections(offer_ids, news.at).keys()
    if fallen or any(part.stock is not StockState.held for part in parts):
        paid = _take_what_stands(order.id, fallen, news)
    else:
        paid = _take_whole(order.id, parts, lines, news)
    if not _KEEP.run(payment=news.payment_id):
        raise LookupError(f"payment {news.payment_id} belongs to no order")
    if paid:
        publish(OrderPaid(order.id, order.number, order.person_id, order.festival_id, paid, news.at))


_parts, _orders, _ties = (cast(Table, model.__table__) for model in (StoreOrder, Order, OrderPayment))
_AT = bindparam("paid", type_=_orders.c.paid_at.type)
_PAY_PARTS = Ready(
    update(_parts)
    .where(_parts.c.order_id == bindparam("order"))
    .values(
        state=StoreOrderState.paid,
        stock=StockState.sold,
        paid_at=_AT,
        ship_by_at=bindparam("ship_by", type_=_parts.c.ship_by_at.type),
    )
)
_PAY_ORDER = Ready(
    update(_orders).where(_orders.c.id == bindparam("order")).values(state=OrderState.paid, paid_at=_AT)
)
_KEEP = Ready(update(_ties).where(_ties.c.payment_id == bindparam("payment")).values(is_kept=True))


def _take_whole(
    order_id: int, parts: Sequence[AnyRow], lines: Sequence[AnyRow], news: PaymentCaptured
) -> tuple[PaidPart, ...]:
    """All parts stand: all are paid at once, in as many statements however many they are."""
    sell_held(lines)
    _PAY_PARTS.run(order=order_id, paid=news.at, ship_by=_ship_by(news.at))
    _post(parts, news.at)
    _PAY_ORDER.run(order=order_id, paid=news.at)
    return _paid_parts(parts)


def _take_what_stands(order_id: int, fallen: Collection[int], news: PaymentCaptured) -> tuple[PaidPart, ...]:
    """Part by part: what may be sold no more, or is not there any more, goes back."""
    order = lock_order(order_id)
    parts = store_orders_of(order.id)
    lines = lines_by_part(parts)
    standing = _standing(order, parts, lines, fallen)
    _take_parts(standing, lines, news)
    for part in parts:
        if part not in standing:
            _drop_part(part, news)
    order.state = OrderState.paid if standing else OrderState.cancelled
    order.paid_at = news.at if standing else None
    order.ended_at = None if standing else news.at
    db.session.flush()
    return _paid_parts(standing)


def _paid_parts(parts: Sequence[StoreOrder | AnyRow]) -> tuple[PaidPart, ...]:
    return tuple(PaidPart(p.id, p.store_id, p.goods_toman, p.entries) for p in parts)


def hear_failure(news: PaymentFailed) -> None:
    """An attempt ended unpaid: when its page ran out or was closed, the order ends and its stock is given back.

    After a refusal of the gateway the order stays, so that another try can be made while the stock is held.
    """
    order_id = order_of(news.reference)
    if order_id is not None and news.reason == "expired" and alive_payment(news.reference) is None:
        end_unpaid(order_id, news.at)


def settle_refund(news: RefundSucceeded) -> None:
    """Money left: what was owed to the shopper is paid."""
    post_transfer(
        key=f"refund:{news.refund_id}",
        debit=SHOPPER_REFUNDABLE,
        credit=GATEWAY_CLEARING,
        amount_toman=news.amount_toman,
        code="refund",
        subject=news.reference,
        at=news.at,
    )


def end_unpaid(order_id: int, at: datetime) -> bool:
    """Ends an order that was not paid and gives its stock back; False when it does not wait any more."""
    order = lock_order(order_id)
    if order.state is not OrderState.awaiting_payment:
        return False
    order.state = OrderState.expired
    order.ended_at = at
    parts = store_orders_of(order.id)
    lines = _locked_lines(parts)
    for part in parts:
        release(part, lines[part.id])
    alive = alive_payment(f"order:{order.id}")
    if alive is not None:
        end_page(alive.id, at)
    db.session.flush()
    return True


def try_payment_again(order_id: int, buyer: Buyer, at: datetime) -> int | None:
    """Another try for an order that waits: the errand to run, or None when its page is open already.

    A living attempt is hastened, never doubled; a new one extends the hold. Raises NothingToPay for an order that
    does not wait, and after too many tries; NotOnSale when something of it may not be sold any more.
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
    objections = _objections([line.offer_id for line in parts_and_lines(order.id)[1]], at)
    if objections:
        against = public_reasons([o for reasons in objections.values() for o in reasons])
        raise NotOnSale(reasons=[Reason(o.code) for o in against])
    order.hold_until = at + timedelta(minutes=policy_at(at).hold_minutes) + GATEWAY_SLACK
    return open_order_payment(order, buyer, at)


def _locked_lines(parts: Sequence[StoreOrder]) -> LinesByPart:
    """The lines of an order's parts, their offers locked all together in the order of their ids.

    Part by part two orders of the same offers could wait for each other for ever.
    """
    lines = lines_by_part(parts)
    lock_offers([line.offer_id for rows in lines.values() for line in rows])
    return lines


def _objections(offer_ids: Sequence[int], at: datetime) -> dict[int, list[Objection]]:
    """What speaks against selling the offers of an order now, their own held stock aside; empty when nothing does."""
    found = explain_offers(set(offer_ids), at)
    against = {offer: [o for o in reasons if o.code is not Why.sold_out] for offer, reasons in found.items()}
    return {offer: reasons for offer, reasons in against.items() if reasons}


def _standing(
    order: Order, parts: Sequence[StoreOrder], lines: LinesByPart, fallen: Collection[int]
) -> list[StoreOrder]:
    """The parts that may still be sold: their stock is held (again), and nothing speaks against any of their offers.

    Their own held stock counts as theirs: being sold out for others is no objection.
    """
    return [
        part
        for part in parts
        if not any(line.offer_id in fallen for line in lines[part.id])
        and (part.stock is StockState.held or _is_held_again(order, part, lines[part.id]))
    ]


def _is_held_again(order: Order, part: StoreOrder, lines: Sequence[OrderLine]) -> bool:
    """Takes the stock of a part that had run out anew, within what its buyer may have over all orders."""
    asked = select(Offer.id, Offer.limit_per_buyer).where(Offer.id.in_([line.offer_id for line in lines]))
    limits = {row.id: row.limit_per_buyer for row in db.session.execute(asked)}
    is_within = all(
        bought_count(order.person_id, line.offer_id) + line.quantity <= limits[line.offer_id]
        for line in lines
    )
    return is_within and try_hold_again(part, lines)


def _take_parts(parts: Sequence[StoreOrder], lines: LinesByPart, news: PaymentCaptured) -> None:
    for part in parts:
        sell(part, lines[part.id])
        part.state = StoreOrderState.paid
        part.paid_at = news.at
        part.ship_by_at = _ship_by(news.at)
    _post(parts, news.at)


def _ship_by(paid_at: datetime) -> datetime:
    return add_working_days(paid_at, policy_at(paid_at).ship_within_working_days)


def _post(parts: Sequence[StoreOrder | AnyRow], at: datetime) -> None:
    """The money of each part is kept for its store."""
    postings = [
        Posting(f"{subject}:{code}", GATEWAY_CLEARING, store_held(part.store_id), amount, code, subject)
        for part in parts
        for subject in (f"store-order:{part.id}",)
        for code, amount in (("goods", part.goods_toman), ("shipping", part.shipping_toman))
        if amount
    ]
    if postings:
        post_transfers(postings, at)


def _drop_part(part: StoreOrder, news: PaymentCaptured) -> None:
    release(part, lines_by_part([part])[part.id])
    part.state = StoreOrderState.cancelled
    part.ended_reason = "not_on_sale"
    part.ended_at = news.at
    amount = part.goods_toman + part.shipping_toman
    _give_back(news, amount, f"store-order:{part.id}:dropped", RefundReason.not_on_sale)


def _give_back(news: PaymentCaptured, amount: int, key: str, reason: RefundReason) -> None:
    post_transfer(
        key=f"{key}:owed",
        debit=GATEWAY_CLEARING,
        credit=SHOPPER_REFUNDABLE,
        amount_toman=amount,
        code=reason.value,
        subject=news.reference,
        at=news.at,
    )
    ask_refund(news.payment_id, amount, key=key, reason=reason, at=news.at)
