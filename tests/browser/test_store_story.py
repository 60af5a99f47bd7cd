"""One store in Chromium: draft, revision, approval, offers by form and by file, live; its seal is revoked, and it is
gone from list, product, cart and payment at the next request; reinstated, it sells again."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.ctx import AppContext
from playwright.sync_api import Route
from sqlalchemy import select

from marketplace.accounts.models import Person, Role
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.settings import Settings
from marketplace.festival.application_inputs import HEALTH_QUESTIONS
from marketplace.festival.models import Application, Offer
from marketplace.stores.models import Clearance, Seal, Store
from tests import databases
from tests.browser.browsing import Tab, chromium, served, tab
from tests.factories import (
    AT,
    a_category,
    a_festival,
    a_licence,
    a_person,
    a_seal,
    a_session,
    an_official,
    change,
    pledge_texts,
    provinces,
    rules,
    writing,
)
from tests.factories.applications import NATIONAL_ID, SHEBA
from tests.factories.buying import broken_invariants, run_jobs
from tests.fakes.gateway import MemoryGateway, use_gateway

pytestmark = pytest.mark.needs("chromium")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
GATEWAY = "http://127.0.0.1:9"
STORE = {
    "kind": "online",
    "name_fa": "گلدان گیلان",
    "domain": "https://www.gilan-pots.example/",
    "city": "رشت",
    "founded_on": "۱۳۹۸/۲/۱",
}
ADDRESS = {
    "city": "رشت",
    "address": "خیابان مطهری، کوچه‌ی یاس، پلاک ۱۲، واحد ۳",
    "postal_code": "۴۱۳۴۵-۶۷۸۹۱",
    "phone": "۰۱۳-۳۳۳۴۴۴۵۵",
}
OFFER = {
    "title_fa": "كوزه‌ی سفالی",
    "sku": "ک-۱",
    "description_fa": "دست‌ساز لاهیجان، با لعاب فیروزه‌ای.",
    "regular_toman": "۱٬۰۰۰٬۰۰۰",
    "festival_toman": "800,000 تومان",
    "stocked_count": "۱۰",
    "limit_per_buyer": "2",
    "weight_grams": "700",
    "evidence_url": "https://prices.example/42",
}
FILE = """کد کالا,نام کالا,راسته,توضیح,وزن (گرم),قیمت عادی (تومان),قیمت جشنواره (تومان),موجودی,سقف خرید,نشانی قیمت
ف-۱,گلدان بزرگ,crafts,دست‌ساز لاهیجان.,900,500000,400000,5,2,https://prices.example/1
ف-۲,گلدان کج,crafts,دست‌ساز لاهیجان.,900,500000 ریال,400000,5,2,https://prices.example/2
"""
DELIVERY = {
    "receiver": "سارا نوری",
    "mobile": "۰۹۱۲ ۳۴۵ ۶۷۸۹",
    "city": "اصفهان",
    "line": "خیابان چهارباغ، پلاک ۱۲",
    "postal_code": "۸۱۴۶۵-۷۴۱۱۱",
}


@pytest.fixture
def settings(database: str, tmp_path) -> Settings:
    return databases.settings_for(database, tmp_path, STRIPE_API_BASE=GATEWAY)


@pytest.fixture
def gateway(app: Flask) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


def prepare() -> tuple[Person, Person, Person, Person]:
    """The edition before its live window, a person without a store, an officer, a seal officer, a shopper."""
    with writing():
        rules()
        pledge_texts()
        provinces()
        a_category(slug="crafts", name_fa="صنایع دستی", name_en="Crafts")
        a_festival(
            applications_from=AT - 5 * DAY,
            applications_until=AT + 2 * DAY,
            live_from=AT + 3 * DAY,
            live_until=AT + 20 * DAY,
            draw_at=AT + 30 * DAY,
        )
        return (
            a_person(given_name="مریم", surname="رضایی"),
            an_official(Role.office),
            an_official(Role.seal_officer),
            a_person(given_name="سارا", surname="نوری"),
        )


def test_the_story_of_one_store(app: Flask, ctx: AppContext, gateway: MemoryGateway) -> None:
    with time_machine.travel(AT, tick=False) as traveller, served(app) as base, chromium() as browser:
        people = prepare()
        with (
            tab(browser, base, "fa") as owner,
            tab(browser, base, "fa") as office,
            tab(browser, base, "fa") as centre,
            tab(browser, base, "fa") as shopper,
        ):
            tabs = (owner, office, centre, shopper)
            for one, person in zip(tabs, people, strict=True):
                one.enter(a_session(person))
            apply(owner)
            ask_for_revision(office)
            traveller.shift(11 * MINUTE)
            sweep(app)
            revise(owner)
            approve(office)
            traveller.shift(11 * MINUTE)
            sweep(app)
            owner.open("/panel/application")
            assert "پذیرفته" in owner.main()
            write_an_offer(owner)
            send_a_file(owner)
            let_in(office)
            traveller.move_to(AT + 4 * DAY)
            sweep(app)
            payment = buy(shopper, gateway)
            act_on_seal(centre, "suspension", "complaints")
            ensure_gone(shopper)
            act_on_seal(centre, "revocation", "defence_refused")
            ensure_gone(shopper)
            sweep(app)
            assert gateway.pages[payment].status.value == "expired"
            act_on_seal(centre, "overturning", "error_corrected")
            ensure_back(shopper)
            for one in tabs:
                assert not [line for line in one.said if "status of 4" not in line], one.said
        assert broken_invariants() == {}


def sweep(app: Flask) -> None:
    """What the worker does every minute, and the jobs that are due."""
    db.session.rollback()
    done = app.test_cli_runner().invoke(args=["sweep"])
    assert done.exit_code == 0, done.output
    run_jobs(clock.now())


def apply(owner: Tab) -> None:
    """From nothing to a whole application that is sent."""
    owner.open("/panel/application")
    owner.send("/panel/application", **STORE, province="گیلان")
    store = db.session.scalars(select(Store)).one()
    seal, licence = a_seal(store, code="10020030"), a_licence(store, number="IR-777")
    who = {"legal_form": "natural", "national_id": NATIONAL_ID, "sheba": SHEBA, "sheba_owner": "مریم رضایی"}
    dates = {"licence_from": "1404/1/1", "licence_until": "1406/1/1"}
    for step, values in {
        "who": who,
        "address": {**ADDRESS, "province": "گیلان"},
        "categories": {"categories": "crafts", "main_category": "crafts"},
        "seal": {"seal_code": "۱۰۰۲۰۰۳۰"},
        "licence": {"licence_number": licence.number, **dates},
        "clearance": {"agreed": "1"},
        "hard_hit": {"is_hard_hit": "0"},
        "health": {f"health-{question}": "1" for question in HEALTH_QUESTIONS},
    }.items():
        assert owner.page.url.endswith(f"/application/{step}"), owner.page.url
        owner.send(f"/application/{step}", **values)
    for pledge in ("free_shipping", "hygiene_kit", "lottery_share"):
        owner.send(f"/pledges/{pledge}")
    owner.open("/panel/application")
    owner.send("/panel/application/submission")
    assert "در بررسی" in owner.main() and seal.state == "active"
    clearance = db.session.scalars(select(Clearance)).one()
    change(clearance, state="clear", answered_at=AT, valid_until=AT + 300 * DAY)


def ask_for_revision(office: Tab) -> None:
    """The desk lists one application; its address is not clear."""
    office.open("/office/applications")
    office.page.keyboard.press("j")
    with office.page.expect_navigation():
        office.page.keyboard.press("Enter")
    office.send("/decision", verdict="revise", **{"reason-revise": "address_unclear"})


def revise(owner: Tab) -> None:
    """The store reads what is asked of it, mends that step and sends again."""
    owner.open("/panel/application")
    assert "اصلاح" in owner.main()
    owner.open("/panel/application/address")
    owner.send("/application/address", address="خیابان مطهری، کوچه‌ی یاس، پلاک ۱۴")
    owner.open("/panel/application")
    owner.send("/panel/application/submission")


def approve(office: Tab) -> None:
    db.session.rollback()
    office.open(f"/office/applications/{db.session.scalars(select(Application.id)).one()}")
    assert "پلاک ۱۴" in office.main()
    office.send("/decision", verdict="approve")


def write_an_offer(owner: Tab) -> None:
    """New goods: their regular price is proven by a public one."""
    owner.open("/panel/offers/new")
    owner.send("/panel/offers", category="crafts", **OFFER)
    owner.send("/submission")
    assert "در صف بررسی" in owner.main()


def send_a_file(owner: Tab) -> None:
    """Two rows, one of them in rial: the good one alone is written."""
    owner.open("/panel/offers/imports")
    file = {"name": "کالاها.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    owner.send("/panel/offers/imports", table=file)
    assert "قیمت به ریال است" in owner.main()
    owner.send("/application", only_good="1", send="1")
    owner.page.reload()
    assert "نوشته شد" in owner.main() or "نوشته‌شد" in owner.main()


def let_in(office: Tab) -> None:
    """Both offers before the officer, who types the price that the evidence shows."""
    db.session.rollback()
    waiting = db.session.scalars(select(Offer).where(Offer.state == "checked").order_by(Offer.id)).all()
    assert [o.title_fa for o in waiting] == ["کوزه‌ی سفالی", "گلدان بزرگ"]
    for offer_id, price in [(o.id, o.regular_toman) for o in waiting]:
        office.open(f"/office/offers/{offer_id}")
        office.send("/approval", evidence_toman=price)


def buy(shopper: Tab, gateway: MemoryGateway) -> str:
    """The jug goes into the cart and to the gateway's page; another piece waits in the cart. Gives the page's id."""

    def show(route: Route) -> None:
        state = gateway.pages[route.request.url.rpartition("/")[2]].status.value
        route.fulfill(content_type="text/html", body=f"<!doctype html><title>pay</title><h1>{state}</h1>")

    shopper.page.route(f"{GATEWAY}/pay/*", show)
    put_into_cart(shopper)
    shopper.open("/checkout")
    for name, value in DELIVERY.items():
        shopper.page.fill(f"[name={name}]", value)
    with shopper.page.expect_response(lambda r: r.request.method == "POST" and r.url.endswith("/checkout")):
        shopper.page.select_option("select[name=province]", label="اصفهان")
    shopper.page.locator("html:not([aria-busy])").wait_for()
    shopper.page.locator("#checkout .sum-card__go button").click()
    shopper.page.wait_for_url(f"{GATEWAY}/pay/*")
    assert shopper.page.locator("h1").inner_text() == "open"
    payment = shopper.page.url.rpartition("/")[2]
    put_into_cart(shopper)
    return payment


def put_into_cart(shopper: Tab) -> None:
    shopper.open("/search?q=كوزه")
    with shopper.page.expect_navigation():
        shopper.page.locator(".offer-card a").first.click()
    shopper.page.locator("form#buy button[type=submit]").click()
    shopper.page.wait_for_url("**/cart")


def act_on_seal(centre: Tab, act: str, reason: str) -> None:
    centre.open("/office/seals/10020030")
    centre.send(f"/10020030/{act}", reason_code=reason)


def offer_path() -> str:
    db.session.rollback()
    offer = db.session.scalars(select(Offer).where(Offer.title_fa == "کوزه‌ی سفالی")).one()
    return f"/offers/{offer.id}-{offer.slug}"


def ensure_gone(shopper: Tab) -> None:
    """List, product, cart and payment, each at its next request, and why."""
    shopper.open("/search?q=كوزه")
    assert not shopper.page.locator(".offer-card").count()
    shopper.open(offer_path())
    assert not shopper.page.locator("form#buy").count()
    assert "نماد" in shopper.page.locator(".decision").first.inner_text()
    shopper.open("/cart")
    assert shopper.page.locator(".cart-line--off").count() == 1
    assert shopper.page.locator(".sum-card__go button[disabled]").count() == 1
    shopper.open("/checkout")
    assert (
        not re.search(r"/checkout$", shopper.page.url)
        or not shopper.page.locator("#checkout .sum-card__go button:not([disabled])").count()
    )


def ensure_back(shopper: Tab) -> None:
    """Its old dates hold, and it can be paid again."""
    db.session.rollback()
    assert db.session.scalars(select(Seal.state)).one() == "active"
    shopper.open("/search?q=كوزه")
    assert shopper.page.locator(".offer-card").count() == 1
    shopper.open("/cart")
    assert not shopper.page.locator(".cart-line--off").count()
    shopper.open("/checkout")
    assert shopper.page.locator("#checkout .sum-card__go button:not([disabled])").count()
