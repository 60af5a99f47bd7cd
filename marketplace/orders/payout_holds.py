"""Holds on the money of a store order: while one stands, it is not paid out to the store.

Complaints and the guarantee place them; settlement asks. A hold is of one subject (`complaint:17`): placing it twice
is one hold, releasing it twice is one release, and a subject that is opened again holds anew.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, select, update

from marketplace.core.db import changed_count, db
from marketplace.orders.models import HoldReason, PayoutHold, StoreOrder
from marketplace.orders.queries import lock_store_order


def hold_payout(store_order_id: int, reason: HoldReason, subject: str, at: datetime) -> int:
    """Keeps the money of a store order back for a subject; gives the hold's id, the standing one where there is one."""
    lock_store_order(store_order_id)
    standing = db.session.scalar(
        select(PayoutHold.id).where(
            PayoutHold.store_order_id == store_order_id,
            PayoutHold.subject == subject,
            PayoutHold.held_until.is_(None),
        )
    )
    if standing is not None:
        return standing
    hold = PayoutHold(store_order_id=store_order_id, reason=reason, subject=subject, held_from=at)
    db.session.add(hold)
    db.session.flush()
    return hold.id


def release_payout(store_order_id: int, subject: str, at: datetime) -> bool:
    """Ends what a subject holds; False when it holds nothing. Other subjects' holds stand."""
    return bool(
        changed_count(
            update(PayoutHold)
            .where(
                PayoutHold.store_order_id == store_order_id,
                PayoutHold.subject == subject,
                PayoutHold.held_until.is_(None),
            )
            .values(held_until=at)
        )
    )


def payout_is_held() -> ColumnElement[bool]:
    """A condition on `StoreOrder`: some hold on it stands now."""
    return (
        select(PayoutHold.id)
        .where(PayoutHold.store_order_id == StoreOrder.id, PayoutHold.held_until.is_(None))
        .correlate(StoreOrder)
        .exists()
    )


def standing_holds(store_order_ids: Collection[int]) -> dict[int, list[PayoutHold]]:
    """The holds that stand on some store orders, the oldest first; those without one are missing."""
    found: dict[int, list[PayoutHold]] = {}
    for hold in db.session.scalars(
        select(PayoutHold)
        .where(PayoutHold.store_order_id.in_(store_order_ids), PayoutHold.held_until.is_(None))
        .order_by(PayoutHold.id)
    ):
        found.setdefault(hold.store_order_id, []).append(hold)
    return found
