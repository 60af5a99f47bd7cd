"""Placing an order by program: one order for one key, whatever is lost on the way.

The order, and a row saying that this key's answer follows, are written in one unit. Then the gateway is asked for
its page, and the answer is settled once, by whoever comes first: the call itself, or the same call sent again when
the first was lost. The order's submission key is made of the caller's key, so that even without the kept row the
same key finds the same order.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import Row, select

from marketplace.accounts.access import visitor
from marketplace.api.answers import written
from marketplace.api.last_use import note_here
from marketplace.api.shapes.orders import order_document
from marketplace.core import clock, errands
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.idempotency import Asked, Kept, StillRunning, begin, keep_running, recall, settle
from marketplace.core.models import Job, JobState
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.checkout import place_order
from marketplace.orders.inputs import Checkout
from marketplace.orders.queries import order_by_submission, order_of_person
from marketplace.payments.payments import OPEN
from marketplace.payments.queries import alive_payment
from marketplace.storefront.order_page import show_order
from marketplace.storefront.visitors import buyer

PATIENCE_SECONDS = 5.0


def submission_key(asked: Asked) -> str:
    """The order's own once-only key, made of the caller's."""
    return "api-" + hashlib.sha256(asked.key.encode()).hexdigest()


def place(wish: Checkout, asked: Asked) -> tuple[Kept, bool]:
    """Makes the order of this call, or gives the answer that it had; True beside it when it was given before.

    The gateway is asked within five seconds; when it is away, the answer says so and the worker goes on asking.
    Raises what `place_order` raises (nothing is written then), KeyReused, and StillRunning while the first call
    with this key is still asking the gateway.
    """
    kept = recall(asked)
    placed = None
    with errands.place() as here:
        if kept is None:
            at = clock.now()
            with unit_of_work():
                kept = begin(asked)
                if kept is None:
                    placed = place_order(buyer(), wish, at)
                    note_here(at)
                    here.lease(placed.errand_id, at)
                    keep_running(asked, at)
        if kept is not None and not kept.is_running:
            return kept, True
        here.run(patience=PATIENCE_SECONDS)
    number = placed.number if placed else _number_of(wish)
    if placed is None or placed.errand_id is None:
        _ask_for_page(number, is_first=placed is not None)
    body = written(order_document(show_order(number, visitor().id, clock.now()))).decode()
    with unit_of_work():
        return settle(asked, 201, body), placed is None


def _number_of(wish: Checkout) -> str:
    order = order_by_submission(visitor().id, wish.submission_key)
    if order is None:
        raise NotFound("unknown_order")
    return order.number


def _ask_for_page(number: str, *, is_first: bool) -> None:
    """Has the gateway asked for an order that was written before, by this call or whoever was quicker.

    Only the first call waits for others.
    """
    order_id = order_of_person(number, visitor().id).id
    errand = _errand_of(order_id)
    if errand is None or errands.run(errand.id, patience=PATIENCE_SECONDS, awaits_others=is_first):
        return
    if not is_first and _is_leased(_errand_of(order_id), clock.now()):
        raise StillRunning()


def _errand_of(order_id: int) -> Row[int, JobState, datetime | None] | None:
    """The errand that opens the page of the order's living payment."""
    alive = alive_payment(f"order:{order_id}")
    if alive is None:
        return None
    return db.session.execute(
        select(Job.id, Job.state, Job.lease_until).where(Job.key == f"{OPEN}:{alive.id}")
    ).first()


def _is_leased(errand: Row[int, JobState, datetime | None] | None, at: datetime) -> bool:
    """Whether somebody is asking the gateway right now."""
    return (
        errand is not None
        and errand.state is JobState.running
        and errand.lease_until is not None
        and errand.lease_until >= at
    )
