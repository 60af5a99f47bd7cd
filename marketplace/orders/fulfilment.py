"""A store order on its way: accepted, packed with its kit, shipped, received. Each verb opens with its guard."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.events import publish
from marketplace.orders.errors import KitNotTicked, WrongStep
from marketplace.orders.events import StoreOrderDelivered
from marketplace.orders.inputs import Shipment
from marketplace.orders.models import HygieneKit, Order, StoreOrder, StoreOrderState
from marketplace.orders.notices import tell_shipped
from marketplace.orders.queries import lock_store_order, store_order_of_person, store_order_of_store
from marketplace.orders.rules import may_become


def accept_store_order(store_order_id: int, store_id: int, actor: Actor, at: datetime) -> StoreOrder:
    """The store takes the order on. Raises NotFound for another store's, WrongStep for a stale page."""
    part = _of_store(store_order_id, store_id)
    if part.state is StoreOrderState.accepted:
        return part
    _step(part, StoreOrderState.accepted)
    part.accepted_at = at
    record(actor, "accept_store_order", f"store-order:{part.id}", at)
    return part


def pack_store_order(
    store_order_id: int, store_id: int, is_kit_ticked: bool, actor: Actor, at: datetime
) -> StoreOrder:
    """The goods are packed together with the hygiene kit.

    Raises KitNotTicked when the kit is not in; without it the parcel can never be shipped.
    """
    part = _of_store(store_order_id, store_id)
    if not is_kit_ticked:
        raise KitNotTicked(fields={"kit": "kit_not_ticked"})
    if part.state is StoreOrderState.packed:
        return part
    _step(part, StoreOrderState.packed)
    part.packed_at = at
    kit = _kit(part)
    kit.ticked_at, kit.ticked_by_id = at, actor.id
    record(actor, "pack_store_order", f"store-order:{part.id}", at, kit=True)
    return part


def ship_store_order(
    store_order_id: int, store_id: int, shipment: Shipment, actor: Actor, at: datetime
) -> StoreOrder:
    """The parcel left with a carrier and a tracking code. Raises KitNotTicked, WrongStep."""
    part = _of_store(store_order_id, store_id)
    if part.state is StoreOrderState.shipped and part.tracking_code == shipment.tracking_code:
        return part
    if part.state in (StoreOrderState.paid, StoreOrderState.accepted) or _kit(part).ticked_at is None:
        raise KitNotTicked("pack_first")
    part.carrier, part.tracking_code = shipment.carrier, shipment.tracking_code
    _step(part, StoreOrderState.shipped)
    part.shipped_at = at
    tell_shipped(part, *buyer_of(part))
    record(
        actor,
        "ship_store_order",
        f"store-order:{part.id}",
        at,
        carrier=shipment.carrier,
        tracking_code=shipment.tracking_code,
    )
    return part


def confirm_receipt(store_order_id: int, person_id: int, at: datetime) -> StoreOrder:
    """The shopper has the parcel. Saying it twice changes nothing; before shipping it is refused."""
    part = lock_store_order(store_order_of_person(store_order_id, person_id).id)
    if part.state in (StoreOrderState.delivered, StoreOrderState.closed):
        return part
    _step(part, StoreOrderState.delivered)
    part.delivered_at = at
    db.session.flush()
    publish(StoreOrderDelivered(part.id, part.store_id, person_id, at))
    return part


def buyer_of(part: StoreOrder) -> tuple[int, str]:
    """(person id, order number) of a store order."""
    row = db.session.execute(select(Order.person_id, Order.number).where(Order.id == part.order_id)).one()
    return row.person_id, row.number


def _of_store(store_order_id: int, store_id: int) -> StoreOrder:
    return lock_store_order(store_order_of_store(store_order_id, store_id).id)


def _step(part: StoreOrder, following: StoreOrderState) -> None:
    if not may_become(part.state, following):
        raise WrongStep(params={"state": part.state})
    part.state = following


def _kit(part: StoreOrder) -> HygieneKit:
    return db.session.scalars(select(HygieneKit).where(HygieneKit.store_order_id == part.id)).one()
