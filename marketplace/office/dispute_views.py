"""Disputes at payers' banks: which are open, what of them is of use to the gateway, how they ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from marketplace.accounts.access import official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock, errands
from marketplace.core.audit import record
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.language import current_language, t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.after_models import Parcel
from marketplace.orders.models import Order, StoreOrder
from marketplace.orders.payment import order_of
from marketplace.payments.dispute_models import Dispute, DisputeState
from marketplace.payments.disputes import hear_of_dispute
from marketplace.payments.models import Payment
from marketplace.stores.models import Store

blueprint = Blueprint("office_disputes", __name__, url_prefix="/office/disputes")
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


@blueprint.get("")
@official(Role.office, Role.auditor)
def list_disputes() -> str:
    """The open ones with what proves a delivery, and how the last ended."""
    is_open = Dispute.state == DisputeState.open
    decided = select(Dispute).where(~is_open).order_by(Dispute.decided_at.desc()).limit(MOST_SHOWN)
    return render_template(
        "office/disputes.html",
        cases=_cases(
            db.session.scalars(select(Dispute).where(is_open).order_by(Dispute.id).limit(MOST_SHOWN)).all()
        ),
        decided=_cases(db.session.scalars(decided).all()),
        can_act=Role.office in visitor().roles,
    )


@blueprint.post("/<int:dispute_id>/question")
@official(Role.office)
def create_question(dispute_id: int) -> Response:
    """Has the gateway asked about a dispute now."""
    at = clock.now()
    found = db.session.get(Dispute, dispute_id)
    if found is None:
        raise NotFound()
    with unit_of_work():
        record(visitor().actor("office"), "ask_about_dispute", f"dispute:{dispute_id}", at)
        errand = hear_of_dispute(found.payment_id, found.gateway_dispute_id, f"desk-{at.isoformat()}", at)
    errands.run(errand, patience=5)
    put_notice("dispute_asked")
    return redirect(url_for(".list_disputes"), 303)


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
