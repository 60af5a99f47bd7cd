"""A store order on its way: accepted, packed with its kit, shipped, received; by its own store and shopper alone."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.language import t
from marketplace.core.models import AuditEntry
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages.models import Channel, Message
from marketplace.orders.after_inputs import Shipment
from marketplace.orders.errors import KitNotTicked, WrongStep
from marketplace.orders.fulfilment import (
    accept_store_order,
    confirm_receipt,
    pack_store_order,
)
from marketplace.orders.models import HygieneKit, Order, StoreOrder, StoreOrderState
from marketplace.orders.parcels import ship_store_order
from tests.factories import AT, World, a_member, change
from tests.factories.buying import broken_invariants, paid, parts_of, place
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
"""What does not depend on the kind of database runs on one; the tests marked with both run on both."""

S = StoreOrderState
SENT = Shipment("pishtaz", "RR123456789IR")


@pytest.fixture
def gateway(app) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, at, gateway) -> World:
    return the_world()


@pytest.fixture
def part(w, gateway) -> StoreOrder:
    """A paid store order of the first store."""
    return parts_of(paid(gateway, w.shopper, (w.soap, 1), (w.tea, 1)))[0]


def now(part: StoreOrder) -> StoreOrder:
    db.session.rollback()
    return db.session.get_one(StoreOrder, part.id, populate_existing=True)


def actor(w: World, store: int = 0) -> Actor:
    return Actor(w.owners[store].id, "store", "owner")


def step(
    w: World, part_id: int, what: str, *, kit: bool = True, store: int = 0, shipment: Shipment = SENT
) -> StoreOrder:
    by, store_id = actor(w, store), w.stores[store].id
    with unit_of_work():
        if what == "accept":
            return accept_store_order(part_id, store_id, by, AT)
        if what == "pack":
            return pack_store_order(part_id, store_id, kit, by, AT)
        return ship_store_order(part_id, store_id, shipment, by, AT)


def templates_told() -> list[tuple[str, int | None, Channel]]:
    db.session.rollback()
    rows = db.session.scalars(
        select(Message)
        .where(Message.template != "order_paid", Message.template != "store_order_paid")
        .order_by(Message.id)
    )
    return [(m.template, m.person_id, m.channel) for m in rows]


# --- the way


@pytest.mark.databases("sqlite", "postgresql")
def test_from_paid_to_delivered_with_the_kit_in_it(w, part):
    assert step(w, part.id, "accept").state is S.accepted
    assert step(w, part.id, "pack").state is S.packed
    kit = db.session.scalars(select(HygieneKit).where(HygieneKit.store_order_id == part.id)).one()
    assert (kit.ticked_at, kit.ticked_by_id) == (AT, w.owners[0].id)
    shipped = step(w, part.id, "ship")
    assert (shipped.state, shipped.carrier, shipped.tracking_code) == (S.shipped, "pishtaz", "RR123456789IR")
    with unit_of_work():
        confirm_receipt(part.id, w.shopper.id, AT)
    found = now(part)
    assert (found.state, found.accepted_at, found.packed_at, found.shipped_at, found.delivered_at) == (
        S.delivered,
        AT,
        AT,
        AT,
        AT,
    )
    assert [
        (e.action, e.actor_id) for e in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    ] == [(f"{what}_store_order", w.owners[0].id) for what in ("accept", "pack", "ship")]
    told = templates_told()
    assert [template for template, _, channel in told if channel is Channel.app] == [
        "order_accepted",
        "order_packed",
        "order_shipped",
        "order_delivered",
        "store_order_delivered",
    ]
    assert ("order_shipped", w.shopper.id, Channel.sms) in told
    assert ("store_order_delivered", w.owners[0].id, Channel.app) in told
    assert broken_invariants() == {}


def test_the_other_stores_part_goes_its_own_way(w, part):
    step(w, part.id, "accept")
    other = db.session.scalars(select(StoreOrder).where(StoreOrder.id != part.id)).one()
    assert (now(part).state, other.state) == (S.accepted, S.paid)


# --- the kit


def test_a_parcel_without_its_kit_is_not_packed(w, part):
    step(w, part.id, "accept")
    with nothing_written(), pytest.raises(KitNotTicked) as refused:
        step(w, part.id, "pack", kit=False)
    assert refused.value.fields == {"kit": "kit_not_ticked"}


@pytest.mark.parametrize("done", [(), ("accept",)])
def test_what_was_not_packed_with_its_kit_is_not_shipped(w, part, done):
    for what in done:
        step(w, part.id, what)
    with nothing_written(), pytest.raises(KitNotTicked):
        step(w, part.id, "ship")


def test_a_kit_that_lost_its_tick_stops_the_parcel(w, part):
    step(w, part.id, "accept")
    step(w, part.id, "pack")
    kit = db.session.scalars(select(HygieneKit).where(HygieneKit.store_order_id == part.id)).one()
    change(kit, ticked_at=None, ticked_by_id=None)
    with nothing_written(), pytest.raises(KitNotTicked):
        step(w, part.id, "ship")


@pytest.mark.databases("sqlite", "postgresql")
def test_the_database_refuses_a_kit_with_a_price_and_a_parcel_without_a_code(w, part):
    kit = db.session.scalars(select(HygieneKit).where(HygieneKit.store_order_id == part.id)).one()
    for row, values in (
        (kit, {"price_toman": 1}),
        (part, {"state": S.shipped}),
        (part, {"borne_toman": 1}),
        (part, {"shipping_toman": -1}),
    ):
        with nothing_written(), pytest.raises((Conflict, IntegrityError)):
            change(row, **values)


# --- stale pages


@pytest.mark.databases("sqlite", "postgresql")
def test_a_double_click_is_one_step(w, part):
    for what in ("accept", "pack", "ship"):
        step(w, part.id, what)
        with nothing_written():
            assert step(w, part.id, what).id == part.id
    with unit_of_work():
        confirm_receipt(part.id, w.shopper.id, AT)
    with nothing_written(), unit_of_work():
        confirm_receipt(part.id, w.shopper.id, AT)


def test_a_step_out_of_its_turn_is_refused(w, part):
    with nothing_written(), pytest.raises(WrongStep):
        step(w, part.id, "pack")
    for done, refused in (("accept", ()), ("pack", ("accept",)), ("ship", ("accept", "pack"))):
        step(w, part.id, done)
        for what in refused:
            with nothing_written(), pytest.raises(WrongStep):
                step(w, part.id, what)
    with nothing_written(), pytest.raises(WrongStep):
        step(w, part.id, "ship", shipment=Shipment("tipax", "OTHER-CODE-1"))


def test_nothing_is_received_before_it_was_shipped(w, part):
    for what in ("accept", "pack"):
        with nothing_written(), pytest.raises(WrongStep), unit_of_work():
            confirm_receipt(part.id, w.shopper.id, AT)
        step(w, part.id, what)
    with nothing_written(), pytest.raises(WrongStep), unit_of_work():
        confirm_receipt(part.id, w.shopper.id, AT)


# --- others


def test_another_store_and_another_person_do_not_know_the_order(w, part):
    """Example 16."""
    for what in ("accept", "pack", "ship"):
        with nothing_written(), pytest.raises(NotFound):
            step(w, part.id, what, store=1)
        step(w, part.id, what)
    for stranger in (w.shopper2.id, w.owners[0].id, w.office.id):
        with nothing_written(), pytest.raises(NotFound), unit_of_work():
            confirm_receipt(part.id, stranger, AT)


def test_an_unpaid_order_is_not_its_stores_business(w):
    placed = place(w.shopper2, (w.soap, 1))
    unpaid = db.session.scalars(select(StoreOrder.id).where(StoreOrder.order_id == placed.order_id)).one()
    for what in ("accept", "pack", "ship"):
        with nothing_written(), pytest.raises(NotFound):
            step(w, unpaid, what)


def test_through_the_pages_another_stores_order_is_a_404(w, part, client: Client):
    """Abuse 1: every address with that id, read and written, for the other store, a shopper and nobody."""
    pages = [("GET", ""), ("POST", "/acceptance"), ("POST", "/packing"), ("POST", "/shipment")]
    data = {"kit": "1", "carrier": "pishtaz", "tracking_code": "RR123456789IR"}
    for person in (w.owners[1], w.shopper):
        client.sign_in(person)
        for method, address in pages:
            path = f"/panel/orders/{part.id}{address}"
            with nothing_written():
                client.get(path, expect=404) if method == "GET" else client.post(path, data, expect=404)
    client.sign_out()
    for _, address in pages[1:]:
        with nothing_written():
            client.post(f"/panel/orders/{part.id}{address}", data, expect=401)
    assert client.get(f"/panel/orders/{part.id}", follow=False).status == 302
    assert now(part).state is S.paid


def test_through_the_pages_another_persons_order_is_a_404(w, part, client: Client):
    """Abuse 2."""
    number = db.session.scalars(select(Order.number)).one()
    step(w, part.id, "accept")
    step(w, part.id, "pack")
    step(w, part.id, "ship")
    for person in (w.shopper2, w.owners[0]):
        client.sign_in(person)
        with nothing_written():
            client.get(f"/orders/{number}", expect=404)
            for address in ("payment", "payment-check", f"store-orders/{part.id}/receipt"):
                client.post(f"/orders/{number}/{address}", {}, expect=404)


def test_one_who_left_the_store_is_no_longer_of_it(w, part, client: Client):
    """Abuse 8: with the session still open, on the next request."""
    member = a_member(w.stores[0], w.shopper2, "staff")
    client.sign_in(w.shopper2)
    client.get(f"/panel/orders/{part.id}")
    change(member, ended_at=AT)
    with nothing_written():
        client.post(f"/panel/orders/{part.id}/acceptance", {}, expect=404)


def test_a_stale_page_is_answered_with_the_order_as_it_is_now(w, part, client: Client):
    client.sign_in(w.owners[0])
    page = client.get(f"/panel/orders/{part.id}")
    for what in ("accept", "pack", "ship"):
        step(w, part.id, what)
    for address, data in (("acceptance", {}), ("unavailability", {f"quantity-{w.soap.id}": "1"})):
        with nothing_written():
            page = client.post(f"/panel/orders/{part.id}/{address}", data, expect=409)
        assert t("error.wrong_step") in page.text
        assert "RR123456789IR" in page.text
        assert not [form for form in page.forms if form.action.endswith(("/acceptance", "/unavailability"))]


def test_through_the_page_a_hostile_code_is_shown_inert_and_nothing_is_sent(w, part, client: Client):
    for what in ("accept", "pack"):
        step(w, part.id, what)
    client.sign_in(w.owners[0])
    for typed in ('"><script>alert(1)</script>', "x' onfocus=alert(1) y", "{{7*7}}"):
        with nothing_written():
            page = client.post(
                f"/panel/orders/{part.id}/shipment",
                {"carrier": "pishtaz", "tracking_code": typed},
                expect=422,
            )
        assert "<script>alert(1)" not in page.source
        assert page.one("input", name="tracking_code").get("value") == typed
    assert (
        db.session.scalar(
            select(func.count()).select_from(Message).where(Message.template == "order_shipped")
        )
        == 0
    )
