"""The house without a mouse, without motion and in colours that the reader's system chose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Route, expect

from tests.browser.browsing import Tab, chromium, served, tab
from tests.browser.whole_house import AT, House, demo_house
from tests.fakes.sandbox import RunningSandbox, running_sandbox
from tests.faults.house import free_port

pytestmark = pytest.mark.needs("chromium")
MOST_STEPS = 90
PAY = "#checkout .sum-card__go button"
IDLE = "html:not([aria-busy])"
ADDRESS = ("سارا آزمون", "09123456789", "", "تبریز", "خیابان امام، پلاک ۱۲", "8146574111")
MOVING = """() => [...document.querySelectorAll("body *")].filter(e => {
  const s = getComputedStyle(e);
  const seconds = text => Math.max(...text.split(",").map(parseFloat));
  return seconds(s.transitionDuration) > 0.01 || (s.animationName !== "none" && seconds(s.animationDuration) > 0.01);
}).map(e => e.className.toString()).slice(0, 5)"""
FOCUS = """() => { const e = document.activeElement, r = e.getBoundingClientRect();
  const ringed = s => parseFloat(s.outlineWidth) >= 2 && s.outlineStyle !== "none";
  const around = e.closest("label.choice");
  return {seen: r.width > 0 && r.height > 0 && (ringed(getComputedStyle(e)) || ringed(getComputedStyle(e, "::after")) ||
                                                (around !== null && ringed(getComputedStyle(around)))),
          what: e.outerHTML.slice(0, 120)}; }"""
BARE = """() => [...document.querySelectorAll("button, .button, input, select, textarea, .card")].filter(e => {
  const s = getComputedStyle(e), r = e.getBoundingClientRect();
  return r.width > 1 && e.matches(".button, .field__input, .card") && s.borderTopStyle === "none";
}).map(e => e.className.toString()).slice(0, 5)"""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running_sandbox(tmp_path_factory.mktemp("gateway")) as running:
        running.set_clock(AT)
        yield running


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, sandbox: RunningSandbox) -> Iterator[House]:
    gateway = {"STRIPE_API_BASE": sandbox.base, "STRIPE_API_KEY": sandbox.api_key}
    base = f"http://127.0.0.1:{free_port()}"
    with demo_house(tmp_path_factory.mktemp("ways"), BASE_URL=base, **gateway) as opened:
        yield opened


@pytest.fixture(scope="module")
def opened(house: House) -> Iterator[Tab]:
    port = urlsplit(house.app.config["SETTINGS"].base_url).port
    with served(house.app, port or 0) as base, chromium() as browser, tab(browser, base, "fa") as visitor:
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


def step_back_to(keyboard: Tab, selector: str) -> None:
    for _ in range(MOST_STEPS):
        keyboard.page.keyboard.press("Shift+Tab")
        if keyboard.page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"{selector} is not reached backwards on {keyboard.page.url}")


def reach_pay(keyboard: Tab) -> None:
    """Into the cart with a bag and on to the button that pays, the address filled in."""
    page = keyboard.page
    step_to(keyboard, "input[type=search]")
    page.keyboard.type("کیف")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/search\?q="))
    step_to(keyboard, "main a[href*='/offers/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/offers/**")
    step_to(keyboard, "form#buy button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cart")
    keyboard.open("/checkout")
    for name, value in zip(
        ("receiver", "mobile", "province", "city", "line", "postal_code"), ADDRESS, strict=True
    ):
        step_to(keyboard, f"[name={name}]")
        if name == "province":
            page.keyboard.press("ArrowDown")
            continue
        page.keyboard.press("Control+a")
        page.keyboard.type(value)
    page.locator(IDLE).wait_for(state="attached")


def test_the_main_story_needs_no_mouse(house: House, opened: Tab) -> None:
    """Another way of shipping changes the sum: the choice keeps the focus, and so does the button that comes again."""
    page = opened.page
    opened.enter(house.sessions["shopper"])
    opened.open("/")
    step_to(opened, ".skip-link")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    opened.open("/")
    reach_pay(opened)
    step_back_to(opened, "[name^=shipping-]:checked")
    before = page.locator(PAY).inner_text()
    page.keyboard.press("ArrowDown")
    expect(page.locator(PAY)).not_to_have_text(before)
    expect(page.locator("[name^=shipping-]:checked")).to_be_focused()
    held: list[Route] = []
    page.route("**/checkout", lambda route: held.append(route))
    page.keyboard.press("ArrowUp")
    step_to(opened, PAY)
    page.unroute("**/checkout")
    held[0].continue_()
    expect(page.locator(PAY)).to_have_text(before)
    expect(page.locator(PAY)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/pay/*")
    step_to(opened, "button[value=pay]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/*")
    expect(page.locator("h1")).to_be_visible()
    opened.ensure_silent()


def test_a_sum_that_changed_meanwhile_is_shown_before_it_is_paid(house: House, opened: Tab) -> None:
    """Who presses Enter while the sum is made anew reads that it changed, one step away from the button."""
    page = opened.page
    opened.enter(house.sessions["shopper"])
    opened.open("/")
    reach_pay(opened)
    held: list[Route] = []
    page.route("**/checkout", lambda route: held.append(route) if not held else route.continue_())
    step_back_to(opened, "[name^=shipping-]:checked")
    page.keyboard.press("ArrowDown")
    step_to(opened, PAY)
    page.keyboard.press("Enter")
    expect(page.locator("#errors")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(PAY)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/pay/*")
    page.unroute("**/checkout")
    opened.said[:] = [text for text in opened.said if "409" not in text]
    opened.ensure_silent()


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
