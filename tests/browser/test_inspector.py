"""The inspector's telephone loses its network during a visit: nothing is lost, and the report arrives once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.ctx import AppContext
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from marketplace.accounts.models import Role
from marketplace.core.db import db
from marketplace.files.models import EvidenceFile
from marketplace.inspections.models import Finding, Visit, VisitAnswer, VisitState
from tests.browser.browsing import PHONE, Tab, chromium, served, tab
from tests.factories import a_session, an_official, world
from tests.factories.buying import broken_invariants
from tests.factories.inspections import a_visit
from tests.factories.stores import a_finding

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.databases("sqlite")]


@pytest.mark.parametrize("language", ["fa", "en"])
def test_a_report_filled_without_a_network(
    app: Flask, ctx: AppContext, tmp_path: Path, language: str
) -> None:
    now = datetime.now(UTC)
    small = world(now)
    visit, other = (a_visit(store, at=now) for store in small.stores[:2])
    a_finding(small.stores[0], "minor", at=now - timedelta(days=1))
    secret = a_session(an_official(Role.health_inspector, at=now), at=now)
    photo = tmp_path / "wall.jpg"
    Image.new("RGB", (2400, 1800), (150, 110, 70)).save(photo, "JPEG")
    db.session.rollback()
    with served(app) as base, chromium() as browser, tab(browser, base, language, PHONE) as inspector:
        inspector.enter(secret)
        inspector.open(f"/office/inspections/visits/{visit.id}")
        inspector.ensure_fits()
        page = inspector.page
        expect(page.locator("html[data-kept]")).to_be_attached()
        page.context.set_offline(True)
        fill(page, photo)
        said = page.locator("[data-visit-said]")
        page.locator(".visit-bar button").click()
        expect(said).to_have_attribute("data-tone", "zf")
        assert findings(visit.id) == (VisitState.planned, 0, 0)
        assert page.evaluate(f"JSON.parse(localStorage.getItem('visit-{visit.id}')).isQueued") is True
        opens_again(page, photo.stem)
        page.context.set_offline(False)
        expect(page.locator("[data-visit-state=done]")).to_be_visible()
        assert findings(visit.id) == (VisitState.done, 1, 1)
        assert page.evaluate(f"localStorage.getItem('visit-{visit.id}')") is None
        assert f"/visits/{visit.id}" not in kept_addresses(page), "a report that is in is kept no more"
        inspector.ensure_fits()
        inspector.said = [words for words in inspector.said if "ERR_INTERNET_DISCONNECTED" not in words]
        inspector.ensure_silent()
        leaves_nothing(inspector, other.id)
    assert not any(broken_invariants().values())


def opens_again(page: Page, photo: str) -> None:
    """Still without a network: the page comes from the worker, with every word and picture of the draft."""
    page.reload()
    expect(page.locator("[name=met_name]")).to_have_value("مریم رضایی")
    expect(page.locator("[name=note-storage_dry]")).to_have_value("کف انبار نم دارد")
    expect(page.locator("[data-line=storage_dry] [data-photo-count]")).to_have_text(re.compile("[1۱]"))
    assert (
        page.evaluate("document.querySelector('[name=photos-storage_dry]').files[0].name") == f"{photo}.jpg"
    )


def kept_addresses(page: Page) -> str:
    script = (
        "caches.open('visits-1').then(kept => kept.keys()).then(all => all.map(one => one.url).join(' '))"
    )
    return str(page.evaluate(script))


def leaves_nothing(inspector: Tab, visit_id: int) -> None:
    """Signing out takes along what was kept for another visit: page, draft, pictures."""
    page = inspector.page
    inspector.open(f"/office/inspections/visits/{visit_id}")
    expect(page.locator("html[data-kept]")).to_be_attached()
    page.fill("[name=met_name]", "کسی دیگر")
    assert f"/visits/{visit_id}" in kept_addresses(page)
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("[data-menu] summary").first.click()
    with page.expect_navigation():
        page.locator("form[data-unsent] button").first.click()
    assert page.evaluate("Object.keys(localStorage).length") == 0
    assert page.evaluate("caches.keys().then(all => all.length)") == 0
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)") == 0


def fill(page: Page, photo: Path) -> None:
    """Everything is in order but the floor of the store room, which gets words and a picture."""
    page.fill("[name=met_name]", "مریم رضایی")
    for box in page.locator("input[value=mended]").all():
        box.check()
    for box in page.locator("[data-line] input[value=ok]").all():
        box.check()
    page.locator("[name=mark-storage_dry][value=not_ok]").check()
    page.fill("[name=note-storage_dry]", "کف انبار نم دارد")
    page.set_input_files("[name=photos-storage_dry]", str(photo))
    expect(page.locator("[data-line=storage_dry] [data-photo-count]")).to_have_text(re.compile("[1۱]"))
    expect(page.locator("[data-visit-said]")).to_have_attribute("data-tone", "ps")


def findings(visit_id: int) -> tuple[VisitState, int, int]:
    """(state of the visit, its findings, their pictures)."""
    db.session.rollback()
    state = db.session.scalars(select(Visit.state).where(Visit.id == visit_id)).one()
    ids = db.session.scalars(select(Finding.id).where(Finding.visit_id == visit_id)).all()
    kept = (
        select(func.count())
        .select_from(EvidenceFile)
        .where(EvidenceFile.subject.in_([f"finding:{number}" for number in ids]))
    )
    answers = db.session.scalar(select(func.count()).where(VisitAnswer.visit_id == visit_id))
    assert (answers or 0) == (15 if state is VisitState.done else 0)
    return state, len(ids), db.session.scalar(kept) or 0
