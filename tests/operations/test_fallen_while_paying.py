"""A store or an offer fell while its payment page was open: its part goes back, the others stand."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.festival.models import OfferState
from marketplace.ledger.models import Transfer
from marketplace.lottery.models import EntryGrant
from marketplace.messages.models import Message
from marketplace.orders.holds import close_pages_of_fallen_offers, give_back_expired_holds
from marketplace.orders.models import OrderState, StockState, StoreOrderState
from marketplace.payments.gateways.port import SessionStatus
from marketplace.payments.models import PaymentState, Refund, RefundState
from marketplace.stores.models import Seal, SealState
from tests.factories import AT, World, change, fresh
from tests.factories.buying import (
    ask,
    balances,
    broken_invariants,
    later,
    order,
    paid,
    parts_of,
    payment_of,
    placed_open,
    rows_of,
    run_jobs,
)
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.worlds import database, the_world  # noqa: F401


@pytest.fixture
def gateway(app) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, at, gateway) -> World:
    return the_world()


def transfers() -> list[tuple[str, str, int]]:
    db.session.rollback()
    return [
        (t.subject, t.code, t.amount_toman)
        for t in db.session.scalars(select(Transfer).order_by(Transfer.key))
    ]


def refunds() -> list[tuple[int, str, RefundState]]:
    db.session.rollback()
    query = select(Refund).order_by(Refund.id).execution_options(populate_existing=True)
    return [(r.amount_toman, r.reason, r.state) for r in db.session.scalars(query)]


def suspend_seal(store_id: int) -> Seal:
    return change(
        db.session.scalars(select(Seal).where(Seal.store_id == store_id)).one(), state=SealState.suspended
    )


def test_the_part_of_a_store_that_fell_goes_back_and_the_others_stand(w, gateway):
    """Example 6."""
    made = placed_open(w.shopper, (w.soap, 1), (w.tea, 1), (w.bowl, 1))
    suspend_seal(w.stores[1].id)
    gateway.pay(payment_of(made).session_id)
    ask(payment_of(made).id, AT)
    artin, nik, lalejin = parts_of(made)
    assert [p.state for p in (artin, nik, lalejin)] == [
        StoreOrderState.paid,
        StoreOrderState.cancelled,
        StoreOrderState.paid,
    ]
    assert (nik.stock, nik.ended_reason, nik.paid_at) == (StockState.released, "not_on_sale", None)
    assert refunds() == [(92_000, "not_on_sale", RefundState.succeeded)], "goods and shipping of that store"
    assert (fresh(w.tea).held_count, fresh(w.tea).sold_count) == (0, 0)
    assert payment_of(made).refunded_toman == 92_000
    assert balances() == {
        "gateway_clearing": 353_000,
        f"store_held:{w.stores[0].id}": 103_000,
        f"store_held:{w.stores[2].id}": 250_000,
    }
    assert rows_of(EntryGrant) == 2
    assert broken_invariants() == {}


def test_when_every_store_fell_the_whole_order_goes_back(w, gateway):
    made = placed_open(w.shopper, (w.soap, 1), (w.tea, 1))
    change(w.soap, state=OfferState.frozen)
    change(w.tea, state=OfferState.ended)
    gateway.pay(payment_of(made).session_id)
    ask(payment_of(made).id, AT)
    assert order(made.id).state is OrderState.cancelled
    assert sorted(r[0] for r in refunds()) == [92_000, 103_000]
    assert (balances(), rows_of(EntryGrant)) == ({}, 0)
    told = set(db.session.scalars(select(Message.template)))
    assert told == {"refund_sent"}, "of the money alone, and of no sale"
    assert broken_invariants() == {}


def test_one_fallen_line_takes_its_whole_store_order_with_it(w, gateway):
    """A store order is sent whole or not at all: its shipping was computed for all of it."""
    made = placed_open(w.shopper, (w.soap, 1), (w.scarf, 1), (w.bowl, 1))
    change(w.scarf, state=OfferState.frozen)
    gateway.pay(payment_of(made).session_id)
    ask(payment_of(made).id, AT)
    assert [p.state for p in parts_of(made)] == [StoreOrderState.cancelled, StoreOrderState.paid]
    assert refunds() == [(160_000, "not_on_sale", RefundState.succeeded)]
    assert broken_invariants() == {}


def test_being_sold_out_for_others_takes_nothing_from_who_holds_it(w, gateway):
    change(w.soap, stocked_count=1)
    made = placed_open(w.shopper, (w.soap, 1))
    gateway.pay(payment_of(made).session_id)
    ask(payment_of(made).id, AT)
    assert order(made.id).state is OrderState.paid


def test_an_order_paid_before_its_store_fell_stays_paid(w, gateway):
    made = paid(gateway, w.shopper, (w.soap, 1))
    suspend_seal(w.stores[0].id)
    ask(payment_of(made).id, AT)
    with later(AT, hours=1) as moment:
        assert (give_back_expired_holds(moment), close_pages_of_fallen_offers(moment)) == (0, 0)
    assert order(made.id).state is OrderState.paid
    assert rows_of(Refund) == 0


def test_an_open_page_of_a_fallen_offer_is_closed_and_the_order_ends(w, gateway):
    made, other = placed_open(w.shopper, (w.soap, 1), (w.tea, 1)), placed_open(w.shopper2, (w.bowl, 1))
    suspend_seal(w.stores[1].id)
    assert close_pages_of_fallen_offers(AT) == 1
    run_jobs(AT)
    assert gateway.pages[payment_of(made).session_id].status is SessionStatus.EXPIRED
    assert (order(made.id).state, payment_of(made).state) == (OrderState.expired, PaymentState.failed)
    assert (fresh(w.soap).held_count, fresh(w.tea).held_count) == (0, 0)
    assert order(other.id).state is OrderState.awaiting_payment
    assert gateway.pages[payment_of(other).session_id].status is SessionStatus.OPEN
    assert close_pages_of_fallen_offers(AT) == 0
    assert broken_invariants() == {}


def test_a_page_paid_before_it_could_be_closed_is_a_capture(w, gateway):
    made = placed_open(w.shopper, (w.soap, 1), (w.tea, 1))
    suspend_seal(w.stores[1].id)
    gateway.pay(payment_of(made).session_id)
    assert close_pages_of_fallen_offers(AT) == 1
    run_jobs(AT)
    assert [p.state for p in parts_of(made)] == [StoreOrderState.paid, StoreOrderState.cancelled]
    assert refunds() == [(92_000, "not_on_sale", RefundState.succeeded)]
    assert broken_invariants() == {}
