"""Money came: what stands, what goes back, once, whatever is heard twice, late or wrongly."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.ledger.models import Transfer
from marketplace.lottery.models import EntryGrant, GrantState
from marketplace.messages.models import Channel, Message
from marketplace.orders.checkout import open_order_payment
from marketplace.orders.events import OrderPaid
from marketplace.orders.holds import give_back_expired_holds
from marketplace.orders.models import Order, OrderState, StockState, StoreOrderState
from marketplace.orders.payment import take_capture
from marketplace.payments.events import PaymentCaptured
from marketplace.payments.gateways.port import SessionStatus
from marketplace.payments.models import PaymentState, Refund, RefundState
from marketplace.payments.payments import record_session
from marketplace.payments.queries import flagged_payments
from marketplace.stores.models import Seal, SealState
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
    placed_open,
    rows_of,
    run_jobs,
)
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.unchanged import nothing_written, snapshot
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


# --- what a capture does


def test_a_capture_pays_sells_books_grants_and_tells(w, gateway):
    made = paid(gateway, w.shopper, (w.soap, 2), (w.bowl, 1))
    artin, lalejin = parts_of(made)
    assert (made.state, made.paid_at) == (OrderState.paid, AT)
    assert {(p.state, p.stock, p.paid_at) for p in (artin, lalejin)} == {
        (StoreOrderState.paid, StockState.sold, AT)
    }
    assert (fresh(w.soap).sold_count, fresh(w.soap).held_count, fresh(w.soap).popularity) == (2, 0, 2)
    assert transfers() == [
        (f"store-order:{artin.id}", "goods", 120_000),
        (f"store-order:{lalejin.id}", "goods", 250_000),
    ], "both parts are above the threshold: no shipping moves"
    assert balances() == {
        "gateway_clearing": 370_000,
        f"store_held:{w.stores[0].id}": 120_000,
        f"store_held:{w.stores[2].id}": 250_000,
    }
    grants = db.session.scalars(select(EntryGrant).order_by(EntryGrant.id)).all()
    assert [(g.person_id, g.weight, g.state) for g in grants] == [
        (w.shopper.id, 2, GrantState.granted),
        (w.shopper.id, 3, GrantState.granted),
    ]
    told = {(m.person_id, m.channel, m.template) for m in db.session.scalars(select(Message))}
    assert told == {
        (w.shopper.id, Channel.sms, "order_paid"),
        (w.shopper.id, Channel.app, "order_paid"),
        (w.owners[0].id, Channel.app, "store_order_paid"),
        (w.owners[2].id, Channel.app, "store_order_paid"),
    }
    assert broken_invariants() == {}


def test_shipping_that_the_shopper_pays_is_booked_beside_the_goods(w, gateway):
    made = paid(gateway, w.shopper, (w.soap, 1))
    [part] = parts_of(made)
    assert transfers() == [
        (f"store-order:{part.id}", "goods", 60_000),
        (f"store-order:{part.id}", "shipping", 43_000),
    ]
    assert sum(amount for _, _, amount in transfers()) == made.total_toman == payment_of(made).captured_toman


def test_when_one_handler_fails_nothing_of_the_capture_stands(w, gateway, app):
    """Entries and messages are written with the payment or not at all; the question is asked again later."""

    def explode(news: OrderPaid) -> None:
        assert db.session.scalars(select(EntryGrant)).all(), "the handlers before it have run"
        raise RuntimeError("the last handler fails")

    wiring = app.extensions["bazargah"]
    made = placed_open(w.shopper, (w.soap, 1))
    gateway.pay(payment_of(made).session_id)
    app.extensions["bazargah"] = dataclasses.replace(
        wiring, handlers={**wiring.handlers, OrderPaid: (*wiring.handlers[OrderPaid], explode)}
    )
    before = snapshot()
    ask(payment_of(made).id, AT, may_fail=True)
    after = snapshot()
    assert {name for name in before if before[name] != after[name]} == {"jobs"}
    assert (order(made.id).state, payment_of(made).state) == (OrderState.awaiting_payment, PaymentState.open)
    app.extensions["bazargah"] = wiring
    with later(AT, seconds=5) as moment:
        run_jobs(moment)
    assert (order(made.id).state, rows_of(EntryGrant)) == (OrderState.paid, 1)
    assert broken_invariants() == {}


# --- heard twice


def test_hearing_of_a_capture_again_changes_nothing(w, gateway):
    """Example 9."""
    made = paid(gateway, w.shopper, (w.soap, 1), (w.tea, 1))
    payment = payment_of(made)
    told = gateway.fetch_session(payment.session_id)
    with nothing_written():
        for _ in range(3):
            with unit_of_work():
                record_session(payment.id, told, AT)
    assert (rows_of(EntryGrant), rows_of(Refund), len(transfers())) == (2, 0, 4)


def test_a_page_that_expired_elsewhere_takes_no_capture_back(w, gateway):
    made = paid(gateway, w.shopper, (w.soap, 1))
    told = dataclasses.replace(
        gateway.fetch_session(payment_of(made).session_id), paid=False, status=SessionStatus.EXPIRED
    )
    with unit_of_work():
        record_session(payment_of(made).id, told, AT)
    assert order(made.id).state is OrderState.paid
    assert payment_of(made).state is PaymentState.captured


def test_a_second_payment_of_the_same_order_goes_back_whole(w, gateway):
    made = paid(gateway, w.shopper, (w.soap, 1))
    with unit_of_work():
        open_order_payment(db.session.get_one(Order, made.id), buyer_of(w.shopper), AT)
    run_jobs(AT)
    second = payment_of(made)
    gateway.pay(second.session_id)
    ask(second.id, AT)
    assert refunds() == [(103_000, "paid_twice", RefundState.succeeded)]
    assert (fresh(w.soap).sold_count, rows_of(EntryGrant)) == (1, 1)
    assert balances() == {"gateway_clearing": 103_000, f"store_held:{w.stores[0].id}": 103_000}
    assert payment_of(made).refunded_toman == 103_000
    assert broken_invariants() == {}


# --- the wrong money


def test_other_money_than_ours_is_flagged_and_the_order_not_paid(w, gateway):
    """Abuse 12: the whole amount, in our currency, for this order, or a person looks at it."""
    change(w.soap, limit_per_buyer=9)
    claims = [
        {"amount_toman": 102_999},
        {"amount_toman": 103_001},
        {"amount_toman": 1},
        {"amount_toman": None},
        {"currency_ok": False},
        {"reference": "order:999"},
    ]
    for claim in claims:
        made = placed_open(w.shopper, (w.soap, 1))
        payment = payment_of(made)
        gateway.pay(payment.session_id)
        truth = gateway.pages[payment.session_id]
        gateway.claim(payment.session_id, **claim)
        ask(payment.id, AT)
        assert (order(made.id).state, payment_of(made).state) == (
            OrderState.awaiting_payment,
            PaymentState.flagged,
        )
        gateway.pages[payment.session_id] = truth
        ask(payment.id, AT)
        assert order(made.id).state is OrderState.awaiting_payment, "a person decides, not another answer"
    assert (transfers(), rows_of(EntryGrant), rows_of(Refund)) == ([], 0, 0)
    assert len(flagged_payments()) == len(claims)
    assert broken_invariants() == {}
    with later(AT, minutes=31) as moment:
        assert give_back_expired_holds(moment) == len(claims)
    assert fresh(w.soap).held_count == 0


def test_a_payment_of_something_else_is_not_an_orders(w, gateway):
    with nothing_written(), unit_of_work():
        take_capture(PaymentCaptured(1, "ticket:7", 5, AT))
