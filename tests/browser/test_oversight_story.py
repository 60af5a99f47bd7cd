"""Oversight in Chromium, as four people meet it: a shopper tells of a missing kit, the office publishes, plans, writes
and looks after the pledges, everybody reads what came of it, and an auditor takes the proofs along and finds what was
altered.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.ctx import AppContext
from playwright.sync_api import Download, Locator, expect
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.core.audit import Actor
from marketplace.core.audit_digests import publish_digest
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.inspections.models import Visit
from marketplace.inspections.visits import record_visit
from marketplace.orders.models import HygieneKit, Order, StoreOrder
from marketplace.oversight.deadlines import check_deadlines
from marketplace.oversight.kit_cases import watch_kits
from marketplace.oversight.shipping import check_shipping
from marketplace.stats.rollups import refresh_figures
from tests.browser.browsing import PHONE, Tab, chromium, served, tab
from tests.factories import AT, World, a_session, an_official, change, world
from tests.factories.buying import broken_invariants, paid, parts_of, run_jobs
from tests.factories.inspections import a_report
from tests.fakes.gateway import MemoryGateway, use_gateway

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.databases("sqlite")]
DAY = timedelta(days=1)


@dataclass
class Scene:
    """The stores, what was bought of one of them, and the days that pass."""

    w: World
    parts: list[StoreOrder]
    traveller: time_machine.Traveller


def bought(app: Flask, w: World) -> list[StoreOrder]:
    """Three orders that came, from one store."""
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    made = [paid(gateway, w.shopper, (w.soap, 1)) for _ in range(3)]
    facts = {"state": "delivered", "shipped_at": AT, "delivered_at": AT}
    parts = [change(parts_of(order)[0], **facts) for order in made]
    for kit in db.session.scalars(select(HygieneKit)).all():
        change(kit, ticked_at=AT, ticked_by_id=w.owners[0].id)
    return parts


def test_oversight_as_everybody_meets_it(app: Flask, ctx: AppContext, tmp_path: Path) -> None:
    with time_machine.travel(AT, tick=False) as traveller:
        w = world(AT)
        parts = bought(app, w)
        office_key, auditor_key, shopper_key = (
            a_session(person) for person in (an_official(Role.office), an_official(Role.auditor), w.shopper)
        )
        db.session.rollback()
        with served(app) as base, chromium() as browser:
            scene = Scene(w, parts, traveller)
            with tab(browser, base, "fa", PHONE) as shopper:
                shopper.enter(shopper_key)
                tells_of_missing_kits(scene, shopper)
            with tab(browser, base, "fa") as office:
                office.enter(office_key)
                publishes_and_plans(scene, office, tmp_path)
                looks_after_the_pledges(scene, office)
            an_inspector_reports_the_worst(scene)
            with tab(browser, base, "fa", PHONE) as anybody:
                reads_what_came_of_it(scene, anybody)
            with tab(browser, base, "en") as auditor:
                auditor.enter(auditor_key)
                takes_the_proofs_along(auditor, tmp_path)
        assert not broken_invariants()


def tells_of_missing_kits(scene: Scene, shopper: Tab) -> None:
    """One click each, under the line of the kit; afterwards the page says when."""
    numbers = [order_number(part) for part in scene.parts]
    for number, part in zip(numbers, scene.parts, strict=True):
        shopper.open(f"/orders/{number}")
        shopper.send(f"/store-orders/{part.id}/kit-report")
        assert "گزارش کردید که بسته بهداشتی نبود" in shopper.main()
        assert not shopper.page.locator("form[action$='/kit-report']").count()
    shopper.ensure_fits()
    shopper.ensure_silent()


def publishes_and_plans(scene: Scene, office: Tab, folder: Path) -> None:
    """The texts of the house become version 1, a new guideline follows; a visit is planned, a letter numbered."""
    office.open("/office/texts")
    office.send("/office/texts/first")
    assert "متن‌های منتشرنشده" not in office.main()
    office.open("/office/texts/new-guideline")
    words = {
        "title_fa": "سبزی تازه",
        "body_fa": "سبزی شسته شود.",
        "title_en": "Greens",
        "body_en": "Wash them.",
    }
    office.send("/office/texts/new-guideline", effective_on="1405/01/06", **words)
    office.open("/office/inspections")
    store = scene.w.stores[1]
    office.send("/inspections/visits", store=store.slug, planned_on="1405/01/06", kind="planned")
    assert store.name_fa in office.main()
    office.open("/office/letters")
    office.send("/office/letters")
    sheet = saved(office, office.page.locator("a[href$='.xlsx']").first, folder / "stores.xlsx")
    rows = CalamineWorkbook.from_path(str(sheet)).get_sheet_by_index(0).to_python()
    assert any(scene.w.stores[0].name_fa in map(str, row) for row in rows)
    office.open("/office/black-box")
    office.send("/office/black-box")
    run_jobs(AT)
    office.ensure_silent()


def looks_after_the_pledges(scene: Scene, office: Tab) -> None:
    """Every order was recomputed; three kits are a warning, which the office ends with a reason."""
    for sweep in (check_shipping, check_deadlines, watch_kits, refresh_figures):
        sweep(AT + DAY)
    scene.traveller.shift(DAY)
    office.open("/office/pledges")
    assert "۳ از ۳" in office.main()
    office.page.locator("a[href*='rule=kits']").click()
    office.page.locator(f"a[href$='/office/pledges/{scene.w.stores[0].slug}']").click()
    expect(office.page.locator("#case")).to_be_visible()
    assert office.main().count("گزارش خریدار") == 3
    office.send("/closing", reason="بسته‌ها رسید")
    assert not office.page.locator("#case").count()
    office.ensure_silent()


def an_inspector_reports_the_worst(scene: Scene) -> None:
    """What the telephone sends, see test_inspector: here its consequence counts."""
    visit = db.session.scalars(select(Visit)).one()
    inspector = Actor(an_official(Role.health_inspector).id, Role.health_inspector.value, "بازرس")
    wrong = {"mark__storage_dry": "not_ok", "note__storage_dry": "نم", "severity__storage_dry": "critical"}
    with unit_of_work():
        record_visit(visit.id, a_report(**wrong), {}, inspector, AT + DAY)


def reads_what_came_of_it(scene: Scene, anybody: Tab) -> None:
    """Figures with their tables, guidelines, a store's health, the end of each day: without signing in."""
    store = scene.w.stores[1]
    anybody.open(f"/stores/{store.slug}/health")
    assert "بحرانی" in anybody.main()
    anybody.open("/stats")
    anybody.page.locator(".chart__table summary").first.click()
    expect(anybody.page.locator(".chart__table table").first).to_be_visible()
    anybody.ensure_fits()
    anybody.open("/guidelines")
    assert ("سبزی تازه" in anybody.main() and "وایتکس" in anybody.main()) or "سفیدکننده" in anybody.main()
    for path in ("/audit", "/black-box", "/guidelines"):
        anybody.open(path)
        anybody.ensure_fits()
    anybody.ensure_silent()


