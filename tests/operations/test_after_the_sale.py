"""After the payment: part-shipped, cancelled, unavailable, returned, closed; each toman and each piece once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.models import AuditEntry
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Offer
from marketplace.lottery.models import EntryGrant, EntryVoid, GrantState
from marketplace.messages.models import Message
from marketplace.orders.after_inputs import Cancellation, ReturnDecision, ReturnWish, Shipment
from marketplace.orders.after_models import Parcel, Return, ReturnReason, ReturnState, StoreOrderRefund
from marketplace.orders.cancellation import cancel_store_order, report_unavailable
from marketplace.orders.deadlines import (
    close_store_orders,
    deliver_by_time,
    end_due_returns,
    remind_of_shipping,
)
from marketplace.orders.errors import NotReturnable, TooLateToCancel, TrackingCodeTaken, WrongStep
from marketplace.orders.fulfilment import accept_store_order, confirm_receipt, pack_store_order
from marketplace.orders.invoices import invoices_of
from marketplace.orders.models import DeliveredBy, Order, OrderLine, OrderState, StoreOrder, StoreOrderState
from marketplace.orders.parcels import record_delivery, ship_store_order
from marketplace.orders.return_check import decide_return
from marketplace.orders.returns import ask_return, send_return, withdraw_return
from marketplace.policy.calendar import add_working_days
from marketplace.policy.models import ShippingMethod
from marketplace.storefront.after_page import show_after
from marketplace.storefront.order_read import read_order
from tests.factories import AT, World, change
from tests.factories.buying import balances, broken_invariants, order, paid, parts_of, run_jobs
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
both = pytest.mark.databases("sqlite", "postgresql")

S = StoreOrderState
NO_MORE = Cancellation("changed_mind", "")
STORE = Actor(1, "store", "clerk")
ME = Actor(2, "shopper", "me")


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
    """Three soaps and two scarfs of the first store, 380,000 toman, shipped free."""
    return parts_of(paid(gateway, w.shopper, (w.soap, 3), (w.scarf, 2)))[0]


def now(part: StoreOrder) -> StoreOrder:
    db.session.rollback()
    return db.session.get_one(StoreOrder, part.id, populate_existing=True)


def offer(of: Offer) -> Offer:
    db.session.rollback()
    return db.session.get_one(Offer, of.id, populate_existing=True)


def to_packed(part: StoreOrder) -> None:
    with unit_of_work():
        accept_store_order(part.id, part.store_id, STORE, AT)
        pack_store_order(part.id, part.store_id, True, STORE, AT)


def ship(part: StoreOrder, code: str = "RR111111111IR", lines=None, at=AT) -> StoreOrder:
    with unit_of_work():
        return ship_store_order(part.id, part.store_id, Shipment("pishtaz", code, lines), STORE, at)


def to_delivered(part: StoreOrder, w: World, at=AT) -> None:
    to_packed(part)
    ship(part)
    with unit_of_work():
        confirm_receipt(part.id, w.shopper.id, at)


def cancel(part: StoreOrder, person_id: int, at=AT) -> StoreOrder:
    with unit_of_work():
        return cancel_store_order(part.id, person_id, NO_MORE, ME, at)


def unavailable(part: StoreOrder, lines=None, at=AT) -> StoreOrder:
    with unit_of_work():
        return report_unavailable(part.id, part.store_id, lines, "", STORE, at)


def give(part: StoreOrder, w: World, lines, reason=ReturnReason.changed_mind, at=AT) -> str:
    with unit_of_work():
        return ask_return(part.id, w.shopper.id, ReturnWish(lines, reason, ""), (), ME, at).number


def decide(part: StoreOrder, number: str, accepted, note="", at=AT) -> None:
    with unit_of_work():
        decide_return(number, part.store_id, ReturnDecision(accepted, note), STORE, at)


def refunds() -> list[tuple[int, int]]:
    db.session.rollback()
    return [
        (row.goods_toman, row.shipping_toman)
        for row in db.session.scalars(select(StoreOrderRefund).order_by(StoreOrderRefund.id))
    ]


def all_is_well(gateway: MemoryGateway, back: int, at=AT) -> None:
    """The books, the rows and the gateway agree that so much went back."""
    run_jobs(at)
    assert sum(refund.amount_toman or 0 for refund in gateway.refunds.values()) == back
    assert "shopper_refundable" not in balances()
    assert broken_invariants() == {}


# --- parcels


@both
def test_a_store_order_leaves_in_two_parcels(w, part):
    to_packed(part)
    assert ship(part, "RR1111111", {w.soap.id: 2}).state is S.part_shipped
    with nothing_written(), pytest.raises(WrongStep), unit_of_work():
        confirm_receipt(part.id, w.shopper.id, AT)
    with nothing_written(), pytest.raises(Invalid) as refused:
        ship(part, "RR2222222", {w.soap.id: 2})
    assert refused.value.fields == {f"quantity-{w.soap.id}": "above_left"}
    with nothing_written():
        ship(part, "RR1111111", {w.soap.id: 2})
    assert ship(part, "RR2222222").state is S.shipped
    assert len(list(db.session.scalars(select(Parcel)))) == 2
    with unit_of_work():
        assert record_delivery(ShippingMethod.pishtaz, "rr1111111", AT).state is S.shipped
    with unit_of_work():
        delivered = record_delivery(ShippingMethod.pishtaz, "RR2222222", AT)
    assert (delivered.state, delivered.delivered_by) == (S.delivered, DeliveredBy.carrier)
    with nothing_written(), unit_of_work():
        record_delivery(ShippingMethod.pishtaz, "RR2222222", AT)
    with nothing_written(), pytest.raises(NotFound), unit_of_work():
        record_delivery(ShippingMethod.tipax, "RR2222222", AT)
    assert broken_invariants() == {}


@both
def test_the_tracking_code_of_another_order_is_refused(w, gateway, part):
    other = parts_of(paid(gateway, w.shopper2, (w.tea, 1)))[0]
    for each in (part, other):
        to_packed(each)
    ship(part, "RR1111111")
    with nothing_written(), pytest.raises(TrackingCodeTaken):
        ship(other, "RR1111111")
    with unit_of_work():
        ship_store_order(other.id, other.store_id, Shipment("tipax", "RR1111111"), STORE, AT)


def test_nobody_spoke_for_ten_days_and_it_has_arrived(w, part):
    to_packed(part)
    ship(part)
    assert deliver_by_time(AT + timedelta(days=10, seconds=-1)) == 0
    moment = AT + timedelta(days=10)
    assert deliver_by_time(moment) == 1
    found = now(part)
    assert (found.state, found.delivered_at, found.delivered_by) == (S.delivered, moment, DeliveredBy.time)
    assert found.withdraw_until_at == add_working_days(moment, 7)
    assert deliver_by_time(moment) == 0


def test_the_store_is_reminded_once_before_and_once_after_its_deadline(w, part):
    until = now(part).ship_by_at
    assert until == add_working_days(AT, 2)

    def told() -> list[str]:
        db.session.rollback()
        rows = db.session.scalars(
            select(Message.template).where(
                Message.template.in_(("ship_deadline_near", "ship_deadline_passed", "order_late"))
            )
        )
        return sorted(set(rows))

    assert remind_of_shipping(until - timedelta(hours=24, seconds=1)) == 0
    assert remind_of_shipping(until - timedelta(hours=24)) == 1
    assert remind_of_shipping(until) == 0
    assert told() == ["ship_deadline_near"]
    assert remind_of_shipping(until + timedelta(seconds=1)) == 1
    assert remind_of_shipping(until + timedelta(days=1)) == 0
    assert told() == ["order_late", "ship_deadline_near", "ship_deadline_passed"]


def test_of_a_late_rest_the_shopper_is_not_told_to_cancel(app, w, part):
    """What has partly left cannot be cancelled: the words promise nothing that is refused."""
    to_packed(part)
    ship(part, "RR1111111", {w.soap.id: 1})
    late = now(part).ship_by_at + timedelta(seconds=1)
    remind_of_shipping(late)
    told = db.session.scalars(select(Message.template).where(Message.person_id == w.shopper.id)).all()
    assert "order_rest_late" in told and "order_late" not in told
    number = db.session.scalars(select(Order.number).where(Order.id == part.order_id)).one()
    with app.test_request_context("/"):
        after = show_after(read_order(number, w.shopper.id), late)[part.id]
    assert after.is_late and after.is_rest_late and after.cancel_url is None


# --- what is not sent


@both
@pytest.mark.parametrize("packed", [False, True])
def test_the_shopper_cancels_before_anything_left(w, gateway, packed):
    made = paid(gateway, w.shopper, (w.soap, 1), (w.tea, 1))
    part = parts_of(made)[0]
    if packed:
        to_packed(part)
    ended = cancel(part, w.shopper.id)
    assert (ended.state, ended.ended_reason) == (S.cancelled, "shopper_changed_mind")
    with nothing_written():
        cancel(part, w.shopper.id)
    assert order(made.id).state is OrderState.paid, "the other store's part stands"
    assert (offer(w.soap).sold_count, offer(w.tea).sold_count) == (0, 1)
    assert refunds() == [(part.goods_toman, part.shipping_toman)]
    assert [invoice.kind for invoice in invoices_of([part.id])] == (["sale", "credit"] if packed else [])
    grant = db.session.scalars(select(EntryGrant).where(EntryGrant.store_order_id == part.id)).one()
    assert (grant.state, grant.weight) == (GrantState.voided, 0)
    assert [v.reason for v in db.session.scalars(select(EntryVoid))] == ["cancelled"]
    cancel(parts_of(made)[1], w.shopper.id)
    assert order(made.id).state is OrderState.cancelled
    all_is_well(gateway, made.total_toman)


def test_what_left_is_not_cancelled_and_strangers_cancel_nothing(w, part):
    with nothing_written(), pytest.raises(NotFound):
        cancel(part, w.shopper2.id)
    to_packed(part)
    ship(part, "RR1111111", {w.soap.id: 1})
    with nothing_written(), pytest.raises(TooLateToCancel):
        cancel(part, w.shopper.id)
    ship(part, "RR2222222")
    with nothing_written(), pytest.raises(TooLateToCancel):
        cancel(part, w.shopper.id)


@both
def test_a_line_that_cannot_be_supplied_is_paid_back_and_no_more_of_it_is_sold(w, gateway, part):
    unavailable(part, {w.scarf.id: 1})
    assert now(part).state is S.paid
    assert refunds() == [(100_000, 0)]
    scarf = offer(w.scarf)
    assert (scarf.stocked_count - scarf.sold_count - scarf.held_count, scarf.sold_count) == (0, 1)
    with nothing_written(), pytest.raises(Invalid):
        unavailable(part, {w.scarf.id: 2})
    to_packed(part)
    assert ship(part).state is S.shipped
    assert [i.total_toman for i in invoices_of([part.id])] == [280_000]
    with nothing_written(), pytest.raises(WrongStep):
        unavailable(part)
    all_is_well(gateway, 100_000)


@both
def test_a_store_that_can_supply_nothing_pays_everything_back(w, gateway):
    made = paid(gateway, w.shopper, (w.soap, 1))
    part = parts_of(made)[0]
    assert part.shipping_toman > 0
    assert unavailable(part).state is S.unavailable_refunded
    assert refunds() == [(60_000, part.shipping_toman)]
    assert order(made.id).state is OrderState.cancelled
    soap = offer(w.soap)
    assert (soap.stocked_count, soap.sold_count, soap.held_count) == (0, 0, 0)
    all_is_well(gateway, made.total_toman)


def test_the_rest_of_a_part_shipped_order_that_cannot_be_supplied(w, gateway, part):
    to_packed(part)
    ship(part, "RR1111111", {w.soap.id: 3})
    assert unavailable(part).state is S.shipped
    assert refunds() == [(200_000, 0)]
    assert [i.kind for i in invoices_of([part.id])] == ["sale", "credit"]
    all_is_well(gateway, 200_000)


# --- what comes back


@both
def test_half_goes_back_and_free_shipping_is_not_charged_back(w, gateway, part):
    """Example 2."""
    to_delivered(part, w)
    number = give(part, w, {w.scarf.id: 2})
    with unit_of_work():
        send_return(number, w.shopper.id, Shipment("pishtaz", "BACK123456"), ME, AT)
    decide(part, number, {w.scarf.id: 2})
    assert now(part).state is S.part_returned
    assert refunds() == [(200_000, 0)]
    assert offer(w.scarf).sold_count == 0
    assert db.session.scalars(select(EntryVoid)).all() == [], "half of it stands"
    all_is_well(gateway, 200_000)


@both
def test_everything_goes_back_in_two_returns_with_the_shipping_that_was_paid(w, gateway):
    made = paid(gateway, w.shopper, (w.soap, 1), (w.bowl, 1))
    part = next(p for p in parts_of(made) if p.shipping_toman)
    to_delivered(part, w)
    decide(part, give(part, w, {w.soap.id: 1}), {w.soap.id: 1})
    assert now(part).state is S.returned
    assert refunds() == [(60_000, part.shipping_toman)]
    assert [v.reason for v in db.session.scalars(select(EntryVoid))] == ["refunded"]
    with nothing_written(), pytest.raises(NotReturnable):
        give(part, w, {w.soap.id: 1})
    all_is_well(gateway, 60_000 + part.shipping_toman)


@both
def test_what_the_store_refuses_stays_with_the_shopper_and_may_be_asked_for_again(w, gateway, part):
    to_delivered(part, w)
    number = give(part, w, {w.soap.id: 2, w.scarf.id: 1})
    with nothing_written(), pytest.raises(Invalid) as refused:
        decide(part, number, {w.soap.id: 1})
    assert refused.value.fields == {"note": "refusal_needs_reason"}
    decide(part, number, {w.soap.id: 1}, "شال پوشیده شده است")
    db.session.rollback()
    found = db.session.scalars(select(Return)).one()
    assert (found.state, found.refund_toman) == (ReturnState.part_accepted, 60_000)
    with nothing_written(), pytest.raises(WrongStep):
        decide(part, number, {w.soap.id: 2, w.scarf.id: 1})
    give(part, w, {w.soap.id: 2, w.scarf.id: 2})
    all_is_well(gateway, 60_000)


def test_no_more_comes_back_than_was_bought_and_no_piece_twice(w, part):
    with nothing_written(), pytest.raises(NotReturnable) as refused:
        give(part, w, {w.soap.id: 1})
    assert [r.code for r in refused.value.reasons] == ["return_not_delivered"]
    to_delivered(part, w)
    for lines, code in (({w.soap.id: 4}, "above_bought"), ({w.tea.id: 1}, "unknown_line")):
        with nothing_written(), pytest.raises(Invalid) as wrong:
            give(part, w, lines)
        assert list(wrong.value.fields.values()) == [code]
    number = give(part, w, {w.soap.id: 3})
    with nothing_written(), pytest.raises(NotReturnable) as twice:
        give(part, w, {w.scarf.id: 1})
    assert [r.code for r in twice.value.reasons] == ["return_open"]
    decide(part, number, {w.soap.id: 3})
    with nothing_written(), pytest.raises(Invalid):
        give(part, w, {w.soap.id: 1})


def test_the_kit_does_not_come_back():
    for values in (
        {"lines": [{"kit": True}], "reason": "defective"},
        {"quantity-kit": "1", "reason": "defective"},
    ):
        with pytest.raises(Invalid) as refused:
            ReturnWish.parse(values)
        assert list(refused.value.fields.values()) == ["kit_not_returnable"]


def test_the_window_closes_after_its_last_second_and_perishables_need_a_fault(w, part):
    to_delivered(part, w)
    until = now(part).withdraw_until_at
    assert until == add_working_days(AT, 7)
    with nothing_written(), pytest.raises(NotReturnable) as late:
        give(part, w, {w.soap.id: 1}, at=until + timedelta(seconds=1))
    assert [r.code for r in late.value.reasons] == ["return_over"]
    line = db.session.scalars(select(OrderLine).where(OrderLine.offer_id == w.soap.id)).one()
    change(line, is_perishable=True)
    with nothing_written(), pytest.raises(Invalid) as refused:
        give(part, w, {w.soap.id: 1}, at=until)
    assert list(refused.value.fields.values()) == ["perishable"]
    give(part, w, {w.soap.id: 1}, ReturnReason.damaged, at=until)


def test_goods_with_a_fault_are_not_sold_again(w, gateway, part):
    to_delivered(part, w)
    decide(part, give(part, w, {w.soap.id: 2}, ReturnReason.defective), {w.soap.id: 2})
    assert offer(w.soap).sold_count == 3
    all_is_well(gateway, 120_000)


def test_the_shopper_keeps_the_goods_after_all_or_never_sends_them(w, part):
    to_delivered(part, w)
    number = give(part, w, {w.soap.id: 3})
    with nothing_written(), pytest.raises(NotFound), unit_of_work():
        withdraw_return(number, w.shopper2.id, ME, AT)
    with unit_of_work():
        withdraw_return(number, w.shopper.id, ME, AT)
    give(part, w, {w.soap.id: 3})
    assert end_due_returns(AT + timedelta(days=10, seconds=-1)) == 0
    assert end_due_returns(AT + timedelta(days=10)) == 1
    db.session.rollback()
    states = [r.state for r in db.session.scalars(select(Return).order_by(Return.id))]
    assert states == [ReturnState.withdrawn, ReturnState.lapsed]
    assert broken_invariants() == {}


def test_a_store_that_keeps_silent_took_everything(w, gateway, part):
    to_delivered(part, w)
    number = give(part, w, {w.soap.id: 1})
    with unit_of_work():
        send_return(number, w.shopper.id, Shipment("pishtaz", "BACK123456"), ME, AT)
    assert end_due_returns(AT + timedelta(days=10, seconds=-1)) == 0
    assert end_due_returns(AT + timedelta(days=10)) == 1
    db.session.rollback()
    found = db.session.scalars(select(Return)).one()
    assert (found.state, found.is_by_silence, found.refund_toman) == (ReturnState.accepted, True, 60_000)
    all_is_well(gateway, 60_000, AT + timedelta(days=10))


def test_it_closes_when_the_window_is_over_and_nothing_is_on_its_way_back(w, part):
    to_delivered(part, w)
    until = now(part).withdraw_until_at
    number = give(part, w, {w.soap.id: 1}, at=until)
    after = until + timedelta(seconds=1)
    assert close_store_orders(until) == 0
    assert close_store_orders(after) == 0, "goods are on their way back"
    decide(part, number, {w.soap.id: 1}, at=after)
    assert close_store_orders(after) == 1
    assert now(part).state is S.closed
    assert close_store_orders(after) == 0
    told = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "close_store_orders")).all()
    assert [(each.actor_role, each.subject, each.details) for each in told] == [
        ("system", f"store-orders:{part.id}-{part.id}", {"count": 1})
    ]
    assert [change[1:] for change in told[0].changes if change[1] == "state"] == [
        ["state", "part_returned", "closed"]
    ]


def test_what_arrived_by_lapse_of_time_stands_in_the_audit_log(w, part):
    to_packed(part)
    ship(part)
    late = AT + timedelta(days=10)
    assert deliver_by_time(late - timedelta(seconds=1)) == 0
    assert deliver_by_time(late) == 1
    assert deliver_by_time(late) == 0
    told = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "deliver_by_time")).one()
    assert told.details == {"count": 1}
    assert [change[1:] for change in told.changes if change[1] == "state"] == [
        ["state", "shipped", "delivered"]
    ]


# --- documents


@both
def test_numbers_of_invoices_run_without_a_gap(w, gateway, part):
    other = parts_of(paid(gateway, w.shopper2, (w.soap, 1)))[0]
    to_packed(part)
    with pytest.raises(RuntimeError), unit_of_work():
        accept_store_order(other.id, other.store_id, STORE, AT)
        pack_store_order(other.id, other.store_id, True, STORE, AT)
        raise RuntimeError("the number that was drawn is drawn again")
    to_packed(other)
    cancel(other, w.shopper2.id)
    db.session.rollback()
    found = [(i.number, i.kind.value, i.total_toman) for i in invoices_of([part.id, other.id])]
    total = other.goods_toman + other.shipping_toman
    assert found == [(1, "sale", 380_000), (2, "sale", total), (3, "credit", total)]


@both
def test_the_database_refuses_to_give_back_more_than_was_paid(w, part):
    with nothing_written(), pytest.raises(Conflict):
        change(part, refunded_goods_toman=part.goods_toman + 1)
    with nothing_written(), pytest.raises(Conflict):
        change(part, refunded_shipping_toman=part.shipping_toman + 1)
