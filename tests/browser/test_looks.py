"""The beautiful pages and all components look as they were accepted, in both languages, both themes, two widths.

A page is opened once in each language; theme and width change while it is open. Nothing depends on the day, the
machine's own typefaces or the drawing of the demo's pictures: the clock stands still, all letters are Vazirmatn, and
each picture is its average colour. `make looks` accepts what differs; see CONTRIBUTING.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import CDPSession, Page, Playwright, sync_playwright

from marketplace.core.db import db
from tests.browser.browsing import ARGUMENTS, served
from tests.browser.more_cases import add_invoices
from tests.browser.pictures import TOLERATED, difference, judge, sheet, small
from tests.browser.whole_house import AT, Found, House, demo_house, pages_of
from tests.needs import have

pytestmark = pytest.mark.needs("chromium")

WIDTHS = (390, 1280)
HEIGHT = 1600
HIGHER = {"patterns": 9_000}
SCALE = 0.5
"""Pixels of a picture for each of the page: four times less to draw and to carry than all of them."""
PLAIN = [
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
]
HINTED = ["--font-render-hinting=full", "--disable-font-subpixel-positioning"]
CALM = """*, *::before, *::after { font-family: Vazirmatn, sans-serif !important; caret-color: transparent !important;
  transition: none !important; animation: none !important; }"""
PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
SAME_NUMBERS = r"""() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    text.data = text.data.replace(/[0-9]{6,}|[۰-۹]{6,}|\b[0-9a-f]{8,}\b/g,
      run => (run[0] < "۰" ? "8" : "۸").repeat(run.length));
  }
}"""
"""Numbers of orders and cases are drawn by chance, and so is what the lines of the books are sealed with."""
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
"""A picture that is transparent."""

PAGES = {
    "home": "storefront.home",
    "list": "storefront.show_category",
    "offer": "storefront.show_offer",
    "cart": "/cart",
    "checkout": "/checkout",
    "order": "storefront.show_order",
    "record": "storefront.show_record",
    "draw": "lottery.show_draw",
    "fund": "fund.show_fund",
    "stats": "stats.show_figures",
    "sign-in": "accounts.new_sign_in",
    "complaint": "complaints.show_complaint",
    "claim": "claims.show_claim",
    "refused": "/no-such-page",
    "invoice": "storefront.show_invoice",
    "slip": "panel_after.show_slip",
    "board": "panel.list_store_orders",
    "queue": "applications.list_applications",
    "patterns": "storefront.show_patterns",
}
"""Names of sheets: an endpoint of the route table, or an address that the shopper opens."""
PRINTED = ("invoice", "slip")
"""What is looked at as it comes out of a printer: on white, whatever the theme."""


@dataclass
class Studio:
    """A tab that photographs pages as one person after the other."""

    base: str
    sessions: dict[str, str]
    page: Page
    camera: CDPSession

    def enter(self, who: str) -> None:
        self.page.context.clear_cookies()
        if who:
            self.page.context.add_cookies([{"name": "sid", "value": self.sessions[who], "url": self.base}])

    def open(self, path: str) -> None:
        self.page.emulate_media(color_scheme="light")
        self.page.goto(f"{self.base}{path}", wait_until="load")
        self.page.add_style_tag(content=CALM)
        self.page.evaluate(SAME_NUMBERS)
        self.page.evaluate("document.fonts.ready")

    def shot(self, theme: Any, width: int, height: int) -> Image.Image:
        self.page.emulate_media(color_scheme=theme)
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.evaluate(PAINTED)
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": SCALE}
        taken = self.camera.send(
            "Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True, "optimizeForSpeed": True}
        )
        return small(base64.b64decode(taken["data"]), (width, height))

    def sheet(self, path: str, height: int) -> Image.Image:
        """The page in all eight combinations."""
        pictures = []
        for prefix in ("", "/en"):
            self.open(prefix + path)
            pictures += [self.shot(theme, width, height) for theme in ("light", "dark") for width in WIDTHS]
        return sheet(pictures)


@contextmanager
def studio(
    playwright: Playwright, base: str, sessions: dict[str, str], arguments: list[str]
) -> Iterator[Studio]:
    """A studio in a Chromium of its own, started with these arguments."""
    browser = playwright.chromium.launch(executable_path=str(have("chromium")), args=[*ARGUMENTS, *arguments])
    context = browser.new_context(reduced_motion="reduce", bypass_csp=True)
    context.set_default_timeout(30_000)
    context.route("**/media/**", lambda route: route.fulfill(body=PIXEL, content_type="image/gif"))
    page = context.new_page()
    page.clock.set_fixed_time(AT)
    try:
        yield Studio(base, sessions, page, context.new_cdp_session(page))
    finally:
        browser.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with demo_house(tmp_path_factory.mktemp("looks")) as opened:
        yield opened


def fill_cart(at_work: Studio, house: House) -> None:
    """Two goods of the same list."""
    at_work.enter("shopper")
    visitor = house.browser("")
    addresses = dict.fromkeys(re.findall(r'href="(/offers/\d+-[^"/#?]+)"', visitor.get("/search").text))
    for address in [each for each in addresses if 'id="buy"' in visitor.get(each).text][:2]:
        at_work.page.goto(f"{at_work.base}{address}")
        at_work.page.locator("form#buy button[type=submit]").click()
        at_work.page.wait_for_url("**/cart")


def test_pages_look_as_accepted(house: House) -> None:
    found = pages_of(house)[0]
    with house.app.app_context():
        found |= {page.endpoint: page for page in add_invoices(house)}
        db.session.remove()
    news = []
    with (
        served(house.app) as base,
        sync_playwright() as playwright,
        studio(playwright, base, house.sessions, PLAIN) as at_work,
    ):
        fill_cart(at_work, house)
        for name, place in PAGES.items():
            page = Found("", place, "shopper") if place.startswith("/") else found[place]
            at_work.enter(page.who)
            at_work.page.emulate_media(media="print" if name in PRINTED else "screen")
            said = judge(name, at_work.sheet(page.path, HIGHER.get(name, HEIGHT)))
            news += [said] if said else []
    assert not news, "\n".join(news)


CONTROLS = {
    "a button in another colour": "document.querySelector('.buy-bar .button').style.background = 'var(--an)'",
    "an icon that is gone": "document.querySelector('.header__actions .icon').style.visibility = 'hidden'",
    "a title that moved": "document.querySelector('h1').style.translate = '0 12px'",
    "a price in ink": "document.querySelector('.price__now').style.color = 'var(--ink)'",
}


def test_other_letter_edges_are_no_news_but_a_lost_icon_is(house: House) -> None:
    """The offer page in a Chromium that hints its letters, and in the same one with one thing changed."""
    path = pages_of(house)[0]["storefront.show_offer"].path
    shots = {}
    with served(house.app) as base, sync_playwright() as playwright:
        for way in (PLAIN, HINTED):
            with studio(playwright, base, house.sessions, way) as at_work:
                at_work.open(path)
                shots[way[0]] = at_work.shot("light", 390, HEIGHT)
                for name, change in CONTROLS.items() if way is PLAIN else ():
                    at_work.open(path)
                    at_work.page.evaluate(change)
                    shots[name] = at_work.shot("light", 390, HEIGHT)
    found = {name: difference(shots[PLAIN[0]], shot) for name, shot in shots.items()}
    assert found.pop(PLAIN[0]) == 0
    assert found.pop(HINTED[0]) <= TOLERATED
    assert not [name for name, most in found.items() if most <= TOLERATED], found
