"""Two hands on one order at the same moment, and clocks that jump: one of them wins, and everything still adds up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from time_machine import travel

from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.after_inputs import Cancellation, ReturnDecision, ReturnWish, Shipment
from marketplace.orders.after_models import Parcel, Return, ReturnReason
from marketplace.orders.cancellation import cancel_store_order, report_unavailable
from marketplace.orders.deadlines import (
    close_store_orders,
    deliver_by_time,
    end_due_returns,
    remind_of_shipping,
)
from marketplace.orders.errors import NotReturnable, ReturnIsOpen, TooLateToCancel, WrongStep
from marketplace.orders.fulfilment import accept_store_order, confirm_receipt, pack_store_order
from marketplace.orders.holds import give_back_expired_holds
from marketplace.orders.models import OrderLine, StoreOrder, StoreOrderState
from marketplace.orders.parcels import record_delivery, ship_store_order
from marketplace.orders.return_check import decide_return
from marketplace.orders.returns import ask_return
from marketplace.orders.settlement import settle_closed_store_orders
from marketplace.orders.statements import write_statements
from marketplace.policy.models import ShippingMethod
from tests.factories import AT, World
from tests.factories.buying import broken_invariants, paid, parts_of, run_jobs
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.together import at_once
from tests.worlds import database, the_world  # noqa: F401

S = StoreOrderState
CLERKS = (Actor(1, "store", "one"), Actor(2, "store", "two"))
ME = Actor(3, "shopper", "me")
SWEEPS = (
    give_back_expired_holds,
    remind_of_shipping,
    deliver_by_time,
    end_due_returns,
    close_store_orders,
    settle_closed_store_orders,
    write_statements,
)


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
    """Three soaps of the first store, 180,000 toman, shipped free."""
    return parts_of(paid(gateway, w.shopper, (w.soap, 3)))[0]


def to_packed(part: StoreOrder) -> None:
    with unit_of_work():
        accept_store_order(part.id, part.store_id, CLERKS[0], AT)
        pack_store_order(part.id, part.store_id, True, CLERKS[0], AT)


def to_delivered(part: StoreOrder, w: World) -> None:
    to_packed(part)
    with unit_of_work():
        ship_store_order(part.id, part.store_id, Shipment("pishtaz", "RR000000009IR"), CLERKS[0], AT)
        confirm_receipt(part.id, w.shopper.id, AT)


def now(part: StoreOrder) -> StoreOrder:
    db.session.rollback()
    return db.session.get_one(StoreOrder, part.id, populate_existing=True)


def line_of(part: StoreOrder) -> OrderLine:
    db.session.rollback()
    query = select(OrderLine).where(OrderLine.store_order_id == part.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def rows(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_two_clerks_send_the_last_pieces_and_one_parcel_leaves(app, w, part):
    to_packed(part)
    ids = (part.id, part.store_id)

    def send(index: int) -> str:
        with unit_of_work():
            ship_store_order(*ids, Shipment("pishtaz", f"RR00000000{index}IR"), CLERKS[index], AT)
        return "sent"

    outcomes = at_once(app, 2, send)
    assert sorted(map(str, outcomes), key=len)[0] == "sent"
    assert WrongStep in outcomes
    assert (now(part).state, rows(Parcel), line_of(part).shipped_count) == (S.shipped, 1, 3)
    assert broken_invariants() == {}


def test_one_clerk_sends_while_the_other_says_that_there_is_nothing(app, w, gateway, part):
    """Whoever comes first: what left is not paid back, what is paid back did not leave."""
    to_packed(part)
    ids, soap = (part.id, part.store_id), w.soap.id

    def either(index: int) -> str:
        with unit_of_work():
            if index:
                report_unavailable(*ids, {soap: 2}, "", CLERKS[1], AT)
            else:
                ship_store_order(*ids, Shipment("pishtaz", "RR000000001IR", {soap: 2}), CLERKS[0], AT)
        return "done"

    outcomes = at_once(app, 2, either)
    assert outcomes.count("done") == 1
    run_jobs(AT)
    line = line_of(part)
    assert line.shipped_count + line.cancelled_count == 2
    assert sum(r.amount_toman or 0 for r in gateway.refunds.values()) == line.cancelled_count * 60_000
    assert broken_invariants() == {}


def test_the_shopper_cancels_while_the_clerk_sends(app, w, gateway, part):
    to_packed(part)
    ids, person = (part.id, part.store_id), w.shopper.id

    def either(index: int) -> str:
        with unit_of_work():
            if index:
                cancel_store_order(part_id, person, Cancellation("other", ""), ME, AT)
            else:
                ship_store_order(*ids, Shipment("pishtaz", "RR000000001IR"), CLERKS[0], AT)
        return "done"

    part_id = part.id
    outcomes = at_once(app, 2, either)
    assert outcomes.count("done") == 1
    assert set(outcomes) <= {"done", TooLateToCancel, WrongStep}
    run_jobs(AT)
    back = sum(r.amount_toman or 0 for r in gateway.refunds.values())
    assert (now(part).state, back) in ((S.shipped, 0), (S.cancelled, 180_000))
    assert rows(Parcel) == (1 if back == 0 else 0)
    assert broken_invariants() == {}


def test_the_same_pieces_are_asked_back_twice_at_once(app, w, part):
    to_delivered(part, w)
    part_id, person, soap = part.id, w.shopper.id, w.soap.id

    def ask(index: int) -> str:
        with unit_of_work():
            ask_return(part_id, person, ReturnWish({soap: 3}, ReturnReason.changed_mind, ""), (), ME, AT)
        return "asked"

    outcomes = at_once(app, 4, ask)
    assert outcomes.count("asked") == 1
    assert set(outcomes) <= {"asked", NotReturnable, ReturnIsOpen}
    assert (rows(Return), line_of(part).returned_count) == (1, 3)


def test_two_clerks_decide_one_return_and_the_money_goes_once(app, w, gateway, part):
    to_delivered(part, w)
    with unit_of_work():
        wish = ReturnWish({w.soap.id: 2}, ReturnReason.changed_mind, "")
        number = ask_return(part.id, w.shopper.id, wish, (), ME, AT).number
    store_id, soap = part.store_id, w.soap.id

    def decide(index: int) -> str:
        with unit_of_work():
            decide_return(number, store_id, ReturnDecision({soap: 2 - index}, "scratched"), CLERKS[index], AT)
        return "decided"

    outcomes = at_once(app, 2, decide)
    assert outcomes.count("decided") == 1, outcomes
    run_jobs(AT)
    taken = 2 - outcomes.index("decided")
    assert sum(r.amount_toman or 0 for r in gateway.refunds.values()) == taken * 60_000
    assert broken_invariants() == {}


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(seconds=-1), timedelta(0)])
def test_a_clock_that_was_set_back_ends_nothing_early(w, gateway, part, jump):
    """Deeds and sweeps at moments that lie before what was written: nothing ends, nothing breaks."""
    to_delivered(part, w)
    earlier = AT + jump
    with travel(earlier, tick=False):
        for sweep in SWEEPS:
            sweep(earlier)
        assert now(part).state is S.delivered
        with unit_of_work():
            record_delivery(ShippingMethod.pishtaz, "RR000000009IR", earlier)
            confirm_receipt(part.id, w.shopper.id, earlier)
    assert now(part).delivered_at == AT
    assert broken_invariants() == {}


def test_a_clock_that_jumped_ahead_and_came_back_did_everything_once(w, gateway, part):
    """A month too far: the sweeps close and settle. Back again they find nothing to undo and nothing to do twice."""
    to_delivered(part, w)
    ahead = AT + timedelta(days=40)
    for moment in (ahead, AT, ahead):
        with travel(moment, tick=False):
            for sweep in SWEEPS:
                sweep(moment)
    assert now(part).state is S.closed
    with pytest.raises(NotReturnable), unit_of_work():
        wish = ReturnWish({w.soap.id: 1}, ReturnReason.changed_mind, "")
        ask_return(part.id, w.shopper.id, wish, (), ME, AT)
    assert settle_closed_store_orders(ahead) == 0
    assert broken_invariants() == {}
