"""Buying as a shopper does it, page by page, in both languages: three stores, one payment, three parcels."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.settings import Settings
from marketplace.core.text import persian_digits
from marketplace.messages.models import Message
from tests import databases
from tests.factories import AT, World
from tests.fakes.sandbox import RunningSandbox, running_sandbox
from tests.pages import Client, Page
from tests.worlds import database, the_world  # noqa: F401

MOBILE = "09351112233"
ADDRESS = {
    "receiver": "سارا نوری",
    "mobile": "۰۹۱۲ ۱۱۱ ۲۲۳۳",
    "city": "اصفهان",
    "postal_code": "۸۱۳۴۵-۶۷۸۹۱",
    "line": "خیابان چهارباغ، کوچه‌ی بهار، پلاک ۷",
}
WORDS = {
    "": {
        "province": "اصفهان",
        "to_free": ("۴۰٬۰۰۱ تومان", "۱ تومان"),
        "free": "رایگان",
        "paid": "پرداخت شد",
        "confirming": "در حال تأیید",
        "kit": "بسته بهداشتی",
        "entries": "۶ شانس",
        "empty": "سبد شما خالی است",
    },
    "/en": {
        "province": "Isfahan",
        "to_free": ("40,001 toman", "1 toman"),
        "free": "free",
        "paid": "Paid",
        "confirming": "confirm",
        "kit": "hygiene kit",
        "entries": "6 ",
        "empty": "Your cart is empty",
    },
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox, at) -> RunningSandbox:
    running.reset()
    running.set_clock(at)
    return running


@pytest.fixture
def settings(database: str, tmp_path: Path, sandbox: RunningSandbox) -> Settings:  # noqa: F811
    return databases.settings_for(
        database, tmp_path, STRIPE_API_BASE=sandbox.base, STRIPE_API_KEY=sandbox.api_key
    )


@pytest.fixture
def w(ctx, at) -> World:
    return the_world()


def sums_of(page: Page) -> dict[str, str]:
    """The rows of all money tables of a page, label to amount, as written."""
    found = {}
    for row in page.all(class_="sums__row"):
        label, amount = ("".join(next(row.iter(tag)).itertext()) for tag in ("dt", "dd"))
        found[" ".join(label.split())] = " ".join(amount.split())
    return found


def amount(toman: int, prefix: str) -> str:
    return f"{toman:,}" if prefix else persian_digits(f"{toman:,}".replace(",", "٬"))


def command(app: Flask, *arguments: str, minutes: int = 1) -> str:
    """A command of the platform, some minutes later."""
    with time_machine.travel(AT + timedelta(minutes=minutes), tick=False):
        done = app.test_cli_runner().invoke(args=list(arguments))
    assert done.exit_code == 0, done.output
    return done.output


def put_in(client: Client, prefix: str, query: str, offer_id: int, quantity: str = "1") -> Page:
    """Searches, opens the offer that is found, and puts it into the cart by the page's own form."""
    found = client.get(f"{prefix}/search", query_string={"q": query})
    [link] = {link for link in found.links() if f"/offers/{offer_id}-" in link}
    page = client.get(link)
    return client.submit(page.form(f"{prefix}/cart/lines/{offer_id}"), quantity=quantity)


def sign_in_by_code(client: Client, page: Page) -> Page:
    """From the sign-in page by the code that is sent to the mobile."""
    waiting = client.submit(page.form(page.path.partition("?")[0] + "/code"), mobile=MOBILE)
    db.session.rollback()
    code = db.session.scalars(select(Message.params).order_by(Message.id.desc()).limit(1)).one()["code"]
    return client.submit(waiting.form(f"{page.path}/verify"), code=persian_digits(str(code)))


def pay(client: Client, sandbox: RunningSandbox, address: str, prefix: str) -> Page:
    """Pays on the gateway's own page by a plain form and comes back as it sends us."""
    hosted = sandbox.http.get(address, timeout=10)
    assert hosted.status_code == 200
    assert hosted.text.count("<form") >= 1
    sent_back = sandbox.pay(address)
    assert sent_back.status_code == 303
    back = urlsplit(sent_back.headers["Location"])
    assert f"{back.scheme}://{back.netloc}" == "http://localhost"
    assert back.path.startswith(f"{prefix}/orders/")
    return client.get(f"{back.path}?{back.query}")


@pytest.mark.databases("sqlite", "postgresql")
def test_from_the_first_search_to_the_parcel_in_hand(app, client: Client, w, sandbox):
    buy_from_three_stores(app, client, w, sandbox, "")


def test_the_same_in_english(app, client: Client, w, sandbox):
    buy_from_three_stores(app, client, w, sandbox, "/en")


