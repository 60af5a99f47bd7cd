"""One order with three stores, one cancelled, one half returned, one delivered: everybody tells the same sums."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts.models import Person
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.text import persian_digits
from marketplace.core.unit_of_work import unit_of_work
from marketplace.ledger.models import LedgerAccount
from marketplace.orders.after_inputs import Cancellation, ReturnDecision, ReturnWish, Shipment
from marketplace.orders.after_models import InvoiceKind, ReturnReason
from marketplace.orders.cancellation import cancel_store_order
from marketplace.orders.deadlines import close_store_orders
from marketplace.orders.fulfilment import accept_store_order, confirm_receipt, pack_store_order
from marketplace.orders.invoices import invoices_of
from marketplace.orders.models import StoreOrder, StoreOrderState
from marketplace.orders.parcels import ship_store_order
from marketplace.orders.payout_run import propose_payouts
from marketplace.orders.return_check import decide_return
from marketplace.orders.returns import ask_return
from marketplace.orders.settlement import settle_closed_store_orders
from marketplace.orders.settlement_models import SettlementLine, Statement
from marketplace.orders.statements import write_statements
from marketplace.payments.models import Payment
from marketplace.payments.reconciliation_models import ReconciliationRun, RunState
from marketplace.payments.reconciling import begin_run
from tests.factories import AT, World
from tests.factories.buying import balances, broken_invariants, paid, parts_of, run_jobs
from tests.factories.settling import newest_batch, with_accounts
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client
from tests.worlds import database, the_world  # noqa: F401

STORE, ME = Actor(1, "store", "clerk"), Actor(2, "shopper", "me")


@pytest.fixture
def gateway(app) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, at, gateway) -> World:
    return the_world()


def sent_and_received(part: StoreOrder, person_id: int) -> None:
    with unit_of_work():
        accept_store_order(part.id, part.store_id, STORE, AT)
        pack_store_order(part.id, part.store_id, True, STORE, AT)
        ship_store_order(part.id, part.store_id, Shipment("pishtaz", f"RR{part.id:08d}"), STORE, AT)
        confirm_receipt(part.id, person_id, AT)


def test_pages_invoices_ledger_settlement_statements_and_gateway_agree(app, w, gateway, client: Client):
    made = paid(gateway, w.shopper, (w.soap, 1), (w.saffron, 2), (w.bowl, 1))
    cancelled, returned, kept = parts_of(made)
    with unit_of_work():
        cancel_store_order(cancelled.id, w.shopper.id, Cancellation("other", ""), ME, AT)
    for part in (returned, kept):
        sent_and_received(part, w.shopper.id)
    with unit_of_work():
        wish = ReturnWish({w.saffron.id: 1}, ReturnReason.changed_mind, "")
        number = ask_return(returned.id, w.shopper.id, wish, (), ME, AT).number
    with unit_of_work():
        decide_return(number, returned.store_id, ReturnDecision({w.saffron.id: 1}, ""), STORE, AT)
    run_jobs(AT)

    paid_for_cancelled = cancelled.goods_toman + cancelled.shipping_toman
    back = paid_for_cancelled + 100_001
    stays = made.total_toman - back
    # the gateway
    assert sum(refund.amount_toman or 0 for refund in gateway.refunds.values()) == back
    assert db.session.scalar(select(func.sum(Payment.captured_toman - Payment.refunded_toman))) == stays
    # the ledger
    held = {f"store_held:{returned.store_id}": 100_001 + returned.shipping_toman}
    held[f"store_held:{kept.store_id}"] = kept.goods_toman + kept.shipping_toman
    assert balances() == {"gateway_clearing": stays, **held}
    # the documents
    documents = invoices_of([part.id for part in (cancelled, returned, kept)])
    sign = {InvoiceKind.sale: 1, InvoiceKind.credit: -1}
    assert sum(sign[d.kind] * d.total_toman for d in documents) == stays
    assert [d.kind for d in documents if d.store_order_id == cancelled.id] == []
    # the pages
    client.sign_in(w.shopper)
    page = client.get(f"/orders/{made.number}")
    for amount in (made.total_toman, back, paid_for_cancelled, 100_001):
        assert persian_digits(f"{amount:,}".replace(",", "٬")) in page.text
    assert f"{back:,}" in client.get(f"/en/orders/{made.number}").text
    # the settlement
    later = AT + timedelta(days=30)
    assert close_store_orders(later) == 2
    assert settle_closed_store_orders(later) == 2
    db.session.rollback()
    lines = {line.store_order_id: line for line in db.session.scalars(select(SettlementLine))}
    assert set(lines) == {returned.id, kept.id}
    assert lines[returned.id].refunded_toman == 100_001
    assert sum(line.net_toman + line.fund_toman for line in lines.values()) == stays
    owed = db.session.scalar(
        select(func.sum(LedgerAccount.credits_toman - LedgerAccount.debits_toman)).where(
            LedgerAccount.name.like("store_payable:%") | (LedgerAccount.name == "guarantee_fund")
        )
    )
    assert owed == stays
    # the statements: pages, files and the account, each by its own store
    with_accounts(*w.stores)
    statement_at = later + timedelta(days=7)
    assert write_statements(statement_at) == 2
    for part, owner in ((returned, w.owners[1]), (kept, w.owners[2])):
        store_agrees(app, part.id, owner, lines[part.id])
    # what is paid out, and what the gateway says of it all
    assert propose_payouts(statement_at) == 2
    assert newest_batch().total_toman == sum(line.net_toman for line in lines.values())
    with unit_of_work():
        run_id, _ = begin_run("stripe", SYSTEM, AT)
    run_jobs(AT)
    run = db.session.get_one(ReconciliationRun, run_id, populate_existing=True)
    assert (run.state, run.capture_count, run.refund_count, run.found_count) == (RunState.done, 1, 2, 0)
    # the cancelled part is nobody's income
    db.session.rollback()
    assert not db.session.scalars(select(Statement).where(Statement.store_id == cancelled.store_id)).all()
    states = [part.state for part in parts_of(made)]
    assert states == [StoreOrderState.cancelled, StoreOrderState.closed, StoreOrderState.closed]
    assert broken_invariants() == {}


def store_agrees(app: Flask, part_id: int, owner: Person, line: SettlementLine) -> None:
    """The panel's order, its documents and the statement say what was settled, in both languages."""
    store, net, goods = Client(app), line.net_toman, line.goods_toman
    store.sign_in(owner)
    for prefix in ("", "/en"):
        said = [f"{toman:,}" for toman in (net, goods)]
        if not prefix:
            said = [persian_digits(each.replace(",", "٬")) for each in said]
        assert said[0] in store.get(f"{prefix}/panel/settlement/1").text
        assert said[1] in store.get(f"{prefix}/panel/orders/{part_id}").text
    body = store.get("/panel/settlement/1.csv").body.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(body)))
    assert rows[-1][-1] == str(net)
    for document in invoices_of([part_id]):
        paper = f"/panel/orders/{part_id}/invoices/{document.number}"
        assert f"{document.total_toman:,}" in store.get(f"/en{paper}").text
        assert store.get(f"{paper}.pdf").body.startswith(b"%PDF")
