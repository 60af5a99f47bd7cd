"""What a hostile or unlucky browser sends while buying: ignored, refused or told, and nothing is written."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.festival.models import OfferState
from marketplace.orders.models import Cart, CartLine, Order, OrderState
from marketplace.payments.models import Payment, PaymentState
from tests.factories import World, change, fresh
from tests.factories.buying import (
    ADDRESS,
    broken_invariants,
    order,
    payment_of,
    placed_open,
    rows_of,
    run_jobs,
)
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client, Form, Page
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def gateway(app) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, at, gateway) -> World:
    return the_world()


def line(w: World) -> str:
    return f"/cart/lines/{w.soap.id}"


def in_cart() -> dict[int, int]:
    db.session.rollback()
    return dict(db.session.execute(select(CartLine.offer_id, CartLine.quantity)).all())


def checkout(client: Client, **changed: Any) -> Form:
    """The checkout's form with an address, as the page shows it after its sum was asked for."""
    form = client.get("/checkout").form("/checkout")
    return client.submit(form, press="preview", **{**ADDRESS, **changed}).form("/checkout")


def send(client: Client, form: Form, *, expect: int | None = None, **more: Any) -> Page:
    """Sends a form with fields that it may not even have."""
    return client.post(form.action, {**form.values, **more}, expect=expect)


# --- the cart


def test_a_quantity_that_is_none_is_a_400(w, client: Client):
    for typed in ("0", "-1", "0.5", "1000000000", "1e3", "", "two", "9" * 300, "۰", "NaN", "1;2"):
        with nothing_written():
            client.post(line(w), {"quantity": typed}, expect=400)
    assert client.cookie() is None, "nobody got a cart for it"


def test_adding_adds_and_never_beyond_what_is_allowed(w, client: Client):
    for _ in range(2):
        client.post(line(w), {"quantity": "2", "add": "1"})
    assert in_cart() == {w.soap.id: 4}
    with nothing_written():
        client.post(line(w), {"quantity": "2", "add": "1"}, expect=409)
    with nothing_written():
        client.post(line(w), {"quantity": "6"}, expect=409)


def test_an_offer_nobody_knows_is_a_404_and_a_fallen_one_a_409(w, client: Client):
    change(w.tea, state=OfferState.frozen)
    with nothing_written():
        client.post("/cart/lines/987654", {"quantity": "1"}, expect=404)
        client.post(f"/cart/lines/{w.tea.id}", {"quantity": "1"}, expect=409)
        client.post("/cart/lines/9999999999999999999", {"quantity": "1"}, expect=404)


def test_prices_of_the_form_are_not_looked_at(w, client: Client):
    """Abuse 10 and 45."""
    client.post(
        line(w),
        {
            "quantity": "1",
            "price": "1",
            "festival_toman": "1",
            "seen_toman": "1",
            "cart_id": "7",
            "person_id": str(w.shopper2.id),
        },
    )
    stored = db.session.execute(select(CartLine.seen_toman, Cart.person_id).join(Cart)).one()
    assert tuple(stored) == (60_000, None)


def test_another_browsers_cart_is_not_shown_or_changed(w, app):
    one, other = Client(app), Client(app)
    one.post(line(w), {"quantity": "2"})
    other.post(line(w), {"quantity": "1"})
    assert sorted(db.session.scalars(select(CartLine.quantity))) == [1, 2]
    other.post(f"{line(w)}/removal", {})
    assert in_cart() == {w.soap.id: 2}


def test_changing_a_cart_needs_the_token_of_its_session(w, client: Client):
    """Abuse 40."""
    client.post(line(w), {"quantity": "1"})
    with nothing_written():
        client.post(line(w), {"quantity": "2"}, has_csrf=False, expect=403)
        client.post(line(w), {"quantity": "2", "csrf_token": "0" * 64}, has_csrf=False, expect=403)
        client.post(line(w), {"quantity": "2"}, headers={"Origin": "https://evil.example"}, expect=403)
        client.post(line(w), {"quantity": "2"}, headers={"Sec-Fetch-Site": "cross-site"}, expect=403)


# --- the checkout


def test_sums_of_the_form_change_nothing_but_what_was_seen(w, client: Client):
    client.sign_in(w.shopper)
    client.post(line(w), {"quantity": "1"})
    form = checkout(client)
    left = send(
        client,
        form,
        total_toman="1",
        shipping_toman="0",
        goods_toman="1",
        entries="50",
        state="paid",
        discount="100",
        currency="usd",
        person_id=str(w.shopper2.id),
        paid_at="2026-01-01",
    )
    assert left.location is not None
    made = db.session.scalars(select(Order)).one()
    assert (made.person_id, made.total_toman, made.state) == (
        w.shopper.id,
        103_000,
        OrderState.awaiting_payment,
    )
    assert db.session.scalars(select(Payment.amount_toman)).one() == 103_000


def test_a_lower_sum_than_the_true_one_is_shown_before_it_is_charged(w, client: Client):
    client.sign_in(w.shopper)
    client.post(line(w), {"quantity": "1"})
    form = checkout(client)
    change(w.soap, festival_toman=70_000)
    before = rows_of(Order)
    page = send(client, form, expect=409)
    assert (rows_of(Order), before) == (0, 0)
    assert "۱۱۳٬۰۰۰" in page.text
    send(client, page.form("/checkout"))
    assert db.session.scalars(select(Order.total_toman)).one() == 113_000


