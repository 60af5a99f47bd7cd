"""Every page in Chromium: axe-core finds nothing, nothing scrolls sideways, nothing jumps, the console stays silent.

The pages come from the route table (`whole_house.py`, `more_cases.py`), so that none is forgotten. Each page is looked
at in one combination of language, theme and width, neighbours in different ones; `TURN=1` to `TURN=7` move each page on
to its others. The main pages are looked at in all eight.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page

from tests.browser.browsing import chromium, served
from tests.browser.more_cases import add_cases
from tests.browser.whole_house import AT, NO_PAGE, Found, House, demo_house, pages_of
from tests.needs import have

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.needs("axe")]

MAIN = (
    "storefront.home",
    "storefront.show_category",
    "storefront.search_offers",
    "storefront.show_offer",
    "storefront.show_cart",
    "storefront.show_order",
    "storefront.show_record",
    "lottery.show_draw",
    "fund.show_fund",
    "stats.show_figures",
    "panel.list_store_orders",
    "accounts.new_sign_in",
    "applications.list_applications",
    "storefront.show_patterns",
)
REFUSED = Found("", "/no-such-page", "")
"""The one page of all refusals."""
PHONE, DESKTOP = (390, 844), (1280, 900)
NARROW = (360, 740)
AXE_AT = "/axe.js"
ZOOMED = (640, 450)
"""A desktop of 1280 at 200 %."""

STILL = 0.005
"""Layout shift up to here reads 0.00: a letter that moves when the font comes is no jump."""

LOOKS = list(product(("fa", "en"), ("light", "dark"), (PHONE, DESKTOP)))
COLOURS = ["color-contrast", "link-in-text-block"]
"""What the theme can change."""
PLACES = [*COLOURS, "target-size", "scrollable-region-focusable"]
"""What the width can change; the rest of axe's rules looks at each language once."""
RULES = {
    (DESKTOP, "light"): None,
    (DESKTOP, "dark"): COLOURS,
    (PHONE, "dark"): COLOURS,
    (PHONE, "light"): PLACES,
}
"""In the order in which a page that stays open is looked at."""

SHIFTS = """
new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput)
  window.shifted = (window.shifted || 0) + e.value; }).observe({type: "layout-shift", buffered: true});
"""
AXE = """async rules => {
  const options = {resultTypes: ["violations"], selectors: false, preload: false};
  if (rules) options.runOnly = rules;
  if (!(await axe.run(document, options)).violations.length) return [];
  const {violations} = await axe.run(document, {...options, selectors: true});
  return violations.flatMap(v => v.nodes.slice(0, 4).map(
    n => `${v.id}: ${n.target.join(" ")}: ${n.failureSummary.split("\\n").slice(1).join(" ").slice(0, 200)}`));
}"""
"""Where nothing is wrong, axe need not think of a selector for every element."""


PALE = """() => {
  const parts = text => text.match(/[0-9.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, n) => sum + v * [.2126, .7152, .0722][n], 0);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const found = parts(getComputedStyle(e).backgroundColor);
      if (found.length < 4 || found[3] > .5) return found;
    }
    return parts(getComputedStyle(document.documentElement).backgroundColor).slice(0, 3);
  };
  const wrong = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !e.checkVisibility() || e.closest("svg, script")) continue;
    const two = [light(parts(getComputedStyle(e).color)), light(behind(e))].sort((a, b) => b - a);
    const contrast = (two[0] + .05) / (two[1] + .05);
    if (contrast < 4.5) wrong.push(`${contrast.toFixed(2)} ${e.tagName.toLowerCase()}.${e.className}`);
  }
  return wrong.slice(0, 8);
}"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with demo_house(tmp_path_factory.mktemp("house")) as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(house: House) -> dict[str, Found]:
    return {**pages_of(house)[0], **add_cases(house)}


@dataclass
class Look:
    """One tab that goes over pages as one person after the other and writes down what is wrong."""

    base: str
    house: House
    page: Page
    wrong: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    who: str = ""

    def open(self, found: Found, language: str, theme: Any, size: tuple[int, int]) -> None:
        self._enter(found.who)
        self.show(theme, size)
        self.said.clear()
        address = f"{self.base}{'/en' if language == 'en' else ''}{found.path}"
        answer = self.page.goto(address, wait_until="load")
        status = answer.status if answer else 0
        if status != (404 if found == REFUSED else 200):
            self.note(address, [f"answered {status}"])

    def show(self, theme: Any, size: tuple[int, int]) -> None:
        """The page that is open in another theme and width."""
        self.page.emulate_media(color_scheme=theme)
        self._resize(size)

    def note(self, where: str, problems: list[str]) -> None:
        self.wrong += [f"{where}: {problem}" for problem in problems]

    def violations(self, rules: list[str] | None) -> list[str]:
        if not self.page.evaluate("Boolean(window.axe)"):
            self.page.add_script_tag(url=f"{self.base}{AXE_AT}")
        found: list[str] = self.page.evaluate(AXE, rules)
        return found

    def overflows(self) -> list[str]:
        """Sideways scroll in a narrow window and at 200 %."""
        found = []
        for size in (NARROW, ZOOMED):
            self._resize(size)
            width: int = self.page.evaluate("document.documentElement.scrollWidth")
            found += [f"{width} px wide in a window of {size[0]}"] if width > size[0] else []
        return found

    def shift(self) -> list[str]:
        shifted: float = self.page.evaluate("window.shifted || 0")
        return [f"jumped by {shifted:.3f}"] if shifted > STILL else []

    def ensure_all_right(self) -> None:
        wrong, self.wrong = self.wrong, []
        assert not wrong, "\n".join(wrong)

    def _resize(self, size: tuple[int, int]) -> None:
        self.page.set_viewport_size({"width": size[0], "height": size[1]})

    def _enter(self, who: str) -> None:
        if who == self.who:
            return
        context = self.page.context
        context.clear_cookies()
        if who:
            name, value = self.house.cookie(who)
            context.add_cookies([{"name": name, "value": value, "url": self.base}])
        self.who = who


@pytest.fixture(scope="module")
def look(house: House) -> Iterator[Look]:
    """Pictures are not drawn for this house, and no page needs them to be right."""
    axe = have("axe")
    assert axe is not None
    with served(beside(house.app, axe.read_bytes())) as base, chromium() as browser:
        context = browser.new_context(reduced_motion="reduce")
        context.set_default_timeout(30_000)
        context.add_init_script(SHIFTS)
        page = context.new_page()
        leave_pictures(context.new_cdp_session(page))
        page.clock.set_fixed_time(AT)
        looking = Look(base, house, page)
        page.on("console", lambda m: looking.said.append(m.text) if _is_news(m) else None)
        page.on("pageerror", lambda error: looking.said.append(str(error)))
        yield looking
        context.close()


def beside(app: Any, axe: bytes) -> Any:
    """The house with axe at an address of its own, so that the browser reads and compiles it once for all pages."""
    headers = [("Content-Type", "text/javascript"), ("Cache-Control", "max-age=31536000, immutable")]

    def answer(environ: Any, start: Any) -> Any:
        if environ["PATH_INFO"] != AXE_AT:
            return app(environ, start)
        start("200 OK", headers)
        return [axe]

    return answer


def leave_pictures(session: CDPSession) -> None:
    """A route would do the same and switch the browser's cache off: every page would fetch its styles anew."""
    session.send("Network.enable")
    session.send("Network.setBlockedURLs", {"urls": ["*/media/*"]})


