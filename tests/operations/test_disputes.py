"""A payer's bank takes money back: held while it asks, free again when won, taken to the toman when lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from time_machine import travel

from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Offer
from marketplace.guarantee.claim_models import Chargeback, ClaimState
from marketplace.guarantee.clawback_models import Clawback
from marketplace.guarantee.paying import pay_reserved
from marketplace.lottery.models import EntryGrant, GrantState
from marketplace.messages.models import Message
from marketplace.orders.after_inputs import Cancellation
from marketplace.orders.cancellation import cancel_store_order
from marketplace.orders.models import OrderState, PayoutHold, StoreOrder, StoreOrderState
from marketplace.orders.settlement import settle_closed_store_orders
from marketplace.payments.dispute_models import Dispute, DisputeState
from marketplace.payments.disputes import TOO_LARGE, UNCLEAR, ask_open_disputes, record_dispute
from marketplace.payments.models import EventState, GatewayEvent, Refund, RefundState
from marketplace.payments.reconciliation_models import DifferenceKind, Finding, FindingState
from marketplace.payments.reconciling import begin_run
from marketplace.payments.refund_cases import retry_refund
from marketplace.payments.refunds import RefundTooLarge
from tests.factories import AT, World
from tests.factories.buying import (
    balances,
    broken_invariants,
    later,
    order,
    paid,
    parts_of,
    payment_of,
    rows_of,
    run_jobs,
)
from tests.factories.claiming import adjudicators, approved, claim, filed, fill_fund, unanswered_complaint
from tests.factories.settling import closed, settled
from tests.fakes.gateway import MemoryGateway, deliver, use_gateway
from tests.together import at_once
from tests.worlds import database, the_world  # noqa: F401


@pytest.fixture
def gateway(app) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, at, gateway) -> World:
    return the_world()


@pytest.fixture
def hear(client, gateway):
    """Delivers the gateway's newest event, and what follows from it is done."""

    def delivered(at=AT):
        assert deliver(client, gateway.told[-1]) == 200
        run_jobs(at)

    return delivered


def dispute() -> Dispute:
    db.session.rollback()
    return db.session.scalars(select(Dispute).execution_options(populate_existing=True)).one()


def holds() -> list[PayoutHold]:
    db.session.rollback()
    return list(db.session.scalars(select(PayoutHold).where(PayoutHold.held_until.is_(None))))


def told() -> set[str]:
    db.session.rollback()
    return {m.template for m in db.session.scalars(select(Message)) if "dispute" in m.template}


def test_an_open_one_holds_the_stores_money_and_books_nothing(w, gateway, hear):
    made = paid(gateway, w.shopper, (w.soap, 1), (w.bowl, 1))
    book = balances()
    gateway.dispute(payment_of(made).intent_id, made.total_toman)
    hear()
    hear()
    assert (dispute().state, balances()) == (DisputeState.open, book)
    assert {(h.store_order_id, h.reason.value) for h in holds()} == {
        (part.id, "chargeback") for part in parts_of(made)
    }
    assert told() == {"dispute_open", "store_dispute_open"}
    assert broken_invariants() == {}


def test_a_won_one_gives_the_stores_their_money_free(w, gateway, hear):
    made = paid(gateway, w.shopper, (w.bowl, 1))
    book = balances()
    number = gateway.dispute(payment_of(made).intent_id, made.total_toman)
    gateway.close_dispute(number, "won")
    hear()
    assert (dispute().state, holds(), balances()) == (DisputeState.won, [], book)
    assert told() == {"dispute_open", "store_dispute_open", "dispute_won", "store_dispute_won"}
    gateway.close_dispute(number, "lost")
    hear()
    assert dispute().state is DisputeState.won, "a decided one stays as it is"


def test_a_lost_one_takes_what_is_left_of_each_part_and_ends_what_was_not_sent(w, gateway, hear):
    made = paid(gateway, w.shopper, (w.soap, 1), (w.bowl, 1))
    number = gateway.dispute(payment_of(made).intent_id, made.total_toman)
    gateway.close_dispute(number, "lost")
    hear()
    assert (dispute().state, order(made.id).state, balances()) == (
        DisputeState.lost,
        OrderState.cancelled,
        {},
    )
    for part in parts_of(made):
        assert (part.state, part.ended_reason) == (StoreOrderState.cancelled, "charged_back")
        assert part.refunded_goods_toman == part.goods_toman
        assert part.refunded_shipping_toman == part.shipping_toman
    assert set(db.session.scalars(select(Offer.sold_count))) == {0}, "what was not sent can be sold again"
    assert set(db.session.scalars(select(EntryGrant.state))) == {GrantState.voided}
    assert (holds(), rows_of(Refund)) == ([], 0)
    hear()
    assert broken_invariants() == {}


