"""Orders as their shopper sees them: timeline, arithmetic, kit, entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import bindparam, func, select

from marketplace.core.db import db
from marketplace.core.language import t
from marketplace.core.paging import Page, decode_cursor, page_of
from marketplace.core.ready import Ready
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


_IN_PARTS = bindparam("parts", expanding=True, type_=StoreOrder.id.type)
_KITS = Ready(
    select(HygieneKit.store_order_id, HygieneKit.ticked_at).where(HygieneKit.store_order_id.in_(_IN_PARTS))
)
_GRANTS = Ready(
    select(EntryGrant.store_order_id, EntryGrant.weight, EntryGrant.reason).where(
        EntryGrant.store_order_id.in_(_IN_PARTS)
    )
)
_PROVINCE = Ready(select(Province.name_fa, Province.name_en).where(Province.id == bindparam("province")))
_NEWEST_PAYMENT = Ready(
    select(Payment.state, Payment.url)
    .join(OrderPayment, OrderPayment.payment_id == Payment.id)
    .where(OrderPayment.order_id == bindparam("order"))
    .order_by(Payment.id.desc())
    .limit(1)
)
_REFUNDED = Ready(
    select(func.coalesce(func.sum(Payment.refunded_toman), 0, type_=Payment.refunded_toman.type))
    .join(OrderPayment, OrderPayment.payment_id == Payment.id)
    .where(OrderPayment.order_id == bindparam("order"))
)


def show_order(number: str, person_id: int, at: datetime, *, is_confirming: bool = False) -> OrderShown:
    """An own order with all its parts. Raises NotFound for another person's."""
    return show_read(read_order(number, person_id), at, is_confirming=is_confirming)


def show_read(read: OrderRead, at: datetime, *, is_confirming: bool = False) -> OrderShown:
    """The same of an order that was read already."""
    order, parts, lines = read.order, read.parts, read.lines
    ids = [part.id for part in parts]
    packed = {kit.store_order_id for kit in _KITS.all(parts=ids) if kit.ticked_at}
    grants = {grant.store_order_id: grant for grant in _GRANTS.all(parts=ids)}
    payment, pay_url = _payment_of(order, at)
    province = _PROVINCE.first(province=order.province_id)
    pickups = pickups_of(list(parts))
    shown = tuple(
        replace(
            _part(part, lines.get(part.id, []), part.id in packed, grants.get(part.id)),
            pickup=pickups.get(part.id),
        )
        for part in parts
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
        borne_toman=sum(part.borne_toman for part in parts),
        total_toman=order.total_toman,
        refunded_toman=int(_REFUNDED.scalar(order=order.id)),
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


def _part(part: Any, lines: Sequence[Any], is_packed: bool, grant: Any) -> StoreOrderShown:
    return StoreOrderShown(
        id=part.id,
        store_slug=part.slug,
        store_name=words(part.name_fa, part.name_en),
        store_url=url_for("storefront.show_store", slug=part.slug),
        stars=part.stars or 0,
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
        kit_is_packed=is_packed,
        carrier=t(f"method.{part.carrier}") if part.carrier else None,
        tracking_code=part.tracking_code,
        steps=steps_of(part),
        can_confirm=part.state is S.shipped,
        ended_note=t(f"ended.{part.ended_reason}") if part.state in ENDED and part.ended_reason else None,
        carrier_code=part.carrier,
        ended_code=part.ended_reason if part.state in ENDED else None,
    )


def _line(line: Any) -> OrderLineShown:
    title = words(line.title_fa, line.title_en)
    return OrderLineShown(
        title,
        offer_url(line.offer_id, line.slug),
        Picture(line.picture_key, title) if line.picture_key else None,
        line.quantity,
        line.unit_toman,
        line.reference_toman,
        line.unit_toman * line.quantity,
        line.offer_id,
        words(line.guest_fa, line.guest_en) if line.guest_fa else None,
    )


def _payment_of(order: Any, at: datetime) -> tuple[str, str | None]:
    """(state in words of the page, address of the gateway's page while it can be paid)."""
    if order.state is OrderState.paid:
        return "paid", None
    if order.state is OrderState.cancelled:
        return "refunded", None
    if order.state is OrderState.expired or order.hold_until <= at:
        return "expired", None
    newest = _NEWEST_PAYMENT.first(order=order.id)
    if newest is not None and newest.state is PaymentState.flagged:
        return "flagged", None
    if newest is None or newest.state is PaymentState.opening:
        return "opening", None
    return "waiting", newest.url if newest.state is PaymentState.open else None
