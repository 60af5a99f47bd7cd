"""Giving money of a paid store order back: never above what is left of it, once per subject, in the books at once.

The refund itself is an errand of the payments; what is owed meanwhile stands on `shopper_refundable`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from marketplace.core.db import changed_count, db
from marketplace.core.events import publish
from marketplace.ledger.chart import SHOPPER_REFUNDABLE
from marketplace.ledger.models import Transfer
from marketplace.ledger.transfers import post_transfer
from marketplace.orders.after_models import StoreOrderRefund
from marketplace.orders.errors import RefundAboveRest
from marketplace.orders.events import StoreOrderRefunded
from marketplace.orders.models import Order, OrderPayment, StoreOrder
from marketplace.orders.settlement import account_to_take_from
from marketplace.payments.models import RefundReason
from marketplace.payments.refunds import ask_refund


def give_back(
    part: StoreOrder,
    goods_toman: int,
    shipping_toman: int,
    *,
    subject: str,
    reason: RefundReason,
    at: datetime,
) -> StoreOrderRefund | None:
    """Has an amount of a locked store order go back; gives its row, the earlier one for the same subject.

    None when there is nothing to give. Raises RefundAboveRest when goods or shipping exceed what was paid for them.
    What the payer's bank took back already is not given a second time: then it is what is left.
    """
    known = db.session.scalar(
        select(StoreOrderRefund).where(
            StoreOrderRefund.store_order_id == part.id, StoreOrderRefund.subject == subject
        )
    )
    if known is None and is_charged_back(part.id):
        left = rest_of(part)
        goods_toman, shipping_toman = min(goods_toman, left[0]), min(shipping_toman, left[1])
    if known is not None or goods_toman + shipping_toman == 0:
        return known
    take_from_rest(part, goods_toman, shipping_toman)
    order = db.session.get_one(Order, part.order_id)
    amount = goods_toman + shipping_toman
    key = f"store-order:{part.id}:{subject}"
    post_transfer(
        key=f"{key}:owed",
        debit=account_to_take_from(part.id, part.store_id),
        credit=SHOPPER_REFUNDABLE,
        amount_toman=amount,
        code="refund",
        subject=f"store-order:{part.id}",
        at=at,
    )
    row = StoreOrderRefund(
        store_order_id=part.id,
        refund_id=ask_refund(_kept_payment(part.order_id), amount, key=key, reason=reason, at=at),
        subject=subject,
        goods_toman=goods_toman,
        shipping_toman=shipping_toman,
        asked_at=at,
    )
    db.session.add(row)
    db.session.flush()
    _tell(part, order, row)
    return row


def _tell(part: StoreOrder, order: Order, row: StoreOrderRefund) -> None:
    is_whole = part.refunded_goods_toman == part.goods_toman
    publish(
        StoreOrderRefunded(
            part.id,
            part.store_id,
            order.person_id,
            order.festival_id,
            row.goods_toman,
            row.shipping_toman,
            is_whole,
            row.asked_at,
        )
    )


def is_charged_back(store_order_id: int) -> bool:
    """Whether the payer's bank took back money of a store order."""
    subject = f"store-order:{store_order_id}"
    return bool(
        db.session.scalar(
            select(Transfer.id).where(Transfer.subject == subject, Transfer.code == "chargeback").limit(1)
        )
    )


def rest_of(part: StoreOrder) -> tuple[int, int]:
    """(goods, shipping) of a store order that were paid and have not gone back."""
    return part.goods_toman - part.refunded_goods_toman, part.shipping_toman - part.refunded_shipping_toman


def take_from_rest(part: StoreOrder, goods: int, shipping: int) -> None:
    """Lowers what is left of a store order; one conditional statement decides that it is enough.

    Raises RefundAboveRest.
    """
    db.session.flush()
    taken = changed_count(
        update(StoreOrder)
        .where(
            StoreOrder.id == part.id,
            StoreOrder.refunded_goods_toman + goods <= StoreOrder.goods_toman,
            StoreOrder.refunded_shipping_toman + shipping <= StoreOrder.shipping_toman,
        )
        .values(
            refunded_goods_toman=StoreOrder.refunded_goods_toman + goods,
            refunded_shipping_toman=StoreOrder.refunded_shipping_toman + shipping,
        )
        .execution_options(synchronize_session=False)
    )
    if not taken or goods < 0 or shipping < 0:
        raise RefundAboveRest()
    db.session.refresh(part, ["refunded_goods_toman", "refunded_shipping_toman"])


def _kept_payment(order_id: int) -> int:
    """The payment whose money the order is."""
    return db.session.scalars(
        select(OrderPayment.payment_id).where(OrderPayment.order_id == order_id, OrderPayment.is_kept)
    ).one()
