"""Cancelling, part-shipping and returning by program: keys, bad input, and the same rules as on the pages."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.orders.pickup import pickup_codes
from marketplace.orders.pickup_models import Pickup
from marketplace.stores.models import StoreKind
from tests.factories import AT, World, change
from tests.factories.buying import a_wish, broken_invariants, paid, parts_of, run_jobs
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.journeys.api_calls import a_program
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def gateway(app) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, at, gateway) -> World:
    return the_world()


def key(word: str) -> str:
    return f"key-{word}-0001"


def test_part_shipped_returned_and_refused_by_program(app, w, gateway):
    part = parts_of(paid(gateway, w.shopper, (w.soap, 2), (w.scarf, 1)))[0]
    store, shopper, stranger = (a_program(app, who) for who in (w.owners[0], w.shopper, w.shopper2))
    base, mine = f"/store/orders/{part.id}", f"/store-orders/{part.id}"
    store.post(f"{base}/acceptance")
    store.post(f"{base}/packing", {"kit": True})
    soap = [{"offer_id": w.soap.id, "quantity": 1}]
    sent = {"carrier": "pishtaz", "tracking_code": "RR10000001", "lines": soap}
    answer = store.post(f"{base}/shipment", sent)
    assert (answer["state"], len(answer["parcels"]), answer["lines"][0]["shipped"]) == ("part_shipped", 1, 1)
    with nothing_written():
        store.post(f"{base}/shipment", {**sent, "tracking_code": "RR10000002", "lines": soap * 2}, expect=422)
        shopper.post(f"{mine}/receipt", expect=409)
        shopper.post(f"{mine}/cancellation", {"reason": "other"}, key=key("late"), expect=409)
    answer = store.post(f"{base}/shipment", {"carrier": "tipax", "tracking_code": "RR10000002"})
    assert (answer["state"], len(answer["parcels"])) == ("shipped", 2)
    shopper.post(f"{mine}/receipt")
    wish = {"lines": [{"offer_id": w.scarf.id, "quantity": 1}], "reason": "defective"}
    with nothing_written():
        shopper.post(f"{mine}/return", wish, expect=400)
        for wrong in ([], [{"offer_id": w.scarf.id, "quantity": 2}], [{"offer_id": w.tea.id}]):
            shopper.post(f"{mine}/return", {**wish, "lines": wrong}, key=key("wrong"), expect=422)
        stranger.post(f"{mine}/return", wish, key=key("x"), expect=404)
        stranger.post(f"{mine}/cancellation", {"reason": "other"}, key=key("y"), expect=404)
    made = shopper.post(f"{mine}/return", wish, key=key("back"), expect=201)
    assert (made["state"], made["reason"], made["lines"]) == ("asked", "defective", wish["lines"])
    assert shopper.post(f"{mine}/return", wish, key=key("back"), expect=201) == made
    with nothing_written():
        shopper.post(f"{mine}/return", wish, key=key("again"), expect=409)


def test_cancelled_once_by_program(app, w, gateway):
    made = paid(gateway, w.shopper, (w.soap, 1))
    part = parts_of(made)[0]
    shopper = a_program(app, w.shopper)
    mine = f"/store-orders/{part.id}/cancellation"
    with nothing_written():
        shopper.post(mine, {"reason": "other"}, expect=400)
        shopper.post(mine, {}, key=key("empty"), expect=422)
    answer = shopper.post(mine, {"reason": "نمی‌خواهم"}, key=key("cancel"))
    assert (answer["state"], answer["ended_reason"]) == ("cancelled", "shopper_other")
    assert shopper.post(mine, {"reason": "نمی‌خواهم"}, key=key("cancel")) == answer
    run_jobs(AT)
    assert [r.amount_toman for r in gateway.refunds.values()] == [made.total_toman]
    assert broken_invariants() == {}


def test_a_store_reports_by_program_what_it_does_not_have(app, w, gateway):
    part = parts_of(paid(gateway, w.shopper, (w.soap, 2)))[0]
    store, other = a_program(app, w.owners[0]), a_program(app, w.owners[1])
    path, wish = (
        f"/store/orders/{part.id}/unavailability",
        {"lines": [{"offer_id": w.soap.id, "quantity": 2}]},
    )
    with nothing_written():
        store.post(path, wish, expect=400)
        other.post(path, wish, key=key("x"), expect=404)
    assert store.post(path, wish, key=key("gone"))["state"] == "unavailable_refunded"


def test_a_pickup_order_is_handed_over_by_program(app, w, gateway):
    change(w.stores[0], kind=StoreKind.offline)
    made = paid(gateway, w.shopper, (w.soap, 1), wish=a_wish(methods={"artin": "pickup"}))
    part = parts_of(made)[0]
    store, other = a_program(app, w.owners[0]), a_program(app, w.owners[1])
    base, code = f"/store/orders/{part.id}", pickup_codes([part.id])[part.id]
    with nothing_written():
        store.post(f"{base}/handover", {"code": code}, expect=422)
        other.post(f"{base}/handover", {"code": code}, expect=404)
    store.post(f"{base}/acceptance")
    store.post(f"{base}/packing", {"kit": True})
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    store.post(f"{base}/handover", {"code": wrong}, expect=422)
    assert store.get(base.rpartition("/")[0])["items"][0]["state"] == "packed"
    assert tries_of(part.id) == 1
    answer = store.post(f"{base}/handover", {"code": f" {code[:3]} {code[3:]} "}, key=key("counter"))
    assert answer["state"] == "delivered"
    assert store.post(f"{base}/handover", {"code": code}, key=key("counter"))["state"] == "delivered"
    assert broken_invariants() == {}


def tries_of(store_order_id: int) -> int:
    db.session.rollback()
    return db.session.scalars(select(Pickup.tries).where(Pickup.store_order_id == store_order_id)).one()
