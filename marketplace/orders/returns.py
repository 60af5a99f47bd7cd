"""Goods on their way back: the shopper asks within the days of withdrawal, sends, or keeps them after all.

What the store decides about them stands in `return_check.py`.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from marketplace.accounts.access import Visitor
from marketplace.core.audit import Actor, record
from marketplace.core.db import changed_count, db, is_sqlite
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.unit_of_work import on_violation
from marketplace.files.evidence import Checked, keep_evidence
from marketplace.orders.after_inputs import ReturnWish, Shipment
from marketplace.orders.after_models import Return, ReturnLine, ReturnState
from marketplace.orders.after_notices import tell_return_asked, tell_return_sent
from marketplace.orders.after_rules import (
    OPEN_STATES,
    RETURN_TRANSITIONS,
    Bought,
    reasons_against_return,
    wrong_lines,
)
from marketplace.orders.errors import NotReturnable, ReturnIsOpen, WrongStep
from marketplace.orders.models import Order, OrderLine, StoreOrder
from marketplace.orders.queries import lines_of, lock_store_order, store_order_of_person
from marketplace.policy.models import ShippingMethod
from marketplace.policy.policy import policy_at

on_violation("uq_returns_open", ReturnIsOpen)


def ask_return(
    store_order_id: int,
    person_id: int,
    wish: ReturnWish,
    files: Sequence[Checked],
    actor: Actor,
    at: datetime,
) -> Return:
    """The shopper will send pieces back; gives the open return.

    Raises NotFound, NotReturnable with all reasons (not delivered, window over, another return open), Invalid for
    more than was bought, the kit, or perishable goods without a fault.
    """
    part = lock_store_order(store_order_of_person(store_order_id, person_id).id)
    reasons = reasons_against_return(part.state, part.withdraw_until_at, open_return(part.id) is not None, at)
    if reasons:
        raise NotReturnable(reasons=reasons)
    lines = lines_of([part.id])
    wrong = wrong_lines(bought(lines), wish.lines, wish.reason)
    if wrong:
        raise Invalid("bad_lines", fields=wrong)
    policy = policy_at(at)
    made = Return(
        number=f"{secrets.randbelow(90_000_000) + 10_000_000}",
        store_order_id=part.id,
        state=ReturnState.asked,
        reason=wish.reason,
        note=wish.note,
        asked_at=at,
        due_at=at + timedelta(days=policy.return_send_days),
    )
    db.session.add(made)
    db.session.flush()
    for line in lines:
        if wish.lines.get(line.offer_id):
            _go_back(line, wish.lines[line.offer_id])
            db.session.add(
                ReturnLine(return_id=made.id, order_line_id=line.id, quantity=wish.lines[line.offer_id])
            )
    db.session.flush()
    for file in files:
        keep_evidence(file, f"return:{made.id}", actor, at)
    tell_return_asked(part, made, at)
    record(actor, "ask_return", f"return:{made.id}", at, store_order=part.id, reason=wish.reason.value)
    return made


def send_return(number: str, person_id: int, shipment: Shipment, actor: Actor, at: datetime) -> Return:
    """The goods left for the store; its days for an answer begin. Raises NotFound, WrongStep."""
    found = lock_return(return_of_person(number, person_id))
    if found.state is ReturnState.sent and found.tracking_code == shipment.tracking_code:
        return found
    step(found, ReturnState.sent)
    found.carrier, found.tracking_code = ShippingMethod(shipment.carrier), shipment.tracking_code
    found.sent_at = at
    found.due_at = at + timedelta(days=policy_at(at).return_answer_days)
    db.session.flush()
    tell_return_sent(db.session.get_one(StoreOrder, found.store_order_id), found, at)
    record(actor, "send_return", f"return:{found.id}", at, tracking_code=shipment.tracking_code)
    return found


def withdraw_return(number: str, person_id: int, actor: Actor, at: datetime) -> Return:
    """The shopper keeps the goods after all; the same pieces may be asked for again in the window."""
    found = lock_return(return_of_person(number, person_id))
    if found.state is ReturnState.withdrawn:
        return found
    end_unsent(found, ReturnState.withdrawn, at)
    record(actor, "withdraw_return", f"return:{found.id}", at)
    return found


def end_unsent(found: Return, state: ReturnState, at: datetime) -> None:
    """A locked return that was never sent ends; its pieces are the shopper's as before. Raises WrongStep."""
    step(found, state)
    found.decided_at = at
    for line in return_lines_of([found.id]):
        stay_out(line.order_line_id, line.quantity)
    db.session.flush()


