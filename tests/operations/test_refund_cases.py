"""Refunds that the gateway refused: a case until it is asked again or paid by two persons; never twice, never lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.ledger.chart import BANK
from marketplace.ledger.transfers import balance
from marketplace.orders.after_inputs import Cancellation
from marketplace.orders.cancellation import cancel_store_order
from marketplace.payments.gateways.port import RefundStatus
from marketplace.payments.models import Refund, RefundState, RefundTransfer
from marketplace.payments.queries import refused_refunds
from marketplace.payments.refund_cases import RefundNotOpen, TransferWish, propose_transfer, retry_refund
from marketplace.payments.refunds import NO_ANSWER, OTHER_AMOUNT
from tests.factories import AT, World, an_official, change
from tests.factories.buying import balances, broken_invariants, later, paid, parts_of, payment_of, run_jobs
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client
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
