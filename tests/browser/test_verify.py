"""A stranger checks a draw in the browser: the true files hold, a changed one is named."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Locator, Page, expect

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


def saved(page: Page, base: str, folder: Path) -> Path:
    """The page as a browser saves it: its document, and beside it the scripts and stylesheets that it names."""
    folder.mkdir()
    text = page.content()
    for address in set(re.findall(r'(?:src|href)="(/static/(?:js|css)/[^"]+)"', text)):
        (folder / Path(address).name).write_bytes(page.request.get(base + address).body())
        text = text.replace(f'"{address}"', f'"{Path(address).name}"')
    path = folder / "verify.html"
    path.write_text(text, "utf-8")
    return path


def test_a_journalist_verifies_without_any_network_on_a_page_that_was_saved(app, ctx, tmp_path):
    draw = a_drawn_draw(app)
    slug, files = draw.slug, tmp_path / "files"
    files.mkdir()
    write_files(draw, files)
    db.session.rollback()
    with served(app) as base, chromium() as browser, tab(browser, base, "en") as online:
        online.open(f"/draws/{slug}/verify")
        path = saved(online.page, base, tmp_path / "saved")
    with chromium() as browser, tab(browser, "file://", "fa") as alone:
        alone.page.context.set_offline(True)
        alone.page.goto(f"file://{path}")
        choose = alone.page.locator("[data-chosen]")
        choose.set_input_files([files / name for name in NAMES])
        expect(result(alone)).to_contain_text("erified", timeout=60_000)
        expect(alone.page.locator('[data-step][data-state="holds"]')).to_have_count(5)
        text = (files / "result.json").read_text("utf-8")
        (files / "result.json").write_text(text.replace('"ticket":', '"ticket":1', 1), "utf-8")
        choose.set_input_files([files / name for name in NAMES])
        expect(result(alone)).to_have_attribute("data-tone", "bad", timeout=60_000)


def test_the_draw_is_shown_on_a_wall_with_and_without_motion(app, ctx):
    slug = a_drawn_draw(app).slug
    db.session.rollback()
    with served(app) as base, chromium() as browser:
        with tab(browser, base, "fa", PHONE, reduced_motion="reduce") as calm:
            calm.open(f"/draws/{slug}/show")
            calm.page.locator("[data-play]").click()
            expect(calm.page.locator("[data-current]")).to_have_attribute("data-phase", "shown")
            calm.page.locator("[data-all]").click()
            expect(calm.page.locator("[data-current]")).to_have_count(0)
            calm.ensure_fits()
            calm.ensure_silent()
        with tab(browser, base, "en") as lively:
            lively.open(f"/draws/{slug}/show")
            lively.page.locator("[data-play]").click()
            expect(lively.page.locator("[data-current]")).to_have_attribute("data-phase", "rolling")
            expect(lively.page.locator("[data-current]")).to_have_attribute("data-phase", "shown")
            lively.ensure_fits()
            lively.ensure_silent()
