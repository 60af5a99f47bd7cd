"""A purchase from three stores by program, from the first look to the parcel at the door. The gateway: the sandbox."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from marketplace.core.db import db
from marketplace.core.settings import Settings
from tests import databases
from tests.factories import AT, change
from tests.factories.buying import run_jobs
from tests.fakes.sandbox import RunningSandbox, running_sandbox
from tests.journeys.api_calls import ADDRESS, Program, a_program
from tests.worlds import database, the_world  # noqa: F401


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox, at) -> RunningSandbox:
    running.reset()
    running.set_clock(at)
    return running


@pytest.fixture
def settings(database: str, tmp_path: Path, sandbox: RunningSandbox) -> Settings:  # noqa: F811
    return databases.settings_for(
        database, tmp_path, STRIPE_API_BASE=sandbox.base, STRIPE_API_KEY=sandbox.api_key
    )


@pytest.fixture
def bazaar(ctx, at):
    return the_world()


@pytest.fixture
def shopper(app, bazaar) -> Program:
    return a_program(app, bazaar.shopper)


def invariants_hold(app) -> bool:
    found = app.test_cli_runner().invoke(args=["invariants"])
    assert found.exit_code == 0, found.output
    return True


def hear_of_payment(app) -> None:
    """A minute later the platform asks the gateway by itself."""
    with time_machine.travel(AT + timedelta(minutes=1), tick=False):
        found = app.test_cli_runner().invoke(args=["sweep"])
        assert found.exit_code == 0, found.output


@pytest.mark.databases("sqlite", "postgresql")
def test_a_purchase_from_three_stores(app, sandbox, bazaar, shopper):
    assert shopper.get("/festival")["policy"]["free_shipping_above_toman"] == 100_000
    offers = {offer["id"]: offer for offer in shopper.get("/offers?sort=price&in_stock=1")["items"]}
    assert list(offers) == sorted(offers, key=lambda i: (offers[i]["festival_toman"], i))

    for offer, quantity in ((bazaar.soap, 1), (bazaar.saffron, 1), (bazaar.carpet, 1)):
        cart = shopper.put(f"/cart/lines/{offer.id}", {"quantity": quantity})
    below, just_above, far_above = cart["stores"]
    assert (below["goods_toman"], below["to_free_shipping_toman"], below["entries"]) == (60_000, 40_001, 1)
    assert below["shipping_toman"] > 0
    assert (just_above["goods_toman"], just_above["shipping_toman"]) == (100_001, 0)
    assert (just_above["to_free_shipping_toman"], just_above["entries"]) == (0, 2)
    assert (far_above["shipping_toman"], far_above["entries"]) == (0, 18)
    assert all(part["kit"] for part in cart["stores"])

    answer = shopper.order()
    order = answer.json
    parts = {part["store"]["slug"]: part for part in order["store_orders"]}
    assert order["state"] == "awaiting_payment"
    assert order["total_toman"] == sum(p["goods_toman"] + p["shipping_toman"] for p in order["store_orders"])
    assert {slug: p["entries"] for slug, p in parts.items()} == {"artin": 1, "nik": 2, "lalejin": 18}
    assert parts["lalejin"]["borne_toman"] == parts["lalejin"]["tariff_toman"] > 0
    assert order["payment"]["url"].startswith(sandbox.base)
    assert answer.headers["Location"].endswith(f"/api/v1/orders/{order['number']}")
    assert shopper.get("/cart")["stores"] == []

    sandbox.pay(order["payment"]["url"])
    assert shopper.get(f"/orders/{order['number']}")["state"] == "awaiting_payment", (
        "a page that says paid is not money"
    )
    hear_of_payment(app)
    paid = shopper.get(f"/orders/{order['number']}")
    assert paid["state"] == "paid"
    assert paid["payment"] == {"url": None, "state": "paid", "retry_after_seconds": None}
    assert paid["entries"] == 21
    entries = shopper.get("/me/entries")
    assert (entries["total"], entries["cap"]) == (21, 50)
    assert {(e["order_number"], e["reason"]["code"]) for e in entries["items"]} == {
        (order["number"], "paid_order")
    }
    assert [row["number"] for row in shopper.get("/orders")["items"]] == [order["number"]]
    assert invariants_hold(app)


@pytest.mark.databases("sqlite", "postgresql")
def test_a_parcel_on_its_way(app, sandbox, bazaar, shopper):
    shopper.put(f"/cart/lines/{bazaar.carpet.id}", {"quantity": 1})
    order = shopper.order().json
    store = a_program(app, bazaar.owners[2])
    assert store.get("/store/orders")["items"] == [], "an unpaid order is not the store's business"
    sandbox.pay(order["payment"]["url"])
    hear_of_payment(app)

    (sold,) = store.get("/store/orders?state=paid")["items"]
    here = f"/store/orders/{sold['id']}"
    assert sold["address"]["postal_code"] == "8134567891"
    assert shopper.post(f"/store-orders/{sold['id']}/receipt", expect=409)["code"] == "wrong_step"
    assert store.post(f"{here}/acceptance")["state"] == "accepted"
    refusal = store.post(
        f"{here}/shipment", {"carrier": "pishtaz", "tracking_code": "PST14050011"}, expect=422
    )
    assert refusal["code"] == "pack_first"
    assert store.post(f"{here}/packing", {"kit": False}, expect=422)["code"] == "kit_not_ticked"
    assert store.post(f"{here}/packing", {}, expect=422)["code"] == "kit_not_ticked"
    packed = store.post(f"{here}/packing", {"kit": True})
    assert (packed["state"], packed["kit_packed"]) == ("packed", True)
    shipped = store.post(f"{here}/shipment", {"carrier": "tipax", "tracking_code": "tpx-۱۴۰۵۰۰"})
    assert (shipped["carrier"], shipped["tracking_code"]) == ("tipax", "TPX-140500")
    assert shipped["address"] is None, "once sent, the address is no longer told"

    seen = shopper.get(f"/orders/{order['number']}")["store_orders"][0]
    assert (seen["state"], seen["carrier"], seen["tracking_code"]) == ("shipped", "tipax", "TPX-140500")
    delivered = shopper.post(f"/store-orders/{sold['id']}/receipt")
    assert delivered["state"] == "delivered"
    assert [step["state"] for step in delivered["timeline"]] == ["done"] * 5
    assert shopper.post(f"/store-orders/{sold['id']}/receipt") == delivered, "saying it twice changes nothing"
    assert invariants_hold(app)


def test_what_a_body_says_of_money_is_not_read(app, bazaar, shopper):
    shopper.put(f"/cart/lines/{bazaar.soap.id}", {"quantity": 2, "unit_toman": 1, "festival_toman": 1})
    order = shopper.order(
        total_toman=1, shipping_toman=0, entries=50, store_orders=[], person_id=1, seen_total_toman=1,
        address={**ADDRESS, "price": 1},
    ).json  # fmt: skip
    assert order["goods_toman"] == 120_000
    assert order["store_orders"][0]["entries"] == 2


def test_two_stores_below_the_threshold_both_charge(bazaar, shopper):
    shopper.put(f"/cart/lines/{bazaar.soap.id}", {"quantity": 1})
    shopper.put(f"/cart/lines/{bazaar.tea.id}", {"quantity": 1})
    order = shopper.order().json
    assert [part["goods_toman"] for part in order["store_orders"]] == [60_000, 60_000]
    assert all(part["shipping_toman"] > 0 and part["borne_toman"] == 0 for part in order["store_orders"])


def test_a_dearer_method_costs_the_difference(bazaar, shopper):
    shopper.put(f"/cart/lines/{bazaar.carpet.id}", {"quantity": 1})
    order = shopper.order(shipping={"lalejin": "tipax"}).json
    (part,) = order["store_orders"]
    assert part["shipping_method"] == "tipax"
    assert part["tariff_toman"] == part["shipping_toman"] + part["borne_toman"]
    assert part["shipping_toman"] > 0


def test_the_cart_is_changed_and_emptied(bazaar, shopper):
    shopper.put(f"/cart/lines/{bazaar.soap.id}", {"quantity": 1})
    cart = shopper.put(f"/cart/lines/{bazaar.soap.id}", {"quantity": 3})
    assert cart["stores"][0]["lines"][0]["quantity"] == 3, "PUT replaces"
    shopper.put(f"/cart/lines/{bazaar.bowl.id}", {"quantity": 1})
    assert len(shopper.delete(f"/cart/lines/{bazaar.soap.id}")["stores"]) == 1
    assert shopper.delete(f"/cart/lines/{bazaar.soap.id}")["goods_toman"] == 250_000
    assert shopper.delete("/cart")["stores"] == []


@pytest.mark.databases("sqlite", "postgresql")
def test_lines_that_fell_say_why_and_stop_the_order(app, bazaar, shopper):
    shopper.put(f"/cart/lines/{bazaar.soap.id}", {"quantity": 1})
    change(bazaar.stores[0], hidden_at=bazaar.at, hidden_reason="test")
    cart = shopper.get("/cart")
    (line,) = cart["stores"][0]["lines"]
    assert [r["code"] for r in line["reasons"]] == ["store_hidden"]
    assert (cart["payable"], line["payable"], cart["total_toman"]) == (False, False, 0)
    refused = shopper.order(expect=409).json
    assert (refused["code"], refused["reasons"][0]["code"]) == ("unpayable_lines", "store_hidden")


def test_a_gateway_that_is_away_costs_no_order(app, sandbox, bazaar, shopper):
    shopper.put(f"/cart/lines/{bazaar.bowl.id}", {"quantity": 1})
    sandbox.kill()
    try:
        answer = shopper.order(key="while-away")
        assert answer["payment"] == {"url": None, "state": "opening", "retry_after_seconds": 2}
        assert answer.headers["Retry-After"] == "2"
    finally:
        sandbox.start()
    with time_machine.travel(AT + timedelta(seconds=10), tick=False):
        sandbox.set_clock(AT)
        run_jobs(AT + timedelta(seconds=10))
        again = shopper.order(key="while-away")
        assert (again.json, again.headers["Idempotency-Replayed"]) == (answer.json, "true")
        order = shopper.get(f"/orders/{answer['number']}")
    assert order["payment"]["url"].startswith(sandbox.base)
    assert len(shopper.get("/orders")["items"]) == 1


def test_a_worker_that_is_quicker_than_the_call(app, sandbox, bazaar, shopper):
    """Whoever asks the gateway first, the answer waits for its page."""
    over = threading.Event()

    def work():
        with app.app_context():
            while not over.is_set():
                run_jobs(AT)
            db.session.remove()

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    try:
        for _ in range(4):
            shopper.put(f"/cart/lines/{bazaar.bowl.id}", {"quantity": 1})
            assert shopper.order()["payment"]["state"] == "waiting"
    finally:
        over.set()
        worker.join(20)


def test_lists_are_read_page_by_page(bazaar, shopper):
    numbers = []
    for _ in range(3):
        shopper.put(f"/cart/lines/{bazaar.soap.id}", {"quantity": 1})
        numbers.append(shopper.order()["number"])
    first = shopper.get("/orders?limit=2")
    rest = shopper.get(f"/orders?limit=2&cursor={first['next_cursor']}")
    assert [row["number"] for row in first["items"] + rest["items"]] == numbers[::-1]
    assert rest["next_cursor"] is None


def test_entries_are_read_page_by_page(app, sandbox, bazaar, shopper):
    for offer in (bazaar.soap, bazaar.tea, bazaar.bowl):
        shopper.put(f"/cart/lines/{offer.id}", {"quantity": 1})
    sandbox.pay(shopper.order()["payment"]["url"])
    hear_of_payment(app)
    first = shopper.get("/me/entries?limit=2")
    rest = shopper.get(f"/me/entries?limit=2&cursor={first['next_cursor']}")
    assert [e["goods_toman"] for e in first["items"] + rest["items"]] == [250_000, 60_000, 60_000]
    assert first["total"] == rest["total"] == 5
