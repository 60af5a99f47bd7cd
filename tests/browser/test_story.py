"""The whole story in Chromium, from the search to the receipt: on a slow phone, and without scripts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.ctx import AppContext
from playwright.sync_api import expect
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.settings import Settings
from marketplace.core.text import persian_digits
from marketplace.demo.load import load_festival
from marketplace.demo.people import add_people
from marketplace.demo.plan.scale import Scale
from marketplace.festival.admission import ON_SALE
from marketplace.festival.models import Festival, Offer
from marketplace.lottery.models import EntryGrant
from marketplace.orders.models import Order, OrderState, StoreOrder, StoreOrderState
from marketplace.stores.models import Store
from tests.browser.browsing import PHONE, Tab, chromium, tab
from tests.faults.house import House, house_of, wait_for

pytestmark = pytest.mark.needs("chromium")
ADDRESS = {
    "receiver": "سارا آزمون",
    "mobile": "۰۹۱۲ ۳۴۵ ۶۷۸۹",
    "city": "اصفهان",
    "line": "خیابان چهارباغ، پلاک ۱۲",
    "postal_code": "۸۱۴۶۵-۷۴۱۱۱",
}


def goods_of_three_stores(owner_slug: str, at: datetime) -> list[tuple[int, str]]:
    """(offer id, slug): below the threshold at the owner's store, above it at a second, anything at a third."""
    festival = db.session.scalars(select(Festival.id)).one()
    rows = db.session.execute(
        select(Offer.id, Offer.slug, Offer.festival_toman, Store.slug.label("store"))
        .join(Store, Store.id == Offer.store_id)
        .where(ON_SALE)
        .order_by(Offer.festival_toman, Offer.id),
        {"festival": festival, "at": at},
    ).all()
    below = next(r for r in rows if r.store == owner_slug and r.festival_toman < 100_000)
    above = next(r for r in rows if r.store != owner_slug and r.festival_toman > 100_001)
    third = next(r for r in rows if r.store not in (owner_slug, above.store))
    return [(r.id, r.slug) for r in (below, above, third)]


WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "fa_on_a_slow_phone": ("fa", {"viewport": PHONE, "is_mobile": True, "has_touch": True}),
    "en_without_scripts": ("en", {"java_script_enabled": False}),
}
SLOWER = 4
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 94_000}
"""Milliseconds and bytes a second."""


@pytest.mark.parametrize("way", WAYS)
def test_from_the_search_to_the_receipt(ctx: AppContext, settings: Settings, way: str) -> None:
    language, options = WAYS[way]
    now = datetime.now(UTC)
    load_festival(Scale.SMALL, now)
    people = add_people(now)
    goods = goods_of_three_stores(people["store_owner"]["store_slug"], now)
    db.session.rollback()
    with house_of(settings) as house, chromium() as browser:
        house.open()
        with tab(browser, house.base, language, **options) as shopper:
            if "is_mobile" in options:
                slow_down(shopper)
            search_with_arabic_letters(shopper)
            fill_cart(shopper, goods)
            sign_in(shopper, people["shopper"], "/checkout")
            number = check_out_and_pay(shopper, house)
            look_at_order(shopper, number)
            with tab(browser, house.base, language, java_script_enabled=shopper.has_scripts) as store:
                fulfil(store, people["store_owner"], number)
            confirm(shopper, number)
            shopper.said = [
                text for text in shopper.said if not text.endswith("/checkout") or shopper.has_scripts
            ]
            if shopper.has_scripts:
                shopper.ensure_fits()
            shopper.ensure_silent()
        house.run("invariants")


def slow_down(phone: Tab) -> None:
    """A quarter of this machine's speed behind slow 4G; a page that needs more patience than this is too heavy."""
    phone.page.context.set_default_timeout(60_000)
    session = phone.page.context.new_cdp_session(phone.page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW_4G)


def search_with_arabic_letters(shopper: Tab) -> None:
    shopper.open("/")
    box = shopper.page.locator("input[type=search]").first
    if not box.is_visible():
        shopper.page.locator(".header__action.only-phone").click()
        shopper.page.wait_for_url("**/search")
    box.fill("كيف")
    box.press("Enter")
    shopper.page.wait_for_url(re.compile(r"/search\?q="))
    assert shopper.texts(".offer-card"), "nothing found for كيف"


def fill_cart(shopper: Tab, goods: list[tuple[int, str]]) -> None:
    for offer_id, slug in goods:
        shopper.open(f"/offers/{offer_id}-{slug}")
        shopper.page.locator("form#buy [type=submit]:visible, .buy-bar [type=submit]:visible").first.click()
        shopper.page.wait_for_url("**/cart")
    assert len(shopper.texts(".cart-store")) == 3
    assert shopper.page.locator(".cart-line").count() == 3
    assert shopper.page.locator(".kit-line").count() == 3, "one kit for each store"


def sign_in(someone: Tab, person: dict[str, str], following: str) -> None:
    someone.open(following)
    page = someone.page
    page.wait_for_url(re.compile(r"/sign-in\?"))
    page.fill("input[name=mobile]", persian_digits(person["mobile"]))
    page.locator("details.gate__more summary").click()
    page.fill("input[name=password]", person["password"])
    page.locator("button[formaction$='/sign-in']").click()
    page.wait_for_url(re.compile(following + r"$"))


