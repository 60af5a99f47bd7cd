"""Orders that nobody pays, money that comes too late, and further tries."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.errors import Unavailable
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Offer, OfferState
from marketplace.lottery.models import EntryGrant
from marketplace.orders.cart import CartOwner, put_line
from marketplace.orders.errors import NothingToPay, NotOnSale
from marketplace.orders.holds import give_back_expired_holds
from marketplace.orders.models import Order, OrderState, StoreOrderState
from marketplace.orders.payment import MOST_ATTEMPTS, end_unpaid, try_payment_again
from marketplace.orders.stock import lock_offers
from marketplace.payments.gateways.port import SessionStatus
from marketplace.payments.models import Payment, PaymentState, Refund, RefundState
from marketplace.payments.payments import fail_payment
from marketplace.payments.queries import lock_payment
from tests.factories import AT, World, change, fresh
from tests.factories.buying import (
    ask,
    balances,
    broken_invariants,
    buyer_of,
    later,
    order,
    paid,
    parts_of,
    payment_of,
    place,
    placed_open,
    rows_of,
    run_jobs,
)
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.together import at_once
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

HOLD = timedelta(minutes=30, seconds=30)


@pytest.fixture
def gateway(app) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, at, gateway) -> World:
    return the_world()


def refund_states() -> list[RefundState]:
    db.session.rollback()
    return list(db.session.scalars(select(Refund.state).order_by(Refund.id)))


# --- nobody pays


def test_a_hold_ends_at_its_moment_and_its_page_closes(w, gateway):
    made = placed_open(w.shopper, (w.soap, 2), (w.tea, 1))
    assert made.hold_until == payment_of(made).expires_at == AT + HOLD
    with later(AT, seconds=HOLD.total_seconds() - 1) as moment:
        assert give_back_expired_holds(moment) == 0
    with later(AT, seconds=HOLD.total_seconds()) as moment:
        assert give_back_expired_holds(moment) == 1
        assert give_back_expired_holds(moment) == 0
        run_jobs(moment)
    assert (order(made.id).state, payment_of(made).state) == (OrderState.expired, PaymentState.failed)
    assert (fresh(w.soap).left_count, fresh(w.tea).left_count) == (10, 10)
    assert gateway.pages[payment_of(made).session_id].status is SessionStatus.EXPIRED
    assert rows_of(EntryGrant) == 0
    assert broken_invariants() == {}


def test_a_page_that_never_opened_is_over_with_its_order(w, gateway):
    """The gateway was away all the time; when it is back the page is opened to be closed: nobody can pay it."""
    gateway.is_away = True
    made = placed_open(w.shopper, (w.soap, 1))
    assert payment_of(made).state is PaymentState.opening
    with later(AT, minutes=31) as moment:
        give_back_expired_holds(moment)
        run_jobs(moment)
    gateway.is_away = False
    with later(AT, hours=2) as moment:
        run_jobs(moment)
    assert payment_of(made).state is PaymentState.failed
    assert all(page.status is SessionStatus.EXPIRED for page in gateway.pages.values())
    assert broken_invariants() == {}


# --- money after the end


def late(w: World, gateway: MemoryGateway, *lines: tuple[Offer, int]) -> Order:
    """An order whose money is taken in its last second and heard of after its end."""
    made = placed_open(w.shopper, *lines)
    gateway.pay(payment_of(made).session_id)
    with later(AT, minutes=31) as moment:
        give_back_expired_holds(moment)
    assert order(made.id).state is OrderState.expired
    return made


def test_late_money_takes_the_stock_again_where_it_is_left(w, gateway):
    made = late(w, gateway, (w.soap, 2), (w.tea, 1))
    with later(AT, minutes=32) as moment:
        run_jobs(moment)
    assert order(made.id).state is OrderState.paid
    assert (fresh(w.soap).sold_count, fresh(w.soap).held_count, rows_of(Refund)) == (2, 0, 0)
    assert broken_invariants() == {}


def test_late_money_goes_back_where_the_stock_is_gone_and_buys_the_rest(w, gateway):
    change(w.soap, stocked_count=2)
    made = late(w, gateway, (w.soap, 2), (w.tea, 1))
    with later(AT, minutes=31, seconds=1) as moment:
        place(w.shopper2, (w.soap, 1), at=moment)
        run_jobs(moment)
    assert [p.state for p in parts_of(made)] == [StoreOrderState.cancelled, StoreOrderState.paid]
    assert [(r.amount_toman, r.state) for r in db.session.scalars(select(Refund))] == [
        (120_000, RefundState.succeeded)
    ]
    assert (fresh(w.soap).held_count, fresh(w.soap).sold_count) == (1, 0)
    assert broken_invariants() == {}


def test_late_money_buys_nothing_beyond_the_limit_per_buyer(w, gateway):
    """Five a buyer: the same five were ordered anew after the first order ran out, so its money goes back."""
    made = late(w, gateway, (w.soap, 3))
    with later(AT, minutes=31, seconds=1) as moment:
        place(w.shopper, (w.soap, 3), at=moment)
        run_jobs(moment)
    assert order(made.id).state is OrderState.cancelled
    assert refund_states() == [RefundState.succeeded]
    assert fresh(w.soap).held_count == 3
    assert broken_invariants() == {}


def test_late_money_buys_nothing_of_a_store_that_fell(w, gateway):
    made = late(w, gateway, (w.soap, 1))
    change(w.soap, state=OfferState.frozen)
    with later(AT, minutes=32) as moment:
        run_jobs(moment)
    assert (order(made.id).state, fresh(w.soap).held_count, balances()) == (OrderState.cancelled, 0, {})
    assert broken_invariants() == {}


# --- another try


def again(w: World, made: Order, at=AT) -> int | None:
    with unit_of_work():
        return try_payment_again(made.id, buyer_of(w.shopper), at)


def refuse(made: Order) -> None:
    """The gateway said no to the newest attempt, for good."""
    newest = payment_of(made).id
    with unit_of_work():
        fail_payment(lock_payment(newest), "refused", AT)


def test_an_open_page_is_not_opened_twice(w):
    made = placed_open(w.shopper, (w.soap, 1))
    with nothing_written():
        assert again(w, made) is None


def test_an_attempt_that_waits_for_the_gateway_is_hastened_not_doubled(w, gateway):
    gateway.is_away = True
    made = placed_open(w.shopper, (w.soap, 1))
    gateway.is_away = False
    assert again(w, made) is not None
    run_jobs(AT)
    assert (rows_of(Payment), payment_of(made).state, len(gateway.pages)) == (1, PaymentState.open, 1)


def test_a_refused_attempt_leaves_the_order_and_another_one_extends_the_hold(w, gateway):
    made = placed_open(w.shopper, (w.soap, 1))
    refuse(made)
    assert order(made.id).state is OrderState.awaiting_payment
    with later(AT, minutes=10) as moment:
        again(w, made, moment)
        run_jobs(moment)
        assert order(made.id).hold_until == moment + HOLD
        gateway.pay(payment_of(made).session_id)
        ask(payment_of(made).id, moment)
    assert (order(made.id).state, rows_of(Payment)) == (OrderState.paid, 2)
    assert broken_invariants() == {}


def test_tries_end(w):
    made = placed_open(w.shopper, (w.soap, 1))
    for _ in range(MOST_ATTEMPTS - 1):
        refuse(made)
        again(w, made)
        run_jobs(AT)
    refuse(made)
    with nothing_written(), pytest.raises(NothingToPay):
        again(w, made)


def test_what_is_paid_over_or_fallen_is_not_tried_again(w, gateway):
    done = paid(gateway, w.shopper, (w.soap, 1))
    ended, fallen = placed_open(w.shopper, (w.tea, 1)), placed_open(w.shopper, (w.bowl, 1))
    with nothing_written(), pytest.raises(NothingToPay):
        again(w, done)
    with nothing_written(), pytest.raises(NothingToPay):
        again(w, ended, AT + HOLD)
    refuse(fallen)
    change(w.bowl, state=OfferState.frozen)
    with nothing_written(), pytest.raises(NotOnSale) as refused:
        again(w, fallen)
    assert [r.code for r in refused.value.reasons] == ["offer_frozen"]


# --- locks


@pytest.mark.databases("postgresql")
def test_an_order_takes_its_offers_in_the_order_of_their_ids_whatever_its_stores(w, app):
    """Its first store's offer has the higher id: taken part by part, it and a checkout would wait for each other."""
    made = placed_open(w.shopper, (w.bowl, 1), (w.soap, 1))
    order_id = made.id
    assert w.soap.id < w.bowl.id
    has_first = threading.Event()

    def work(index: int) -> None:
        with unit_of_work():
            if index == 0:
                lock_offers([w.soap.id])
                has_first.set()
                threading.Event().wait(0.5)
                lock_offers([w.bowl.id])
            else:
                has_first.wait(5)
                end_unpaid(order_id, AT)

    assert Unavailable not in at_once(app, 2, work)
    assert order(made.id).state is OrderState.expired


@pytest.mark.databases("postgresql")
def test_who_puts_an_offer_into_a_cart_does_not_keep_others_from_buying_it(w, app):
    """A line of a cart points to the offer, which holds its key: buyers who wait for that wait for each other."""
    both_hold_a_line = threading.Barrier(2)

    def work(index: int) -> None:
        person = (w.shopper, w.owners[0])[index]
        with unit_of_work():
            put_line(CartOwner(person_id=person.id), w.soap.id, 1, AT)
            db.session.flush()
            both_hold_a_line.wait(10)
            lock_offers([w.soap.id])

    assert at_once(app, 2, work) == [None, None]
