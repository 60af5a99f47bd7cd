"""A store order on its way: accepted, packed with its kit, received. Each verb opens with its guard.

How it leaves stands in `parcels.py`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.events import publish
from marketplace.orders.after_models import Parcel
from marketplace.orders.after_notices import tell_arrived, tell_pickup_ready, tell_step
from marketplace.orders.errors import KitNotTicked, WrongStep
from marketplace.orders.events import StoreOrderDelivered
from marketplace.orders.invoices import issue_invoice
from marketplace.orders.models import DeliveredBy, HygieneKit, Order, StoreOrder, StoreOrderState
from marketplace.orders.queries import lock_store_order, store_order_of_person, store_order_of_store
from marketplace.orders.rules import may_become
from marketplace.policy.calendar import add_working_days
from marketplace.policy.models import ShippingMethod
from marketplace.policy.policy import policy_at

RECEIVED = frozenset(
    {
        StoreOrderState.delivered,
        StoreOrderState.closed,
        StoreOrderState.part_returned,
        StoreOrderState.returned,
    }
)


def accept_store_order(store_order_id: int, store_id: int, actor: Actor, at: datetime) -> StoreOrder:
    """The store takes the order on. Raises NotFound for another store's, WrongStep for a stale page."""
    part = of_store(store_order_id, store_id)
    if part.state is StoreOrderState.accepted:
        return part
    _step(part, StoreOrderState.accepted)
    part.accepted_at = at
    db.session.flush()
    tell_step(part, "order_accepted", at)
    record(actor, "accept_store_order", f"store-order:{part.id}", at)
    return part


def pack_store_order(
    store_order_id: int, store_id: int, is_kit_ticked: bool, actor: Actor, at: datetime
) -> StoreOrder:
    """The goods are packed together with the hygiene kit, and the invoice that goes with them is issued.

    Raises KitNotTicked when the kit is not in; without it the parcel can never be shipped.
    """
    part = of_store(store_order_id, store_id)
    if not is_kit_ticked:
        raise KitNotTicked(fields={"kit": "kit_not_ticked"})
    if part.state is StoreOrderState.packed:
        return part
    _step(part, StoreOrderState.packed)
    part.packed_at = at
    kit = _kit(part)
    kit.ticked_at, kit.ticked_by_id = at, actor.id
    db.session.flush()
    invoice = issue_invoice(part, at)
    if part.shipping_method is ShippingMethod.pickup:
        tell_pickup_ready(part, at)
    else:
        tell_step(part, "order_packed", at)
    record(actor, "pack_store_order", f"store-order:{part.id}", at, kit=True, invoice=invoice.number)
    return part


def confirm_receipt(store_order_id: int, person_id: int, at: datetime) -> StoreOrder:
    """The shopper has everything. Saying it twice changes nothing; before the last parcel left it is refused."""
    part = lock_store_order(store_order_of_person(store_order_id, person_id).id)
    if part.state in RECEIVED:
        return part
    deliver(part, DeliveredBy.shopper, at)
    return part


def deliver(part: StoreOrder, by: DeliveredBy, at: datetime) -> None:
    """A locked store order has arrived: the days of withdrawal begin. Raises WrongStep."""
    _step(part, StoreOrderState.delivered)
    part.delivered_at, part.delivered_by = at, by
    part.withdraw_until_at = add_working_days(at, policy_at(at).withdrawal_working_days)
    db.session.flush()
    db.session.execute(
        update(Parcel)
        .where(Parcel.store_order_id == part.id, Parcel.delivered_at.is_(None))
        .values(delivered_at=at)
    )
    tell_arrived(part, at)
    publish(StoreOrderDelivered(part.id, part.store_id, buyer_of(part)[0], at))


def buyer_of(part: StoreOrder) -> tuple[int, str]:
    """(person id, order number) of a store order."""
    row = db.session.execute(select(Order.person_id, Order.number).where(Order.id == part.order_id)).one()
    return row.person_id, row.number


def of_store(store_order_id: int, store_id: int) -> StoreOrder:
    """A store's own paid order, locked. Raises NotFound."""
    return lock_store_order(store_order_of_store(store_order_id, store_id).id)


def is_kit_ticked(part: StoreOrder) -> bool:
    """Whether the kit of a store order is in."""
    return _kit(part).ticked_at is not None


def _step(part: StoreOrder, following: StoreOrderState) -> None:
    if not may_become(part.state, following):
        raise WrongStep(params={"state": part.state})
    part.state = following


def _kit(part: StoreOrder) -> HygieneKit:
    return db.session.scalars(select(HygieneKit).where(HygieneKit.store_order_id == part.id)).one()
