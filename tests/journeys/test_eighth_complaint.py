"""The eighth counted complaint hides a store while somebody has its goods in the cart; a won appeal brings it back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from time_machine import travel

from marketplace.accounts.models import Role
from marketplace.core.web import jdate
from tests.factories import AT, World, an_official
from tests.factories.buying import broken_invariants, paid, parts_of
from tests.factories.complaints import unanswered
from tests.factories.rows import change
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client, Page
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DUE = AT + timedelta(hours=168)
TOLD = DUE + timedelta(seconds=1)
DEFENCE_UNTIL = TOLD + timedelta(days=7)
TEXT = "کالا نرسیده و پاسخی نگرفته‌ام."


@pytest.fixture
def w(ctx, at) -> World:
    return the_world()


@pytest.fixture
def gateway(app: Flask, w: World) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


def browser(app: Flask, person) -> Client:
    made = Client(app)
    made.sign_in(person)
    return made


def sweep(app: Flask) -> None:
    assert app.test_cli_runner().invoke(args=["sweep"]).exit_code == 0


def offer_page(client: Client, w: World, prefix: str = "") -> Page:
    return client.get(f"{prefix}/offers/{w.soap.id}-{w.soap.slug}")


def may_be_bought(client: Client, w: World) -> bool:
    """On the offer's page, in the search, and as a line of the cart."""
    said = [
        any(f"/cart/lines/{w.soap.id}" in form.action for form in offer_page(client, w).forms),
        any(f"/offers/{w.soap.id}-" in link for link in client.get("/search").links()),
        any(form.action == "/checkout" for form in client.get("/cart").forms)
        or "/checkout" in client.get("/cart").links(),
        client.api("GET", f"/offers/{w.soap.id}/admission")["reasons"] == [],
    ]
    assert len(set(said)) == 1, said
    return said[0]


def test_the_eighth_hides_the_store_and_a_won_appeal_brings_it_back(app, w, gateway):
    change(w.festival, live_until=AT + 30 * DAY, draw_at=AT + 40 * DAY)
    unanswered(w.stores[0], 7)
    part = parts_of(paid(gateway, w.shopper2, (w.soap, 1)))[0]
    shopper, owner = browser(app, w.shopper), browser(app, w.owners[0])
    page = offer_page(shopper, w)
    shopper.submit(page.form(f"/cart/lines/{w.soap.id}"), quantity="1")

    complainant = browser(app, w.shopper2)
    [order] = {link for link in complainant.get("/orders").links() if link.startswith("/orders/")}
    address = f"{order}/store-orders/{part.id}/complaint"
    form = complainant.get(address).form(address)
    number = complainant.submit(form, category="not_delivered", text=TEXT).path.rpartition("/")[2]

    with travel(DUE, tick=False):
        sweep(app)
        assert may_be_bought(shopper, w), "the deadline itself is in time"
    with travel(TOLD, tick=False):
        sweep(app)
        assert not may_be_bought(shopper, w)
        told_until_when(shopper, w)
        assert number in owner.get("/panel/complaints/revocation").text
        plead(owner, "defence")

    first, second = (browser(app, an_official(Role.seal_officer)) for _ in range(2))
    with travel(DEFENCE_UNTIL + HOUR, tick=False):
        # What has passed is not promised any more.
        [reason] = shopper.api("GET", f"/offers/{w.soap.id}/admission")["reasons"]
        assert (reason["code"], reason["until"]) == ("seal_suspended", None)
        case = decide(first, "revoke")
        assert not may_be_bought(shopper, w)
        [reason] = shopper.api("GET", f"/offers/{w.soap.id}/admission")["reasons"]
        assert reason["code"] == "seal_revoked"
    with travel(DEFENCE_UNTIL + DAY, tick=False):
        plead(owner, "appeal")
        assert not first.get(case).all("form", action=f"{case}/appeal-decision"), "whoever decided may not"
        assert first.post(
            f"{case}/appeal-decision", {"verdict": "keep", "text": TEXT}, expect=range(400, 500)
        )
        assert not may_be_bought(shopper, w)
    with travel(DEFENCE_UNTIL + 2 * DAY, tick=False):
        decide(second, "keep", "appeal-decision")
        sweep(app)
        assert may_be_bought(shopper, w)
        assert "پذیرفته" in shopper.get("/stores/artin").text
    assert broken_invariants() == {}


def told_until_when(shopper: Client, w: World) -> None:
    """Offer, store, seal and the API name the end of the time for the defence; the cart says why."""
    [reason] = shopper.api("GET", f"/offers/{w.soap.id}/admission")["reasons"]
    assert reason["code"] == "seal_suspended"
    assert reason["until"].startswith(DEFENCE_UNTIL.isoformat()[:19])
    code = shopper.api("GET", "/stores/artin")["seal"]["code"]
    with shopper.app.test_request_context():
        date = jdate(DEFENCE_UNTIL)
    for page in (offer_page(shopper, w), *map(shopper.get, ("/stores/artin", f"/seal/{code}"))):
        assert date in page.text, page.path
    assert "until" in offer_page(shopper, w, "/en").text
    assert "نماد اعتماد فروشگاه تعلیق شده است" in shopper.get("/cart").text


def plead(owner: Client, what: str) -> None:
    address = f"/panel/complaints/revocation/{what}"
    sent = owner.submit(owner.get("/panel/complaints/revocation").form(address), text="سه شکایت تکراری بود.")
    assert not [form for form in sent.forms if form.action == address]


def decide(officer: Client, verdict: str, what: str = "decision") -> str:
    """By the desk's list and form; gives the case's address."""
    [case] = {link for link in officer.get("/office/revocations").links() if "/revocations/" in link}
    form = officer.get(case).form(f"{case}/{what}")
    officer.submit(form, verdict=verdict, text="سوابق هر دو طرف خوانده شد.")
    return case
