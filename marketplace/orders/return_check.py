"""The store looks at what came back: takes pieces or refuses them with its reason; silence takes all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select

from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.orders.after_inputs import ReturnDecision
from marketplace.orders.after_models import Return, ReturnLine, ReturnState
from marketplace.orders.after_notices import tell_return_decided
from marketplace.orders.after_rules import (
    OPEN_STATES,
    RESALABLE,
    decided_state,
    due_for_goods,
    due_for_shipping,
)
from marketplace.orders.errors import WrongStep
from marketplace.orders.invoices import credit_refund
from marketplace.orders.models import OrderLine, StoreOrder, StoreOrderState
from marketplace.orders.queries import lines_of, lock_store_order
from marketplace.orders.refunding import give_back
from marketplace.orders.returns import (
    end_unsent,
    lock_return,
    return_lines_of,
    return_of_store,
    stay_out,
    step,
)
from marketplace.orders.rules import may_become
from marketplace.orders.stock import lock_offers, unsell
from marketplace.payments.models import RefundReason

LookedAt = list[tuple[ReturnLine, OrderLine, int]]
"""(line of the return, line of the order, pieces that the store takes)."""


def decide_return(number: str, store_id: int, decision: ReturnDecision, actor: Actor, at: datetime) -> Return:
    """The store has looked at the goods: what it takes is paid back, what it refuses goes back to the shopper.

    Raises NotFound, WrongStep when the return is over, Invalid for more than came or a refusal without its reason.
    """
    found = lock_return(return_of_store(number, store_id))
    if found.state not in OPEN_STATES:
        raise WrongStep(params={"state": found.state})
    looked_at = _looked_at(found, decision.accepted)
    is_refused = any(taken < line.quantity for line, _, taken in looked_at)
    if is_refused and not decision.note:
        raise Invalid("bad_lines", fields={"note": "refusal_needs_reason"})
    _settle(found, looked_at, decision.note, at)
    record(
        actor,
        "decide_return",
        f"return:{found.id}",
        at,
        state=found.state.value,
        refund_toman=found.refund_toman,
        note=decision.note,
    )
    return found


def answer_for_silent_store(return_id: int, at: datetime) -> bool:
    """Takes everything of a return whose store kept silent until the end of its days; False when it did not."""
    found = lock_return(db.session.get_one(Return, return_id))
    if found.state is not ReturnState.sent or found.due_at > at:
        return False
    found.is_by_silence = True
    every = {line.offer_id: row.quantity for row, line, _ in _looked_at(found, None)}
    _settle(found, _looked_at(found, every), "", at)
    record(SYSTEM, "decide_return", f"return:{found.id}", at, state=found.state.value, silence=True)
    return True


def lapse_return(return_id: int, at: datetime) -> bool:
    """Ends a return whose goods were never sent; False when they were."""
    found = lock_return(db.session.get_one(Return, return_id))
    if found.state is not ReturnState.asked or found.due_at > at:
        return False
    end_unsent(found, ReturnState.lapsed, at)
    record(SYSTEM, "lapse_return", f"return:{found.id}", at)
    return True


def due_returns(at: datetime, limit: int) -> Sequence[Return]:
    """Open returns whose days are over, the oldest first."""
    return db.session.scalars(
        select(Return)
        .where(Return.state.in_(OPEN_STATES), Return.due_at <= at)
        .order_by(Return.due_at)
        .limit(limit)
    ).all()


def _looked_at(found: Return, accepted: Mapping[int, int] | None) -> LookedAt:
    lines = {line.id: line for line in lines_of([found.store_order_id])}
    rows = [(row, lines[row.order_line_id]) for row in return_lines_of([found.id])]
    taken = {line.offer_id: 0 for _, line in rows} | dict(accepted or {})
    known = {line.offer_id: row.quantity for row, line in rows}
    wrong = {
        f"quantity-{offer}": "unknown_line" if offer not in known else "above_returned"
        for offer, count in taken.items()
        if count > known.get(offer, 0)
    }
    if wrong:
        raise Invalid("bad_lines", fields=wrong)
    return [(row, line, taken[line.offer_id]) for row, line in rows]


def _settle(found: Return, looked_at: LookedAt, note: str, at: datetime) -> None:
    part = lock_store_order(found.store_order_id)
    lock_offers([line.offer_id for _, line, _ in looked_at])
    for row, line, taken in looked_at:
        row.accepted_count = taken
        row.refused_reason = note if taken < row.quantity else ""
        stay_out(line.id, row.quantity - taken)
        db.session.refresh(line)
        if taken and found.reason in RESALABLE:
            unsell(line, taken)
    accepted = sum(taken for *_, taken in looked_at)
    step(found, decided_state(accepted, sum(row.quantity for row, *_ in looked_at)))
    found.decided_at, found.decision_note = at, note
    db.session.flush()
    if accepted:
        _pay_back(part, found, looked_at, at)
    tell_return_decided(part, found, at)


def _pay_back(part: StoreOrder, found: Return, looked_at: LookedAt, at: datetime) -> None:
    is_all = is_everything_back(part)
    goods = due_for_goods((taken, line.unit_toman) for _, line, taken in looked_at)
    shipping = due_for_shipping(part.shipping_toman, part.refunded_shipping_toman, is_all)
    following = StoreOrderState.returned if is_all else StoreOrderState.part_returned
    if part.state is not following:
        if not may_become(part.state, following):
            raise WrongStep(params={"state": part.state})
        part.state = following
        db.session.flush()
    refund = give_back(
        part, goods, shipping, subject=f"return:{found.id}", reason=RefundReason.returned, at=at
    )
    found.refund_toman = refund.goods_toman + refund.shipping_toman if refund is not None else 0
    db.session.flush()
    if refund is not None:
        credit_refund(part, refund, [(line, taken) for _, line, taken in looked_at if taken], at)


def is_everything_back(part: StoreOrder) -> bool:
    """Whether every piece that was sent was taken back."""
    bought = db.session.scalar(
        select(func.sum(OrderLine.quantity - OrderLine.cancelled_count)).where(
            OrderLine.store_order_id == part.id
        )
    )
    back = db.session.scalar(
        select(func.sum(ReturnLine.accepted_count))
        .join(Return, Return.id == ReturnLine.return_id)
        .where(Return.store_order_id == part.id)
    )
    return bool(back) and back == bought
