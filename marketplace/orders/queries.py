"""Reading carts and orders. Rows are loaded through what the caller may see: a person's own, a store's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select

from marketplace.catalog.models import Category, Variant
from marketplace.core.db import AnyRow, db, is_sqlite
from marketplace.core.errors import NotFound
from marketplace.core.ready import Ready
from marketplace.festival.guest_offers import GUEST_COLUMNS, join_guest
from marketplace.festival.models import Offer
from marketplace.orders.models import (
    Cart,
    CartLine,
    HygieneKit,
    Order,
    OrderLine,
    OrderState,
    StockState,
    StoreOrder,
)
from marketplace.policy.models import Province
from marketplace.stores.models import Seal, Store

_BOUGHT = Ready(
    select(
        func.coalesce(func.sum(OrderLine.quantity - OrderLine.cancelled_count - OrderLine.returned_count), 0)
    )
    .join(StoreOrder, StoreOrder.id == OrderLine.store_order_id)
    .join(Order, Order.id == StoreOrder.order_id)
    .where(
        Order.person_id == bindparam("person"),
        OrderLine.offer_id == bindparam("offer"),
        StoreOrder.stock != StockState.released,
    )
)


def bought_count(person_id: int, offer_id: int) -> int:
    """Pieces of an offer that a person bought or has on hold, over all orders that stand; what comes back is not."""
    return _BOUGHT.scalar(person=person_id, offer=offer_id) or 0


_CART_LINES = join_guest(
    select(
        CartLine.id,
        CartLine.offer_id,
        CartLine.quantity,
        CartLine.seen_toman,
        Offer.slug,
        Offer.title_fa,
        Offer.title_en,
        Offer.picture_key,
        Offer.festival_toman,
        Offer.reference_toman,
        Offer.discount_percent,
        Offer.limit_per_buyer,
        Offer.festival_id,
        Offer.category_id,
        (Offer.stocked_count - Offer.sold_count - Offer.held_count).label("left"),
        Variant.label_fa,
        Variant.label_en,
        Variant.weight_grams,
        Category.is_perishable,
        Store.id.label("store_id"),
        Store.slug.label("store_slug"),
        Store.kind.label("store_kind"),
        Store.name_fa,
        Store.name_en,
        Store.city_fa,
        Store.city_en,
        Store.province_id,
        Province.zone,
        Province.name_fa.label("province_fa"),
        Province.name_en.label("province_en"),
        Seal.stars,
        *GUEST_COLUMNS,
    )
    .join(Cart, Cart.id == CartLine.cart_id)
    .join(Offer, Offer.id == CartLine.offer_id)
    .join(Variant, Variant.id == Offer.variant_id)
    .join(Category, Category.id == Offer.category_id)
    .join(Store, Store.id == Offer.store_id)
    .join(Province, Province.id == Store.province_id)
    .outerjoin(Seal, Seal.store_id == Store.id)
    .order_by(CartLine.id)
)
_OF_PERSON = Ready(_CART_LINES.where(Cart.person_id == bindparam("owner")))
_OF_GUEST = Ready(_CART_LINES.where(Cart.guest_hash == bindparam("owner")))


def cart_rows(person_id: int | None, guest_hash: str | None) -> Sequence[AnyRow]:
    """The lines of a cart with offer, variant and store, in the order in which they were put; one statement."""
    if person_id is not None:
        return _OF_PERSON.all(owner=person_id)
    if guest_hash is not None:
        return _OF_GUEST.all(owner=guest_hash)
    return []


def order_of_person(number: str, person_id: int) -> Order:
    """An own order by its number. Raises NotFound for another person's."""
    order = db.session.scalar(select(Order).where(Order.number == number, Order.person_id == person_id))
    if order is None:
        raise NotFound("unknown_order")
    return order


class Submitted(NamedTuple):
    """An order that a submission made."""

    id: int
    number: str


_SUBMITTED = Ready(
    select(Order.id, Order.number).where(
        Order.person_id == bindparam("person"), Order.submission_key == bindparam("key")
    )
)


def order_by_submission(person_id: int, submission_key: str) -> Submitted | None:
    """The order that this very submission made before."""
    row = _SUBMITTED.first(person=person_id, key=submission_key)
    return Submitted(*row) if row is not None else None


def lock_order(order_id: int) -> Order:
    """An order, locked and read anew."""
    query = select(Order).where(Order.id == order_id).execution_options(populate_existing=True)
    return db.session.execute(query if is_sqlite() else query.with_for_update()).scalar_one()


