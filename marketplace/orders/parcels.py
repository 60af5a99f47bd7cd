"""Parcels: what leaves the store, in one or several, and what carriers say of it.

A tracking code is of one parcel of its carrier, for ever; a constraint decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, update

from marketplace.core.audit import Actor, record
from marketplace.core.db import changed_count, db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.unit_of_work import on_violation
from marketplace.orders.after_inputs import Shipment
from marketplace.orders.after_models import Parcel, ParcelLine
from marketplace.orders.after_notices import tell_shipped
from marketplace.orders.errors import KitNotTicked, TrackingCodeTaken, WrongStep
from marketplace.orders.fulfilment import deliver, is_kit_ticked, of_store
from marketplace.orders.models import DeliveredBy, OrderLine, StoreOrder, StoreOrderState
from marketplace.orders.queries import lines_of, lock_store_order
from marketplace.policy.models import ShippingMethod

S = StoreOrderState


def _taken() -> TrackingCodeTaken:
    return TrackingCodeTaken(fields={"tracking_code": "tracking_code_taken"})


on_violation("uq_parcels_carrier_tracking_code", _taken)


def ship_store_order(
    store_order_id: int, store_id: int, shipment: Shipment, actor: Actor, at: datetime
) -> StoreOrder:
    """A parcel left with a carrier and a tracking code: everything that had not left, or the quantities told.

    The same code of the same store order again changes nothing. Raises KitNotTicked, WrongStep, TrackingCodeTaken for
    a code of another parcel, Invalid for quantities above what is left.
    """
    part = of_store(store_order_id, store_id)
    known = db.session.scalar(
        select(Parcel).where(
            Parcel.carrier == shipment.carrier, Parcel.tracking_code == shipment.tracking_code
        )
    )
    if known is not None and known.store_order_id == part.id:
        return part
    if part.shipping_method is ShippingMethod.pickup:
        raise WrongStep("taken_at_counter")
    if part.state in (S.paid, S.accepted) or not is_kit_ticked(part):
        raise KitNotTicked("pack_first")
    if part.state not in (S.packed, S.part_shipped):
        raise WrongStep(params={"state": part.state})
    if known is not None:
        raise _taken()
    lines = lines_of([part.id])
    sent = _sent(lines, shipment.lines)
    parcel = Parcel(
        store_order_id=part.id,
        carrier=ShippingMethod(shipment.carrier),
        tracking_code=shipment.tracking_code,
        shipped_at=at,
    )
    db.session.add(parcel)
    db.session.flush()
    for line, quantity in sent:
        _leave(line, quantity)
        db.session.add(ParcelLine(parcel_id=parcel.id, order_line_id=line.id, quantity=quantity))
    part.carrier, part.tracking_code = shipment.carrier, shipment.tracking_code
    settle_shipping(part, lines, at)
    tell_shipped(parcel, part)
    record(
        actor,
        "ship_store_order",
        f"store-order:{part.id}",
        at,
        carrier=shipment.carrier,
        tracking_code=shipment.tracking_code,
        pieces=sum(quantity for _, quantity in sent),
    )
    return part


def settle_shipping(part: StoreOrder, lines: Sequence[OrderLine], at: datetime) -> None:
    """Shipped once every piece left or will never be sent, else part-shipped."""
    is_all = all(line.shipped_count + line.cancelled_count == line.quantity for line in lines)
    part.state = S.shipped if is_all else S.part_shipped
    if is_all:
        part.shipped_at = at
    db.session.flush()


def record_delivery(carrier: ShippingMethod, tracking_code: str, at: datetime) -> StoreOrder:
    """A carrier says that a parcel was handed over; the store order is delivered with its last parcel.

    Saying it again changes nothing. Raises NotFound for a code that nobody gave.
    """
    found = db.session.scalar(
        select(Parcel.store_order_id).where(
            Parcel.carrier == carrier, Parcel.tracking_code == tracking_code.strip().upper()
        )
    )
    if found is None:
        raise NotFound("unknown_parcel")
    part = lock_store_order(found)
    parcels = parcels_of([part.id])
    for parcel in parcels:
        if (parcel.carrier, parcel.tracking_code) == (carrier, tracking_code.strip().upper()):
            parcel.delivered_at = parcel.delivered_at or max(at, parcel.shipped_at)
    db.session.flush()
    if part.state is S.shipped and all(parcel.delivered_at for parcel in parcels):
        deliver(part, DeliveredBy.carrier, at)
    return part


def parcels_of(store_order_ids: Sequence[int]) -> Sequence[Parcel]:
    """The parcels of some store orders in the order in which they left."""
    return db.session.scalars(
        select(Parcel).where(Parcel.store_order_id.in_(store_order_ids)).order_by(Parcel.id)
    ).all()


def contents_of(store_order_ids: Sequence[int]) -> list[tuple[Parcel, list[ParcelLine]]]:
    """The same with what is in each of them, in one statement whatever their number."""
    found: dict[int, tuple[Parcel, list[ParcelLine]]] = {}
    for parcel, line in db.session.execute(
        select(Parcel, ParcelLine)
        .join(ParcelLine, ParcelLine.parcel_id == Parcel.id)
        .where(Parcel.store_order_id.in_(store_order_ids))
        .order_by(Parcel.id, ParcelLine.id)
    ):
        found.setdefault(parcel.id, (parcel, []))[1].append(line)
    return list(found.values())


def _sent(lines: Sequence[OrderLine], wanted: Mapping[int, int] | None) -> list[tuple[OrderLine, int]]:
    left = {line.offer_id: line.quantity - line.shipped_count - line.cancelled_count for line in lines}
    asked = {offer: count for offer, count in left.items() if count} if wanted is None else wanted
    wrong = {
        f"quantity-{offer}": "unknown_line" if offer not in left else "above_left"
        for offer, count in asked.items()
        if count > left.get(offer, 0)
    }
    if wrong or not asked:
        raise Invalid("bad_shipment", fields=wrong or {"lines": "nothing_chosen"})
    return [(line, asked[line.offer_id]) for line in lines if asked.get(line.offer_id)]


def _leave(line: OrderLine, quantity: int) -> None:
    left = changed_count(
        update(OrderLine)
        .where(
            OrderLine.id == line.id,
            OrderLine.shipped_count + OrderLine.cancelled_count + quantity <= OrderLine.quantity,
        )
        .values(shipped_count=OrderLine.shipped_count + quantity)
        .execution_options(synchronize_session=False)
    )
    if not left:
        raise WrongStep()
    db.session.refresh(line)
