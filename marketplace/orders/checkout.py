"""Placing an order: everything is computed here from the database, once more, and written in one unit."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete

from marketplace.core.db import AnyRow
from marketplace.core.errors import Reason
from marketplace.core.language import t
from marketplace.core.ready import AddingRows, Ready, adding
from marketplace.orders.errors import EmptyCart, NoShipping, TotalChanged, UnpayableLines
from marketplace.orders.inputs import Checkout
from marketplace.orders.models import (
    CartLine,
    HygieneKit,
    Order,
    OrderLine,
    OrderPayment,
    StoreOrder,
)
from marketplace.orders.pickup import promise_pickup
from marketplace.orders.queries import cart_rows, order_by_submission
from marketplace.orders.quoting import Destination, QuotedStore, quote_cart
from marketplace.orders.stock import hold, lock_cart
from marketplace.payments.payments import PaymentWish, open_payment
from marketplace.policy.models import ShippingMethod
from marketplace.policy.policy import policy_at

GATEWAY_SLACK = timedelta(seconds=30)
"""A gateway's page lives 30 minutes at least, counted from its making: the hold ends this much later."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys, in which language, and where the gateway sends the browser back to."""

    person_id: int
    mobile: str
    language: str
    base_url: str
    gateway: str


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What is asked of an order that was written just now."""

    id: int
    number: str
    total_toman: int
    hold_until: datetime


@dataclass(frozen=True, slots=True)
class Placed:
    """An order written, and the errand that opens its payment page (None when it was placed before)."""

    order_id: int
    number: str
    errand_id: int | None


_ADD_ORDER = adding(
    Order, "number", "person_id", "festival_id", "submission_key", "receiver", "receiver_mobile", "province_id",
    "city", "address_line", "postal_code", "goods_toman", "shipping_toman", "total_toman", "placed_at", "hold_until",
)  # fmt: skip
_ADD_PARTS = AddingRows(
    StoreOrder, "order_id", "store_id", "goods_toman", "reference_goods_toman", "weight_grams", "shipping_method",
    "tariff_toman", "borne_toman", "shipping_toman", "free_above_toman", "entries",
    tells=("id", "store_id"),
)  # fmt: skip
_ADD_KIT = adding(HygieneKit, "store_order_id", "price_toman", tells=False)
_ADD_LINE = adding(
    OrderLine, "store_order_id", "offer_id", "title_fa", "title_en", "picture_key", "quantity", "unit_toman",
    "reference_toman", "is_perishable", tells=False,
)  # fmt: skip
_ADD_PAYMENT = adding(OrderPayment, "order_id", "payment_id", "is_kept", tells=False)
_OUT_OF_CART = Ready(
    delete(cast(Table, CartLine.__table__)).where(
        CartLine.id.in_(bindparam("lines", expanding=True, type_=CartLine.id.type))
    )
)


def place_order(buyer: Buyer, wish: Checkout, at: datetime, *, seen_lines: str | None = None) -> Placed:
    """Makes one order of the cart's payable lines, holds their stock and opens the payment.

    The same submission key gives the earlier order. `seen_lines` (see `lines_signature`) says which lines the
    shopper saw as payable; without it every line must be payable. Raises EmptyCart, UnpayableLines, NoShipping,
    NotEnoughStock, and TotalChanged when more would be charged than `wish.seen_total_toman` or other lines.
    """
    lock_cart(buyer.person_id)
    earlier = order_by_submission(buyer.person_id, wish.submission_key)
    if earlier is not None:
        return Placed(earlier.id, earlier.number, None)
    rows = cart_rows(buyer.person_id, None)
    to = Destination(wish.address.province_id, wish.address.province_zone, wish.address.city)
    stores = quote_cart(rows, buyer.person_id, to, wish.methods, at)
    _ensure_payable(stores, wish, seen_lines)
    standing = [store for store in stores if store.payable]
    hold((line.row.offer_id, line.row.quantity) for store in standing for line in store.payable)
    order = _write_order(buyer, wish, standing, at)
    _write_store_orders(order.id, standing)
    _OUT_OF_CART.run(lines=[line.row.id for store in standing for line in store.payable])
    return Placed(order.id, order.number, open_order_payment(order, buyer, at))


def lines_signature(stores: Sequence[QuotedStore]) -> str:
    """Which lines can be paid, in which quantity: a page sends it back so that nothing is dropped unseen."""
    return ",".join(f"{line.row.offer_id}x{line.row.quantity}" for store in stores for line in store.payable)


def open_order_payment(order: Order | NewOrder, buyer: Buyer, at: datetime) -> int:
    """Writes a payment attempt for an order and ties it; gives the errand's id."""
    page = f"{buyer.base_url}{'/en' if buyer.language == 'en' else ''}/orders/{order.number}"
    wish = PaymentWish(
        reference=f"order:{order.id}",
        amount_toman=order.total_toman,
        description=t("payment.order", lang=buyer.language, number=order.number),
        success_url=f"{page}?from=gateway",
        cancel_url=f"{page}?from=cancel",
        language=buyer.language,
        mobile=buyer.mobile,
        expires_at=order.hold_until,
    )
    payment_id, errand_id = open_payment(wish, buyer.gateway, at)
    _ADD_PAYMENT.run(order_id=order.id, payment_id=payment_id, is_kept=False)
    return errand_id