def _is_news(message: Any) -> bool:
    return message.type in ("error", "warning") and "/media/" not in str(message.location.get("url", ""))


def test_every_route_has_a_page_here(house: House, pages: dict[str, Found]) -> None:
    others = pages_of(house)[1]
    routes = {
        rule.endpoint
        for rule in house.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.startswith("/api/")
    }
    left = sorted(routes - pages.keys() - others - NO_PAGE)
    assert not left, f"no page of {left} is looked at: add a case to more_cases.py"


def test_each_page_is_accessible_and_fits(look: Look, pages: dict[str, Found]) -> None:
    """The main pages are opened too; axe looks at them below."""
    turn = int(os.environ.get("TURN", "0"))
    for place, (endpoint, found) in enumerate(pages.items()):
        language, theme, size = LOOKS[(place + turn) % len(LOOKS)]
        where = f"TURN={turn}: {found.path} ({language} {theme} {size[0]})"
        look.open(found, language, theme, size)
        look.note(where, [] if endpoint in MAIN else look.violations(None))
        look.note(where, [*look.shift(), *look.said, *look.overflows()])
    look.ensure_all_right()


def test_the_main_pages_are_accessible_in_every_look(look: Look, pages: dict[str, Found]) -> None:
    """A page is opened once in each language; theme and width change while it is open.

    What jumps is read before: a browser puts down a changed width to the person for half a second alone.
    """
    for found in [*(pages[endpoint] for endpoint in MAIN), REFUSED]:
        for language in ("fa", "en"):
            look.open(found, language, "light", DESKTOP)
            for (size, theme), rules in RULES.items():
                look.show(theme, size)
                look.note(f"{found.path} ({language} {theme} {size[0]})", look.violations(rules))
                if rules is None:
                    look.note(f"{found.path} ({language})", look.shift())
            look.note(f"{found.path} ({language})", look.overflows())
    look.ensure_all_right()


def test_the_main_pages_are_legible_in_colours_that_the_system_forces(
    look: Look, pages: dict[str, Found]
) -> None:
    """Words against what lies behind them, as the browser computes both; axe reads the colours that it overrules."""
    for place, found in enumerate([*(pages[endpoint] for endpoint in MAIN), REFUSED]):
        language, theme, size = LOOKS[place % len(LOOKS)]
        look.page.emulate_media(forced_colors="active")
        look.open(found, language, theme, size)
        pale: list[str] = look.page.evaluate(PALE)
        look.note(f"{found.path} ({language} {theme} {size[0]}, forced)", pale)
    look.page.emulate_media(forced_colors="none")
    look.ensure_all_right()


def test_words_that_keep_their_colour_against_a_forced_one_are_found(
    look: Look, pages: dict[str, Found]
) -> None:
    look.page.emulate_media(forced_colors="active")
    look.open(pages["accounts.new_sign_in"], "fa", "light", DESKTOP)
    assert look.page.evaluate(PALE) == []
    look.page.evaluate(
        "Object.assign(document.querySelector('h1').style, {forcedColorAdjust: 'none', color: '#eee'})"
    )
    assert "h1" in look.page.evaluate(PALE)[0]
    look.page.emulate_media(forced_colors="none")