def buy_from_three_stores(app: Flask, client: Client, w: World, sandbox: RunningSandbox, prefix: str) -> None:
    words = WORDS[prefix]
    # Letters of an Arabic keyboard find Persian words; as a guest.
    put_in(client, prefix, "چاي لاهيجان", w.tea.id)
    put_in(client, prefix, "شال", w.scarf.id, "۱")
    cart = put_in(client, prefix, "كاسه", w.bowl.id)
    assert cart.path == f"{prefix}/cart"
    for missing in words["to_free"]:
        assert missing in cart.text
    assert cart.text.casefold().count(words["kit"].casefold()) >= 3

    # Paying asks to sign in, and the guest's cart comes along.
    gate = client.get(f"{prefix}/checkout")
    assert gate.path == f"{prefix}/sign-in" or gate.path.startswith(f"{prefix}/sign-in?")
    checkout = sign_in_by_code(client, gate)
    assert checkout.path == f"{prefix}/checkout"

    # The sum is shown for the address before anything is ordered, then ordered as shown.
    form = checkout.form(f"{prefix}/checkout")
    shown = client.submit(form, press="preview", province=words["province"], **ADDRESS)
    assert amount(485_000, prefix) in shown.text
    order_form = shown.form(f"{prefix}/checkout")
    assert order_form.values["seen_total"] == ["485000"]
    leaving = client.submit(order_form)
    assert leaving.location is not None
    assert leaving.location.startswith(sandbox.base)

    back = pay(client, sandbox, leaving.location, prefix)
    assert words["confirming"] in back.text, "a browser that says paid is not money"
    assert words["paid"] not in back.h1
    number = back.path.rpartition("/")[2].partition("?")[0]
    if prefix:
        command(app, "sweep")
        paid = client.get(f"{prefix}/orders/{number}")
    else:
        paid = client.submit(back.form("/payment-check"))
    assert words["paid"] in paid.text
    assert words["entries"] in paid.text
    assert paid.text.casefold().count(words["kit"].casefold()) >= 3

    sums = sums_of(paid)
    assert amount(485_000, prefix) in " ".join(sums.values())
    assert amount(75_000, prefix) in " ".join(sums.values())
    for toman in (60_000, 100_000, 250_000, 32_000, 43_000):
        assert amount(toman, prefix) in paid.text, f"{toman} is missing in the arithmetic"
    assert words["empty"] in client.get(f"{prefix}/cart").text
    assert number in client.get(f"{prefix}/orders").text
    entries = client.get(f"{prefix}/me/entries")
    assert entries.source.count(number) >= 3

    codes = [_send_off(app, owner, prefix, place) for place, owner in enumerate(w.owners)]
    way = client.get(f"{prefix}/orders/{number}")
    assert all(code in way.source for code in codes)
    while any(form.action.endswith("/receipt") for form in way.forms):
        way = client.submit(next(form for form in way.forms if form.action.endswith("/receipt")))
    assert command(app, "invariants").count("holds") > 10
    assert number in client.get(f"{prefix}/me/notifications").text
    db.session.rollback()
    told = {m.template for m in db.session.scalars(select(Message))}
    assert {"order_paid", "store_order_paid", "order_shipped", "store_order_delivered"} <= told


def _send_off(app: Flask, owner, prefix: str, place: int) -> str:
    """The store's side: accepted, packed with its kit and not without, shipped. Gives the tracking code."""
    code = f"RR12345678{place}IR"
    store = Client(app)
    store.sign_in(owner)
    board = store.get(f"{prefix}/panel/orders")
    [link] = {link for link in board.links() if "/panel/orders/" in link}
    page = store.get(link)
    page = store.submit(page.form("/acceptance"))
    refused = store.submit(page.form("/packing"), expect=422)
    page = store.submit(refused.form("/packing"), kit="1")
    page = store.submit(page.form("/shipment"), tracking_code=persian_digits(code).lower())
    assert code in page.text
    assert not [form for form in page.forms if form.action.endswith(("/acceptance", "/packing", "/shipment"))]
    return code


def test_a_declined_card_leaves_the_order_and_the_same_page_can_be_paid(app, client: Client, w, sandbox):
    client.sign_in(w.shopper)
    put_in(client, "", "صابون", w.soap.id)
    form = client.get("/checkout").form("/checkout")
    leaving = client.submit(
        client.submit(form, press="preview", province="اصفهان", **ADDRESS).form("/checkout")
    )
    assert leaving.location is not None
    assert sandbox.pay(leaving.location, "decline").status_code in (200, 303, 402)
    number = next(link for link in client.get("/orders").links() if link.startswith("/orders/")).rpartition(
        "/"
    )[2]
    waiting = client.submit(client.get(f"/orders/{number}?from=gateway").form("/payment-check"))
    assert "در انتظار پرداخت" in waiting.text
    assert leaving.location in waiting.links(), "the same page is offered again"
    pay(client, sandbox, leaving.location, "")
    command(app, "sweep")
    assert "پرداخت شد" in client.get(f"/orders/{number}").text
    command(app, "invariants")


@pytest.mark.databases("sqlite", "postgresql")
def test_an_order_nobody_pays_runs_out_and_says_so(app, client: Client, w, sandbox):
    client.sign_in(w.shopper)
    put_in(client, "", "صابون", w.soap.id)
    form = client.get("/checkout").form("/checkout")
    client.submit(client.submit(form, press="preview", province="اصفهان", **ADDRESS).form("/checkout"))
    number = next(link for link in client.get("/orders").links() if link.startswith("/orders/")).rpartition(
        "/"
    )[2]
    command(app, "sweep", minutes=31)
    with time_machine.travel(AT + timedelta(minutes=31), tick=False):
        page = client.get(f"/orders/{number}")
    assert "مهلت پرداخت گذشت" in page.text
    assert not [form for form in page.forms if "/payment" in form.action]
    command(app, "invariants", minutes=32)
