"""The ways of a complaint in Chromium, as a shopper, a store and two officers see them; the test moves the clock.

One small festival, one browser: answered in time and solved; unanswered, escalated, counted; the eighth that counts
hides the store while somebody has its goods in the cart, and a won appeal brings it back.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import expect
from time_machine import travel

from marketplace.accounts.models import Person, Role
from tests.browser.browsing import PHONE, Tab, chromium, served, tab
from tests.factories import AT, World, a_session, an_official
from tests.factories.buying import broken_invariants, paid, parts_of, run_jobs
from tests.factories.complaints import unanswered
from tests.factories.rows import change
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.worlds import database, the_world  # noqa: F401

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.databases("sqlite")]
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
WEEK = timedelta(hours=168)
TEXT = "کالا نرسیده و پاسخی نگرفته‌ام."
GROUNDS = "سوابق هر دو طرف خوانده شد."


@dataclass
class Cast:
    """Everybody in the story, each in a tab of their own; `bought` are orders to complain about, with their parts."""

    app: Flask
    world: World
    bought: list[tuple[str, int]]
    shopper: Tab
    other: Tab
    owner: Tab
    first: Tab
    second: Tab


def test_the_ways_of_a_complaint(app: Flask, ctx: object, at: object, tmp_path: Path) -> None:
    world, gateway = the_world(), MemoryGateway()
    use_gateway(app, gateway)
    change(world.festival, live_until=AT + 30 * DAY, draw_at=AT + 40 * DAY)
    unanswered(world.stores[0], 6)
    orders = [paid(gateway, world.shopper, (world.soap, 1)) for _ in range(3)]
    bought = [(order.number, parts_of(order)[0].id) for order in orders]
    proof = tmp_path / "رسید.png"
    Image.new("RGB", (40, 30), "red").save(proof)
    officers = [an_official(Role.seal_officer) for _ in range(2)]
    people = [world.shopper, world.shopper2, world.owners[0], *officers]
    with served(app) as base, chromium() as browser, ExitStack() as stack:
        tabs = []
        for person in people:
            viewport = PHONE if person is world.shopper else None
            opened = stack.enter_context(tab(browser, base, "fa", viewport))
            sign_in(opened, person)
            tabs.append(opened)
        cast = Cast(app, world, bought, *tabs)
        answered_in_time_and_solved(cast, proof)
        unanswered_escalated_and_counted(cast)
        the_eighth_hides_the_store_and_an_appeal_brings_it_back(cast)
        for one in tabs:
            one.ensure_silent()
    assert broken_invariants() == {}


def sign_in(someone: Tab, person: Person) -> None:
    cookie = {"name": "sid", "value": a_session(person), "url": someone.base}
    someone.page.context.add_cookies([cookie])  # type: ignore[list-item]


# --- the stories


def answered_in_time_and_solved(cast: Cast, proof: Path) -> None:
    number = file_complaint(cast, "defective", proof)
    expect(cast.shopper.page.locator("main")).to_contain_text("۱۶۸ ساعت")
    cast.shopper.ensure_fits()
    owner = cast.owner.page
    with travel(AT + DAY, tick=False):
        cast.owner.open("/panel/complaints")
        owner.locator(f"a[href$='{number}']").first.click()
        expect(owner.locator("main")).to_contain_text("۱۴۴ ساعت")
        choose(cast.owner, "kind", "offer")
        owner.select_option("select[name=remedy]", "part_refund")
        owner.fill("input[name=amount_toman]", "۲۰٬۰۰۰")
        owner.fill("form[action$='/answer'] textarea[name=text]", "بخشی از پول را برمی‌گردانیم.")
        owner.locator("form[action$='/answer'] button:not([name])").click()
        expect(owner.locator("main")).to_contain_text("پاسخ داده شد")

        cast.shopper.open(f"/complaints/{number}")
        page = cast.shopper.page
        page.locator("button[name=decision][value=accept]").click()
        expect(page.locator("button[name=decision]")).to_have_count(0)
        run_jobs(AT + DAY)
        choose(cast.shopper, "evaluation", "solved")
        page.locator("form[action$='/evaluation'] button").click()
        expect(page.locator("form[action$='/evaluation']")).to_have_count(0)
        expect(page.locator("main")).to_contain_text("حل شد")
        cast.shopper.ensure_fits()


def unanswered_escalated_and_counted(cast: Cast) -> None:
    number = file_complaint(cast, "not_delivered")
    with travel(AT + WEEK, tick=False):
        sweep(cast)
        assert may_be_bought(cast), "the deadline itself is in time"
        cast.first.open("/office/complaints")
        assert not cast.first.page.locator(f"a[href$='{number}']").count()
    with travel(AT + WEEK + SECOND, tick=False):
        sweep(cast)
        cast.shopper.open(f"/complaints/{number}")
        expect(cast.shopper.page.locator("main")).to_contain_text("مرکز نماد")
        cast.first.open("/office/complaints")
        expect(cast.first.page.locator(f"a[href$='{number}']").first).to_be_visible()
        cast.owner.open("/panel/complaints/record")
        expect(cast.owner.page.locator("section[aria-labelledby=count]")).to_contain_text("۷")
        cast.shopper.open("/stores/artin/record")
        expect(cast.shopper.page.locator("main")).to_contain_text("۷ شکایت شمرده شده")
        cast.shopper.ensure_fits()
        assert may_be_bought(cast), "seven are no case yet"


def the_eighth_hides_the_store_and_an_appeal_brings_it_back(cast: Cast) -> None:
    filed_at = AT + WEEK + HOUR
    with travel(filed_at, tick=False):
        file_complaint(cast, "not_delivered")
        put_in_cart(cast)
    told = filed_at + WEEK + SECOND
    with travel(told, tick=False):
        sweep(cast)
        assert not may_be_bought(cast)
        cast.other.open("/cart")
        expect(cast.other.page.locator("main")).to_contain_text("نماد اعتماد فروشگاه تعلیق شده است")
        plead(cast.owner, "defence")
    with travel(told + 7 * DAY + HOUR, tick=False):
        decide(cast.first, "revoke", "decision")
        assert not may_be_bought(cast)
        plead(cast.owner, "appeal")
        decide(cast.second, "keep", "appeal-decision")
        sweep(cast)
        assert may_be_bought(cast)


# --- what they do


def file_complaint(cast: Cast, category: str, proof: Path | None = None) -> str:
    """The shopper's, from the page of the next order by its link and form; gives the number."""
    order, part = cast.bought.pop()
    cast.shopper.open(f"/orders/{order}")
    page = cast.shopper.page
    page.locator(f"a[href$='/store-orders/{part}/complaint']").first.click()
    choose(cast.shopper, "category", category)
    page.fill("textarea[name=text]", TEXT)
    if proof is not None:
        page.locator("input[name=files]").set_input_files(proof)
    page.locator("form[action$='/complaint'] button").click()
    page.wait_for_url(re.compile(r"/complaints/C\d+$"))
    if proof is not None:
        expect(page.locator(".thread__files a")).to_have_count(1)
    return page.url.rpartition("/")[2]


