"""Orders as their shopper sees them: timeline, arithmetic, kit, entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from flask import url_for
from sqlalchemy import func, select

from marketplace.core.db import AnyRow, db
from marketplace.core.language import t
from marketplace.core.paging import Page, decode_cursor, page_of
from marketplace.lottery.models import EntryGrant
from marketplace.orders.models import (
    HygieneKit,
    Order,
    OrderLine,
    OrderPayment,
    OrderState,
    StoreOrder,
    StoreOrderState,
)
from marketplace.orders.queries import kits_of
from marketplace.payments.models import Payment, PaymentState
from marketplace.policy.models import Province
from marketplace.storefront.cards import offer_url
from marketplace.storefront.order_read import OrderRead, read_order
from marketplace.storefront.order_shown import (
    OrderLineShown,
    OrderRow,
    OrderShown,
    StoreOrderShown,
    TimelineStep,
)
from marketplace.storefront.pickup_shown import pickups_of
from marketplace.storefront.shown import Picture, words
from marketplace.stores.models import Store

S = StoreOrderState
PATH = (
    ("paid", S.paid),
    ("accepted", S.accepted),
    ("packed", S.packed),
    ("shipped", S.shipped),
    ("delivered", S.delivered),
)
ENDED = (S.cancelled, S.unavailable_refunded)


def show_order(number: str, person_id: int, at: datetime, *, is_confirming: bool = False) -> OrderShown:
    """An own order with all its parts. Raises NotFound for another person's."""
    return show_read(read_order(number, person_id), at, is_confirming=is_confirming)


def show_read(read: OrderRead, at: datetime, *, is_confirming: bool = False) -> OrderShown:
    """The same of an order that was read already."""
    order, parts, lines = read.order, read.parts, read.lines
    ids = [row.StoreOrder.id for row in parts]
    kits, grants = kits_of(ids), _grants(ids)
    payment, pay_url = _payment_of(order, at)
    province = db.session.execute(
        select(Province.name_fa, Province.name_en).where(Province.id == order.province_id)
    ).one()
    pickups = pickups_of([row.StoreOrder for row in parts])
    shown = tuple(
        replace(
            _part(row, lines.get(part.id, []), kits.get(part.id), grants.get(part.id)),
            pickup=pickups.get(part.id),
        )
        for row in parts
        if (part := row.StoreOrder)
    )
    return OrderShown(
        number=order.number,
        url=url_for("storefront.show_order", number=order.number),
        state=order.state.value,
        state_label=t(f"order_state.{order.state.value}"),
        payment=payment,
        pay_url=pay_url,
        can_retry=payment == "opening" or (payment == "waiting" and pay_url is None),
        is_confirming=is_confirming and order.state is OrderState.awaiting_payment,
        placed_at=order.placed_at,
        paid_at=order.paid_at,
        hold_until=order.hold_until,
        receiver=order.receiver,
        mobile=order.receiver_mobile,
        province=words(province.name_fa, province.name_en),
        city=order.city,
        address_line=order.address_line,
        postal_code=order.postal_code,
        store_orders=shown,
        goods_toman=order.goods_toman,
        shipping_toman=order.shipping_toman,
        borne_toman=sum(row.StoreOrder.borne_toman for row in parts),
        total_toman=order.total_toman,
        refunded_toman=_refunded(order.id),
        entries=sum(_chances(p) for p in shown if p.ended_note is None),
    )


def list_orders(person_id: int, cursor: str | None = None, limit: int = 20) -> Page[OrderRow]:
    """A person's orders, the newest first; three statements whatever their number."""
    query = select(Order).where(Order.person_id == person_id)
    after = decode_cursor(cursor, (int,))
    if after is not None:
        query = query.where(Order.id < after[0])
    orders = db.session.scalars(query.order_by(Order.id.desc()).limit(limit + 1)).all()
    page = page_of(orders, limit, lambda order: (order.id,))
    ids = [order.id for order in page.items]
    names: dict[int, list[str]] = {}
    for row in db.session.execute(
        select(StoreOrder.order_id, Store.name_fa, Store.name_en)
        .join(Store, Store.id == StoreOrder.store_id)
        .where(StoreOrder.order_id.in_(ids))
        .order_by(StoreOrder.id)
    ):
        names.setdefault(row.order_id, []).append(words(row.name_fa, row.name_en))
    pictures: dict[int, list[Picture]] = {}
    for line in db.session.execute(
        select(StoreOrder.order_id, OrderLine.picture_key, OrderLine.title_fa, OrderLine.title_en)
        .join(OrderLine, OrderLine.store_order_id == StoreOrder.id)
        .where(StoreOrder.order_id.in_(ids))
        .order_by(OrderLine.id)
    ):
        if line.picture_key:
            pictures.setdefault(line.order_id, []).append(
                Picture(line.picture_key, words(line.title_fa, line.title_en))
            )
    rows = [
        OrderRow(
            order.number,
            url_for("storefront.show_order", number=order.number),
            order.state.value,
            t(f"order_state.{order.state.value}"),
            order.placed_at,
            order.total_toman,
            tuple(names.get(order.id, [])),
            tuple(pictures.get(order.id, [])[:4]),
        )
        for order in page.items
    ]
    return Page(rows, page.next_cursor)


