"""What the gateway sends by itself: believed only when signed, stored once, and never more than a reason to ask."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from marketplace.core import metrics
from marketplace.core.db import db
from marketplace.core.models import Job
from marketplace.orders.models import OrderState
from marketplace.payments import webhooks
from marketplace.payments.models import EventState, GatewayEvent, PaymentState
from marketplace.payments.payments import ask_about
from marketplace.payments.queries import reported_events
from marketplace.payments.views import LARGEST_EVENT_BYTES
from tests.factories import AT, World, a_session
from tests.factories.buying import (
    balances,
    broken_invariants,
    order,
    paid,
    payment_of,
    placed_open,
    rows_of,
    run_jobs,
)
from tests.fakes.gateway import MemoryGateway, deliver, event_body, header_of, page_body, use_gateway
from tests.pages import Client
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
"""What does not depend on the kind of database runs on one; the tests marked with both run on both."""


@pytest.fixture
def gateway(app) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, at, gateway) -> World:
    return the_world()


def completed(
    page: Any, *, event: str = "evt_1", kind: str = "checkout.session.completed", **changes: Any
) -> bytes:
    return event_body(kind, page_body(page, **changes), event)


def events() -> list[tuple[EventState, str | None]]:
    db.session.rollback()
    query = select(GatewayEvent).order_by(GatewayEvent.id).execution_options(populate_existing=True)
    return [(event.state, event.problem) for event in db.session.scalars(query)]


# --- the signature


def stale_news() -> float:
    """What `BazargahStaleNews` counts."""
    return metrics.STALE_NEWS._value.get()


@pytest.mark.databases("sqlite", "postgresql")
def test_what_is_not_signed_by_the_gateway_now_changes_nothing(w, gateway, client):
    """Wrong secret, one byte more, 301 s old, 301 s ahead, no signature, no moment, two moments, nothing at all."""
    made = placed_open(w.shopper, (w.soap, 1))
    gateway.pay(payment_of(made).session_id)
    body = completed(gateway.pages[payment_of(made).session_id])
    right = header_of(body)
    moment, _, signature = right.partition(",")
    forged = {
        "another secret": (body, header_of(body, secret="whsec_other")),
        "one byte more": (body + b" ", right),
        "one byte changed": (body.replace(b"complete", b"completf", 1), right),
        "301 seconds old": (body, header_of(body, seconds=-301)),
        "301 seconds ahead": (body, header_of(body, seconds=301)),
        "no signature": (body, moment),
        "no moment": (body, signature),
        "two moments": (body, f"{moment},{moment},{signature}"),
        "an older scheme": (body, right.replace("v1=", "v0=")),
        "an empty header": (body, ""),
        "an endless header": (body, right + ",v1=" + "0" * 5_000),
        "letters for a moment": (body, "t=now," + signature),
        "another's moment": (body, f"t={int(AT.timestamp()) + 1},{signature}"),
    }
    for what, (sent, header) in forged.items():
        before = stale_news()
        with nothing_written():
            assert deliver(client, sent, header) == 400, what
        assert stale_news() - before == what.startswith("301 seconds"), what
    assert order(made.id).state is OrderState.awaiting_payment


def test_300_seconds_either_way_and_one_right_signature_of_two_are_taken(w, client):
    for n, header in enumerate(
        (
            lambda b: header_of(b, seconds=-300),
            lambda b: header_of(b, seconds=300),
            lambda b: header_of(b) + ",v1=" + "0" * 64,
            lambda b: header_of(b).replace(",v1=", f",v1={'0' * 64},v1="),
        )
    ):
        body = event_body("customer.created", {"object": "customer", "id": "c"}, f"evt_{n}")
        assert deliver(client, body, header(body)) == 200
    assert rows_of(GatewayEvent) == 4


def test_a_signed_body_that_is_no_event_is_refused(w, client):
    for body in (
        b"",
        b"{",
        b"[]",
        b"null",
        b'"event"',
        b'{"object": "charge"}',
        b'{"object": "event", "id": "e"}',
        '{"object": "event", "id": "ے"'.encode()[:-3],
        b"\xff\xfe{}",
        b"[" * 50_000,
        json.dumps({"object": "event", "id": "", "type": "x", "created": 1, "data": {"object": {}}}).encode(),
    ):
        with nothing_written():
            assert deliver(client, body) == 400, body[:40]


def test_a_large_body_is_refused_before_it_is_read(w, client):
    filler = {"object": "customer", "id": "c", "note": "x" * LARGEST_EVENT_BYTES}
    body = event_body("customer.created", filler, "evt_1")
    with nothing_written():
        assert deliver(client, body) == 413
    with nothing_written():
        assert deliver(client, b"x" * 1_048_576) == 413
    filler["note"] = "x" * (
        LARGEST_EVENT_BYTES - len(event_body("customer.created", {**filler, "note": ""}, "evt_1"))
    )
    just = event_body("customer.created", filler, "evt_1")
    assert (len(just), deliver(client, just)) == (LARGEST_EVENT_BYTES, 200)


def test_no_session_and_no_token_of_ours_opens_the_way_in(w, gateway, client):
    """The way in is not guarded by cookies, and a signed-in browser is no gateway."""
    made = placed_open(w.shopper, (w.soap, 1))
    client.browser.set_cookie("sid", a_session(w.office))
    body = completed(gateway.pages[payment_of(made).session_id])
    with nothing_written():
        assert deliver(client, body, "") == 400
        answer = client._open("/webhooks/stripe", method="GET")
        assert answer.status_code == 405


# --- once


@pytest.mark.databases("sqlite", "postgresql")
def test_the_same_event_ten_times_is_one_row_and_one_question(w, gateway, client):
    made = placed_open(w.shopper, (w.soap, 1))
    gateway.pay(payment_of(made).session_id)
    body = completed(gateway.pages[payment_of(made).session_id])
    assert [deliver(client, body) for _ in range(3)] == [200] * 3
    run_jobs(AT)
    asked = gateway.calls.count("fetch_session")
    with nothing_written():
        assert [deliver(client, body) for _ in range(7)] == [200] * 7
    run_jobs(AT)
    assert (rows_of(GatewayEvent), asked, gateway.calls.count("fetch_session")) == (1, 1, 1)
    assert (order(made.id).state, events()) == (OrderState.paid, [(EventState.applied, None)])


def test_storing_an_event_asks_nobody_and_decides_nothing(w, gateway, client):
    """Answered from our own database alone, so that it is answered fast; the worker asks."""
    made = placed_open(w.shopper, (w.soap, 1))
    gateway.pay(payment_of(made).session_id)
    before = list(gateway.calls)
    assert deliver(client, completed(gateway.pages[payment_of(made).session_id])) == 200
    assert gateway.calls == before
    assert (order(made.id).state, events()) == (OrderState.awaiting_payment, [(EventState.applied, None)])
    assert db.session.scalars(select(Job.kind).order_by(Job.id.desc())).first() == "check-payment"


def test_an_event_that_cannot_be_looked_at_is_stored_and_looked_at_later(w, gateway, client, monkeypatch):
    made = placed_open(w.shopper, (w.soap, 1))
    gateway.pay(payment_of(made).session_id)

    def ask_and_fail(*asked: Any) -> int:
        ask_about(*asked)
        raise RuntimeError("no luck")

    monkeypatch.setattr(webhooks, "ask_about", ask_and_fail)
    assert deliver(client, completed(gateway.pages[payment_of(made).session_id])) == 200
    kinds = db.session.scalars(select(Job.kind).order_by(Job.id)).all()
    assert (events(), kinds[-1], "check-payment" in kinds) == (
        [(EventState.stored, None)],
        "look-at-event",
        False,
    )
    monkeypatch.undo()
    run_jobs(AT)
    assert (order(made.id).state, events()) == (OrderState.paid, [(EventState.applied, None)])


# --- what it says


def test_an_event_is_never_believed(w, gateway, client):
    """Signed news that the page is paid, while the gateway, asked, says that it is not."""
    made = placed_open(w.shopper, (w.soap, 1))
    page = gateway.pages[payment_of(made).session_id]
    body = completed(page, payment_status="paid", status="complete", payment_intent="pi_x")
    assert deliver(client, body) == 200
    run_jobs(AT)
    assert (order(made.id).state, payment_of(made).state) == (OrderState.awaiting_payment, PaymentState.open)
    assert balances() == {}


def test_an_event_about_a_page_nobody_knows_is_reported(w, gateway, client):
    made = placed_open(w.shopper, (w.soap, 1))
    page = gateway.pages[payment_of(made).session_id]
    body = completed(
        page, id="cs_unknown", client_reference_id="order:999", status="complete", payment_status="paid"
    )
    assert deliver(client, body) == 200
    run_jobs(AT)
    assert events() == [(EventState.reported, "unknown_session")]
    assert [event.session_id for event in reported_events()] == ["cs_unknown"]
    assert order(made.id).state is OrderState.awaiting_payment


def test_an_unknown_page_that_names_our_order_is_not_taken_for_its_page(w, gateway, client):
    """The reference alone proves nothing once the page of the order is known."""
    made = placed_open(w.shopper, (w.soap, 1))
    page = gateway.pages[payment_of(made).session_id]
    assert deliver(client, completed(page, id="cs_other", status="complete", payment_status="paid")) == 200
    run_jobs(AT)
    assert events() == [(EventState.reported, "unknown_session")]
    assert "fetch_session" not in gateway.calls


def test_another_amount_is_reported_and_the_order_not_paid_by_it(w, gateway, client):
    made = placed_open(w.shopper, (w.soap, 1))
    gateway.pay(payment_of(made).session_id)
    gateway.claim(payment_of(made).session_id, amount_toman=102_999)
    assert deliver(client, completed(gateway.pages[payment_of(made).session_id])) == 200
    run_jobs(AT)
    assert events() == [(EventState.reported, "amount_differs")]
    assert (order(made.id).state, balances()) == (OrderState.awaiting_payment, {})
    assert broken_invariants() == {}


def test_another_currency_is_asked_about_and_flagged(w, gateway, client):
    made = placed_open(w.shopper, (w.soap, 1))
    gateway.pay(payment_of(made).session_id)
    gateway.claim(payment_of(made).session_id, currency_ok=False, amount_toman=None)
    body = completed(gateway.pages[payment_of(made).session_id], currency="usd", amount_total=1_030_000)
    assert deliver(client, body) == 200
    run_jobs(AT)
    assert (order(made.id).state, payment_of(made).state) == (
        OrderState.awaiting_payment,
        PaymentState.flagged,
    )


def test_unknown_types_are_taken_and_ignored(w, gateway, client):
    for n, kind in enumerate(
        ("customer.created", "invoice.paid", "x", "payment_intent.created", "charge.updated")
    ):
        assert deliver(client, event_body(kind, {"object": "thing", "id": "t"}, f"evt_{n}")) == 200
    run_jobs(AT)
    assert events() == [(EventState.ignored, None)] * 3 + [(EventState.ignored, "unknown_session")] * 2
    assert gateway.calls == []


@pytest.mark.databases("sqlite", "postgresql")
def test_news_of_a_paid_order_changes_it_no_more(w, gateway, client):
    """Refunded, disputed, expired, completed again: the page is asked at most once more, the order stands."""
    made = paid(gateway, w.shopper, (w.soap, 1))
    page = gateway.pages[payment_of(made).session_id]
    gateway.dispute(page.intent_id, made.total_toman)
    for n, body in enumerate(
        (
            completed(page, event="a", kind="checkout.session.expired", status="expired"),
            completed(page, event="b"),
            event_body(
                "charge.refunded", {"object": "charge", "id": "ch", "payment_intent": page.intent_id}, "c"
            ),
            gateway.told[-1],
        )
    ):
        assert deliver(client, body) == 200, n
    book = balances()
    run_jobs(AT)
    assert (order(made.id).state, payment_of(made).state, balances()) == (
        OrderState.paid,
        PaymentState.captured,
        book,
    )
    assert {state for state, _ in events()} == {EventState.applied}
    assert broken_invariants() == {}


@pytest.mark.databases("sqlite")
def test_a_refusal_is_a_problem_document_without_secrets(w, client: Client):
    answer = client._open(
        "/webhooks/stripe", method="POST", data=b"{}", headers={"Stripe-Signature": "t=1,v1=0"}
    )
    assert answer.mimetype == "application/problem+json"
    assert answer.json is not None
    assert answer.json["code"] == "bad_signature"
    assert b"whsec" not in answer.data
