"""After the purchase without a mouse: the store packs and ships, the shopper complains, an official decides.

Buying by keyboard is in `test_other_ways.py`, whose `step_to` sees the focus at each goal.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.browsing import Tab, chromium, served, tab
from tests.browser.test_other_ways import step_to
from tests.browser.whole_house import House, demo_house, pages_of

pytestmark = pytest.mark.needs("chromium")
TEXT = "کالا نرسیده و پاسخی نگرفته‌ام."


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with demo_house(tmp_path_factory.mktemp("keyboard")) as opened:
        yield opened


@pytest.fixture(scope="module")
def typist(house: House) -> Iterator[Tab]:
    with served(house.app) as base, chromium() as browser, tab(browser, base, "fa") as opened:
        opened.page.route("**/media/**", lambda route: route.abort())
        yield opened


def press(typist: Tab, selector: str, key: str = "Enter") -> None:
    """Steps to a button or link, presses it, and waits for the page that answers."""
    step_to(typist, selector)
    with typist.page.expect_navigation():
        typist.page.keyboard.press(key)


def test_a_store_accepts_packs_and_ships(house: House, typist: Tab) -> None:
    """The packing button is out of reach until the kit is ticked."""
    typist.enter(house.sessions["store"])
    order = pages_of(house)[0]["panel.show_store_order"].path
    typist.open("/panel/orders")
    press(typist, f"main a[href$='{order}']")
    press(typist, "form[action$='/acceptance'] button")
    pack = "form[action$='/packing'] button[type=submit]"
    expect(typist.page.locator(pack)).to_be_disabled()
    step_to(typist, "[name=kit]")
    typist.page.keyboard.press("Space")
    expect(typist.page.locator(pack)).to_be_enabled()
    press(typist, pack)
    step_to(typist, "form[action$='/shipment'] [name=tracking_code]")
    typist.page.keyboard.type("۱۲۳۴۵۶۷۸۹۰")
    press(typist, "form[action$='/shipment'] button[type=submit]")
    assert "1234567890" in typist.main()
    typist.ensure_silent()


def test_a_shopper_complains(house: House, typist: Tab) -> None:
    """A form that is not whole leads to its own errors, by keys alone."""
    typist.enter(house.sessions["shopper"])
    typist.open(pages_of(house)[0]["complaints.new_complaint"].path)
    step_to(typist, "[name=category]")
    typist.page.keyboard.press("Space")
    typist.page.keyboard.press("ArrowDown")
    assert typist.page.locator("[name=category]:checked").get_attribute("value") == "defective"
    step_to(typist, "[name=text]")
    typist.page.keyboard.type(TEXT)
    press(typist, "form[action$='/complaint'] button[type=submit]")
    assert "/complaints/C" in typist.page.url
    assert TEXT in typist.main()
    typist.ensure_silent()


def test_an_official_decides_an_application(house: House, typist: Tab) -> None:
    """One of the waiting list: from the list by letters, in the file by keys alone."""
    typist.enter(house.sessions["official"])
    typist.open("/office/applications?tab=waitlisted")
    typist.page.keyboard.press("j")
    with typist.page.expect_navigation():
        typist.page.keyboard.press("Enter")
    step_to(typist, "[name=verdict]")
    typist.page.keyboard.press("ArrowDown")
    chosen = typist.page.locator("[name=verdict]:checked").get_attribute("value")
    assert chosen not in (None, "approve")
    step_to(typist, f"[name=reason-{chosen}]")
    typist.page.keyboard.press("Space")
    press(typist, "form[action$='/decision'] button[type=submit]")
    assert typist.page.locator(".toast, .status, [role=status]").count()
    typist.ensure_silent()