def check_out_and_pay(shopper: Tab, house: House) -> str:
    page = shopper.page
    for name, value in ADDRESS.items():
        page.fill(f"[name={name}]", value)
    isfahan = "اصفهان" if not shopper.prefix else "Isfahan"
    if shopper.has_scripts:
        with page.expect_response(lambda r: r.request.method == "POST" and r.url.endswith("/checkout")):
            page.select_option("select[name=province]", label=isfahan)
        page.locator("html:not([aria-busy])").wait_for(state="attached")
    else:
        page.select_option("select[name=province]", label=isfahan)
    pay = page.locator("#pay:visible, .buy-bar [type=submit]:visible")
    pay.click()
    if "/checkout" in page.url and page.locator(".error-summary").count():
        pay.click()
    page.wait_for_url(f"{house.sandbox.base}/pay/*")
    page.locator("button[value=pay]").click()
    page.wait_for_url(re.compile(rf"^{house.base}{shopper.prefix}/orders/\d+"))
    number = page.url.rpartition("/")[2].partition("?")[0]
    db.session.rollback()
    wait_for(lambda: _state(number) is OrderState.paid, 20, f"the payment of {number}; {house.tail()}")
    return number


def _state(number: str) -> OrderState | None:
    db.session.rollback()
    return db.session.scalar(select(Order.state).where(Order.number == number))


def look_at_order(shopper: Tab, number: str) -> None:
    shopper.open(f"/orders/{number}")
    assert shopper.page.locator(".cart-store").count() == 3
    assert shopper.page.locator(".kit-line").count() == 3
    assert shopper.page.locator("details.sum-details").count() == 3, "the arithmetic of each store"
    db.session.rollback()
    order = db.session.scalars(select(Order).where(Order.number == number)).one()
    parts = db.session.scalars(select(StoreOrder).where(StoreOrder.order_id == order.id)).all()
    for part in parts:
        assert (part.goods_toman > 100_000) == (part.shipping_toman == 0)
        assert part.entries == 1 + part.goods_toman // 100_000
    grants = db.session.scalars(
        select(EntryGrant).where(EntryGrant.store_order_id.in_([p.id for p in parts]))
    ).all()
    assert sum(grant.weight for grant in grants) == sum(part.entries for part in parts)
    shopper.open("/me/entries")
    shown = shopper.page.locator("main").inner_text()
    total = str(sum(grant.weight for grant in grants))
    assert (total if shopper.prefix else persian_digits(total)) in shown


def fulfil(store: Tab, owner: dict[str, str], number: str) -> None:
    sign_in(store, owner, "/panel/orders")
    page = store.page
    page.get_by_text(number if store.prefix else persian_digits(number)).or_(
        page.get_by_text(number)
    ).first.click()
    page.wait_for_url("**/panel/orders/*")
    page.locator("form[action$='/acceptance'] button[type=submit]").click()
    packing = page.locator("form[action$='/packing']")
    expect(packing).to_be_visible()
    if store.has_scripts:
        expect(packing.locator("button[type=submit]")).to_be_disabled()
    packing.locator("input[name=kit]").check()
    packing.locator("button[type=submit]").click()
    shipment = page.locator("form[action$='/shipment']")
    expect(shipment).to_be_visible()
    shipment.locator("[name=tracking_code]").fill(persian_digits(f"ABC{number}"))
    shipment.locator("button[type=submit]").click()
    expect(page.locator("section[aria-labelledby=parcels]")).to_contain_text(f"ABC{number}")
    store.ensure_silent()


def confirm(shopper: Tab, number: str) -> None:
    shopper.open(f"/orders/{number}")
    shopper.page.locator("form[action$='/receipt'] button").click()
    shopper.page.wait_for_load_state("networkidle")
    db.session.rollback()
    states = db.session.scalars(
        select(StoreOrder.state).join(Order, Order.id == StoreOrder.order_id).where(Order.number == number)
    ).all()
    assert sorted(states) == [StoreOrderState.delivered, StoreOrderState.paid, StoreOrderState.paid]
    ahead = "2 stores" if shopper.prefix else f"{persian_digits('2')} فروشگاه"
    assert ahead in shopper.page.locator(".decision").first.inner_text(), "one of three has come"


PAGES = (
    "/",
    "/search?q=%DA%A9%DB%8C%D9%81",
    "/stores",
    "/cart",
    "/sign-in",
    "/rules",
    "/about-the-seal",
    "/guidelines",
    "/no-such-page",
)


def test_no_page_scrolls_sideways_on_a_phone_and_none_breaks_the_policy(
    ctx: AppContext, settings: Settings, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    load_festival(Scale.SMALL, now)
    people = add_people(now)
    offer_id, slug = goods_of_three_stores(people["store_owner"]["store_slug"], now)[0]
    db.session.rollback()
    with house_of(settings) as house, chromium() as browser:
        house.serve()
        for language in ("fa", "en"):
            for width in (PHONE, {"width": 360, "height": 740}):
                with tab(browser, house.base, language, width) as phone:
                    walk(phone, (*PAGES, f"/offers/{offer_id}-{slug}"), language)


def walk(phone: Tab, paths: tuple[str, ...], language: str) -> None:
    for path in paths:
        phone.open(path)
        phone.ensure_fits()
        direction = phone.page.evaluate("document.documentElement.dir")
        assert direction == ("ltr" if language == "en" else "rtl")
    said = [text for text in phone.said if "status of 404" not in text]
    assert not said, said