class Awaited(NamedTuple):
    """An order whose money is told of."""

    id: int
    number: str
    person_id: int
    festival_id: int
    state: OrderState


_AWAITED = Ready(
    select(*(getattr(Order, name) for name in Awaited._fields))
    .where(Order.id == bindparam("order"))
    .with_for_update()
)
_PARTS = Ready(
    select(
        *(StoreOrder.id, StoreOrder.store_id, StoreOrder.stock, StoreOrder.entries),
        *(StoreOrder.goods_toman, StoreOrder.shipping_toman),
    )
    .where(StoreOrder.order_id == bindparam("order"))
    .order_by(StoreOrder.id)
)
_LINES = Ready(
    select(OrderLine.store_order_id, OrderLine.offer_id, OrderLine.quantity, OrderLine.unsold_count)
    .join(StoreOrder, StoreOrder.id == OrderLine.store_order_id)
    .where(StoreOrder.order_id == bindparam("order"))
    .order_by(OrderLine.id)
)


def lock_awaited(order_id: int) -> Awaited:
    """As `lock_order`, without its row."""
    return Awaited(*_AWAITED.first(order=order_id))


def parts_and_lines(order_id: int) -> tuple[Sequence[AnyRow], Sequence[AnyRow]]:
    """What is read of an order's parts and lines when its money comes, in the order of their ids."""
    return _PARTS.all(order=order_id), _LINES.all(order=order_id)


def lock_store_order(store_order_id: int) -> StoreOrder:
    """A store order, locked and read anew."""
    query = (
        select(StoreOrder).where(StoreOrder.id == store_order_id).execution_options(populate_existing=True)
    )
    return db.session.execute(query if is_sqlite() else query.with_for_update()).scalar_one()


def store_order_of_store(store_order_id: int, store_id: int) -> StoreOrder:
    """A store's own order; unpaid ones are not its business. Raises NotFound."""
    found = db.session.scalar(
        select(StoreOrder).where(
            StoreOrder.id == store_order_id, StoreOrder.store_id == store_id, StoreOrder.paid_at.is_not(None)
        )
    )
    if found is None:
        raise NotFound("unknown_order")
    return found


def store_order_of_person(store_order_id: int, person_id: int) -> StoreOrder:
    """A part of an own order. Raises NotFound."""
    found = db.session.scalar(
        select(StoreOrder)
        .join(Order, Order.id == StoreOrder.order_id)
        .where(StoreOrder.id == store_order_id, Order.person_id == person_id)
    )
    if found is None:
        raise NotFound("unknown_order")
    return found


def store_orders_of(order_id: int) -> Sequence[StoreOrder]:
    """The parts of an order, in the order of their ids."""
    return db.session.scalars(
        select(StoreOrder).where(StoreOrder.order_id == order_id).order_by(StoreOrder.id)
    ).all()


def lines_of(store_order_ids: Sequence[int]) -> Sequence[OrderLine]:
    """The lines of some store orders, in one statement."""
    return db.session.scalars(
        select(OrderLine).where(OrderLine.store_order_id.in_(store_order_ids)).order_by(OrderLine.id)
    ).all()


def kits_of(store_order_ids: Sequence[int]) -> dict[int, HygieneKit]:
    """The kits of some store orders."""
    rows = db.session.scalars(select(HygieneKit).where(HygieneKit.store_order_id.in_(store_order_ids)))
    return {kit.store_order_id: kit for kit in rows}


_LAST_ADDRESS = Ready(
    select(
        Order.receiver,
        Order.receiver_mobile,
        Order.city,
        Order.address_line,
        Order.postal_code,
        Province.name_fa,
        Province.name_en,
        Province.id.label("province_id"),
        Province.zone,
    )
    .join(Province, Province.id == Order.province_id)
    .where(Order.person_id == bindparam("person"))
    .order_by(Order.id.desc())
    .limit(1)
)


def last_address(person_id: int) -> AnyRow | None:
    """Where the person's newest order went, to fill the form."""
    found: AnyRow | None = _LAST_ADDRESS.first(person=person_id)
    return found


def expired_holds(at: Any, limit: int) -> Sequence[int]:
    """Orders whose stock hold has run out unpaid."""
    return db.session.scalars(
        select(Order.id)
        .where(Order.state == OrderState.awaiting_payment, Order.hold_until <= at)
        .order_by(Order.hold_until)
        .limit(limit)
    ).all()
