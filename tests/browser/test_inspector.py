"""The inspector's telephone loses its network during a visit: nothing is lost, and the report arrives once."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.ctx import AppContext
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.core.settings import Settings
from marketplace.demo.load import load_festival
from marketplace.demo.people import add_people
from marketplace.demo.plan.scale import Scale
from marketplace.files.models import EvidenceFile
from marketplace.inspections.models import Finding, Visit, VisitAnswer, VisitState
from marketplace.stores.models import Store
from tests.browser.browsing import PHONE, chromium, tab
from tests.browser.test_story import sign_in
from tests.factories.inspections import a_visit
from tests.faults.house import house_of

pytestmark = pytest.mark.needs("chromium")


@pytest.mark.parametrize("language", ["fa", "en"])
def test_a_report_filled_without_a_network(
    ctx: AppContext, settings: Settings, tmp_path: Path, language: str
) -> None:
    now = datetime.now(UTC)
    load_festival(Scale.SMALL, now)
    people = add_people(now)
    store = db.session.scalars(select(Store).where(Store.slug == people["store_owner"]["store_slug"])).one()
    visit = a_visit(store, at=now)
    photo = tmp_path / "wall.jpg"
    Image.new("RGB", (2400, 1800), (150, 110, 70)).save(photo, "JPEG")
    db.session.rollback()
    with house_of(settings) as house, chromium() as browser:
        house.open()
        with tab(browser, house.base, language, PHONE) as inspector:
            path = f"/office/inspections/visits/{visit.id}"
            sign_in(inspector, people["health_inspector"], path)
            inspector.ensure_fits()
            page = inspector.page
            page.context.set_offline(True)
            fill(page, photo)
            said = page.locator("[data-visit-said]")
            page.locator(".visit-bar button").click()
            expect(said).to_have_attribute("data-tone", "zf")
            assert findings(visit.id) == (VisitState.planned, 0, 0)
            assert page.evaluate(f"JSON.parse(localStorage.getItem('visit-{visit.id}')).isQueued") is True
            page.context.set_offline(False)
            page.wait_for_function("document.querySelector('[data-visit-state=done]')")
            assert findings(visit.id) == (VisitState.done, 1, 1)
            assert page.evaluate(f"localStorage.getItem('visit-{visit.id}')") is None
            inspector.ensure_fits()
            inspector.said = [words for words in inspector.said if "ERR_INTERNET_DISCONNECTED" not in words]
            inspector.ensure_silent()
        house.run("invariants")


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
