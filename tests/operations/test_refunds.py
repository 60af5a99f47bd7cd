"""Money on its way back to the shopper: asked for once, looked at until it ends, never more than came."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.jobs import run_due
from marketplace.core.models import Job, JobState
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import OfferState
from marketplace.ledger.chart import GATEWAY_CLEARING, SHOPPER_REFUNDABLE
from marketplace.ledger.transfers import post_transfer
from marketplace.orders.models import Order, OrderState
from marketplace.payments.gateways.port import GatewayRefund, RefundStatus
from marketplace.payments.models import Refund, RefundReason, RefundState
from marketplace.payments.payments import ask_about
from marketplace.payments.queries import refused_refunds
from marketplace.payments.refunds import RefundTooLarge, ask_refund, record_refund
from tests.factories import AT, World, change, fresh
from tests.factories.buying import (
    ask,
    balances,
    broken_invariants,
    later,
    order,
    paid,
    payment_of,
    placed_open,
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


def dropped_order(w: World, gateway: MemoryGateway) -> Order:
    """A paid order of which one store's 92,000 go back."""
    made = placed_open(w.shopper, (w.soap, 1), (w.tea, 1))
    change(w.tea, state=OfferState.frozen)
    gateway.pay(payment_of(made).session_id)
    ask(payment_of(made).id, AT)
    return made


def test_a_refund_is_asked_for_once_though_its_answer_was_lost(w, gateway):
    made = placed_open(w.shopper, (w.soap, 1), (w.tea, 1))
    change(w.tea, state=OfferState.frozen)
    gateway.pay(payment_of(made).session_id)
    with unit_of_work():
        ask_about(payment_of(made).id, "test", AT)
    assert run_due(AT) == 1
    gateway.loses_answers = 1
    run_jobs(AT)
    assert (refund_states(), len(gateway.refunds)) == ([RefundState.asked], 1)
    assert balances()["shopper_refundable"] == 92_000, "owed until it has left"
    with later(AT, minutes=1) as moment:
        run_jobs(moment)
    assert (refund_states(), len(gateway.refunds)) == ([RefundState.succeeded], 1)
    assert "shopper_refundable" not in balances()
    assert broken_invariants() == {}


def test_a_refund_of_which_the_key_is_forgotten_is_found_in_the_list(w, gateway):
    """The answer was lost and the gateway away for more than a day: the same ask would give the money twice."""
    gateway.loses_answers, gateway.loses_answers_to = 1, "refund"
    dropped_order(w, gateway)
    assert (refund_states(), len(gateway.refunds)) == ([RefundState.asked], 1)
    gateway.forget_keys()
    with later(AT, hours=30) as moment:
        run_jobs(moment)
    assert (refund_states(), len(gateway.refunds)) == ([RefundState.succeeded], 1)
    assert broken_invariants() == {}


def test_who_is_refused_a_look_at_a_refund_knows_nothing_of_it(w, gateway):
    """Taken for a no, the money would go back a second time by another way."""
    gateway.refunds_begin = "pending"
    dropped_order(w, gateway)
    hidden = dict(gateway.refunds)
    gateway.refunds.clear()
    with later(AT, minutes=1) as moment:
        run_jobs(moment, may_fail=True)
    assert refund_states() == [RefundState.asked]
    assert refused_refunds() == []
    gateway.refunds |= hidden
    gateway.settle(next(iter(hidden)), RefundStatus.SUCCEEDED)
    with later(AT, hours=1) as moment:
        run_jobs(moment, may_fail=True)
    assert refund_states() == [RefundState.succeeded]
    assert broken_invariants() == {}


def test_a_pending_refund_is_looked_at_until_it_ends(w, gateway):
    gateway.refunds_begin = "pending"
    dropped_order(w, gateway)
    for minutes in (1, 2):
        with later(AT, minutes=minutes) as moment:
            run_jobs(moment)
        assert refund_states() == [RefundState.asked]
    gateway.settle(next(iter(gateway.refunds)), RefundStatus.SUCCEEDED)
    with later(AT, minutes=3) as moment:
        run_jobs(moment)
        assert db.session.scalars(select(Job).where(Job.state != JobState.done)).all() == []
    assert refund_states() == [RefundState.succeeded]
    assert gateway.calls.count("refund") == 1
    assert broken_invariants() == {}


@pytest.mark.parametrize("how", ["refused", "pending, then failed"])
def test_a_refund_that_the_gateway_will_not_make_waits_for_a_person(w, gateway, how):
    gateway.refunds_begin = "refused" if how == "refused" else "pending"
    made = dropped_order(w, gateway)
    for refund in gateway.refunds:
        gateway.settle(refund, RefundStatus.FAILED)
    with later(AT, minutes=2) as moment:
        run_jobs(moment)
    assert [r.amount_toman for r in refused_refunds()] == [92_000]
    assert (payment_of(made).refunded_toman, balances()["shopper_refundable"]) == (0, 92_000)
    assert order(made.id).state is OrderState.paid
    assert broken_invariants() == {}


def test_no_more_goes_back_than_came(w, gateway):
    made = paid(gateway, w.shopper, (w.soap, 1))
    payment = payment_of(made)

    def give(toman: int, key: str) -> int:
        with unit_of_work():
            return ask_refund(payment.id, toman, key=key, reason=RefundReason.returned, at=AT)

    first = give(100_000, "a")
    with nothing_written():
        assert give(100_000, "a") == first
        with pytest.raises(RefundTooLarge):
            give(3_001, "b")
    give(3_000, "b")
    with nothing_written(), pytest.raises(RefundTooLarge):
        give(1, "c")


def test_thirty_refunds_of_the_whole_at_once_are_one(w, gateway, app):
    """Abuse 15: and a refund recorded by several workers at once is counted once."""
    payment = payment_of(paid(gateway, w.shopper, (w.soap, 1)))
    payment_id = payment.id

    def give(index: int) -> int:
        with unit_of_work():
            return ask_refund(payment_id, 103_000, key=f"r{index}", reason=RefundReason.returned, at=AT)

    outcomes = at_once(app, 30, give)
    assert outcomes.count(RefundTooLarge) == 29
    [refund] = [outcome for outcome in outcomes if outcome is not RefundTooLarge]
    answer = GatewayRefund("re_1", RefundStatus.SUCCEEDED, 103_000, True, payment.intent_id, "r")
    change(payment, captured_toman=999_999)
    with unit_of_work():
        post_transfer(
            key="owed",
            debit=GATEWAY_CLEARING,
            credit=SHOPPER_REFUNDABLE,
            amount_toman=999_999,
            code="test",
            subject="test",
            at=AT,
        )

    def record(index: int) -> None:
        with unit_of_work():
            record_refund(refund, answer, AT)

    assert at_once(app, 8, record) == [None] * 8
    assert fresh(payment).refunded_toman == 103_000
    assert balances()["shopper_refundable"] == 999_999 - 103_000
