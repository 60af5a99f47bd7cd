"""News of a payment twice, missing, late, in any order, and the gateway out of reach: one end, the same book.

The gateway here is in memory; `test_memory_gateway.py` holds it against the sandbox process.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from flask import Flask
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.ledger.models import LedgerAccount, Transfer
from marketplace.lottery.models import EntryGrant
from marketplace.orders.holds import close_pages_of_fallen_offers, give_back_expired_holds
from marketplace.orders.models import Order, OrderPayment, OrderState, StockState
from marketplace.payments.models import GatewayEvent, Payment, PaymentState, Refund
from marketplace.payments.payments import ask_about
from marketplace.payments.queries import alive_payment
from marketplace.payments.reconciliation import reconcile_payments
from tests.factories import AT, World, a_person, change, fresh, number
from tests.factories.buying import (
    broken_invariants,
    later,
    order,
    parts_of,
    payment_of,
    placed_open,
    rows_of,
    run_jobs,
)
from tests.fakes.gateway import (
    MemoryGateway,
    deliver,
    event_body,
    gateway_of,
    page_body,
    use_gateway,
)
from tests.fakes.sandbox import running_sandbox
from tests.pages import Client
from tests.worlds import database, the_world  # noqa: F401

LATE = AT + timedelta(minutes=31)
"""Everything is heard of after the page's last second: whoever comes first decides whether it ran out before."""


# --- any order of news


class Shop:
    """One small world, and what may happen to a payment in it."""

    def __init__(self, app: Flask, gateway: MemoryGateway) -> None:
        self.gateway, self.client = gateway, Client(app)
        self.world: World = the_world()
        for offer in (self.world.soap, self.world.tea):
            change(offer, stocked_count=10_000)

    def order(self) -> Order:
        """An order of two stores by a new person, its page open."""
        w = self.world
        self.gateway.is_away, self.gateway.loses_answers = False, 0
        return placed_open(a_person(), (w.soap, 1), (w.tea, 2))

    def pay(self, made: Order) -> None:
        with later(AT, minutes=29):
            self.gateway.pay(payment_of(made).session_id)

    def happen(self, made: Order, what: str, at: datetime) -> None:
        payment = db.session.get_one(Payment, payment_of(made).id)
        page = self.gateway.pages[payment.session_id or ""]
        if what == "webhook":
            deliver(self.client, event_body("checkout.session.completed", page_body(page), f"evt_{made.id}"))
        elif what == "intent":
            intent = {"object": "payment_intent", "id": f"pi_{page.id}"}
            deliver(self.client, event_body("payment_intent.succeeded", intent, f"evt_i_{made.id}"))
        elif what == "redirect":
            with unit_of_work():
                alive = alive_payment(f"order:{made.id}")
                if alive is not None:
                    ask_about(alive.id, f"shopper-{number()}", at)
        elif what == "sweep":
            reconcile_payments(at)
        elif what == "expiry":
            give_back_expired_holds(at)
        elif what == "fallen":
            close_pages_of_fallen_offers(at)
        elif what in ("away", "back"):
            self.gateway.is_away = what == "away"
        elif what == "lost":
            self.gateway.loses_answers = 1
        elif what == "work":
            run_jobs(at)

    def settle(self) -> None:
        """Whatever was left undone is done by the sweeps and the worker, two hours later."""
        self.gateway.is_away, self.gateway.loses_answers = False, 0
        with later(AT, minutes=120) as at:
            give_back_expired_holds(at)
            reconcile_payments(at)
            run_jobs(at)

    def book(self, made: Order) -> str:
        """The hash of everything that the ledger says of an order, its ids written as places."""
        db.session.rollback()
        names = {a.id: a.name for a in db.session.scalars(select(LedgerAccount))}
        rows = []
        for place, part in enumerate(parts_of(made)):
            for t in db.session.scalars(
                select(Transfer).where(Transfer.subject == f"store-order:{part.id}").order_by(Transfer.code)
            ):
                sides = names[t.debit_account_id], names[t.credit_account_id]
                rows.append((place, t.step, *sides, t.amount_toman, t.code))
        rows += [
            ("order", t.amount_toman, t.code)
            for t in db.session.scalars(select(Transfer).where(Transfer.subject == f"order:{made.id}"))
        ]
        return hashlib.sha256(repr(rows).encode()).hexdigest() if rows else ""


@pytest.fixture
def shop(ctx, at, app) -> Shop:
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    return Shop(app, gateway)


def tell(shop: Shop, made: Order, story: list[str]) -> None:
    with later(AT, minutes=31) as at:
        for what in story:
            shop.happen(made, what, at)
    shop.settle()


def ensure_paid_once(shop: Shop, made: Order, story: Any) -> None:
    found = order(made.id)
    assert found.state is OrderState.paid, story
    payments = db.session.scalars(
        select(Payment)
        .join(OrderPayment, OrderPayment.payment_id == Payment.id)
        .where(OrderPayment.order_id == made.id)
    ).all()
    assert [(p.state, p.captured_toman, p.refunded_toman) for p in payments] == [
        (PaymentState.captured, found.total_toman, 0)
    ], story
    ids = [part.id for part in parts_of(made)]
    weights = db.session.scalars(select(EntryGrant.weight).where(EntryGrant.store_order_id.in_(ids))).all()
    assert sorted(weights) == [1, 2], story
    assert {part.stock for part in parts_of(made)} == {StockState.sold}, story


