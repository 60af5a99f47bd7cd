"""Missing kits as shoppers told of them: complaints of that kind, each delivered store order counted once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from marketplace.complaints.models import Complaint
from marketplace.complaints.shown import DROPPED
from marketplace.core.db import AnySelect, db
from marketplace.orders.models import StoreOrder
from marketplace.stores.standing import Category


def reports_by_store(since: datetime) -> dict[int, int]:
    """Number of distinct delivered store orders without a kit, told of after a moment, by store."""
    rows = db.session.execute(
        _reports(since, Complaint.store_id, func.count(Complaint.store_order_id.distinct())).group_by(
            Complaint.store_id
        )
    )
    return {row[0]: row[1] for row in rows}


def reports_of_store(store_id: int, since: datetime) -> int:
    """The same of one store."""
    query = _reports(since, func.count(Complaint.store_order_id.distinct()))
    return db.session.scalar(query.where(Complaint.store_id == store_id)) or 0


def complaints_of_store(store_id: int, since: datetime) -> list[Complaint]:
    """The complaints behind the number, the newest first."""
    query = _reports(since, Complaint).where(Complaint.store_id == store_id)
    return list(db.session.scalars(query.order_by(Complaint.filed_at.desc()).limit(100)))


def _reports(since: datetime, *columns: object) -> AnySelect:
    query: AnySelect = select(*columns)  # type: ignore[call-overload]
    return (
        query.select_from(Complaint)
        .join(StoreOrder, StoreOrder.id == Complaint.store_order_id)
        .where(
            Complaint.category == Category.kit_missing,
            Complaint.state.not_in(DROPPED),
            Complaint.filed_at > since,
            StoreOrder.delivered_at.is_not(None),
        )
    )