def _ensure_payable(stores: Sequence[QuotedStore], wish: Checkout, seen_lines: str | None) -> None:
    if not any(store.payable for store in stores):
        reasons = [reason for store in stores for line in store.lines for reason in line.reasons]
        raise UnpayableLines(reasons=reasons) if reasons else EmptyCart()
    if seen_lines is None:
        reasons = [reason for store in stores for line in store.lines for reason in line.reasons]
        if reasons:
            raise UnpayableLines(reasons=reasons)
    elif seen_lines != lines_signature(stores):
        raise TotalChanged(reasons=[Reason("lines_changed")])
    for store in stores:
        if store.payable and (store.quote is None or not store.goes_as_wanted):
            raise NoShipping(fields={f"shipping-{store.row.store_slug}": "method_not_there"})
    if wish.seen_total_toman is not None and _total(stores) > wish.seen_total_toman:
        raise TotalChanged(params={"total_toman": _total(stores)}, reasons=[Reason("total_changed")])


def _total(stores: Sequence[QuotedStore]) -> int:
    return sum(s.quote.goods_toman + s.quote.chosen.shipping_toman for s in stores if s.quote)


def _write_order(buyer: Buyer, wish: Checkout, stores: Sequence[QuotedStore], at: datetime) -> NewOrder:
    to = wish.address
    goods = sum(s.quote.goods_toman for s in stores if s.quote)
    total = _total(stores)
    number = f"{secrets.randbelow(900_000_000) + 100_000_000}"
    hold_until = at + timedelta(minutes=policy_at(at).hold_minutes) + GATEWAY_SLACK
    order_id = _ADD_ORDER.scalar(
        number=number,
        person_id=buyer.person_id,
        festival_id=stores[0].row.festival_id,
        submission_key=wish.submission_key,
        receiver=to.receiver,
        receiver_mobile=to.mobile,
        province_id=to.province_id,
        city=to.city,
        address_line=to.line,
        postal_code=to.postal_code,
        goods_toman=goods,
        shipping_toman=total - goods,
        total_toman=total,
        placed_at=at,
        hold_until=hold_until,
    )
    return NewOrder(order_id, number, total, hold_until)


def _write_store_orders(order_id: int, stores: Sequence[QuotedStore]) -> None:
    """All parts in one statement, then all kits and all lines in one each."""
    written = _ADD_PARTS.all([_store_order(order_id, store) for store in stores])
    by_store = {part.store_id: part.id for part in written}
    parts = [by_store[store.row.store_id] for store in stores]
    _ADD_KIT.run_for_each([{"store_order_id": part, "price_toman": 0} for part in parts])
    _ADD_LINE.run_for_each(
        [
            _order_line(part, line.row)
            for part, store in zip(parts, stores, strict=True)
            for line in store.payable
        ]
    )
    for part, store in zip(parts, stores, strict=True):
        if store.quote and store.quote.chosen.method is ShippingMethod.pickup:
            promise_pickup(part)


def _store_order(order_id: int, store: QuotedStore) -> dict[str, Any]:
    quote = store.quote
    if quote is None:
        raise EmptyCart()
    return {
        "order_id": order_id,
        "store_id": store.row.store_id,
        "goods_toman": quote.goods_toman,
        "reference_goods_toman": quote.reference_goods_toman,
        "weight_grams": quote.weight_grams,
        "shipping_method": quote.chosen.method,
        "tariff_toman": quote.chosen.tariff_toman,
        "borne_toman": quote.chosen.borne_toman,
        "shipping_toman": quote.chosen.shipping_toman,
        "free_above_toman": quote.free_above_toman,
        "entries": quote.entries,
    }


def _order_line(part_id: int, row: AnyRow) -> dict[str, Any]:
    label = f"، {row.label_fa}" if row.label_fa else ""
    label_en = f", {row.label_en}" if row.label_en else ""
    return {
        "store_order_id": part_id,
        "offer_id": row.offer_id,
        "title_fa": row.title_fa + label,
        "title_en": row.title_en + label_en,
        "picture_key": row.picture_key,
        "quantity": row.quantity,
        "unit_toman": row.festival_toman,
        "reference_toman": row.reference_toman,
        "is_perishable": row.is_perishable,
    }