def choose(someone: Tab, name: str, value: str) -> None:
    """A card of a choice: its label is what is pressed."""
    someone.page.locator(f"label:has(input[name={name}][value={value}])").first.click()


def put_in_cart(cast: Cast) -> None:
    soap = cast.world.soap
    cast.other.open(f"/offers/{soap.id}-{soap.slug}")
    cast.other.page.locator("form#buy button[type=submit]").click()
    cast.other.page.wait_for_url("**/cart")


def may_be_bought(cast: Cast) -> bool:
    """On the offer's page, in the search, and in the cart once something lies in it."""
    soap, page = cast.world.soap, cast.other.page
    cast.other.open(f"/offers/{soap.id}-{soap.slug}")
    said = [page.locator("form#buy button[type=submit]").count() > 0]
    cast.other.open("/search")
    said.append(page.locator(f"a[href*='/offers/{soap.id}-']").count() > 0)
    cast.other.open("/cart")
    if page.locator(".cart-line").count():
        said.append(page.locator("a[href$='/checkout'], form[action$='/checkout']").count() > 0)
    assert len(set(said)) == 1, said
    return said[0]


def sweep(cast: Cast) -> None:
    assert cast.app.test_cli_runner().invoke(args=["sweep"]).exit_code == 0


def plead(owner: Tab, what: str) -> None:
    owner.open("/panel/complaints/revocation")
    form = owner.page.locator(f"form[action$='/{what}']")
    form.locator("textarea").fill("سه شکایت تکراری بود.")
    form.locator("button").click()
    expect(owner.page.locator(f"form[action$='/{what}']")).to_have_count(0)


def decide(officer: Tab, verdict: str, what: str) -> None:
    officer.open("/office/revocations")
    officer.page.locator("main a[href*='/revocations/']").first.click()
    form = officer.page.locator(f"form[action$='/{what}']")
    choose(officer, "verdict", verdict)
    form.locator("textarea").fill(GROUNDS)
    form.locator("button").click()
    expect(officer.page.locator(f"form[action$='/{what}']")).to_have_count(0)
