"""The ways of a claim in Chromium, as a shopper, a store and the fund's people see them; the test moves the clock.

One small festival, one browser: an unanswered complaint to money back, taken again from the store's next settled order;
rejected, appealed, paid; and a month in which the fund has too little.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect
from time_machine import travel

from marketplace.accounts.models import Person
from marketplace.core.db import db
from marketplace.guarantee.months import begins_at
from tests.browser.browsing import PHONE, Tab, chromium, served, tab
from tests.factories import AT, World, a_session
from tests.factories.buying import broken_invariants, paid, parts_of, run_jobs
from tests.factories.claiming import THREE_DAYS, WEEK, adjudicators, fill_fund, sitting
from tests.factories.complaints import a_complaint
from tests.factories.rows import change
from tests.factories.settling import closed
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.worlds import database, the_world  # noqa: F401

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.databases("sqlite")]
WORDS = "کالا هرگز نرسید و فروشگاه پاسخی نداد."
REASONS = "مدرکی از رسیدن کالا در پرونده نیست."
COVER = "۱۷۵٬۰۰۰"
APPROVE = {"outcome": "approve", "ground": "not_delivered", "text": REASONS}
REJECT = {"outcome": "reject", "ground": "delivered", "text": "رسید امضاشده در پرونده است."}


@dataclass
class Cast:
    """Everybody in the stories; the bowl of the third store costs 250,000 toman."""

    app: Flask
    world: World
    gateway: MemoryGateway
    shopper: Tab
    owner: Tab
    desk: Tab
    guest: Tab


def test_the_ways_of_a_claim(app: Flask, ctx: object, at: object) -> None:
    world, gateway = the_world(), MemoryGateway()
    use_gateway(app, gateway)
    change(world.festival, live_until=AT + timedelta(days=60), draw_at=AT + timedelta(days=70))
    adjudicators(3)
    with served(app) as base, chromium() as browser, ExitStack() as stack:
        tabs = [
            stack.enter_context(tab(browser, base, "fa", PHONE if place == 0 else None)) for place in range(4)
        ]
        cast = Cast(app, world, gateway, *tabs)
        enter(cast.shopper, world.shopper)
        enter(cast.owner, world.owners[2])
        unanswered_to_money_back_and_recourse(cast)
        rejected_appealed_and_paid(cast)
        an_insolvent_month(cast)
        for one in tabs:
            one.ensure_silent()
    assert broken_invariants() == {}


# --- the stories


def unanswered_to_money_back_and_recourse(cast: Cast) -> None:
    fill_fund(250_000)
    sold = paid(cast.gateway, cast.world.shopper2, (cast.world.bowl, 1))
    case = complained(cast)
    with travel(AT + timedelta(days=6), tick=False):
        cast.shopper.open(f"/complaints/{case}/claim")
        expect(cast.shopper.page.locator("main")).to_contain_text("مهلت پاسخ فروشگاه هنوز می‌گذرد")
        assert not cast.shopper.page.locator("form[action$='/claim']").count()
    now = AT + WEEK
    with travel(now, tick=False):
        number = claimed(cast, case)
        cast.owner.open("/panel/claims")
        cast.owner.page.locator(f"a[href$='{number}']").first.click()
        cast.owner.send("/answer", text="بسته در راه بوده و به زودی می‌رسد.")
        chosen(cast, number, APPROVE)
        swept(cast, now)
        cast.shopper.open(f"/claims/{number}")
        expect(cast.shopper.page.locator("main")).to_contain_text("پرداخت شد")
        expect(cast.shopper.page.locator("main")).to_contain_text(COVER)
        cast.shopper.ensure_fits()
        cast.shopper.open(f"/claims/{number}/letter")
        expect(cast.shopper.page.locator("main")).to_contain_text(REASONS)
        cast.owner.open(f"/panel/claims/{number}")
        expect(cast.owner.page.locator("main")).to_contain_text("بازیافت باز است")
        closed(sold, AT)
        swept(cast, now)
        cast.owner.open(f"/panel/claims/{number}")
        expect(cast.owner.page.locator("main")).to_contain_text("پرداخت و بازیافت شد")
        cast.guest.open("/fund")
        expect(cast.guest.page.locator("main")).to_contain_text(COVER)


def rejected_appealed_and_paid(cast: Cast) -> None:
    case = complained(cast)
    now = AT + WEEK
    with travel(now, tick=False):
        number = claimed(cast, case)
    now += THREE_DAYS
    with travel(now, tick=False):
        swept(cast, now)
        chosen(cast, number, REJECT)
        cast.shopper.open(f"/claims/{number}")
        expect(cast.shopper.page.locator("main")).to_contain_text("رد شد")
        cast.shopper.send("/appeal", text="رسیدی که فروشگاه داده از آن من نیست.")
        expect(cast.shopper.page.locator("main")).to_contain_text("داور دیگری")
        chosen(cast, number, APPROVE)
        swept(cast, now)
        cast.shopper.open(f"/claims/{number}")
        expect(cast.shopper.page.locator("main")).to_contain_text(COVER)
        assert not cast.shopper.page.locator("form[action$='/appeal']").count()
        cast.shopper.ensure_fits()


def an_insolvent_month(cast: Cast) -> None:
    """250,000, a contribution of 1,250 and 73,750 of recourse, less 175,000: 150,000 are there, 175,000 are wanted."""
    case = complained(cast)
    now = AT + WEEK
    with travel(now, tick=False):
        number = claimed(cast, case)
    now += THREE_DAYS
    with travel(now, tick=False):
        swept(cast, now)
        chosen(cast, number, APPROVE)
        swept(cast, now)
        cast.shopper.open(f"/claims/{number}")
        expect(cast.shopper.page.locator("main")).to_contain_text("در انتظار موجودی صندوق")
        cast.guest.open("/fund")
        expect(cast.guest.page.locator("main")).to_contain_text("موجودی صندوق این ماه به همه نمی‌رسد")
        cast.guest.ensure_fits()
    month = begins_at("1405-02") + timedelta(hours=1)
    with travel(month, tick=False):
        swept(cast, month)
        enter(cast.shopper, cast.world.shopper, month)
        cast.shopper.open(f"/claims/{number}")
        expect(cast.shopper.page.locator("main")).to_contain_text("۱۵۰٬۰۰۰")
        fill_fund(1_000_000, month)
    month = begins_at("1405-03") + timedelta(hours=1)
    with travel(month, tick=False):
        swept(cast, month)
        enter(cast.shopper, cast.world.shopper, month)
        cast.shopper.open(f"/claims/{number}")
        expect(cast.shopper.page.locator("main")).to_contain_text("پرداخت شد")
        cast.guest.open("/fund")
        cast.guest.ensure_fits()


# --- what they do


def enter(someone: Tab, person: Person, at: datetime = AT) -> None:
    someone.enter(a_session(person, at=at))


def complained(cast: Cast) -> str:
    """A purchase of the bowl that never arrives, and the complaint about it."""
    part = parts_of(paid(cast.gateway, cast.world.shopper, (cast.world.bowl, 1)))[0]
    return a_complaint(part, cast.world.shopper)


def claimed(cast: Cast, case: str) -> str:
    """The shopper asks the fund from the page of the complaint; gives the claim's number."""
    swept(cast, None)
    cast.shopper.open(f"/complaints/{case}")
    cast.shopper.page.locator(f"a[href$='/complaints/{case}/claim']").first.click()
    cast.shopper.send("/claim", text=WORDS)
    cast.shopper.page.wait_for_url("**/claims/K*")
    cast.shopper.ensure_fits()
    return cast.shopper.page.url.rpartition("/")[2]


def chosen(cast: Cast, number: str, choice: dict[str, Any]) -> None:
    """Whoever sits opens the case from the own queue and writes a decision."""
    [who] = sitting(number)
    person = db.session.get_one(Person, who.id)
    db.session.rollback()
    enter(cast.desk, person)
    cast.desk.open("/office/claims")
    cast.desk.page.locator(f"a[href$='{number}']").first.click()
    cast.desk.send("/choice", **choice)
    expect(cast.desk.page.locator("main")).to_contain_text("رأی")


def swept(cast: Cast, at: datetime | None) -> None:
    """What the worker does in a moment."""
    assert cast.app.test_cli_runner().invoke(args=["sweep"]).exit_code == 0
    if at is not None:
        run_jobs(at)
