"""The house without a mouse, without motion and in colours that the reader's system chose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.browsing import Tab, chromium, served, tab
from tests.browser.whole_house import House, demo_house

pytestmark = pytest.mark.needs("chromium")
MOST_STEPS = 90
ADDRESS = ("سارا آزمون", "09123456789", "", "تبریز", "خیابان امام، پلاک ۱۲", "8146574111")
MOVING = """() => [...document.querySelectorAll("body *")].filter(e => {
  const s = getComputedStyle(e);
  const seconds = text => Math.max(...text.split(",").map(parseFloat));
  return seconds(s.transitionDuration) > 0.01 || (s.animationName !== "none" && seconds(s.animationDuration) > 0.01);
}).map(e => e.className.toString()).slice(0, 5)"""
FOCUS = """() => { const e = document.activeElement, r = e.getBoundingClientRect();
  const ringed = s => parseFloat(s.outlineWidth) >= 2 && s.outlineStyle !== "none";
  return {seen: r.width > 0 && r.height > 0 && (ringed(getComputedStyle(e)) || ringed(getComputedStyle(e, "::after"))),
          what: e.outerHTML.slice(0, 120)}; }"""
BARE = """() => [...document.querySelectorAll("button, .button, input, select, textarea, .card")].filter(e => {
  const s = getComputedStyle(e), r = e.getBoundingClientRect();
  return r.width > 1 && e.matches(".button, .field__input, .card") && s.borderTopStyle === "none";
}).map(e => e.className.toString()).slice(0, 5)"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with demo_house(tmp_path_factory.mktemp("ways")) as opened:
        yield opened


@pytest.fixture(scope="module")
def opened(house: House) -> Iterator[Tab]:
    with served(house.app) as base, chromium() as browser, tab(browser, base, "fa") as visitor:
        visitor.page.route("**/media/**", lambda route: route.abort())
        yield visitor


def step_to(keyboard: Tab, selector: str) -> None:
    """Goes on with Tab until the selector has the focus, which is seen all the way."""
    page = keyboard.page
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            focus: dict[str, Any] = page.evaluate(FOCUS)
            assert focus["seen"], f"the focus cannot be seen: {focus['what']}"
            return
    raise AssertionError(f"{selector} is not reached with {MOST_STEPS} steps on {page.url}")


def test_the_main_story_needs_no_mouse_up_to_the_payment(house: House, opened: Tab) -> None:
    page = opened.page
    opened.enter(house.sessions["shopper"])
    opened.open("/")
    step_to(opened, ".skip-link")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    opened.open("/")
    step_to(opened, "input[type=search]")
    page.keyboard.type("کیف")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/search\?q="))
    step_to(opened, "main a[href*='/offers/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/offers/**")
    step_to(opened, "form#buy button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cart")
    opened.open("/checkout")
    for name, value in zip(
        ("receiver", "mobile", "province", "city", "line", "postal_code"), ADDRESS, strict=True
    ):
        step_to(opened, f"[name={name}]")
        if name == "province":
            page.keyboard.press("ArrowDown")
            continue
        page.keyboard.press("Control+a")
        page.keyboard.type(value)
    page.locator("html:not([aria-busy])").wait_for(state="attached")
    step_to(opened, "#checkout .sum-card__go button")


@pytest.mark.parametrize("path", ["/", "/lottery", "/patterns"])
def test_nothing_moves_for_who_wants_no_motion(opened: Tab, path: str) -> None:
    opened.page.emulate_media(reduced_motion="reduce")
    opened.open(path)
    assert opened.page.evaluate(MOVING) == []
    opened.page.emulate_media(reduced_motion="no-preference")


@pytest.mark.parametrize("path", ["/", "/sign-in", "/patterns"])
def test_controls_keep_their_shape_in_forced_colours(opened: Tab, path: str) -> None:
    opened.page.emulate_media(forced_colors="active")
    opened.open(path)
    assert opened.page.evaluate(BARE) == []
    opened.page.emulate_media(forced_colors="none")