def step(found: Return, following: ReturnState) -> None:
    """Takes a lawful step. Raises WrongStep."""
    if following not in RETURN_TRANSITIONS[found.state]:
        raise WrongStep(params={"state": found.state})
    found.state = following


def bought(lines: Sequence[OrderLine]) -> list[Bought]:
    """What of each line can still be sent back."""
    return [
        Bought(
            line.offer_id,
            line.quantity - line.cancelled_count - line.returned_count,
            line.unit_toman,
            line.is_perishable,
        )
        for line in lines
    ]


def open_return(store_order_id: int) -> Return | None:
    """The return of a store order that is under way."""
    return db.session.scalar(
        select(Return).where(Return.store_order_id == store_order_id, Return.state.in_(OPEN_STATES))
    )


def returns_of(store_order_ids: Sequence[int]) -> Sequence[Return]:
    """All returns of some store orders, the oldest first."""
    return db.session.scalars(
        select(Return).where(Return.store_order_id.in_(store_order_ids)).order_by(Return.id)
    ).all()


def return_lines_of(return_ids: Sequence[int]) -> Sequence[ReturnLine]:
    """The lines of some returns."""
    return db.session.scalars(
        select(ReturnLine).where(ReturnLine.return_id.in_(return_ids)).order_by(ReturnLine.id)
    ).all()


def return_of_person(number: str, person_id: int) -> Return:
    """An own return by its number. Raises NotFound for another person's."""
    return _found(
        db.session.scalar(
            select(Return)
            .join(StoreOrder, StoreOrder.id == Return.store_order_id)
            .join(Order, Order.id == StoreOrder.order_id)
            .where(Return.number == number, Order.person_id == person_id)
        )
    )


def return_of_store(number: str, store_id: int) -> Return:
    """A return of a store's own order. Raises NotFound for another store's."""
    return _found(
        db.session.scalar(
            select(Return)
            .join(StoreOrder, StoreOrder.id == Return.store_order_id)
            .where(Return.number == number, StoreOrder.store_id == store_id)
        )
    )


def may_see_return(who: Visitor, subject: str) -> bool:
    """Whether somebody may see the files of `return:<id>`: its shopper, and the members of its store."""
    row = db.session.execute(
        select(Order.person_id, StoreOrder.store_id)
        .join(StoreOrder, StoreOrder.order_id == Order.id)
        .join(Return, Return.store_order_id == StoreOrder.id)
        .where(Return.id == int(subject.partition(":")[2] or 0))
    ).first()
    return row is not None and (row.person_id == who.id or row.store_id in who.store_ids)


def lock_return(found: Return) -> Return:
    """A return locked together with its store order, the order first, both read anew."""
    lock_store_order(found.store_order_id)
    query = select(Return).where(Return.id == found.id).execution_options(populate_existing=True)
    return db.session.execute(query if is_sqlite() else query.with_for_update()).scalar_one()


def stay_out(order_line_id: int, quantity: int) -> None:
    """Pieces that were to come back stay with the shopper."""
    db.session.execute(
        update(OrderLine)
        .where(OrderLine.id == order_line_id)
        .values(returned_count=OrderLine.returned_count - quantity)
        .execution_options(synchronize_session=False)
    )


def _go_back(line: OrderLine, quantity: int) -> None:
    """One conditional statement decides that no piece goes back twice."""
    went = changed_count(
        update(OrderLine)
        .where(
            OrderLine.id == line.id,
            OrderLine.returned_count + OrderLine.cancelled_count + quantity <= OrderLine.quantity,
        )
        .values(returned_count=OrderLine.returned_count + quantity)
        .execution_options(synchronize_session=False)
    )
    if not went:
        raise Invalid("bad_lines", fields={f"quantity-{line.offer_id}": "above_bought"})


def _found(found: Return | None) -> Return:
    if found is None:
        raise NotFound("unknown_return")
    return found
