"""Every page in Chromium: axe-core finds nothing, nothing scrolls sideways, nothing jumps, the console stays silent.

The pages come from the route table (`whole_house.py`), so a new route is looked at or named there with the reason why
not. Each page is looked at in one combination of language, theme and width, neighbours in different ones; `TURN=1` to
`TURN=7` move each page on to its others. The main pages are looked at in all eight.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.browsing import chromium, served
from tests.browser.whole_house import AT, NO_PAGE, NOT_IN_THE_DEMO, Found, House, demo_house, pages_of
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
ZOOMED = (640, 450)
"""A desktop of 1280 at 200 %."""

STILL = 0.005
"""Layout shift up to here reads 0.00: a letter that moves when the font comes is no jump."""

LOOKS = list(product(("fa", "en"), ("light", "dark"), (PHONE, DESKTOP)))
COLOURS = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"]
"""What theme and width can change; the rest of axe's rules looks at each language once."""

SHIFTS = """
new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput)
  window.shifted = (window.shifted || 0) + e.value; }).observe({type: "layout-shift", buffered: true});
"""
AXE = """async rules => {
  const more = rules ? {runOnly: rules} : {};
  const options = {resultTypes: ["violations"], ...more};
  const {violations} = await axe.run(document, options);
  return violations.flatMap(v => v.nodes.slice(0, 4).map(
    n => `${v.id}: ${n.target.join(" ")}: ${n.failureSummary.split("\\n").slice(1).join(" ").slice(0, 200)}`));
}"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with demo_house(tmp_path_factory.mktemp("house")) as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(house: House) -> dict[str, Found]:
    return pages_of(house)[0]


@dataclass
class Look:
    """One tab that goes over pages as one person after the other and writes down what is wrong."""

    base: str
    sessions: dict[str, str]
    page: Page
    axe: str
    wrong: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    who: str = ""

    def open(self, found: Found, language: str, theme: Any, size: tuple[int, int]) -> None:
        self._enter(found.who)
        self.page.emulate_media(color_scheme=theme)
        self._resize(size)
        self.said.clear()
        self.page.goto(f"{self.base}{'/en' if language == 'en' else ''}{found.path}", wait_until="load")

    def note(self, where: str, problems: list[str]) -> None:
        self.wrong += [f"{where}: {problem}" for problem in problems]

    def violations(self, rules: list[str] | None) -> list[str]:
        self.page.evaluate(self.axe)
        found: list[str] = self.page.evaluate(AXE, rules)
        return found

    def overflow(self, size: tuple[int, int]) -> list[str]:
        self._resize(size)
        width: int = self.page.evaluate("document.documentElement.scrollWidth")
        return [f"{width} px wide in a window of {size[0]}"] if width > size[0] else []

    def shift(self) -> list[str]:
        shifted: float = self.page.evaluate("window.shifted || 0")
        return [f"jumped by {shifted:.3f}"] if shifted > STILL else []

    def _resize(self, size: tuple[int, int]) -> None:
        self.page.set_viewport_size({"width": size[0], "height": size[1]})

    def _enter(self, who: str) -> None:
        if who == self.who:
            return
        context = self.page.context
        context.clear_cookies()
        if who:
            context.add_cookies([{"name": "sid", "value": self.sessions[who], "url": self.base}])
        self.who = who


@pytest.fixture(scope="module")
def look(house: House) -> Iterator[Look]:
    """Pictures are not drawn for this house, and no page needs them to be right."""
    axe = have("axe")
    assert axe is not None
    with served(house.app) as base, chromium() as browser:
        context = _context(browser)
        page = context.new_page()
        page.clock.set_fixed_time(AT)
        looking = Look(base, house.sessions, page, axe.read_text(encoding="utf-8"))
        page.on("console", lambda m: looking.said.append(m.text) if _is_news(m) else None)
        page.on("pageerror", lambda error: looking.said.append(str(error)))
        yield looking
        context.close()


def _context(browser: Browser) -> BrowserContext:
    context = browser.new_context(reduced_motion="reduce", bypass_csp=True)
    context.set_default_timeout(30_000)
    context.add_init_script(SHIFTS)
    context.route("**/media/**", lambda route: route.abort())
    return context


def _is_news(message: Any) -> bool:
    return message.type in ("error", "warning") and "/media/" not in str(message.location.get("url", ""))


def test_every_route_has_a_page_here_or_a_reason(house: House) -> None:
    pages, others = pages_of(house)
    routes = {
        rule.endpoint
        for rule in house.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.startswith("/api/")
    }
    left = sorted(routes - pages.keys() - others - NO_PAGE - NOT_IN_THE_DEMO)
    assert not left, f"the demo shows no page of {left}: show one, or name it in whole_house.py"


def test_each_page_is_accessible_and_fits(look: Look, pages: dict[str, Found]) -> None:
    turn = int(os.environ.get("TURN", "0"))
    for place, found in enumerate(pages.values()):
        language, theme, size = LOOKS[(place + turn) % len(LOOKS)]
        where = f"{found.path} ({language} {theme} {size[0]})"
        look.open(found, language, theme, size)
        look.note(where, look.violations(None))
        look.note(where, look.shift())
        look.note(where, look.said)
        look.note(where, look.overflow(NARROW if place % 2 else ZOOMED))
    wrong, look.wrong = look.wrong, []
    assert not wrong, f"TURN={turn}\n" + "\n".join(wrong)


def test_the_main_pages_are_accessible_in_every_look(look: Look, pages: dict[str, Found]) -> None:
    for found in [*(pages[endpoint] for endpoint in MAIN), REFUSED]:
        for language, theme, size in LOOKS:
            where = f"{found.path} ({language} {theme} {size[0]})"
            look.open(found, language, theme, size)
            is_plain = (theme, size) == ("light", DESKTOP)
            look.note(where, look.violations(None if is_plain else COLOURS))
            if is_plain:
                look.note(where, [*look.overflow(NARROW), *look.overflow(ZOOMED)])
    wrong, look.wrong = look.wrong, []
    assert not wrong, "\n".join(wrong)
