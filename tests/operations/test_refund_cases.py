"""Refunds that the gateway refused: a case until it is asked again or paid by two persons; never twice, never lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.ledger.chart import BANK
from marketplace.ledger.transfers import balance
from marketplace.messages.models import Channel, Message
from marketplace.orders.after_inputs import Cancellation
from marketplace.orders.cancellation import cancel_store_order
from marketplace.orders.payout_run import propose_payouts, weekly_payouts
from marketplace.payments.gateways.port import RefundStatus
from marketplace.payments.models import Refund, RefundState, RefundTransfer
from marketplace.payments.payout_accounts import AccountWish
from marketplace.payments.payout_errors import PayoutNotFailed
from marketplace.payments.payout_files import batch_csv
from marketplace.payments.payout_models import PayoutRail, ShopperTransfer, ShopperTransferState
from marketplace.payments.payouts import drop_batch
from marketplace.payments.queries import refused_refunds
from marketplace.payments.refund_cases import (
    RefundNotOpen,
    TransferWish,
    propose_transfer,
    retry_refund,
    send_by_file,
)
from marketplace.payments.refunds import NO_ANSWER, OTHER_AMOUNT
from marketplace.payments.shopper_transfers import correct_transfer
from tests.factories import AT, World, an_official, change
from tests.factories.buying import balances, broken_invariants, later, paid, parts_of, payment_of, run_jobs
from tests.factories.settling import answer, payouts_in, proposed, sent
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client
from tests.together import at_once
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
SHEBA = "IR062960000000100324200001"
ME = Actor(1, "office", "me")
FORM = {"sheba": SHEBA, "holder": "سارا نوری", "bank_reference": "۱۲۳۴۵"}


@pytest.fixture
def gateway(app) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, at, gateway) -> World:
    return the_world()


@pytest.fixture
def refused(w, gateway) -> Refund:
    """A cancelled order of 92,000 toman whose refund the gateway will not make."""
    made = paid(gateway, w.shopper, (w.soap, 1))
    gateway.refunds_begin = "refused"
    part = parts_of(made)[0]
    with unit_of_work():
        cancel_store_order(part.id, w.shopper.id, Cancellation("other", ""), ME, AT)
    run_jobs(AT)
    return refused_refunds()[0]


@pytest.mark.databases("sqlite", "postgresql")
def test_asked_again_with_a_new_key_once_the_gateway_will(w, gateway, refused):
    assert balances()["shopper_refundable"] == refused.amount_toman
    gateway.refunds_begin = "succeeded"
    with unit_of_work():
        retry_refund(refused.id, ME, AT)
    with nothing_written(), pytest.raises(RefundNotOpen), unit_of_work():
        retry_refund(refused.id, ME, AT)
    run_jobs(AT)
    assert refused_refunds() == []
    assert [r.amount_toman for r in gateway.refunds.values()] == [refused.amount_toman]
    assert broken_invariants() == {}


def test_what_was_never_answered_is_asked_with_its_own_key_and_not_transferred(w, gateway, refused):
    change(refused, problem=NO_ANSWER)
    with nothing_written(), pytest.raises(RefundNotOpen), unit_of_work():
        propose_transfer(refused.id, TransferWish.parse(FORM), ME, AT)
    with unit_of_work():
        retry_refund(refused.id, ME, AT)
    db.session.rollback()
    assert db.session.get_one(Refund, refused.id, populate_existing=True).attempt == 1


@pytest.mark.parametrize("said", [{"amount_toman": 1}, {"amount_toman": None, "currency_ok": False}])
def test_a_gateway_that_gives_another_amount_back_is_never_believed(w, gateway, client: Client, said):
    made = paid(gateway, w.shopper, (w.soap, 1))
    gateway.refunds_begin = "pending"
    part = parts_of(made)[0]
    with unit_of_work():
        cancel_store_order(part.id, w.shopper.id, Cancellation("other", ""), ME, AT)
    run_jobs(AT)
    [(number, true)] = gateway.refunds.items()
    gateway.refunds[number] = replace(true, status=RefundStatus.SUCCEEDED, **said)
    with later(AT, minutes=2) as moment:
        run_jobs(moment)
    [case] = refused_refunds()
    assert (case.problem, payment_of(made).refunded_toman) == (OTHER_AMOUNT, 0)
    assert balances()["shopper_refundable"] == made.total_toman
    client.sign_in(w.office)
    assert "another amount" in client.get("/en/office/refunds").text
    with nothing_written(), pytest.raises(RefundNotOpen), unit_of_work():
        propose_transfer(case.id, TransferWish.parse(FORM), ME, AT)
    gateway.refunds[number] = replace(true, status=RefundStatus.SUCCEEDED)
    with unit_of_work():
        retry_refund(case.id, ME, AT)
    with later(AT, minutes=4) as moment:
        run_jobs(moment)
    assert (refused_refunds(), payment_of(made).refunded_toman) == ([], made.total_toman)
    assert len(gateway.refunds) == 1
    assert broken_invariants() == {}


def test_paid_by_transfer_with_two_signatures(w, gateway, refused, client: Client):
    second = an_official(Role.office)
    client.sign_in(w.office)
    page = client.get("/office/refunds")
    address = f"/office/refunds/{refused.id}"
    with nothing_written():
        client.submit(page.form(f"{address}/transfer"), expect=422, sheba="IR1")
        client.submit(page.form(f"{address}/note"), expect=422)
    client.submit(page.form(f"{address}/note"), note="با خریدار تماس گرفتیم")
    client.submit(page.form(f"{address}/transfer"), **FORM)
    db.session.rollback()
    assert db.session.scalars(select(RefundTransfer)).all() == [], "one signature pays nothing"
    client.sign_in(second)
    desk = client.get("/office/approvals")
    client.submit(next(f for f in desk.forms if f.action.endswith("/agreement")))
    db.session.rollback()
    done = db.session.scalars(select(RefundTransfer)).one()
    assert (done.sheba, done.bank_reference) == (SHEBA, "12345")
    assert balance(BANK) == -refused.amount_toman
    assert refused_refunds() == []
    assert "shopper_refundable" not in balances()
    assert broken_invariants() == {}
    client.sign_in(w.shopper)
    for prefix in ("", "/en"):
        client.get(f"{prefix}/orders")
    client.sign_in(w.office)
    client.get("/en/office/refunds")
    with nothing_written():
        client.post(f"{address}/retry", {}, expect=409)
    assert db.session.get_one(Refund, refused.id).state is RefundState.refused


# --- with the bank's file


def in_a_file(refund: Refund, *, sheba: str = SHEBA) -> None:
    with unit_of_work():
        send_by_file(refund.id, AccountWish(sheba, "سارا نوری"), ME, AT)


def told(w: World, template: str) -> list[dict[str, Any]]:
    """What the shopper reads of transfers in the app, without number and address."""
    rows = db.session.scalars(
        select(Message).where(
            Message.person_id == w.shopper.id, Message.template == template, Message.channel == Channel.app
        )
    )
    return [{k: v for k, v in row.params.items() if k not in ("number", "path")} for row in rows]


@pytest.mark.databases("sqlite", "postgresql")
def test_a_refused_refund_goes_with_the_banks_file_beside_the_stores_and_is_paid_once(w, gateway, refused):
    in_a_file(refused)
    assert refused_refunds() == [], "the payout desk has it now"
    batch = sent()
    [payout] = payouts_in(batch.id)
    file = batch_csv(batch, [payout]).decode()
    assert (payout.store_id, payout.amount_toman, payout.rail) == (
        None,
        refused.amount_toman,
        PayoutRail.paya,
    )
    assert f"{payout.reference},paya,{SHEBA},سارا نوری,{refused.amount_toman * 10}" in file
    assert "shopper_refundable" not in balances()
    assert balances()["payouts_in_flight"] == refused.amount_toman
    assert broken_invariants() == {}
    answer(batch.id, (payout.reference, "accepted", "B77", ""))
    assert told(w, "transfer_paid") == [{"amount_toman": refused.amount_toman, "sheba_end": SHEBA[-4:]}]
    assert balances()["bank"] == -refused.amount_toman
    assert broken_invariants() == {}
    assert propose_payouts(AT + timedelta(days=9)) == 0
    for again in (
        lambda: retry_refund(refused.id, ME, AT),
        lambda: propose_transfer(refused.id, TransferWish.parse(FORM), ME, AT),
        lambda: send_by_file(refused.id, AccountWish(SHEBA, "x y z"), ME, AT),
    ):
        with nothing_written(), pytest.raises(RefundNotOpen), unit_of_work():
            again()


@pytest.mark.databases("sqlite", "postgresql")
def test_what_the_bank_refused_or_gave_back_is_owed_again_and_goes_to_another_account(w, gateway, refused):
    in_a_file(refused)
    batch = sent()
    [payout] = payouts_in(batch.id)
    answer(batch.id, (payout.reference, "accepted", "B1", ""))
    answer(batch.id, (payout.reference, "returned", "", "closed account"))
    assert told(w, "transfer_refused") == [{"amount_toman": refused.amount_toman, "reason": "closed account"}]
    assert balances()["shopper_refundable"] == refused.amount_toman
    assert "bank" not in balances()
    assert broken_invariants() == {}
    [of] = db.session.scalars(select(ShopperTransfer)).all()
    assert of.state is ShopperTransferState.refused
    assert propose_payouts(AT) == 0, "it waits for a person"
    other = "IR820540102680020817909002"
    with unit_of_work():
        correct_transfer(of.id, AccountWish(other, "سارا نوری"), ME, AT)
    with nothing_written(), pytest.raises(PayoutNotFailed), unit_of_work():
        correct_transfer(of.id, AccountWish(other, "سارا نوری"), ME, AT)
    again = sent()
    [second] = payouts_in(again.id)
    assert (second.sheba, second.amount_toman) == (other, refused.amount_toman)
    answer(again.id, (second.reference, "accepted", "B2", ""))
    assert len(told(w, "transfer_paid")) == 2
    assert broken_invariants() == {}


def test_a_dropped_batch_leaves_the_shopper_in_line_and_a_day_later_it_gets_its_own(w, gateway, refused):
    in_a_file(refused)
    batch = proposed()
    with unit_of_work():
        drop_batch(batch.id, "x", ME, AT)
    assert balances()["shopper_refundable"] == refused.amount_toman
    assert weekly_payouts(AT + timedelta(hours=19)) == 0, "this week had its batch, and nobody waited long"
    assert weekly_payouts(AT + timedelta(hours=20)) == 1
    assert broken_invariants() == {}


def test_one_that_may_have_been_made_never_goes_in_a_file(w, gateway, refused):
    change(refused, problem=NO_ANSWER)
    with nothing_written(), pytest.raises(RefundNotOpen):
        in_a_file(refused)


@pytest.mark.databases("sqlite", "postgresql")
def test_two_clerks_put_it_into_the_file_once(w, gateway, refused, app):
    refund_id = refused.id

    def put_in(index: int) -> str:
        with unit_of_work():
            send_by_file(refund_id, AccountWish(SHEBA, "سارا نوری"), ME, AT)
        return "in"

    outcomes = at_once(app, 4, put_in)
    assert outcomes.count("in") == 1, outcomes
    assert len(db.session.scalars(select(ShopperTransfer)).all()) == 1
    assert proposed().total_toman == refused.amount_toman
    assert broken_invariants() == {}


def test_the_offices_pages_of_a_shoppers_transfer(w, gateway, refused, client: Client):
    """From the refund desk into a batch, both signatures, the bank's no, another Sheba; masked on every page."""
    client.sign_in(w.office)
    address = f"/office/refunds/{refused.id}/file"
    with nothing_written():
        client.submit(client.get("/office/refunds").form(address), expect=422, sheba="IR1", owner_name="")
    client.submit(client.get("/office/refunds").form(address), sheba=SHEBA, owner_name="سارا نوری")
    with nothing_written():
        client.post(address, {"sheba": SHEBA, "owner_name": "سارا نوری"}, expect=409)
    for prefix in ("", "/en"):
        page = client.get(f"{prefix}/office/payouts")
        assert "سارا نوری" in page.text and SHEBA not in page.text
    batch = sent()
    here = f"/office/payouts/{batch.id}"
    assert SHEBA not in client.get(here).text
    assert "سارا نوری" in client.get(f"/en{here}").text
    [payout] = payouts_in(batch.id)
    with nothing_written():
        client.post(f"{here}/{payout.id}/question", {}, expect=409)
        client.post(f"{here}/{payout.id}/account", {"sheba": SHEBA, "owner_name": "سارا نوری"}, expect=409)
        client.post(f"{here}/999/question", {}, expect=404)
    answer(batch.id, (payout.reference, "rejected", "", "closed account"))
    form = client.get("/office/payouts").form(f"{here}/{payout.id}/account")
    with nothing_written():
        client.submit(form, expect=422, sheba="IR1", owner_name="x")
    form = client.get("/en/office/payouts").form(f"{here}/{payout.id}/account")
    client.submit(form, sheba="IR820540102680020817909002", owner_name="سارا نوری")
    db.session.rollback()
    [of] = db.session.scalars(select(ShopperTransfer)).all()
    assert (of.sheba, of.state) == ("IR820540102680020817909002", ShopperTransferState.waiting)
    assert broken_invariants() == {}
