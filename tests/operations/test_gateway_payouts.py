"""Payouts through the gateway: proposed where it can and holds enough, signed like the others, asked one by one, and
ended by its answer as by the bank's, each step once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.core.models import Job
from marketplace.core.unit_of_work import unit_of_work
from marketplace.ledger.chart import BANK, GATEWAY_CLEARING, PAYOUTS_IN_FLIGHT, store_payable
from marketplace.ledger.transfers import balance
from marketplace.orders.payout_run import propose_payouts
from marketplace.payments.gateways.port import GatewayDeposit, TransferStatus
from marketplace.payments.payout_errors import BadAnswerFile, BatchOver
from marketplace.payments.payout_models import BatchState, GatewayPayee, Payout, PayoutRail, PayoutState
from marketplace.payments.payouts import ask_gateway_again, clear_payout
from marketplace.payments.reconciliation_models import DifferenceKind, Finding, FindingState
from marketplace.payments.reconciling import begin_run
from tests.factories import AT, World, a_policy_row, change
from tests.factories.buying import broken_invariants, later, rows_of, run_jobs
from tests.factories.settling import answer, newest_batch, payouts_in, proposed, sent, settled, with_accounts
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client
from tests.worlds import database, the_world  # noqa: F401

DAY = timedelta(days=1)


@pytest.fixture
def gateway(app) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def due(ctx, at, gateway) -> World:
    """Two stores are due money, can be paid, and are to be paid through the gateway."""
    w = the_world()
    settled(gateway, w.shopper, (w.tea, 1), (w.bowl, 2))
    with_accounts(w.stores[1], w.stores[2])
    a_policy_row("payouts_by_gateway", 1, at=AT)
    return w


def states() -> set[PayoutState]:
    db.session.rollback()
    return {p.state for p in payouts_in(newest_batch().id)}


def reconcile(at=AT) -> dict[DifferenceKind, FindingState]:
    with unit_of_work():
        begin_run("stripe", SYSTEM, at)
    run_jobs(at, may_fail=True)
    db.session.rollback()
    return {f.kind: f.state for f in db.session.scalars(select(Finding))}


def test_sent_signed_and_ended_by_the_gateways_answer(due, gateway):
    before = balance(GATEWAY_CLEARING)
    batch = sent()
    assert {p.rail for p in payouts_in(batch.id)} == {PayoutRail.gateway}
    assert gateway.transfers == {}, "nothing leaves before the commit"
    run_jobs(AT)
    batch = newest_batch()
    assert (batch.state, states()) == (BatchState.done, {PayoutState.paid})
    assert sorted(t.amount_toman for t in gateway.transfers.values()) == sorted(
        p.amount_toman for p in payouts_in(batch.id)
    )
    assert {t.reference for t in gateway.transfers.values()} == {p.reference for p in payouts_in(batch.id)}
    assert (balance(GATEWAY_CLEARING), balance(BANK)) == (before - batch.total_toman, 0)
    assert balance(GATEWAY_CLEARING) == gateway.balance_toman()
    assert rows_of(GatewayPayee) == 2
    assert broken_invariants() == {}
    assert propose_payouts(AT + DAY) == 0
    assert reconcile() == {}


@pytest.mark.databases("sqlite")
def test_what_lies_there_decides_who_is_paid_through_it(due, gateway):
    """497,500 fit, the tea does not on top of it: the smaller store comes first by its number, the rest by file."""
    tea = balance(store_payable(due.stores[1].id))
    gateway.deposits.append(GatewayDeposit("po_1", balance(GATEWAY_CLEARING) - tea - 497_499, True, True, AT))
    reconcile()
    rails = {p.store_id: p.rail for p in payouts_in(proposed().id)}
    assert rails == {due.stores[1].id: PayoutRail.gateway, due.stores[2].id: PayoutRail.paya}


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("why", ["the policy", "the gateway"])
def test_without_the_policy_or_a_gateway_that_can_all_go_by_file(due, gateway, why):
    if why == "the policy":
        db.session.rollback()
        a_policy_row("payouts_by_gateway", 0, at=AT + timedelta(seconds=61))
    else:
        gateway.can_transfer = False
    batch = proposed(AT + timedelta(minutes=2))
    assert PayoutRail.gateway not in {p.rail for p in payouts_in(batch.id)}


@pytest.mark.databases("sqlite")
def test_money_promised_to_a_payout_is_not_booked_to_our_bank(due, gateway):
    left = balance(GATEWAY_CLEARING) - sent().total_toman
    gateway.deposits.append(GatewayDeposit("po_1", left + 1, True, True, AT))
    gateway.is_away = True
    found = reconcile()
    assert found[DifferenceKind.deposit_above_clearing] is FindingState.open
    assert balance(BANK) == 0


def test_a_refusal_is_due_again_and_waits_for_a_person(due, gateway):
    gateway.transfers_begin = "refused"
    sent()
    run_jobs(AT)
    assert (newest_batch().state, states()) == (BatchState.done, {PayoutState.failed})
    assert balance(PAYOUTS_IN_FLIGHT) == 0
    assert balance(store_payable(due.stores[2].id)) == 497_500
    assert all("cannot receive" in (p.problem or "") for p in payouts_in(newest_batch().id))
    assert broken_invariants() == {}
    gateway.transfers_begin = "paid"
    failed = [p.id for p in payouts_in(newest_batch().id)]
    with unit_of_work():
        for payout_id in failed:
            clear_payout(payout_id, SYSTEM, AT)
    sent(AT)
    run_jobs(AT)
    assert states() == {PayoutState.paid}
    assert len(gateway.transfers) == 2
    assert broken_invariants() == {}


def test_lost_answers_pay_once(due, gateway):
    sent()
    gateway.loses_answers = 3
    run_jobs(AT, may_fail=True)
    for hours in (1, 2, 3):
        run_jobs(AT + timedelta(hours=hours), may_fail=True)
    assert states() == {PayoutState.paid}
    assert len(gateway.transfers) == 2
    assert broken_invariants() == {}


def test_asked_again_after_the_key_is_forgotten_it_is_found_in_the_list(due, gateway):
    """The answers were lost and the job given up; days later the list tells that the money left."""
    sent()
    gateway.loses_answers = 1
    run_jobs(AT, may_fail=True)
    with unit_of_work():
        db.session.execute(update(Job).values(state="done"))
    gateway.forget_keys()
    made = len(gateway.transfers)
    waiting = [p.id for p in payouts_in(newest_batch().id) if p.state is PayoutState.sent]
    assert waiting
    with later(AT, days=3) as moment:
        with unit_of_work():
            for payout_id in waiting:
                ask_gateway_again(payout_id, "test", moment)
        run_jobs(moment, may_fail=True)
    assert states() == {PayoutState.paid}
    assert len(gateway.transfers) == 2 >= made
    assert broken_invariants() == {}


def test_tried_again_by_itself_after_the_key_is_forgotten_it_is_found_in_the_list(due, gateway):
    """The answers were lost and the gateway away for more than a day: the same ask would pay twice."""
    sent()
    gateway.loses_answers, gateway.loses_answers_to = 2, "transfer"
    run_jobs(AT, may_fail=True)
    assert (len(gateway.transfers), states()) == (2, {PayoutState.sent}), (
        "both were made, and neither was heard of"
    )
    gateway.forget_keys()
    with later(AT, hours=30) as moment:
        run_jobs(moment, may_fail=True)
    assert states() == {PayoutState.paid}
    assert len(gateway.transfers) == 2
    assert broken_invariants() == {}


def test_who_is_refused_a_look_at_a_transfer_knows_nothing_of_it(due, gateway):
    """Taken for a no, the money would be due again and paid a second time."""
    gateway.transfers_begin = "pending"
    sent()
    run_jobs(AT)
    hidden = dict(gateway.transfers)
    gateway.transfers.clear()
    with later(AT, minutes=6) as moment:
        run_jobs(moment, may_fail=True)
    assert states() == {PayoutState.sent}
    assert balance(store_payable(due.stores[2].id)) == 0
    gateway.transfers |= hidden
    for name in hidden:
        gateway.end_transfer(name, TransferStatus.PAID, "")
    with later(AT, hours=2) as moment:
        run_jobs(moment, may_fail=True)
    assert states() == {PayoutState.paid}
    assert broken_invariants() == {}


def test_what_a_bank_sends_back_after_weeks_is_found_by_the_days_run_and_due_again(due, gateway):
    sent()
    run_jobs(AT)
    assert states() == {PayoutState.paid}
    [late, *_] = gateway.transfers
    gateway.end_transfer(late, TransferStatus.RETURNED, "account closed")
    with later(AT, hours=20 * 24) as moment:
        assert reconcile(moment) == {DifferenceKind.transfer_state_differs: FindingState.healed}
        run_jobs(moment)
    assert states() == {PayoutState.paid, PayoutState.failed}
    [back] = [p for p in payouts_in(newest_batch().id) if p.state is PayoutState.failed]
    assert balance(store_payable(back.store_id)) == back.amount_toman
    assert broken_invariants() == {}


def test_what_arrived_is_booked_though_a_payers_bank_took_the_rest(due, gateway):
    """The transfer was made while the money lay there; the gateway advanced what was taken back afterwards."""
    gateway.transfers_begin = "pending"
    sent()
    run_jobs(AT)
    [page] = gateway.pages.values()
    name = gateway.dispute(page.intent_id, page.amount_toman)
    gateway.close_dispute(name, "lost")
    assert reconcile() == {DifferenceKind.dispute_missing_here: FindingState.healed}
    run_jobs(AT)
    total = newest_batch().total_toman
    for made in list(gateway.transfers):
        gateway.end_transfer(made, TransferStatus.PAID)
    with later(AT, minutes=6) as moment:
        run_jobs(moment)
    assert (newest_batch().state, states()) == (BatchState.done, {PayoutState.paid})
    assert balance(GATEWAY_CLEARING) == -total
    assert broken_invariants() == {}
    assert propose_payouts(AT + DAY) == 0


@pytest.mark.databases("sqlite")
def test_another_amount_is_not_booked_and_waits_for_a_person(due, gateway):
    gateway.transfers_begin = "pending"
    sent()
    run_jobs(AT)
    for name, made in list(gateway.transfers.items()):
        gateway.transfers[name] = replace(made, status=TransferStatus.PAID, amount_toman=1)
    with later(AT, hours=1) as moment:
        run_jobs(moment)
        assert states() == {PayoutState.sent}
        assert {p.problem for p in payouts_in(newest_batch().id)} == {"other_amount"}
        assert reconcile(moment) == {DifferenceKind.transfer_amount_differs: FindingState.open}
    assert broken_invariants() == {}


@pytest.mark.parametrize("end", [TransferStatus.PAID, TransferStatus.FAILED])
def test_what_is_pending_is_looked_at_again_until_it_ends(due, gateway, end):
    gateway.transfers_begin = "pending"
    sent()
    run_jobs(AT)
    assert (newest_batch().state, states()) == (BatchState.sent, {PayoutState.sent})
    for name in gateway.transfers:
        gateway.end_transfer(name, end, "closed account")
    run_jobs(AT + timedelta(minutes=6))
    assert states() == {PayoutState.paid if end is TransferStatus.PAID else PayoutState.failed}
    assert newest_batch().state is BatchState.done
    assert broken_invariants() == {}


def test_what_came_back_is_found_by_the_days_run_and_due_again(due, gateway):
    sent()
    run_jobs(AT)
    [first, _] = payouts_in(newest_batch().id)
    gateway.end_transfer(first.gateway_transfer_id or "", TransferStatus.RETURNED)
    with later(AT, hours=2) as moment:
        assert reconcile(moment) == {DifferenceKind.transfer_state_differs: FindingState.healed}
        assert reconcile(moment + DAY) == {DifferenceKind.transfer_state_differs: FindingState.healed}
    assert db.session.get_one(Payout, first.id, populate_existing=True).state is PayoutState.failed
    assert balance(store_payable(first.store_id)) == first.amount_toman
    assert balance(GATEWAY_CLEARING) == gateway.balance_toman()
    assert broken_invariants() == {}


@pytest.mark.databases("sqlite")
def test_the_banks_file_says_nothing_of_what_goes_through_the_gateway(due, gateway):
    batch = sent()
    with pytest.raises(BadAnswerFile):
        answer(batch.id, (payouts_in(batch.id)[0].reference, "accepted", "B1", ""))
    payout = payouts_in(batch.id)[0]
    change(payout, rail=PayoutRail.paya)
    with pytest.raises(BatchOver), unit_of_work():
        ask_gateway_again(payout.id, "x", AT)


@pytest.mark.databases("sqlite")
def test_the_desk_shows_what_waits_for_the_gateway_and_asks_again(due, gateway, client: Client):
    gateway.transfers_begin = "pending"
    batch = sent()
    run_jobs(AT)
    payout = payouts_in(batch.id)[0]
    client.sign_in(due.office)
    here = f"/office/payouts/{batch.id}"
    client.get(f"{here}/file.csv", expect=404)
    client.get(f"/en{here}")
    client.submit(client.get(here).form(f"{here}/{payout.id}/question"))
    for name in gateway.transfers:
        gateway.end_transfer(name, TransferStatus.PAID)
    run_jobs(AT)
    assert db.session.get_one(Payout, payout.id, populate_existing=True).state is PayoutState.paid
    assert broken_invariants() == {}