def _chances(part: StoreOrderShown) -> int:
    """What was granted; before the payment, what the order will earn."""
    return part.entries if part.entries_granted is None else part.entries_granted


def steps_of(part: StoreOrder) -> tuple[TimelineStep, ...]:
    """The way of a parcel: what is done, what is now, what comes."""
    moments = {
        "paid": part.paid_at,
        "accepted": part.accepted_at,
        "packed": part.packed_at,
        "shipped": part.shipped_at,
        "delivered": part.delivered_at,
    }
    is_ended = part.state in ENDED
    steps, is_next = [], True
    for code, _ in PATH:
        at = moments[code]
        if at is not None:
            state = "done"
        else:
            state = "off" if is_ended else "now" if is_next else "next"
            is_next = False
        steps.append(TimelineStep(code, t(f"step.{code}"), state, at))
    return tuple(steps)


def _part(
    row: AnyRow, lines: Sequence[AnyRow], kit: HygieneKit | None, grant: EntryGrant | None
) -> StoreOrderShown:
    part: StoreOrder = row.StoreOrder
    return StoreOrderShown(
        id=part.id,
        store_slug=row.slug,
        store_name=words(row.name_fa, row.name_en),
        store_url=url_for("storefront.show_store", slug=row.slug),
        stars=row.stars or 0,
        state=part.state.value,
        state_label=t(f"store_order_state.{part.state.value}"),
        lines=tuple(_line(line) for line in lines),
        goods_toman=part.goods_toman,
        tariff_toman=part.tariff_toman,
        borne_toman=part.borne_toman,
        shipping_toman=part.shipping_toman,
        free_above_toman=part.free_above_toman,
        shipping_method=part.shipping_method.value,
        shipping_label=t(f"method.{part.shipping_method.value}"),
        entries=part.entries,
        entries_granted=grant.weight if grant else None,
        entries_note=t(f"entry_reason.{grant.reason}") if grant and grant.reason != "paid_order" else None,
        kit_is_packed=bool(kit and kit.ticked_at),
        carrier=t(f"method.{part.carrier}") if part.carrier else None,
        tracking_code=part.tracking_code,
        steps=steps_of(part),
        can_confirm=part.state is S.shipped,
        ended_note=t(f"ended.{part.ended_reason}") if part.state in ENDED and part.ended_reason else None,
        carrier_code=part.carrier,
        ended_code=part.ended_reason if part.state in ENDED else None,
    )


def _line(row: AnyRow) -> OrderLineShown:
    line: OrderLine = row.OrderLine
    title = words(line.title_fa, line.title_en)
    return OrderLineShown(
        title,
        offer_url(line.offer_id, row.slug),
        Picture(line.picture_key, title) if line.picture_key else None,
        line.quantity,
        line.unit_toman,
        line.reference_toman,
        line.unit_toman * line.quantity,
        line.offer_id,
        words(row.guest_fa, row.guest_en) if row.guest_fa else None,
    )


def _grants(ids: list[int]) -> dict[int, EntryGrant]:
    return {
        g.store_order_id: g
        for g in db.session.scalars(select(EntryGrant).where(EntryGrant.store_order_id.in_(ids)))
    }


def _payment_of(order: Order, at: datetime) -> tuple[str, str | None]:
    """(state in words of the page, address of the gateway's page while it can be paid)."""
    if order.state is OrderState.paid:
        return "paid", None
    if order.state is OrderState.cancelled:
        return "refunded", None
    if order.state is OrderState.expired or order.hold_until <= at:
        return "expired", None
    newest = db.session.scalars(
        select(Payment)
        .join(OrderPayment, OrderPayment.payment_id == Payment.id)
        .where(OrderPayment.order_id == order.id)
        .order_by(Payment.id.desc())
        .limit(1)
    ).first()
    if newest is not None and newest.state is PaymentState.flagged:
        return "flagged", None
    if newest is None or newest.state is PaymentState.opening:
        return "opening", None
    return "waiting", newest.url if newest.state is PaymentState.open else None


def _refunded(order_id: int) -> int:
    return (
        db.session.scalar(
            select(func.coalesce(func.sum(Payment.refunded_toman), 0))
            .join(OrderPayment, OrderPayment.payment_id == Payment.id)
            .where(OrderPayment.order_id == order_id)
        )
        or 0
    )
