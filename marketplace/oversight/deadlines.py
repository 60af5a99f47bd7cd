"""Deadlines of shipping, judged once each after they are over, and kept as sums by store.

A deadline is missed when the last parcel left after it, when the order was called off after it, or when nothing left
yet. What was called off in time has no deadline any more. Nothing of this changes later: moments are not set back.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from marketplace.core.db import changed_count, db, is_sqlite
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.models import StoreOrder, StoreOrderState
from marketplace.oversight.check_sums import add_to_sums
from marketplace.oversight.watch_models import CheckMark

NAME = "ship_deadlines"
STEP = timedelta(hours=24)
SETTLED = timedelta(minutes=5)
"""What left or was called off in the last moments may still be committed; it is judged by a later run."""
_STATES = tuple(state for state in StoreOrderState if state is not StoreOrderState.placed)
_DROPPED = (StoreOrderState.cancelled, StoreOrderState.unavailable_refunded)


def has_deadline() -> ColumnElement[bool]:
    """Not called off before its last moment."""
    of = StoreOrder
    return or_(of.state.not_in(_DROPPED), of.ended_at.is_(None), of.ended_at > of.ship_by_at)


def is_late(at: datetime) -> ColumnElement[bool]:
    """A deadline that was missed, as it stands at a moment."""
    of = StoreOrder
    return and_(
        of.ship_by_at < at,
        has_deadline(),
        or_(of.shipped_at.is_(None), of.shipped_at > of.ship_by_at),
    )


def check_deadlines(at: datetime) -> int:
    """The sweep: judges the deadlines of up to a day after those it knows. Gives 1 where it came further, else 0."""
    since = _reached()
    first = db.session.scalar(
        select(func.min(StoreOrder.ship_by_at)).where(
            StoreOrder.state.in_(_STATES), *([StoreOrder.ship_by_at >= since] if since else [])
        )
    )
    until = at - SETTLED
    if first is None or first >= until:
        db.session.rollback()
        return 0
    until = min(first + STEP, until)
    found = _sums(since, until)
    db.session.rollback()
    with unit_of_work():
        if not _advance(since, until):
            return 0
        add_to_sums({store: {"due_count": due, "late_count": late} for store, (due, late) in found.items()})
    return 1


def running_by_store(at: datetime) -> dict[int, tuple[int, int]]:
    """(deadlines, missed ones) by store that are over and wait for the sweep."""
    return _sums(_reached(), at)


def _sums(since: datetime | None, until: datetime) -> dict[int, tuple[int, int]]:
    """By store: deadlines after `since` that are over at `until`, and the missed ones of them."""
    query = (
        select(StoreOrder.store_id, func.count(), func.sum(case((is_late(until), 1), else_=0)))
        .where(StoreOrder.state.in_(_STATES), StoreOrder.ship_by_at < until, has_deadline())
        .group_by(StoreOrder.store_id)
    )
    if since is not None:
        query = query.where(StoreOrder.ship_by_at >= since)
    return {row[0]: (row[1], int(row[2])) for row in db.session.execute(query)}


def _reached() -> datetime | None:
    return db.session.scalar(select(CheckMark.reached_at).where(CheckMark.name == NAME))


def _advance(since: datetime | None, until: datetime) -> bool:
    """Moves the mark on from where it was read; False when another run did so meanwhile."""
    values = {"reached_at": until, "store_order_id": 0}
    if since is None:
        add = insert_sqlite if is_sqlite() else insert_postgresql
        kept = add(CheckMark).values(name=NAME, **values).on_conflict_do_nothing(index_elements=["name"])
        return db.session.scalar(kept.returning(CheckMark.id)) is not None
    moved = update(CheckMark).where(CheckMark.name == NAME, CheckMark.reached_at == since)
    return changed_count(moved.values(**values)) == 1
