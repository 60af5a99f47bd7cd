"""A draw in Chromium from its freeze to the second winner: two officers each time, a shopper who checks her own entries
before and after, a winner who does not answer, and a redraw by public figures since no round comes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.ctx import AppContext
from playwright.sync_api import Browser, expect
from sqlalchemy import select
from time_machine import travel

from marketplace.accounts.models import Person, Role
from marketplace.core.db import db
from marketplace.lottery.listing import list_stages
from marketplace.lottery.models import Award, AwardState
from marketplace.lottery.prizes import lapse_prizes
from tests.browser.browsing import PHONE, Tab, chromium, served, tab
from tests.factories import a_session, an_official, world, writing
from tests.factories.buying import broken_invariants, paid
from tests.factories.draws import BEACON, DRAWN_AT, a_draw
from tests.fakes.gateway import MemoryGateway, use_gateway

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.databases("sqlite")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEGAN = DRAWN_AT - 12 * DAY
FREEZE = DRAWN_AT - 48 * HOUR
REDRAWN_AT = DRAWN_AT + 12 * DAY
FIGURES = {
    "tehran-exchange-overall-index": "۲٬۱۱۸٬۴۷۳",
    "central-bank-euro-rate": "58120",
    "mercantile-exchange-gold-coin": "28400000 27900000",
}


class Draw:
    """The house with its people; each comes in a tab of their own at a moment."""

    def __init__(self, base: str, browser: Browser, slug: str, people: dict[str, Person]) -> None:
        self.base, self.browser, self.slug, self.people = base, browser, slug, people
        self.console = f"/office/draws/{slug}"

    @contextmanager
    def seat(self, name: str, at: datetime) -> Iterator[Tab]:
        size = PHONE if name.startswith("shopper") else None
        with travel(at, tick=False), tab(self.browser, self.base, "fa", size) as opened:
            opened.enter(a_session(self.people[name], at=at))
            yield opened
            opened.ensure_silent()

    def two_officers(self, form: str, at: datetime, first: str, second: str) -> None:
        """One proposes on the console, another agrees."""
        with self.seat(first, at) as officer:
            officer.open(self.console)
            with officer.page.expect_navigation():
                officer.page.locator(f"form#{form} button").click()
        with self.seat(second, at) as officer:
            officer.open("/office/approvals")
            officer.send("/agreement")


def test_two_officers_draw_a_winner_is_silent_and_a_redraw_follows(app: Flask, ctx: AppContext) -> None:
    slug, people = a_fair(app)
    with served(app) as base, chromium() as browser:
        draw = Draw(base, browser, slug, people)
        with draw.seat("shopper", BEGAN + DAY) as shopper:
            shopper.open("/me/entries")
            before = shopper.page.locator(".night__big").inner_text()
            shopper.ensure_fits()
        freeze(draw)
        assert own_entry(draw, FREEZE + HOUR) == before
        list_stages(DRAWN_AT - HOUR)
        first = drawn(draw)
        assert own_entry(draw, DRAWN_AT + HOUR) == before, "the draw changed nothing of one's own entries"
        silence(draw)
        second = drawn_again(draw)
        assert {first, second} == {"shopper", "shopper2"}
        taken_and_verified(draw, second)
    assert not broken_invariants()


def a_fair(app: Flask) -> tuple[str, dict[str, Person]]:
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    small = world(BEGAN)
    with writing():
        slug = a_draw(small.festival, at=BEGAN, prizes=1).slug
        roles = {
            "office": Role.office,
            "office2": Role.office,
            "seal": Role.seal_officer,
            "auditor": Role.auditor,
        }
        people = {name: an_official(role, at=BEGAN) for name, role in roles.items()}
    with travel(BEGAN, tick=False):
        for person, offer in ((small.shopper, small.tea), (small.shopper2, small.bowl)):
            paid(gateway, person, (offer, 1), at=BEGAN)
    return slug, people | {"shopper": small.shopper, "shopper2": small.shopper2}


def freeze(draw: Draw) -> None:
    draw.two_officers("freeze_draw", FREEZE, "office", "office2")
    for name in ("auditor", "seal"):
        with draw.seat(name, FREEZE) as officer:
            officer.open(draw.console)
            officer.send("/signature")


def own_entry(draw: Draw, at: datetime) -> str:
    """The shopper's chances as her page tells them, once her receipt has led to the published root."""
    with draw.seat("shopper", at) as shopper:
        shopper.open(f"/me/draws/{draw.slug}/receipt")
        shopper.ensure_fits()
        shopper.page.locator("a[href*='/check?e=']").first.click()
        expect(shopper.page.locator("main")).to_contain_text("هست")
        shopper.ensure_fits()
        shopper.open("/me/entries")
        return shopper.page.locator(".night__big").inner_text()


def drawn(draw: Draw) -> str:
    """The round is brought, two officers draw; gives who won."""
    with draw.seat("office", DRAWN_AT) as officer:
        officer.open(draw.console)
        officer.send("/beacon", beacon=json.dumps(BEACON))
    draw.two_officers("draw_winners0", DRAWN_AT, "office", "seal")
    return winner(draw)


def winner(draw: Draw) -> str:
    db.session.rollback()
    person = db.session.scalars(select(Award.person_id).order_by(Award.id.desc())).first()
    return next(name for name, each in draw.people.items() if each.id == person)


def silence(draw: Draw) -> None:
    """Seven days and a second without an answer: everybody reads that the prize is drawn again."""
    late = DRAWN_AT + 7 * DAY + timedelta(seconds=1)
    assert lapse_prizes(late) == 1
    list_stages(REDRAWN_AT - HOUR)
    with draw.seat("shopper", late) as shopper:
        shopper.open(f"/draws/{draw.slug}")
        assert "قرعه دوباره" in shopper.main() or "دوباره" in shopper.main()
        shopper.ensure_fits()


def drawn_again(draw: Draw) -> str:
    """No round comes; after its waiting time two persons type the figures, and two officers draw."""
    at = REDRAWN_AT + 72 * HOUR
    for name in ("office", "auditor"):
        with draw.seat(name, at) as officer:
            officer.open(f"{draw.console}/figures")
            officer.send("/figures", **FIGURES)
    draw.two_officers("draw_winners1", at, "seal", "office2")
    return winner(draw)


def taken_and_verified(draw: Draw, name: str) -> None:
    """The second winner takes the prize; a stranger checks both stages in the browser."""
    at = REDRAWN_AT + 73 * HOUR
    with draw.seat(name, at) as shopper:
        shopper.open("/me/entries")
        shopper.send("/claim")
        shopper.ensure_fits()
    db.session.rollback()
    states = db.session.scalars(select(Award.state).order_by(Award.id)).all()
    assert states == [AwardState.lapsed, AwardState.claimed]
    with draw.seat("auditor", at) as anybody:
        anybody.open(f"/draws/{draw.slug}/verify")
        anybody.page.locator("[data-start]").click()
        expect(anybody.page.locator("[data-result]")).to_contain_text("راستی‌آزمایی شد")
