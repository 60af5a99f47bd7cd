"""A shopper tells with one click that the hygiene kit was missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from marketplace.core.db import db, is_sqlite
from marketplace.orders.after_models import KitReport
from marketplace.orders.after_notices import tell_kit_missing
from marketplace.orders.errors import KitReportOver
from marketplace.orders.fulfilment import confirm_receipt
from marketplace.orders.models import StoreOrder
from marketplace.policy.policy import Policy, policy_at


def may_report_until(delivered_at: datetime, policy: Policy) -> datetime:
    """The last moment at which a missing kit can be told of: as long as one may complain."""
    return delivered_at + timedelta(days=policy.complaint_window_days)


def report_missing_kit(store_order_id: int, person_id: int, at: datetime) -> bool:
    """The shopper has an own store order, without its kit; what was on its way is thereby received. The store is told.

    False when it was told before. Raises NotFound for another's order, WrongStep before the last parcel left,
    KitReportOver.
    """
    part = confirm_receipt(store_order_id, person_id, at)
    if part.delivered_at is None or at > may_report_until(part.delivered_at, policy_at(at)):
        raise KitReportOver()
    insert = insert_sqlite if is_sqlite() else insert_postgresql
    new = db.session.scalar(
        insert(KitReport)
        .values(store_order_id=part.id, store_id=part.store_id, person_id=person_id, at=at)
        .on_conflict_do_nothing(index_elements=["store_order_id"])
        .returning(KitReport.id)
    )
    if new is None:
        return False
    tell_kit_missing(part, at)
    return True


def kit_reports_of(parts: Sequence[StoreOrder]) -> dict[int, datetime]:
    """When a missing kit was told of, by store order."""
    query = select(KitReport.store_order_id, KitReport.at)
    rows = db.session.execute(query.where(KitReport.store_order_id.in_([part.id for part in parts])))
    return {row.store_order_id: row.at for row in rows}
