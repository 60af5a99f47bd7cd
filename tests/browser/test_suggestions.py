"""Suggestions under the search field in Chromium: typed with Arabic letters, chosen by keys or by a click."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.browsing import PHONE, Tab, chromium, served, tab
from tests.browser.test_every_page import AXE
from tests.browser.whole_house import House, demo_house
from tests.needs import have

pytestmark = pytest.mark.needs("chromium")
TYPED, FOLDED = "كيف", "کیف"
"""With the Arabic letters of many keyboards, and as Persian writes it."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with demo_house(tmp_path_factory.mktemp("suggestions")) as opened:
        yield opened


@pytest.fixture(scope="module")
def base(house: House) -> Iterator[str]:
    with served(house.app) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def visitor(base: str, browser: Browser) -> Iterator[Tab]:
    with tab(browser, base, "fa", bypass_csp=True) as opened:
        opened.page.route("**/media/**", lambda route: route.abort())
        opened.open("/")
        yield opened
        opened.ensure_silent()


def field_of(opened: Tab) -> Locator:
    return opened.page.locator("input[type=search]").first


def rows_of(opened: Tab) -> Locator:
    return opened.page.locator(".suggest [role=option]")


def type_and_see(opened: Tab, typed: str = TYPED) -> int:
    """Types letter by letter; gives how many suggestions there are."""
    field = field_of(opened)
    field.click()
    expect(field).to_have_attribute("role", "combobox")
    field.press_sequentially(typed)
    expect(rows_of(opened).first).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    return rows_of(opened).count()


def marked(opened: Tab) -> list[int]:
    """Places of the rows that are marked; the field must name the same one."""
    places = [
        place
        for place, row in enumerate(rows_of(opened).all())
        if row.get_attribute("aria-selected") == "true"
    ]
    names = [rows_of(opened).nth(place).get_attribute("id") for place in places]
    named = field_of(opened).get_attribute("aria-activedescendant")
    assert ([named] if named else []) == names
    expect(field_of(opened)).to_be_focused()
    return places


def test_arabic_letters_find_persian_words_and_the_count_is_said(visitor: Tab) -> None:
    field = field_of(visitor)
    count = type_and_see(visitor)
    assert field.input_value() == TYPED, "what was typed stays as it was typed"
    assert any(FOLDED in text for text in rows_of(visitor).all_inner_texts())
    status = visitor.page.locator("form[role=search] [role=status]").first.inner_text()
    assert str(count) in status.translate(str.maketrans("۰۱۲۳۴۵۶۷۸۹", "0123456789"))
    field.fill("ك")
    expect(rows_of(visitor).first).to_be_hidden()
    expect(field).to_have_attribute("aria-expanded", "false")


def test_arrows_go_round_through_the_field_itself(visitor: Tab) -> None:
    count = type_and_see(visitor)
    assert marked(visitor) == []
    seen = []
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown"):
        visitor.page.keyboard.press(key)
        seen.append(marked(visitor))
    assert seen == [[0], [1], [0], [], [count - 1], []]
    assert field_of(visitor).input_value() == TYPED


def test_escape_closes_and_keeps_what_was_typed(visitor: Tab) -> None:
    type_and_see(visitor)
    visitor.page.keyboard.press("ArrowDown")
    visitor.page.keyboard.press("Escape")
    expect(rows_of(visitor).first).to_be_hidden()
    expect(field_of(visitor)).to_have_attribute("aria-expanded", "false")
    assert field_of(visitor).input_value() == TYPED
    assert field_of(visitor).get_attribute("aria-activedescendant") is None
    visitor.page.keyboard.press("ArrowDown")
    expect(rows_of(visitor).first).to_be_visible()
    assert marked(visitor) == []
    visitor.page.keyboard.press("Tab")
    expect(rows_of(visitor).first).to_be_hidden()


def test_enter_without_a_mark_searches_for_what_was_typed(visitor: Tab) -> None:
    type_and_see(visitor)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url(re.compile(r"/search\?q="))
    assert field_of(visitor).input_value() == TYPED
    expect(visitor.page.locator("main .offer-card").first).to_be_visible()


def test_enter_on_a_mark_and_a_click_go_where_the_row_says(visitor: Tab) -> None:
    for choose in ("keys", "click"):
        visitor.open("/")
        type_and_see(visitor)
        aim = rows_of(visitor).first.get_attribute("data-url") or ""
        assert aim.startswith("/"), aim
        if choose == "keys":
            visitor.page.keyboard.press("ArrowDown")
            visitor.page.keyboard.press("Enter")
        else:
            rows_of(visitor).first.click()
        visitor.page.wait_for_url(lambda url: url.split("?")[0] != f"{visitor.base}/")
        assert visitor.page.request.get(f"{visitor.base}{aim}").url == visitor.page.url
        assert visitor.page.locator("h1").count() == 1


@pytest.mark.needs("axe")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_open_list_is_accessible_and_fits_on_a_phone(base: str, browser: Browser, theme: str) -> None:
    axe = have("axe")
    assert axe is not None
    options = {"color_scheme": theme, "has_touch": True, "is_mobile": True, "bypass_csp": True}
    with tab(browser, base, "en", PHONE, **options) as phone:
        phone.page.route("**/media/**", lambda route: route.abort())
        phone.open("/search")
        type_and_see(phone)
        phone.page.keyboard.press("ArrowDown")
        marked(phone)
        phone.page.evaluate(axe.read_text(encoding="utf-8"))
        assert phone.page.evaluate(AXE, None) == []
        phone.ensure_fits()
        assert all((row.bounding_box() or {})["height"] >= 44 for row in rows_of(phone).all())
        phone.ensure_silent()


def test_without_scripts_the_field_searches(base: str, browser: Browser) -> None:
    with tab(browser, base, "fa", java_script_enabled=False) as plain:
        plain.open("/")
        field = field_of(plain)
        assert field.get_attribute("role") is None
        field.fill(TYPED)
        field.press("Enter")
        plain.page.wait_for_url(re.compile(r"/search\?q="))
        expect(plain.page.locator("main .offer-card").first).to_be_visible()


def test_suggestions_that_do_not_come_leave_the_search_as_it_is(visitor: Tab) -> None:
    visitor.page.route("**/search/suggestions*", lambda route: route.abort())
    field_of(visitor).click()
    expect(field_of(visitor)).to_have_attribute("role", "combobox")
    field_of(visitor).press_sequentially(TYPED)
    visitor.page.keyboard.press("ArrowDown")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url(re.compile(r"/search\?q="))
    visitor.said[:] = [text for text in visitor.said if "/search/suggestions" not in text]
