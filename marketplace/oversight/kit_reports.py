"""Missing kits as shoppers told of them: with one click, or by a complaint of that kind. Each delivered store order
counts once, and what was told before the end of the store's last case counts no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal_column, null, or_, select, union_all

from marketplace.complaints.models import Complaint
from marketplace.complaints.shown import DROPPED
from marketplace.core.db import AnySelect, db
from marketplace.orders.after_models import KitReport
from marketplace.orders.models import Order, StoreOrder
from marketplace.oversight.watch_models import KitCase
from marketplace.stores.standing import Category

MOST = 100
_OF_KITS = Complaint.category == literal_column(f"'{Category.kit_missing.value}'")
"""Spelt out, so that the index of such complaints is taken."""


@dataclass(frozen=True, slots=True)
class Told:
    """An order of which its shopper said that the kit was missing; `complaint`: the case's number, if it is one."""

    order_number: str
    complaint: str | None
    at: datetime


def reports_by_store(since: datetime | None = None) -> dict[int, int]:
    """Number of distinct store orders without a kit by store, in one statement; `since`: told after that moment."""
    told = _told().subquery("told")
    query = select(told.c.store_id, func.count(told.c.store_order_id.distinct())).group_by(told.c.store_id)
    if since is not None:
        query = query.where(told.c.at > since)
    return {row[0]: row[1] for row in db.session.execute(query)}


def reports_of_store(store_id: int) -> int:
    """The same of one store."""
    told = _told(store_id).subquery("told")
    return db.session.scalar(select(func.count(told.c.store_order_id.distinct()))) or 0


def told_of_store(store_id: int) -> list[Told]:
    """What lies behind the number, the newest first."""
    told = _told(store_id).subquery("told")
    rows = db.session.execute(
        select(Order.number, told.c.complaint, told.c.at)
        .join(StoreOrder, StoreOrder.id == told.c.store_order_id)
        .join(Order, Order.id == StoreOrder.order_id)
        .order_by(told.c.at.desc(), told.c.store_order_id)
        .limit(MOST)
    )
    return [Told(*row) for row in rows]


def _told(store_id: int | None = None) -> AnySelect:
    """Rows of (store_id, store_order_id, complaint, at) that count now."""
    complaints: Any = (
        select(
            Complaint.store_id,
            Complaint.store_order_id,
            Complaint.number.label("complaint"),
            Complaint.filed_at.label("at"),
        )
        .join(StoreOrder, StoreOrder.id == Complaint.store_order_id)
        .where(_OF_KITS, Complaint.state.not_in(DROPPED), StoreOrder.delivered_at.is_not(None))
    )
    reports: Any = select(
        KitReport.store_id, KitReport.store_order_id, null().label("complaint"), KitReport.at
    )
    ended = (
        select(KitCase.store_id, func.max(KitCase.closed_at).label("at"))
        .group_by(KitCase.store_id)
        .subquery()
    )
    if store_id is not None:
        complaints = complaints.where(Complaint.store_id == store_id)
        reports = reports.where(KitReport.store_id == store_id)
    both = union_all(complaints, reports).subquery("both_ways")
    query: AnySelect = (
        select(both)
        .outerjoin(ended, ended.c.store_id == both.c.store_id)
        .where(or_(ended.c.at.is_(None), both.c.at > ended.c.at))
    )
    return query