def test_a_part_of_it_is_shared_by_what_is_left_to_the_toman(w, gateway, hear):
    made = paid(gateway, w.shopper, (w.soap, 1), (w.bowl, 1))
    number = gateway.dispute(payment_of(made).intent_id, 100_001)
    gateway.close_dispute(number, "lost")
    hear()
    parts = parts_of(made)
    taken = [p.refunded_goods_toman + p.refunded_shipping_toman for p in parts]
    rests = [p.goods_toman + p.shipping_toman for p in parts]
    assert sum(taken) == 100_001
    assert all(abs(t - 100_001 * r / sum(rests)) < 1 for t, r in zip(taken, rests, strict=True))
    assert {p.state for p in parts} == {StoreOrderState.paid}
    me = Actor(w.shopper.id, "shopper", "me")
    for part in parts:
        with unit_of_work():
            cancel_store_order(part.id, w.shopper.id, Cancellation("changed_mind", ""), me, AT)
    run_jobs(AT)
    assert payment_of(made).refunded_toman == made.total_toman - 100_001, "nothing goes back twice"
    assert (balances(), broken_invariants()) == ({}, {})


def test_after_the_settlement_the_store_owes_it(w, gateway, hear):
    made = settled(gateway, w.shopper, (w.bowl, 1))
    number = gateway.dispute(payment_of(made).intent_id, made.total_toman)
    gateway.close_dispute(number, "lost")
    hear()
    assert balances()[f"store_receivable:{w.stores[2].id}"] == made.total_toman
    assert "gateway_clearing" not in balances()
    assert broken_invariants() == {}


def test_what_was_lost_before_the_settlement_is_not_settled(w, gateway, hear):
    made = paid(gateway, w.shopper, (w.bowl, 1))
    closed(made)
    number = gateway.dispute(payment_of(made).intent_id, made.total_toman)
    gateway.close_dispute(number, "lost")
    hear()
    settle_closed_store_orders(AT)
    assert (balances(), broken_invariants()) == ({}, {})


def test_it_waits_for_a_refund_on_its_way_and_takes_one_that_was_refused(w, gateway, hear):
    """Cancelled and disputed at once: what the gateway would not give back has reached the payer by their bank."""
    made = paid(gateway, w.shopper, (w.bowl, 1))
    gateway.is_away = True
    me = Actor(w.shopper.id, "shopper", "me")
    with unit_of_work():
        cancel_store_order(parts_of(made)[0].id, w.shopper.id, Cancellation("changed_mind", ""), me, AT)
    run_jobs(AT)
    gateway.is_away = False
    number = gateway.dispute(payment_of(made).intent_id, made.total_toman)
    gateway.close_dispute(number, "lost")
    book = balances()
    hear()
    assert (dispute().state, dispute().problem, balances()) == (DisputeState.open, TOO_LARGE, book)
    gateway.refunds_begin = "refused"
    with later(AT, days=1) as moment:
        run_jobs(moment)
        refund = db.session.scalars(select(Refund)).one()
        assert refund.state is RefundState.refused
        assert ask_open_disputes(moment) == 1
        run_jobs(moment)
        assert dispute().state is DisputeState.lost
        db.session.refresh(refund)
        assert refund.state is RefundState.charged_back
        assert (balances(), broken_invariants(), ask_open_disputes(moment)) == ({}, {}, 0)


def test_a_refund_after_it_gives_no_more_than_was_left(w, gateway, hear):
    made = paid(gateway, w.shopper, (w.bowl, 1))
    gateway.refunds_begin = "refused"
    me = Actor(w.shopper.id, "shopper", "me")
    with unit_of_work():
        cancel_store_order(parts_of(made)[0].id, w.shopper.id, Cancellation("changed_mind", ""), me, AT)
    run_jobs(AT)
    number = gateway.dispute(payment_of(made).intent_id, 1_000)
    gateway.close_dispute(number, "lost")
    hear()
    assert dispute().problem == TOO_LARGE, "a refund is never cut in two: a person looks"
    refund = db.session.scalars(select(Refund.id)).one()
    with unit_of_work():
        retry_refund(refund, SYSTEM, AT)
    db.session.rollback()
    gateway.close_dispute(gateway.dispute(payment_of(made).intent_id, made.total_toman - 1), "lost")
    with pytest.raises(RefundTooLarge), unit_of_work():
        row = db.session.scalars(select(Dispute).limit(1)).one()
        row.state, row.decided_at, row.problem = DisputeState.lost, AT, None
        db.session.get_one(Refund, refund).state = RefundState.refused
        db.session.flush()
        retry_refund(refund, SYSTEM, AT)


