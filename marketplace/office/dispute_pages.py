"""Disputes at payers' banks as the desk shows them: with what of them is of use to the gateway."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.language import current_language, t
from marketplace.orders.after_models import Parcel
from marketplace.orders.models import Order, StoreOrder
from marketplace.orders.payment import order_of
from marketplace.payments.dispute_models import Dispute, DisputeState
from marketplace.payments.models import Payment
from marketplace.stores.models import Store

MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class DisputedPart:
    """One store's part, as far as it proves a delivery. `parcels`: (carrier, tracking code)."""

    store: str
    toman: int
    parcels: tuple[tuple[str, str], ...]
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class DisputeCase:
    """One dispute on the desk, with its order."""

    row: Dispute
    order_number: str | None
    parts: tuple[DisputedPart, ...]


def open_disputes() -> list[DisputeCase]:
    """The open ones, the oldest first."""
    is_open = Dispute.state == DisputeState.open
    return _cases(
        db.session.scalars(select(Dispute).where(is_open).order_by(Dispute.id).limit(MOST_SHOWN)).all()
    )


def decided_disputes() -> list[DisputeCase]:
    """How the last ended."""
    decided = (
        select(Dispute)
        .where(Dispute.state != DisputeState.open)
        .order_by(Dispute.decided_at.desc())
        .limit(MOST_SHOWN)
    )
    return _cases(db.session.scalars(decided).all())


def dispute_of(dispute_id: int) -> Dispute:
    """One dispute. Raises NotFound."""
    found = db.session.get(Dispute, dispute_id)
    if found is None:
        raise NotFound()
    return found


def _cases(rows: Sequence[Dispute]) -> list[DisputeCase]:
    references = db.session.execute(
        select(Payment.id, Payment.reference).where(Payment.id.in_([row.payment_id for row in rows]))
    )
    orders = {row.id: order_of(row.reference) for row in references}
    ids = [order_id for order_id in orders.values() if order_id is not None]
    known = db.session.execute(select(Order.id, Order.number).where(Order.id.in_(ids)))
    numbers = {row.id: row.number for row in known}
    parts = _parts(ids)
    cases = []
    for row in rows:
        order_id = orders.get(row.payment_id) or 0
        cases.append(DisputeCase(row, numbers.get(order_id), tuple(parts.get(order_id, ()))))
    return cases


def _parts(order_ids: Sequence[int]) -> dict[int, list[DisputedPart]]:
    found: dict[int, list[DisputedPart]] = {}
    rows = db.session.execute(
        select(StoreOrder, Store.name_fa, Store.name_en)
        .join(Store, Store.id == StoreOrder.store_id)
        .where(StoreOrder.order_id.in_(order_ids), StoreOrder.paid_at.is_not(None))
        .order_by(StoreOrder.id)
    ).all()
    parcels: dict[int, list[tuple[str, str]]] = {}
    for parcel in db.session.scalars(
        select(Parcel)
        .where(Parcel.store_order_id.in_([row.StoreOrder.id for row in rows]))
        .order_by(Parcel.id)
    ):
        parcels.setdefault(parcel.store_order_id, []).append(
            (t(f"method.{parcel.carrier.value}"), parcel.tracking_code)
        )
    for row in rows:
        part = row.StoreOrder
        found.setdefault(part.order_id, []).append(
            DisputedPart(
                store=row.name_en if current_language() == "en" else row.name_fa,
                toman=part.goods_toman + part.shipping_toman,
                parcels=tuple(parcels.get(part.id, ())),
                delivered_at=part.delivered_at,
            )
        )
    return found