def takes_the_proofs_along(auditor: Tab, folder: Path) -> None:
    """Filters, exports, and checks with the published program; one byte altered in a file is named."""
    publish_digest(AT + 2 * DAY)
    page = auditor.page
    auditor.open("/office/audit?action=close_kit_case")
    assert "closed" in page.locator(".audit-entry table").first.inner_text()
    auditor.open("/office/audit")
    page.locator("[name=export_first]").fill("1405/01/05")
    page.locator("[name=export_last]").fill("1405/01/06")
    log = saved(auditor, page.locator("form[action$='/office/audit/export'] button"), folder / "log.json")
    auditor.open("/audit")
    program = saved(auditor, page.locator("a[href$='/audit/verify.py']").first, folder / "verify.py")
    auditor.open("/black-box")
    box = saved(auditor, page.locator("a[href$='.tar']").first, folder / "box.tar")
    for path in (log, box):
        assert verified(program, path)[0] == 0
    log.write_text(re.sub(r'"close_kit_case"', '"open_kit_case"', log.read_text("utf-8"), count=1), "utf-8")
    data = bytearray(box.read_bytes())
    data[data.index(b'"price_toman"') + 15] ^= 1
    box.write_bytes(bytes(data))
    for path in (log, box):
        code, words = verified(program, path)
        assert code == 1 and words.strip()
    auditor.ensure_silent()


def order_number(part: StoreOrder) -> str:
    number = db.session.scalars(select(Order.number).where(Order.id == part.order_id)).one()
    db.session.rollback()
    return number


def saved(someone: Tab, link: Locator, path: Path) -> Path:
    """What a click downloads."""
    with someone.page.expect_download() as told:
        link.click()
    download: Download = told.value
    download.save_as(path)
    return path


def verified(program: Path, path: Path) -> tuple[int, str]:
    """(exit code, what it said) of the published program, which needs nothing of ours."""
    done = subprocess.run(
        [sys.executable, "-I", str(program), str(path)], capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout + done.stderr
