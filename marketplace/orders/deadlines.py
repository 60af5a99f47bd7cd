"""Sweeps over what time does to store orders and returns. Each row in a unit of its own, or few in one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, SQLColumnExpression, select

from marketplace.core.audit import SYSTEM, record
from marketplace.core.db import AnySelect, db
from marketplace.core.events import publish
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.after_models import Return, ReturnState
from marketplace.orders.after_notices import tell_ship_deadline
from marketplace.orders.after_rules import OPEN_STATES, RETURNABLE, SUPPLIABLE
from marketplace.orders.events import StoreOrderClosed
from marketplace.orders.fulfilment import deliver
from marketplace.orders.models import DeliveredBy, StoreOrder, StoreOrderState
from marketplace.orders.queries import lock_store_order
from marketplace.orders.return_check import answer_for_silent_store, due_returns, lapse_return
from marketplace.policy.policy import policy_at

S = StoreOrderState
BATCH = 200
CLOSING = (*sorted(RETURNABLE), S.returned)


def deliver_by_time(at: datetime) -> int:
    """What was shipped long ago and nobody spoke of has arrived. Gives the number of store orders."""
    since = at - timedelta(days=policy_at(at).delivered_after_days)

    def late(part: StoreOrder) -> bool:
        if part.state is not S.shipped or part.shipped_at is None or part.shipped_at > since:
            return False
        deliver(part, DeliveredBy.time, at)
        return True

    query = select(StoreOrder.id).where(StoreOrder.state == S.shipped, StoreOrder.shipped_at <= since)
    return _each(query.order_by(StoreOrder.shipped_at), late, at, act="deliver_by_time")


def close_store_orders(at: datetime) -> int:
    """Delivered store orders whose days of withdrawal are over, with nothing on its way back, are closed for good.

    Publishes `StoreOrderClosed` for each. Gives their number.
    """

    def over(part: StoreOrder) -> bool:
        if part.state not in CLOSING or part.withdraw_until_at is None or part.withdraw_until_at >= at:
            return False
        if db.session.scalar(select(_has_open_return(part.id))):
            return False
        part.state, part.ended_at = S.closed, at
        db.session.flush()
        publish(StoreOrderClosed(part.id, part.store_id, at))
        return True

    query = select(StoreOrder.id).where(
        StoreOrder.state.in_(CLOSING),
        StoreOrder.withdraw_until_at < at,
        ~_has_open_return(StoreOrder.id),
    )
    return _each(query.order_by(StoreOrder.id), over, at, act="close_store_orders")


def remind_of_shipping(at: datetime) -> int:
    """Tells stores of parcels that are due within hours, and stores and shoppers of those that are late; each once."""
    soon = at + timedelta(hours=policy_at(at).ship_reminder_hours)

    def due(part: StoreOrder) -> bool:
        if part.state not in SUPPLIABLE or part.ship_by_at is None:
            return False
        wanted = 2 if part.ship_by_at < at else 1 if part.ship_by_at <= soon else 0
        if part.ship_reminder_count >= wanted:
            return False
        part.ship_reminder_count = wanted
        db.session.flush()
        tell_ship_deadline(part, is_late=wanted == 2, at=at)
        return True

    query = select(StoreOrder.id).where(
        StoreOrder.state.in_(SUPPLIABLE),
        ((StoreOrder.ship_by_at <= soon) & (StoreOrder.ship_reminder_count == 0))
        | ((StoreOrder.ship_by_at < at) & (StoreOrder.ship_reminder_count == 1)),
    )
    return _each(query.order_by(StoreOrder.ship_by_at), due, at)


def end_due_returns(at: datetime) -> int:
    """Returns that were never sent lapse; those that the store kept silent about are accepted. Gives their number."""
    found = [(row.id, row.state) for row in due_returns(at, BATCH)]
    ended = 0
    for return_id, state in found:
        verb = lapse_return if state is ReturnState.asked else answer_for_silent_store
        with unit_of_work():
            ended += verb(return_id, at)
    return ended


def _has_open_return(store_order_id: SQLColumnExpression[int] | int) -> ColumnElement[bool]:
    return (
        select(Return.id)
        .where(Return.store_order_id == store_order_id, Return.state.in_(OPEN_STATES))
        .exists()
    )


def _each(
    query: AnySelect, verb: Callable[[StoreOrder], bool], at: datetime, *, act: str = "", per_unit: int = 20
) -> int:
    """Does a verb for each store order of a query, locked, a few in a unit; gives how often it did something.

    What a rule changed stands in the audit log under `act`: one entry for those of a unit, with each one's states.
    """
    ids: Sequence[int] = list(db.session.scalars(query.limit(BATCH)))
    done = 0
    for begin in range(0, len(ids), per_unit):
        with unit_of_work():
            met = [i for i in sorted(ids[begin : begin + per_unit]) if verb(lock_store_order(i))]
            if act and met:
                record(SYSTEM, act, f"store-orders:{met[0]}-{met[-1]}", at, count=len(met))
        done += len(met)
    return done
