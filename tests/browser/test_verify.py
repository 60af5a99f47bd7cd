"""A stranger checks a draw in the browser: the true files hold, a changed one is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Locator, expect

from marketplace.accounts.models import Role
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.lottery.beacons import bring_beacon
from marketplace.lottery.drawing import draw_winners
from marketplace.lottery.files import write_files
from marketplace.lottery.freezing import freeze_draw, sign_root
from marketplace.lottery.listing import list_stages
from marketplace.lottery.models import Draw
from tests.browser.browsing import PHONE, Tab, chromium, served, tab
from tests.factories import an_official, world, writing
from tests.factories.buying import paid
from tests.factories.draws import BEACON, DRAWN_AT, a_draw
from tests.fakes.gateway import MemoryGateway, use_gateway

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.databases("sqlite")]
BEGAN = DRAWN_AT - timedelta(days=12)
FREEZE = DRAWN_AT - timedelta(hours=48)
NAMES = ("manifest.json", "entries.csv", "result.json")


def do(verb: Callable[..., Any], *arguments: Any) -> None:
    with unit_of_work():
        verb(*arguments)


def a_drawn_draw(app: Flask) -> Draw:
    """Two shoppers with chances, two officers who sign, one stage drawn by a round that was."""
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    small = world(BEGAN)
    with writing():
        draw = a_draw(small.festival, at=BEGAN, prizes=1)
        roles = (Role.office, Role.auditor, Role.seal_officer)
        officers = {role: Actor(an_official(role, at=BEGAN).id, role.value, "officer") for role in roles}
    with time_machine.travel(BEGAN, tick=False):
        for person, offer in ((small.shopper, small.tea), (small.shopper2, small.bowl)):
            paid(gateway, person, (offer, 1), at=BEGAN)
    do(freeze_draw, draw.id, officers[Role.office], FREEZE)
    for role in (Role.auditor, Role.seal_officer):
        do(sign_root, draw.id, role, officers[role], FREEZE)
    list_stages(DRAWN_AT - timedelta(hours=1))
    do(bring_beacon, draw.id, 0, BEACON, officers[Role.office], DRAWN_AT)
    do(draw_winners, draw.id, 0, officers[Role.office], DRAWN_AT)
    return db.session.get_one(Draw, draw.id, populate_existing=True)


def result(at: Tab) -> Locator:
    return at.page.locator("[data-result]")


def test_true_files_hold_and_a_changed_one_is_named(app, ctx, tmp_path):
    draw = a_drawn_draw(app)
    slug = draw.slug
    write_files(draw, tmp_path)
    db.session.rollback()
    with served(app) as base, chromium() as browser:
        with tab(browser, base, "fa", PHONE) as phone:
            phone.open(f"/draws/{slug}/verify")
            phone.page.locator("[data-start]").click()
            expect(result(phone)).to_contain_text("راستی‌آزمایی شد")
            expect(phone.page.locator('[data-step][data-state="holds"]')).to_have_count(5)
            phone.ensure_fits()
            phone.ensure_silent()
        with tab(browser, base, "en") as desktop:
            desktop.open(f"/draws/{slug}/verify")
            text = (tmp_path / "entries.csv").read_text()
            (tmp_path / "entries.csv").write_text(text[:-2] + ("1" if text[-2] != "1" else "2") + "\n")
            desktop.page.locator("[data-chosen]").set_input_files([tmp_path / name for name in NAMES])
            expect(result(desktop)).to_contain_text("entries.csv: The list was changed")
            expect(desktop.page.locator('[data-step="manifest"]')).to_have_attribute("data-state", "holds")
            expect(desktop.page.locator('[data-step="entries"]')).to_have_attribute("data-state", "wrong")
            desktop.ensure_silent()
