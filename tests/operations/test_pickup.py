"""In-person pickup: priced at nothing, opened by the shopper's code alone, with the kit in, and five tries."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.after_inputs import Shipment
from marketplace.orders.errors import KitNotTicked, NoShipping, PickupCodeUsedUp, PickupCodeWrong, WrongStep
from marketplace.orders.fulfilment import accept_store_order, confirm_receipt, pack_store_order
from marketplace.orders.models import OrderLine, StoreOrder, StoreOrderState
from marketplace.orders.parcels import ship_store_order
from marketplace.orders.pickup import ensure_handed_over, hand_over_at_pickup, pickup_codes, renew_pickup_code
from marketplace.stores.models import StoreKind
from tests.factories import AT, World, change
from tests.factories.buying import a_wish, broken_invariants, paid, parts_of, place
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.together import at_once
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

S = StoreOrderState


@pytest.fixture
def gateway(app) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, at, gateway) -> World:
    made = the_world()
    change(made.stores[0], kind=StoreKind.offline)
    return made


@pytest.fixture
def part(w, gateway) -> StoreOrder:
    """A paid order of the shop on the street, to be taken at its counter."""
    order = paid(gateway, w.shopper, (w.soap, 2), wish=a_wish(methods={"artin": "pickup"}))
    return parts_of(order)[0]


def actor(w: World) -> Actor:
    return Actor(w.owners[0].id, "store", "owner")


def packed(w: World, part: StoreOrder) -> str:
    with unit_of_work():
        accept_store_order(part.id, part.store_id, actor(w), AT)
    with unit_of_work():
        pack_store_order(part.id, part.store_id, True, actor(w), AT)
    db.session.rollback()
    return pickup_codes([part.id])[part.id]


def handed(part: StoreOrder, code: str, store_id: int | None = None) -> StoreOrder:
    with unit_of_work():
        answer = hand_over_at_pickup(part.id, store_id or part.store_id, code, Actor(1, "store", "x"), AT)
    return ensure_handed_over(answer)


def state(part: StoreOrder) -> StoreOrderState:
    db.session.rollback()
    return db.session.get_one(StoreOrder, part.id, populate_existing=True).state


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_it_costs_nothing_and_the_code_opens_it(w, part):
    assert (part.tariff_toman, part.shipping_toman, part.borne_toman) == (0, 0, 0)
    code = packed(w, part)
    persian = code.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    assert handed(part, f" {persian[:3]} {persian[3:]}").state is S.delivered
    handed(part, "anything, said twice")
    lines = db.session.scalars(select(OrderLine).where(OrderLine.store_order_id == part.id)).all()
    assert [line.shipped_count for line in lines] == [2]
    assert broken_invariants() == {}


def test_without_the_kit_nothing_is_handed_over(w, part):
    code = pickup_codes([part.id])[part.id]
    with nothing_written(), pytest.raises(KitNotTicked):
        handed(part, code)
    with unit_of_work():
        accept_store_order(part.id, part.store_id, actor(w), AT)
    with nothing_written(), pytest.raises(KitNotTicked):
        handed(part, code)


def test_five_wrong_codes_and_it_is_shut_until_the_shopper_asks_for_another(w, part):
    code = packed(w, part)
    for _ in range(5):
        with pytest.raises(PickupCodeWrong):
            handed(part, wrong(code))
    with nothing_written(), pytest.raises(PickupCodeUsedUp):
        handed(part, code)
    with pytest.raises(NotFound), unit_of_work():
        renew_pickup_code(part.id, w.shopper2.id, AT)
    with unit_of_work():
        renew_pickup_code(part.id, w.shopper.id, AT)
    fresh = pickup_codes([part.id])[part.id]
    if fresh != code:
        with pytest.raises(PickupCodeWrong):
            handed(part, code)
    assert handed(part, fresh).state is S.delivered


def test_many_guesses_at_once_are_five(app, w, part):
    code = packed(w, part)
    part_id, store_id = part.id, part.store_id

    def guess(index: int) -> object:
        with unit_of_work():
            answer = hand_over_at_pickup(part_id, store_id, wrong(code), Actor(1, "store", "x"), AT)
        return ensure_handed_over(answer)

    outcomes = at_once(app, 8, guess)
    assert (outcomes.count(PickupCodeWrong), outcomes.count(PickupCodeUsedUp)) == (5, 3)
    assert state(part) is S.packed


def test_another_store_and_another_way_are_refused(w, part, gateway):
    code = packed(w, part)
    with nothing_written(), pytest.raises(NotFound):
        handed(part, code, store_id=w.stores[1].id)
    with nothing_written(), pytest.raises(WrongStep), unit_of_work():
        ship_store_order(part.id, part.store_id, Shipment("pishtaz", "RR123456789IR"), actor(w), AT)
    with nothing_written(), pytest.raises(WrongStep), unit_of_work():
        confirm_receipt(part.id, w.shopper.id, AT)
    sent = parts_of(paid(gateway, w.shopper2, (w.soap, 1)))[0]
    with nothing_written(), pytest.raises(WrongStep):
        handed(sent, "000000")


def test_only_a_shop_on_a_street_has_a_counter(w):
    with pytest.raises(NoShipping):
        place(w.shopper, (w.tea, 1), wish=a_wish(methods={"nik": "pickup"}))
