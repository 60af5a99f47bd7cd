"""The policy editor, page by page: a number by one person, money by two, and a running order that stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from marketplace.accounts.models import Role
from marketplace.core.db import db
from marketplace.orders.models import StoreOrderState
from tests.factories import AT, World, an_official, world
from tests.factories.buying import ask, broken_invariants, parts_of, payment_of, placed_open
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client

REASON = "تصمیم جلسه‌ی ۱۲ فروردین"


@pytest.fixture
def w(ctx, at) -> World:
    return world(at)


@pytest.fixture
def second(app: Flask, w: World) -> Client:
    client = Client(app)
    client.sign_in(an_official(Role.office, given_name="نادر", surname="کمالی"))
    return client


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_a_number_by_one_person(client, w, prefix):
    client.sign_in(w.office)
    listed = client.get(f"{prefix}/office/policy")
    assert ("۱۵٪" if not prefix else "15%") in listed.text
    page = client.get(f"{prefix}/office/policy/numbers/min_discount_percent")
    preview = client.submit(page.form("/preview"), value="۲۰", effective_on="۱۴۰۵/۰۱/۱۵", reason=REASON)
    assert preview.all("del") and preview.all("ins")
    done = client.submit(preview.form("/values"))
    assert done.path.endswith("/numbers/min_discount_percent")
    assert ("۲۰٪" if not prefix else "20%") in done.text
    assert REASON in done.text
    assert REASON in client.get(f"{prefix}/office/policy/history").text
    taken = client.submit(done.form("/planned-removal"), reason="فعلاً نه، سال بعد")
    assert "فعلاً نه" in taken.text


def test_what_is_typed_wrong_is_named_and_kept(client, w):
    client.sign_in(w.office)
    page = client.get("/office/policy/numbers/min_discount_percent")
    wrong = client.submit(
        page.form("/preview"), value="۹۹", effective_on="1404/01/01", reason="چون", expect=422
    )
    assert len(wrong.all(aria_invalid="true")) == 3
    assert wrong.one("input", id="value").get("value") == "۹۹"
    client.post("/office/policy/numbers/min_discount_percent/values", {"value": "9"}, expect=422)
    client.post("/office/policy/numbers/min_discount_percent/planned-removal", {"seen": "1"}, expect=422)
    client.get("/office/policy/numbers/nonsense", expect=404)
    client.get("/office/policy/tariffs/pishtaz/9", expect=404)
    client.get("/office/policy/tariffs/courier/3", expect=404)


def test_a_stale_page_shows_the_fresh_state(client, second, w):
    client.sign_in(w.office)
    stale = second.get("/office/policy/numbers/min_discount_percent")
    stale = second.submit(stale.form("/preview"), value="30", effective_on="1405/01/20", reason=REASON)
    page = client.get("/office/policy/numbers/min_discount_percent")
    page = client.submit(page.form("/preview"), value="20", effective_on="1405/01/15", reason=REASON)
    client.submit(page.form("/values"))
    fresh = second.submit(stale.form("/values"), expect=409)
    assert "۲۰٪" in fresh.text


def test_a_contradiction_is_shown_before_it_is_saved(client, w):
    client.sign_in(w.office)
    page = client.get("/office/policy/numbers/clearance_amber_hours")
    preview = client.submit(page.form("/preview"), value="100", effective_on="1405/01/15", reason=REASON)
    assert "هشدار سرخ استعلام" in preview.text
    sent = {
        "value": "100",
        "effective_on": "1405/01/15",
        "reason": REASON,
        "seen": page.one("input", name="seen").get("value"),
    }
    again = client.post("/office/policy/numbers/clearance_amber_hours/values", sent, expect=422)
    assert "هشدار سرخ استعلام" in again.text


def test_money_by_two_and_a_running_order_stays(app, client, second, w):
    """Placed under the old threshold, paid under the new one: its arithmetic is that of its own moment."""
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    order = placed_open(w.shopper, (w.saffron, 1), at=AT)
    before = [(p.shipping_toman, p.borne_toman, p.free_above_toman, p.entries) for p in parts_of(order)]
    client.sign_in(w.office)
    page = client.get("/office/policy/numbers/free_shipping_above_toman")
    page = client.submit(page.form("/preview"), value="۲۰۰٬۰۰۰", effective_on="2026-03-25", reason=REASON)
    page = client.submit(page.form("/values"))
    assert "۱۰۰٬۰۰۰ تومان" in page.text and not [f for f in page.forms if "preview" in f.action]
    waiting = second.get("/office/approvals")
    assert "۲۰۰٬۰۰۰ تومان" in waiting.text
    second.submit(waiting.form("/agreement"))
    assert "۲۰۰٬۰۰۰ تومان" in second.get("/office/policy").text
    payment = payment_of(order)
    gateway.pay(payment.session_id)
    ask(payment.id, AT + timedelta(seconds=3))
    db.session.rollback()
    assert {part.state for part in parts_of(order)} == {StoreOrderState.paid}
    after = [(p.shipping_toman, p.borne_toman, p.free_above_toman, p.entries) for p in parts_of(order)]
    assert after == before and before[0][1] > 0 and before[0][2] == 100_000
    with time_machine.travel(AT + timedelta(seconds=5), tick=False):
        fresh = placed_open(w.shopper2, (w.tea, 1), (w.saffron, 1), at=AT + timedelta(seconds=5))
    (part,) = parts_of(fresh)
    assert (part.free_above_toman, part.borne_toman) == (200_000, 0)
    assert broken_invariants() == {}


def test_a_tariff_by_two(client, second, w):
    client.sign_in(w.office)
    page = client.get("/office/policy/tariffs/pishtaz/2")
    wrong = client.submit(page.form("/preview"), first_kg_toman="ده", effective_on="", reason="", expect=422)
    assert len(wrong.all(aria_invalid="true")) == 3
    page = client.submit(
        page.form("/preview"),
        first_kg_toman="۵۰٬۰۰۰",
        next_kg_toman="۱۲۰۰۰",
        effective_on="۱۴۰۵/۱/۱۵",
        reason=REASON,
    )
    page = client.submit(page.form("/prices"))
    waiting = second.get("/office/approvals")
    assert "۵۰٬۰۰۰ تومان" in waiting.text
    second.submit(waiting.form("/agreement"))
    assert "۵۰٬۰۰۰" in second.get("/office/policy/tariffs").text
    assert "نادر کمالی" in client.get("/office/policy/tariffs/pishtaz/2").text


def test_the_auditor_reads_and_changes_nothing(app, client, w):
    client.sign_in(an_official(Role.auditor))
    page = client.get("/office/policy/numbers/min_discount_percent")
    assert not [f for f in page.forms if "preview" in f.action]
    client.get("/office/policy/numbers/min_discount_percent/preview", expect=403)
    client.post("/office/policy/numbers/min_discount_percent/values", expect=403)
    client.sign_in(an_official(Role.seal_officer))
    client.get("/office/policy", expect=403)
