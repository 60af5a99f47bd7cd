"""What the gateway holds against what the house believes, order by order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.core.models import Job, JobState
from marketplace.festival.models import Offer
from marketplace.orders.models import Order, OrderLine, OrderState, StockState, StoreOrder
from marketplace.payments.models import Payment
from tests.fakes.sandbox import UNITS_PER_TOMAN, RunningSandbox
from tests.faults.house import House, wait_for


@dataclass(frozen=True)
class Money:
    """Of one reference at the gateway: pages that still take money, charges, toman taken and given back."""

    open_pages: int = 0
    charges: int = 0
    taken: int = 0
    given_back: int = 0

    @property
    def kept(self) -> int:
        return self.taken - self.given_back


def money_at(sandbox: RunningSandbox) -> dict[str, Money]:
    """What the gateway holds, by reference."""
    state: dict[str, Any] = sandbox.state()
    found: dict[str, Money] = defaultdict(Money)
    by_intent = {
        s["payment_intent"]: s["client_reference_id"] for s in state["sessions"] if s["payment_intent"]
    }

    def add(
        reference: str, open_pages: int = 0, charges: int = 0, taken: int = 0, given_back: int = 0
    ) -> None:
        old = found[reference]
        found[reference] = Money(
            old.open_pages + open_pages,
            old.charges + charges,
            old.taken + taken // UNITS_PER_TOMAN,
            old.given_back + given_back // UNITS_PER_TOMAN,
        )

    for session in state["sessions"]:
        add(session["client_reference_id"], open_pages=int(session["status"] == "open"))
    for charge in state["charges"]:
        add(by_intent[charge["payment_intent"]], charges=1, taken=charge["amount_captured"])
    for refund in state["refunds"]:
        if refund["status"] == "succeeded":
            add(by_intent[refund["payment_intent"]], given_back=refund["amount"])
    return dict(found)


def settle(house: House) -> None:
    """Lets everything come to its end: leases run out, errands are done, holds expire, pages are closed."""
    now = datetime.now(UTC)
    for later in (timedelta(minutes=40), timedelta(minutes=80), timedelta(hours=3)):
        house.run("sweep", at=now + later)
        if not _is_waiting():
            break
    wait_for(
        lambda: not _is_waiting(), 1, f"the last job; left are {jobs_in(JobState.queued, JobState.running)}"
    )


def _is_waiting() -> bool:
    db.session.rollback()
    orders = db.session.scalar(select(func.count()).where(Order.state == OrderState.awaiting_payment))
    return bool(jobs_in(JobState.queued, JobState.running)) or bool(orders)


def jobs_in(*states: JobState) -> list[tuple[Any, ...]]:
    """Jobs in these states: kind, state, attempts, what went wrong last.

    Leaves no transaction open: one that waits while others work is ended by PostgreSQL after a while.
    """
    db.session.rollback()
    query = select(Job.kind, Job.state, Job.attempts, Job.last_error).where(Job.state.in_(states))
    found = [tuple(row) for row in db.session.execute(query)]
    db.session.rollback()
    return found


def differences(sandbox: RunningSandbox) -> list[str]:
    """Every order whose money at the gateway is not what its state says; empty when the books agree."""
    db.session.rollback()
    money, wrong = money_at(sandbox), []
    standing: dict[int, int] = {}
    for part in db.session.scalars(select(StoreOrder).where(StoreOrder.stock == StockState.sold)):
        standing[part.order_id] = standing.get(part.order_id, 0) + part.goods_toman + part.shipping_toman
    for order in db.session.scalars(select(Order)):
        there = money.pop(f"order:{order.id}", Money())
        due = standing.get(order.id, 0)
        if there.kept != due or (order.state is OrderState.paid) != (due > 0):
            wrong.append(f"order {order.number} {order.state}: {due} due, {there}")
    wrong += [f"{reference} is unknown here: {there}" for reference, there in money.items() if there.kept]
    kept = db.session.scalar(
        select(func.coalesce(func.sum(Payment.captured_toman - Payment.refunded_toman), 0))
    )
    total = sum(there.kept for there in money_at(sandbox).values())
    if kept != total:
        wrong.append(f"{kept} in the payments, {total} at the gateway")
    return wrong


def lost_stock(stocked: dict[int, int]) -> list[str]:
    """Offers whose stock is not what was put in less what was paid; `stocked` by offer. Nothing may be held."""
    db.session.rollback()
    rows = db.session.execute(
        select(Offer.id, Offer.stocked_count, Offer.held_count, Offer.sold_count).where(
            (Offer.held_count > 0) | Offer.id.in_(stocked)
        )
    )
    return [
        str(tuple(row))
        for row in rows
        if row.held_count or row.stocked_count != stocked[row.id] or row.sold_count > row.stocked_count
    ]


def numbers(*states: OrderState) -> set[str]:
    """Numbers of the orders in these states; of all when none is named."""
    db.session.rollback()
    query = select(Order.number)
    return set(db.session.scalars(query.where(Order.state.in_(states)) if states else query))


def state_of(number: str | None) -> OrderState | None:
    """The state of an order as it is now."""
    db.session.rollback()
    return db.session.scalar(select(Order.state).where(Order.number == number))


def held_for(number: str | None) -> int:
    """Pieces that are held for an order; that their offers count as many is an invariant."""
    db.session.rollback()
    pieces = (
        select(func.coalesce(func.sum(OrderLine.quantity), 0))
        .join(StoreOrder, StoreOrder.id == OrderLine.store_order_id)
        .join(Order, Order.id == StoreOrder.order_id)
        .where(Order.number == number, StoreOrder.stock == StockState.held)
    )
    return db.session.scalar(pieces) or 0


def money_of(sandbox: RunningSandbox, number: str | None) -> Money:
    """What the gateway holds for an order."""
    db.session.rollback()
    order_id = db.session.scalar(select(Order.id).where(Order.number == number))
    return money_at(sandbox).get(f"order:{order_id}", Money())
