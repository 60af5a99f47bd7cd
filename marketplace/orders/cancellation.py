"""What will not be sent: the shopper cancels before anything left, or the store cannot supply. Money goes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import update

from marketplace.core.audit import Actor, record
from marketplace.core.db import changed_count, db
from marketplace.core.errors import Invalid
from marketplace.core.events import publish
from marketplace.orders.after_inputs import Cancellation
from marketplace.orders.after_notices import tell_cancelled, tell_unavailable
from marketplace.orders.after_rules import CANCELLABLE, ENDED, SUPPLIABLE, due_for_goods
from marketplace.orders.errors import TooLateToCancel, WrongStep
from marketplace.orders.events import StoreOrderCancelled
from marketplace.orders.fulfilment import of_store
from marketplace.orders.invoices import credit_refund
from marketplace.orders.models import Order, OrderLine, OrderState, StoreOrder, StoreOrderState
from marketplace.orders.parcels import settle_shipping
from marketplace.orders.queries import (
    lines_of,
    lock_order,
    lock_store_order,
    store_order_of_person,
    store_orders_of,
)
from marketplace.orders.refunding import give_back, rest_of
from marketplace.orders.stock import lock_offers, release, unsell
from marketplace.payments.models import RefundReason


def cancel_store_order(
    store_order_id: int, person_id: int, wish: Cancellation, actor: Actor, at: datetime
) -> StoreOrder:
    """The shopper cancels a store order of which nothing has left; goods and shipping go back, stock is free again.

    Cancelling twice changes nothing. Raises NotFound, TooLateToCancel.
    """
    part = _locked(store_order_of_person(store_order_id, person_id))
    if part.state is StoreOrderState.cancelled:
        return part
    if part.state not in CANCELLABLE:
        raise TooLateToCancel(params={"state": part.state})
    lines = lines_of([part.id])
    lock_offers([line.offer_id for line in lines])
    release(part, lines)
    end_part(part, StoreOrderState.cancelled, f"shopper_{wish.reason}", at)
    goods, shipping = rest_of(part)
    refund = give_back(
        part, goods, shipping, subject="cancellation", reason=RefundReason.cancelled_by_shopper, at=at
    )
    if refund is not None:
        credit_refund(part, refund, [(line, line.quantity - line.cancelled_count) for line in lines], at)
    close_order(part.order_id, at)
    tell_cancelled(part, goods + shipping, at)
    record(actor, "cancel_store_order", f"store-order:{part.id}", at, reason=wish.reason, note=wish.note)
    return part


def report_unavailable(
    store_order_id: int,
    store_id: int,
    wanted: Mapping[int, int] | None,
    note: str,
    actor: Actor,
    at: datetime,
) -> StoreOrder:
    """The store cannot supply some pieces (or, with None, anything that has not left): their money goes back.

    Nothing of those offers is left to sell until the store says otherwise. The shipping goes back when nothing is sent
    at all. Raises NotFound, WrongStep when everything left or the order ended, Invalid for more than has not left.
    """
    part = _locked(of_store(store_order_id, store_id))
    if part.state not in SUPPLIABLE:
        raise WrongStep(params={"state": part.state})
    lines = lines_of([part.id])
    missing = _missing(lines, wanted)
    lock_offers([line.offer_id for line, _ in missing])
    for line, quantity in missing:
        _drop(line, quantity)
        unsell(line, quantity, is_gone=True)
    is_nothing_sent = all(line.cancelled_count == line.quantity for line in lines)
    goods = due_for_goods((quantity, line.unit_toman) for line, quantity in missing)
    if is_nothing_sent:
        release(part, lines)
        end_part(part, StoreOrderState.unavailable_refunded, "unavailable", at)
    elif part.state is StoreOrderState.part_shipped:
        settle_shipping(part, lines, at)
    refund = give_back(
        part,
        goods,
        rest_of(part)[1] if is_nothing_sent else 0,
        subject="unavailable:" + ",".join(f"{line.id}x{line.cancelled_count}" for line, _ in missing),
        reason=RefundReason.unavailable,
        at=at,
    )
    if refund is not None:
        credit_refund(part, refund, missing, at)
    if is_nothing_sent:
        close_order(part.order_id, at)
    tell_unavailable(part, missing, refund, at)
    pieces = {str(line.offer_id): quantity for line, quantity in missing}
    record(actor, "report_unavailable", f"store-order:{part.id}", at, pieces=pieces, note=note)
    return part


def _locked(part: StoreOrder) -> StoreOrder:
    """The order first, then its part: two parts of one order that end at once both see the other."""
    lock_order(part.order_id)
    return lock_store_order(part.id)


def _missing(lines: Sequence[OrderLine], wanted: Mapping[int, int] | None) -> list[tuple[OrderLine, int]]:
    left = {line.offer_id: line.quantity - line.shipped_count - line.cancelled_count for line in lines}
    asked = {offer: count for offer, count in left.items() if count} if wanted is None else wanted
    wrong = {
        f"quantity-{offer}": "unknown_line" if offer not in left else "above_left"
        for offer, count in asked.items()
        if count > left.get(offer, 0)
    }
    if wrong or not asked:
        raise Invalid("bad_lines", fields=wrong or {"lines": "nothing_chosen"})
    return [(line, asked[line.offer_id]) for line in lines if asked.get(line.offer_id)]


def _drop(line: OrderLine, quantity: int) -> None:
    dropped = changed_count(
        update(OrderLine)
        .where(
            OrderLine.id == line.id,
            OrderLine.shipped_count + OrderLine.cancelled_count + quantity <= OrderLine.quantity,
        )
        .values(cancelled_count=OrderLine.cancelled_count + quantity)
        .execution_options(synchronize_session=False)
    )
    if not dropped:
        raise WrongStep()


def end_part(part: StoreOrder, state: StoreOrderState, reason: str, at: datetime) -> None:
    """Nothing of a locked store order will be sent; all that hear of it are told."""
    part.state, part.ended_reason, part.ended_at = state, reason, at
    db.session.flush()
    order = db.session.get_one(Order, part.order_id)
    publish(StoreOrderCancelled(part.id, part.store_id, order.person_id, order.festival_id, reason, at))


def close_order(order_id: int, at: datetime) -> None:
    """An order of which nothing stands is cancelled as a whole."""
    if all(part.state in ENDED for part in store_orders_of(order_id)):
        order = db.session.get_one(Order, order_id)
        order.state, order.ended_at = OrderState.cancelled, at
        db.session.flush()
