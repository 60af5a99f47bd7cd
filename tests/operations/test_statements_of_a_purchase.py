"""How many statements each step of a purchase sends: a change that adds some says so here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from marketplace.core.db import db
from marketplace.core.unit_of_work import count_queries, unit_of_work
from marketplace.orders.cart import CartOwner, put_line
from marketplace.orders.checkout import place_order
from marketplace.payments.webhooks import store_event
from tests.factories import AT, World, an_offer, writing
from tests.factories.buying import (
    a_wish,
    ask,
    broken_invariants,
    buyer_of,
    in_cart,
    order,
    payment_of,
    run_jobs,
)
from tests.fakes.gateway import MemoryGateway, event_body, header_of, page_body, use_gateway
from tests.worlds import database, the_world  # noqa: F401

STEPS = {
    "sqlite": {
        "cart line": 7,
        "order of two stores": 19,
        "page opened": 10,
        "payment booked": 39,
        "news stored": 3,
    },
    "postgresql": {
        "cart line": 7,
        "order of two stores": 22,
        "page opened": 10,
        "payment booked": 42,
        "news stored": 3,
    },
}
"""Of two lines of two stores, with the jobs that follow, without what begins and ends a transaction."""
A_LINE_MORE = 1
"""What another line in the same stores adds to the order: the UPDATE that holds its stock."""


@pytest.fixture
def gateway(app) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, at, gateway) -> World:
    return the_world()


def counted(work: Callable[[], Any]) -> tuple[int, Any]:
    """Statements of a piece of work, and what it gave."""
    db.session.rollback()
    found: list[str] = []
    stop = count_queries(found)
    try:
        given = work()
    finally:
        stop()
    return sum(
        not one.startswith(("BEGIN", "PRAGMA", "SET ", "SAVEPOINT", "RELEASE")) for one in found
    ), given


def in_a_unit(verb: Callable[[], Any]) -> Any:
    with unit_of_work():
        return verb()


def bought(w: World, gateway: MemoryGateway, *offers: Any) -> dict[str, int]:
    """The number of statements of each step of buying these."""
    found = {}
    owner = CartOwner(person_id=w.shopper.id)
    in_cart(w.shopper, *((offer, 1) for offer in offers[1:]))
    found["cart line"], _ = counted(lambda: in_a_unit(lambda: put_line(owner, offers[0].id, 1, AT)))
    wish, buyer = a_wish(), buyer_of(w.shopper)
    found["order of two stores"], placed = counted(lambda: in_a_unit(lambda: place_order(buyer, wish, AT)))
    db.session.rollback()
    found["page opened"], _ = counted(lambda: run_jobs(AT))
    payment = payment_of(order(placed.order_id))
    payment_id, page = payment.id, payment.session_id
    gateway.pay(page)
    found["payment booked"], _ = counted(lambda: ask(payment_id, AT))
    found["news stored"], _ = counted(lambda: hear(gateway, page))
    run_jobs(AT)
    assert not broken_invariants()
    return found


def hear(gateway: MemoryGateway, session_id: str) -> None:
    """The gateway tells that a page was paid."""
    body = event_body("checkout.session.completed", page_body(gateway.pages[session_id]), f"evt_{session_id}")
    event = gateway.read_event(body, header_of(body), AT)
    assert in_a_unit(lambda: store_event(gateway.name, event, body.decode(), AT))


def test_each_step_sends_so_many_statements(w, gateway):
    bought(w, gateway, w.soap, w.carpet)
    again = bought(w, gateway, w.tea, w.bowl)
    assert again == STEPS[db.engine.dialect.name]


def test_more_lines_of_the_same_stores_cost_only_their_stock(w, gateway):
    few = bought(w, gateway, w.soap, w.carpet)
    with writing():
        more = [
            an_offer(store, w.festival, w.categories[0], stock=5) for store in (w.stores[0], w.stores[2]) * 2
        ]
    many = bought(w, gateway, w.soap, w.carpet, *more)
    assert many["cart line"] <= few["cart line"]
    assert many["order of two stores"] <= few["order of two stores"] + A_LINE_MORE * len(more)
