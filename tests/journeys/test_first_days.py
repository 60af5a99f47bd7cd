"""A store that is new here reads what to do next, until its first parcel has arrived."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.models import StoreOrder, StoreOrderState
from marketplace.panel.first_days import first_days
from tests.factories import a_store, world
from tests.factories.buying import paid, parts_of
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.html import text_of
from tests.pages import Client

pytestmark = pytest.mark.databases("sqlite")


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_board_leads_a_new_store_to_its_next_step(ctx, app, at, prefix):
    small = world(at)
    store = Client(app)
    store.sign_in(small.owners[0])
    board = store.get(f"{prefix}/panel/orders")
    steps = board.all("li", class_="steps__item")
    assert [step.get("aria-current") for step in steps].index("step") == 2, "admitted, and offers are there"
    for place in ("application", "offers", "settlement", "health"):
        assert f"{prefix}/panel/{place}" in board.links()
    assert all(text_of(step) for step in steps)


def test_it_is_gone_once_a_parcel_has_arrived(ctx, app, at):
    small = world(at)
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    [part] = parts_of(paid(gateway, small.shopper, (small.soap, 1), at=at))
    for state, expected in (
        (StoreOrderState.paid, ["done", "done", "now", "todo", "todo"]),
        (StoreOrderState.shipped, ["done", "done", "now", "todo", "done"]),
        (StoreOrderState.delivered, []),
    ):
        with unit_of_work():
            values = {"state": state, "tracking_code": "RR123456789IR"}
            db.session.execute(update(StoreOrder).where(StoreOrder.id == part.id).values(values))
        assert [step.state for step in first_days(small.stores[0].id)] == expected
    assert first_days(small.stores[1].id), "another store has not delivered"


def test_a_store_without_anything_begins_with_its_application(ctx, at):
    store = a_store()
    assert [step.state for step in first_days(store.id)] == ["now", "todo", "todo", "todo", "todo"]
