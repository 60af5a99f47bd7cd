"""What must hold of orders, stock and money at any moment, as named checks; each gives the rows that break it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, case, func, select

from marketplace.core.db import db
from marketplace.festival.models import Offer
from marketplace.ledger.models import LedgerAccount, Transfer
from marketplace.orders.models import (
    HygieneKit,
    Order,
    OrderLine,
    OrderPayment,
    OrderState,
    StockState,
    StoreOrder,
    StoreOrderState,
)
from marketplace.payments.dispute_models import Dispute, DisputeState
from marketplace.payments.models import Payment, PaymentState, Refund, RefundState
from marketplace.payments.payout_models import Payout, PayoutRail, PayoutState


def stock_adds_up() -> Iterator[str]:
    """Held and sold stock of each offer are the sums of the order lines that hold and bought it."""
    counted = OrderLine.quantity - OrderLine.unsold_count
    held = func.sum(case((StoreOrder.stock == StockState.held, counted), else_=0))
    sold = func.sum(case((StoreOrder.stock == StockState.sold, counted), else_=0))
    sums = (
        select(OrderLine.offer_id, held.label("held"), sold.label("sold"))
        .join(StoreOrder, StoreOrder.id == OrderLine.store_order_id)
        .group_by(OrderLine.offer_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Offer.id, Offer.held_count, Offer.sold_count, sums.c.held, sums.c.sold)
        .outerjoin(sums, sums.c.offer_id == Offer.id)
        .where(
            (Offer.held_count != func.coalesce(sums.c.held, 0))
            | (Offer.sold_count != func.coalesce(sums.c.sold, 0))
        )
    )
    for row in rows:
        yield f"offer {row.id}: held {row.held_count}/{row.held}, sold {row.sold_count}/{row.sold}"


def paid_orders_have_one_capture() -> Iterator[str]:
    """An order is paid exactly when one captured payment of its whole sum is kept for it."""
    kept = (
        select(OrderPayment.order_id, func.count().label("n"), func.sum(Payment.captured_toman).label("sum"))
        .join(Payment, Payment.id == OrderPayment.payment_id)
        .where(OrderPayment.is_kept, Payment.state == PaymentState.captured)
        .group_by(OrderPayment.order_id)
        .subquery()
    )
    has_money = and_(func.coalesce(kept.c.n, 0) == 1, kept.c.sum == Order.total_toman)
    rows = db.session.execute(
        select(Order.number, Order.state, kept.c.n, kept.c.sum)
        .outerjoin(kept, kept.c.order_id == Order.id)
        .where(
            ((Order.state == OrderState.paid) & ~func.coalesce(has_money, False))
            | (
                Order.state.in_((OrderState.awaiting_payment, OrderState.expired))
                & (func.coalesce(kept.c.n, 0) > 0)
            )
        )
    )
    for row in rows:
        yield f"order {row.number} is {row.state} with {row.n or 0} captures of {row.sum or 0}"


def captures_are_accounted_for() -> Iterator[str]:
    """Each captured toman is kept for an order or was given back, refused refunds being open with the office."""
    back = (
        select(Refund.payment_id, func.sum(Refund.amount_toman).label("sum"))
        .group_by(Refund.payment_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Payment.id, Payment.captured_toman, OrderPayment.is_kept, back.c.sum)
        .join(OrderPayment, OrderPayment.payment_id == Payment.id)
        .outerjoin(back, back.c.payment_id == Payment.id)
        .where(
            Payment.state == PaymentState.captured,
            ~OrderPayment.is_kept,
            func.coalesce(back.c.sum, 0) != Payment.captured_toman,
        )
    )
    for row in rows:
        yield f"payment {row.id}: {row.captured_toman} captured, {row.sum or 0} given back, kept for nothing"


def clearing_equals_captures() -> Iterator[str]:
    """What lies with the gateway by the book is what was captured, less what went back, was taken by payers' banks, was
    sent on to stores, and was paid to our bank."""
    row = (
        db.session.execute(
            select(LedgerAccount.debits_toman - LedgerAccount.credits_toman).where(
                LedgerAccount.name == "gateway_clearing"
            )
        ).scalar()
        or 0
    )
    told = (
        db.session.scalar(
            select(func.coalesce(func.sum(Payment.captured_toman - Payment.refunded_toman), 0)).where(
                Payment.state == PaymentState.captured
            )
        )
        or 0
    )
    left = (
        db.session.scalar(
            select(func.coalesce(func.sum(Transfer.amount_toman), 0)).where(
                Transfer.code == "gateway_deposit"
            )
        )
        or 0
    )
    taken = (
        db.session.scalar(
            select(func.coalesce(func.sum(Dispute.amount_toman), 0)).where(Dispute.state == DisputeState.lost)
        )
        or 0
    )
    sent = db.session.scalar(
        select(func.sum(Payout.amount_toman)).where(
            Payout.rail == PayoutRail.gateway, Payout.state == PayoutState.paid
        )
    )
    if row + left + taken + (sent or 0) != told:
        yield f"book {row}, {left} paid to our bank, {taken} taken back, {sent or 0} sent on, payments {told}"


def refunds_within_captures() -> Iterator[str]:
    """No payment gives back more than it took, and its sum of refunds is what its rows say."""
    done = (
        select(Refund.payment_id, func.sum(Refund.amount_toman).label("sum"))
        .where(Refund.state == RefundState.succeeded)
        .group_by(Refund.payment_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Payment.id, Payment.captured_toman, Payment.refunded_toman, done.c.sum)
        .outerjoin(done, done.c.payment_id == Payment.id)
        .where(
            (Payment.refunded_toman > Payment.captured_toman)
            | (Payment.refunded_toman != func.coalesce(done.c.sum, 0))
        )
    )
    for row in rows:
        yield f"payment {row.id}: captured {row.captured_toman}, refunded {row.refunded_toman}, rows {row.sum or 0}"


def every_store_order_has_its_kit() -> Iterator[str]:
    """One kit per store order, ticked before it was shipped."""
    shipped = StoreOrder.state.in_(
        (StoreOrderState.packed, StoreOrderState.shipped, StoreOrderState.delivered)
    )
    rows = db.session.execute(
        select(StoreOrder.id)
        .outerjoin(HygieneKit, HygieneKit.store_order_id == StoreOrder.id)
        .where(HygieneKit.id.is_(None) | (shipped & HygieneKit.ticked_at.is_(None)))
    )
    for row in rows:
        yield f"store order {row.id} without its kit"


def orders_add_up() -> Iterator[str]:
    """Sums of orders are the sums of their store orders, those of store orders the sums of their lines."""
    parts = (
        select(
            StoreOrder.order_id,
            func.sum(StoreOrder.goods_toman).label("goods"),
            func.sum(StoreOrder.shipping_toman).label("shipping"),
        )
        .group_by(StoreOrder.order_id)
        .subquery()
    )
    lines = (
        select(OrderLine.store_order_id, func.sum(OrderLine.quantity * OrderLine.unit_toman).label("goods"))
        .group_by(OrderLine.store_order_id)
        .subquery()
    )
    for row in db.session.execute(
        select(Order.number)
        .join(parts, parts.c.order_id == Order.id)
        .where((parts.c.goods != Order.goods_toman) | (parts.c.shipping != Order.shipping_toman))
    ):
        yield f"order {row.number} is not the sum of its parts"
    for part in db.session.execute(
        select(StoreOrder.id)
        .outerjoin(lines, lines.c.store_order_id == StoreOrder.id)
        .where(func.coalesce(lines.c.goods, 0) != StoreOrder.goods_toman)
    ):
        yield f"store order {part.id} is not the sum of its lines"


def paid_parts_are_booked() -> Iterator[str]:
    """Every paid store order has its goods posted once, with its own amount."""
    rows = db.session.execute(
        select(StoreOrder.id, StoreOrder.goods_toman, Transfer.amount_toman)
        .outerjoin(
            Transfer,
            (Transfer.subject == func.concat("store-order:", StoreOrder.id)) & (Transfer.code == "goods"),
        )
        .where(
            StoreOrder.paid_at.is_not(None),
            func.coalesce(Transfer.amount_toman, -1) != StoreOrder.goods_toman,
        )
    )
    for row in rows:
        yield f"store order {row.id}: goods {row.goods_toman}, booked {row.amount_toman}"


CHECKS = {
    "stock_adds_up": stock_adds_up,
    "paid_orders_have_one_capture": paid_orders_have_one_capture,
    "captures_are_accounted_for": captures_are_accounted_for,
    "clearing_equals_captures": clearing_equals_captures,
    "refunds_within_captures": refunds_within_captures,
    "every_store_order_has_its_kit": every_store_order_has_its_kit,
    "orders_add_up": orders_add_up,
    "paid_parts_are_booked": paid_parts_are_booked,
}
