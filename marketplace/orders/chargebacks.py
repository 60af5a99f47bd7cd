"""What a dispute does to its order: the stores' money is held while it is open; what is lost is taken from them.

The bank takes it from what is left of each part in proportion, to the toman. What was settled before is owed by the
store. A part of which nothing left is not sent any more: its goods can be sold again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from marketplace.core.audit import SYSTEM, record
from marketplace.core.db import db
from marketplace.core.events import publish
from marketplace.core.money import split
from marketplace.ledger.chart import GATEWAY_CLEARING, SHOPPER_REFUNDABLE
from marketplace.ledger.transfers import post_transfer
from marketplace.orders.after_rules import CANCELLABLE
from marketplace.orders.cancellation import close_order, end_part
from marketplace.orders.dispute_notices import tell_dispute
from marketplace.orders.events import OrderChargedBack, StoreOrderChargedBack
from marketplace.orders.models import HoldReason, Order, StoreOrder, StoreOrderState
from marketplace.orders.payment import order_of
from marketplace.orders.payout_holds import hold_payout, release_payout
from marketplace.orders.queries import lines_of, lock_order, lock_store_order, store_orders_of
from marketplace.orders.refunding import rest_of, take_from_rest
from marketplace.orders.settlement import account_to_take_from
from marketplace.orders.stock import lock_offers, release
from marketplace.payments.disputes import ChargebackTooLarge
from marketplace.payments.events import DisputeLost, DisputeWon, PaymentDisputed
from marketplace.payments.refunds import end_refused


def hear_dispute(news: PaymentDisputed) -> None:
    """Nothing of the order is paid out to its stores while the dispute is open; stores and shopper are told."""
    order_id = order_of(news.reference)
    if order_id is None:
        return
    parts = _paid(order_id)
    for part in parts:
        hold_payout(part.id, HoldReason.chargeback, _subject(news.dispute_id), news.at)
    tell_dispute("dispute_open", order_id, parts, news)


def hear_dispute_won(news: DisputeWon) -> None:
    """The money stays: the stores can be paid."""
    order_id = order_of(news.reference)
    if order_id is None:
        return
    parts = _paid(order_id)
    _release(parts, news.dispute_id, news.at)
    tell_dispute("dispute_won", order_id, parts, news)


def take_chargeback(news: DisputeLost) -> None:
    """The money is gone: taken from what is left of each part, then from refunds that the gateway refused for good.

    Raises ChargebackTooLarge when that is not enough; then nothing is changed.
    """
    order_id = order_of(news.reference)
    if order_id is None:
        raise ChargebackTooLarge()
    order = lock_order(order_id)
    parts = [lock_store_order(part.id) for part in _paid(order_id)]
    rests = [sum(rest_of(part)) for part in parts]
    from_parts = min(news.amount_toman, sum(rests))
    _take_from_refunds(news, news.amount_toman - from_parts)
    for part, amount in zip(parts, split(from_parts, rests) if from_parts else rests, strict=True):
        if from_parts and amount:
            _take(part, order, amount, news)
    _release(parts, news.dispute_id, news.at)
    record(SYSTEM, "take_chargeback", f"order:{order_id}", news.at, amount_toman=news.amount_toman)
    publish(OrderChargedBack(order_id, order.number, order.person_id, news.amount_toman, news.at))
    tell_dispute("dispute_lost", order_id, parts, news)


def _take(part: StoreOrder, order: Order, amount: int, news: DisputeLost) -> None:
    goods = min(amount, rest_of(part)[0])
    take_from_rest(part, goods, amount - goods)
    post_transfer(
        key=f"{_subject(news.dispute_id)}:store-order:{part.id}",
        debit=account_to_take_from(part.id, part.store_id),
        credit=GATEWAY_CLEARING,
        amount_toman=amount,
        code="chargeback",
        subject=f"store-order:{part.id}",
        at=news.at,
    )
    is_whole = part.refunded_goods_toman == part.goods_toman
    if is_whole and part.state in CANCELLABLE:
        lines = lines_of([part.id])
        lock_offers([line.offer_id for line in lines])
        release(part, lines)
        end_part(part, StoreOrderState.cancelled, "charged_back", news.at)
        close_order(part.order_id, news.at)
    ids = (part.id, part.store_id, order.person_id, order.festival_id)
    publish(StoreOrderChargedBack(*ids, goods, amount - goods, is_whole, news.at))


def _take_from_refunds(news: DisputeLost, left: int) -> None:
    """What is owed to the shopper and was refused by the gateway has reached them by their bank instead."""
    if not left:
        return
    taken = end_refused(news.payment_id, left, news.at)
    if taken != left:
        raise ChargebackTooLarge()
    post_transfer(
        key=f"{_subject(news.dispute_id)}:refunds",
        debit=SHOPPER_REFUNDABLE,
        credit=GATEWAY_CLEARING,
        amount_toman=left,
        code="chargeback",
        subject=news.reference,
        at=news.at,
    )


def _release(parts: Sequence[StoreOrder], dispute_id: int, at: datetime) -> None:
    for part in parts:
        release_payout(part.id, _subject(dispute_id), at)
    db.session.flush()


def _paid(order_id: int) -> list[StoreOrder]:
    return [part for part in store_orders_of(order_id) if part.paid_at is not None]


def _subject(dispute_id: int) -> str:
    return f"dispute:{dispute_id}"