def test_another_amount_than_was_told_is_not_booked(w, gateway, hear):
    made = paid(gateway, w.shopper, (w.bowl, 1))
    number = gateway.dispute(payment_of(made).intent_id, 1_000)
    hear()
    book = balances()
    gateway.disputes[number] = replace(gateway.disputes[number], amount_toman=2_000, status="lost")
    with later(AT, days=1) as moment:
        ask_open_disputes(moment)
        run_jobs(moment)
    assert (dispute().state, dispute().problem, balances()) == (DisputeState.open, UNCLEAR, book)


def test_one_about_an_unknown_payment_is_reported(w, gateway, hear):
    gateway.dispute("pi_of_somebody_else", 5_000)
    hear()
    db.session.rollback()
    assert db.session.scalars(select(GatewayEvent.state)).all() == [EventState.reported]
    assert rows_of(Dispute) == 0


def test_one_without_any_event_is_found_by_the_reconciliation(w, gateway):
    made = paid(gateway, w.shopper, (w.bowl, 1))
    gateway.dispute(payment_of(made).intent_id, made.total_toman)
    for expected in (1, 1):
        with unit_of_work():
            begin_run("stripe", SYSTEM, AT + timedelta(minutes=10))
        run_jobs(AT + timedelta(minutes=10))
        found = db.session.scalars(
            select(Finding).where(Finding.kind == DifferenceKind.dispute_missing_here)
        ).all()
        assert [f.state for f in found] == [FindingState.healed] * expected
    assert dispute().amount_toman == made.total_toman


def test_a_claim_about_it_stops(w, gateway, hear):
    """By the dispute alone, through all that hear of it."""
    adjudicators(1, AT)
    case, moment = unanswered_complaint(gateway, w.shopper, (w.bowl, 1), at=AT)
    number = filed(case, w.shopper, moment)
    row = claim(number)
    part = db.session.get_one(StoreOrder, row.store_order_id)
    payment = payment_of(order(part.order_id))
    with travel(moment, tick=False):
        gateway.close_dispute(gateway.dispute(payment.intent_id, payment.captured_toman), "lost")
        hear(moment)
    assert claim(number).state is ClaimState.stopped
    assert broken_invariants() == {}


def test_two_that_are_told_at_once_of_one_payment_leave_one(w, gateway, app):
    """The gateway's event, its repetition and the daily look come together: one dispute, one hold, one booking."""
    made = paid(gateway, w.shopper, (w.bowl, 1))
    payment = payment_of(made)
    of = (payment.id, replace(gateway.disputes[gateway.dispute(payment.intent_id, 100_000)]))

    def told(status: str):
        def work(index: int) -> str:
            with unit_of_work():
                record_dispute(of[0], replace(of[1], status=status), AT)
            return "done"

        return work

    assert at_once(app, 4, told("needs_response")) == ["done"] * 4
    assert (dispute().state, len(holds())) == (DisputeState.open, 1)
    assert at_once(app, 4, told("lost")) == ["done"] * 4
    assert (dispute().state, holds()) == (DisputeState.lost, [])
    assert balances()["gateway_clearing"] == made.total_toman - 100_000
    assert broken_invariants() == {}


@pytest.mark.databases("sqlite")
def test_a_second_one_of_an_order_reaches_its_claim_too(w, gateway, hear):
    adjudicators(1, AT)
    fill_fund(1_000_000, AT)
    number, moment = approved(gateway, w.shopper, (w.bowl, 1), at=AT)
    with travel(moment, tick=False):
        assert pay_reserved(moment) == 1
        run_jobs(moment)
        paid_claim = claim(number)
        part = db.session.get_one(StoreOrder, paid_claim.store_order_id)
        payment = payment_of(order(part.order_id))
        owed = []
        for share in (20_000, 30_000):
            gateway.close_dispute(gateway.dispute(payment.intent_id, share), "lost")
            hear(moment)
            db.session.rollback()
            owed.append(db.session.scalar(select(func.sum(Clawback.amount_toman))) or 0)
    assert db.session.scalars(select(Chargeback.amount_toman)).one() == 50_000
    assert 0 < owed[0] < owed[1]
    assert broken_invariants() == {}