NEWS = ("webhook", "redirect", "sweep", "expiry")


def test_any_order_of_the_news_of_a_payment_ends_in_one_paid_order_and_one_book(shop):
    """All 24 orders of webhook, shopper's return, sweep and expiry; each twice or once; with one of them missing in
    turn; the worker after each or only at the end."""
    books: set[str] = set()
    for turn, ways in enumerate(permutations(NEWS)):
        made = shop.order()
        shop.pay(made)
        missing = NEWS[turn % 5] if turn % 5 < len(NEWS) else None
        story = [what for way in ways if way != missing for what in [way] * (1 + (turn + len(way)) % 3 % 2)]
        if turn % 2:
            story = [step for what in story for step in (what, "work")]
        tell(shop, made, story)
        ensure_paid_once(shop, made, story)
        books.add(shop.book(made))
    assert len(books) == 1, "the ledger's rows depend on the order of the news"
    assert books != {""}
    assert rows_of(Refund) == 0
    assert fresh(shop.world.soap).sold_count == 24
    assert broken_invariants() == {}


def test_any_story_with_a_failing_gateway_ends_in_one_paid_order_and_one_book(shop):
    books: set[str] = set()

    @settings(derandomize=True, database=None, deadline=None, phases=[Phase.generate], max_examples=8)
    @given(st.lists(st.sampled_from([*NEWS, "intent", "fallen", "away", "back", "lost", "work"]), max_size=9))
    def happen(story: list[str]) -> None:
        made = shop.order()
        shop.pay(made)
        tell(shop, made, story)
        ensure_paid_once(shop, made, story)
        books.add(shop.book(made))

    happen()
    assert len(books) == 1
    assert rows_of(Refund) == 0
    assert broken_invariants() == {}


def test_no_story_makes_an_unpaid_page_a_paid_order(shop):
    """Abuse 13: success is a claim of a browser; only the gateway's own word counts."""

    @settings(derandomize=True, database=None, deadline=None, phases=[Phase.generate], max_examples=5)
    @given(st.lists(st.sampled_from([*NEWS, "intent", "away", "back", "lost", "work"]), max_size=7))
    def happen(story: list[str]) -> None:
        made = shop.order()
        tell(shop, made, story)
        assert (order(made.id).state, payment_of(made).state) == (OrderState.expired, PaymentState.failed), (
            story
        )
        assert shop.book(made) == "", story

    happen()
    assert (rows_of(EntryGrant), rows_of(Refund), rows_of(Transfer)) == (0, 0, 0)
    assert fresh(shop.world.soap).held_count == 0
    assert broken_invariants() == {}


def test_an_event_before_our_own_record_of_the_page_finds_its_payment(shop):
    """The answer to the opening was lost, but its payer already paid: the event names what was paid."""
    shop.gateway.loses_answers = 1
    made = placed_open(a_person(), (shop.world.soap, 1))
    assert payment_of(made).session_id is None
    [page] = shop.gateway.pages
    shop.gateway.pay(page)
    body = event_body("checkout.session.completed", page_body(shop.gateway.pages[page]), "evt_early")
    assert deliver(shop.client, body) == 200
    run_jobs(AT)
    assert order(made.id).state is OrderState.paid
    assert rows_of(GatewayEvent) == 1


def test_a_page_of_which_the_key_is_forgotten_is_found_in_the_list(shop):
    """Its answer and its events were lost and the gateway away for more than a day; the money is honoured late, once.

    The page of another attempt at the same order is not taken for it.
    """
    first = placed_open(a_person(), (shop.world.soap, 1))
    other = payment_of(first).session_id
    shop.gateway.loses_answers = 9
    made = placed_open(a_person(), (shop.world.tea, 1))
    shop.gateway.loses_answers = 0
    shop.gateway.claim(other, reference=payment_of(made).reference)
    [page] = set(shop.gateway.pages) - {other}
    shop.gateway.pay(page)
    shop.gateway.forget_keys()
    with later(AT, hours=30) as moment:
        run_jobs(moment, may_fail=True)
        give_back_expired_holds(moment)
        run_jobs(moment, may_fail=True)
    found = payment_of(made)
    assert (found.session_id, found.state) == (page, PaymentState.captured)
    assert order(made.id).state is OrderState.paid
    assert len(shop.gateway.pages) == 2
    assert broken_invariants() == {}


@pytest.mark.databases("sqlite")
def test_the_sandbox_itself_is_paid_and_heard_of_in_every_way(ctx, at, app, tmp_path):
    """The same through the process that speaks the gateway's own language: signed events, hosted page, refund."""
    w = the_world()
    client = Client(app)
    with running_sandbox(tmp_path) as sandbox:
        sandbox.set_clock(at)
        use_gateway(app, gateway_of(sandbox))
        made = placed_open(w.shopper, (w.soap, 1), (w.tea, 1))
        sandbox.pay(payment_of(made).session_id)
        for event in sandbox.state()["events"]:
            body = json.dumps(event).encode()
            assert [deliver(client, body) for _ in range(2)] == [200, 200]
        run_jobs(at)
        assert order(made.id).state is OrderState.paid
        assert rows_of(GatewayEvent) == 3
        assert broken_invariants() == {}