def test_a_double_click_is_one_order_and_leads_to_the_same_page(w, client: Client, gateway):
    client.sign_in(w.shopper)
    client.post(line(w), {"quantity": "1"})
    form = checkout(client)
    first, second = send(client, form), send(client, form)
    assert first.location == second.location is not None
    assert (rows_of(Order), rows_of(Payment), len(gateway.pages)) == (1, 1, 1)


def test_the_courier_to_another_city_is_refused_beside_its_store_and_can_be_changed(w, client: Client):
    client.sign_in(w.shopper)
    client.post(line(w), {"quantity": "1"})
    form = checkout(client, province="تهران", city="تهران")
    assert "courier" in {e.get("value") for e in form.element.iter() if isinstance(e.tag, str)}
    with nothing_written():
        page = send(
            client, form, province="اصفهان", city="اصفهان", **{"shipping-artin": "courier"}, expect=422
        )
    again = page.form("/checkout")
    assert again.values["shipping-artin"] == ["pishtaz"], "the store is still there, with a way that goes"
    send(client, again)
    assert db.session.scalars(select(Order.total_toman)).one() == 103_000


def test_wrong_fields_stay_on_the_page_with_what_was_typed(w, client: Client):
    client.sign_in(w.shopper)
    client.post(line(w), {"quantity": "1"})
    form = checkout(client)
    with nothing_written():
        page = send(
            client, form, receiver="", mobile="12", postal_code="0000000000", line="<b>x</b>", expect=422
        )
    assert {e.get("name") for e in page.all(aria_invalid="true")} == {"receiver", "mobile", "postal_code"}
    assert page.one("input", name="line").get("value") == "<b>x</b>"
    assert "<b>x</b>" not in page.source


def test_hostile_addresses_are_kept_as_words(w, client: Client):
    client.sign_in(w.shopper)
    client.post(line(w), {"quantity": "1"})
    hostile = "<script>alert(1)</script> {{7*7}} ' OR 1=1 --\r\nBcc: x"
    send(client, checkout(client), receiver=hostile[:60], line=hostile)
    made = db.session.scalars(select(Order)).one()
    assert "\n" not in made.address_line
    page = client.get(f"/orders/{made.number}")
    assert "<script>alert(1)" not in page.source
    assert "{{7*7}}" in page.text


def test_nobody_checks_out_without_signing_in(w, client: Client):
    client.post(line(w), {"quantity": "1"})
    with nothing_written():
        client.post("/checkout", {**ADDRESS, "submission_key": "a-good-key"}, expect=401)
        assert client.get("/checkout", follow=False).status == 302


def test_a_gateway_out_of_reach_loses_no_order(w, client: Client, gateway):
    client.sign_in(w.shopper)
    client.post(line(w), {"quantity": "1"})
    gateway.is_away = True
    page = send(client, checkout(client))
    assert page.path.startswith("/orders/")
    gateway.is_away = False
    left = client.submit(page.form("/payment"))
    assert left.location is not None
    assert left.location.startswith("http://127.0.0.1:9/pay/")
    assert (rows_of(Order), rows_of(Payment), len(gateway.pages)) == (1, 1, 1)


# --- the way back from the gateway


def test_coming_back_is_not_paying(w, client: Client, gateway):
    """Abuse 13: whatever the address says, and however often the gateway is asked."""
    made = placed_open(w.shopper, (w.soap, 1))
    client.sign_in(w.shopper)
    for query in (
        "from=gateway",
        "from=gateway&paid=1&state=paid",
        "session_id=cs_1&status=complete",
        "from=cancel",
    ):
        with nothing_written():
            client.get(f"/orders/{made.number}?{query}")
    for _ in range(3):
        client.post(f"/orders/{made.number}/payment-check", {})
    assert (order(made.id).state, payment_of(made).state) == (OrderState.awaiting_payment, PaymentState.open)
    assert db.session.scalar(select(func.count()).select_from(Order).where(Order.paid_at.is_not(None))) == 0


def test_no_page_that_is_looked_at_changes_anything(w, client: Client, gateway):
    """Abuse 40: every address of buying by GET and HEAD."""
    made = placed_open(w.shopper, (w.soap, 1))
    client.sign_in(w.shopper)
    client.post(f"/cart/lines/{w.tea.id}", {"quantity": "1"})
    gateway.pay(payment_of(made).session_id)
    with nothing_written():
        for path in (
            "/",
            "/search",
            "/c/beauty",
            f"/offers/{w.soap.id}-{w.soap.slug}",
            "/cart",
            "/checkout",
            "/orders",
            f"/orders/{made.number}",
            "/me/entries",
            "/stores",
            "/stores/artin",
        ):
            client.get(path)
            client._open(path, method="HEAD")
        for path in (line(w), f"/orders/{made.number}/payment", f"/orders/{made.number}/payment-check"):
            client.get(path, expect=405)


def test_paying_again_for_what_is_paid_is_refused(w, client: Client, gateway):
    made = placed_open(w.shopper, (w.soap, 1))
    gateway.pay(payment_of(made).session_id)
    client.sign_in(w.shopper)
    client.post(f"/orders/{made.number}/payment-check", {})
    assert order(made.id).state is OrderState.paid
    with nothing_written():
        client.post(f"/orders/{made.number}/payment", {}, expect=409)
    client.post(f"/orders/{made.number}/payment-check", {})
    run_jobs(w.at)
    assert fresh(w.soap).sold_count == 1
    assert broken_invariants() == {}
