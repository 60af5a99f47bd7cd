"""Sweeps over orders that wait for their money."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.admission import explain_offers
from marketplace.festival.rules import Why
from marketplace.orders.models import Order, OrderLine, OrderState, StoreOrder
from marketplace.orders.payment import end_unpaid
from marketplace.orders.queries import expired_holds
from marketplace.payments.payments import end_page
from marketplace.payments.queries import alive_payment

BATCH = 200


def give_back_expired_holds(at: datetime) -> int:
    """Ends unpaid orders whose hold ran out: their stock is left again, their payment pages are closed.

    Gives the number of orders ended.
    """
    ended = 0
    ids = expired_holds(at, BATCH)
    for order_id in ids:
        with unit_of_work():
            ended += end_unpaid(order_id, at)
    return ended


def close_pages_of_fallen_offers(at: datetime) -> int:
    """Has the gateway close the pages of waiting orders of which something may not be sold any more.

    Gives the number of pages. Money that came all the same is handled at the capture.
    """
    rows = db.session.execute(
        select(Order.id, OrderLine.offer_id)
        .join(StoreOrder, StoreOrder.order_id == Order.id)
        .join(OrderLine, OrderLine.store_order_id == StoreOrder.id)
        .where(Order.state == OrderState.awaiting_payment)
    ).all()
    if not rows:
        return 0
    reasons = explain_offers({row.offer_id for row in rows}, at)
    fallen = {
        row.id for row in rows if any(o.code is not Why.sold_out for o in reasons.get(row.offer_id, []))
    }
    closed = 0
    for order_id in sorted(fallen):
        with unit_of_work():
            alive = alive_payment(f"order:{order_id}")
            if alive is not None:
                end_page(alive.id, at)
                closed += 1
    return closed
