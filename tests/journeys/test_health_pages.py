"""The health guidelines and a store's health, page by page."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.core.db import db
from marketplace.inspections.guidelines import ask_for_acknowledgements, guidelines_of_store
from marketplace.inspections.models import Acknowledgement, CorrectiveAction
from tests.factories import a_finding, an_official, world
from tests.factories.buying import broken_invariants
from tests.factories.inspections import a_guideline, a_visit
from tests.factories.rows import number
from tests.pages import Client
from tests.unchanged import nothing_written

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def w(ctx, at):
    return world(at)


def signed_in(app: Flask, person) -> Client:
    client = Client(app)
    client.sign_in(person)
    return client


def rows(model):
    db.session.rollback()
    return list(db.session.scalars(select(model).order_by(model.id)))


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["fa", "en"])
def test_guidelines_are_read_printed_and_kept_in_versions(app: Flask, w, prefix: str):
    anybody = Client(app)
    page = anybody.get(f"{prefix}/guidelines")
    assert page.all(class_="empty")
    a_guideline()
    a_guideline("guideline_bleach", title_fa="محلول", title_en="Solution")
    page = anybody.get(f"{prefix}/guidelines")
    assert f"{prefix}/guidelines/guideline_storage" in page.links()
    table = page.one("table", class_="guideline__table")
    assert ("۲۰" if not prefix else "20") in "".join(table.itertext())
    sheet = anybody.get(f"{prefix}/guidelines/guideline_storage")
    assert sheet.h1 == ("دستورالعمل محل نگهداری" if not prefix else "Guideline: storage place")
    a_guideline(version=2)
    newest = anybody.get(f"{prefix}/guidelines/guideline_storage")
    assert len([link for link in newest.links() if "version=" in link]) == 2
    older = anybody.get(f"{prefix}/guidelines/guideline_storage?version=1")
    assert older.text != newest.text
    for path in (
        "/guidelines.pdf",
        "/guidelines/guideline_bleach.pdf",
        "/guidelines/guideline_storage.pdf?version=1",
    ):
        paper = anybody.get(f"{prefix}{path}")
        assert paper.body.startswith(b"%PDF")
    for path in (
        "/guidelines/nothing",
        "/guidelines/guideline_storage?version=9",
        "/guidelines/pledge_hygiene_kit.pdf",
    ):
        anybody.get(f"{prefix}{path}", expect=404)


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["fa", "en"])
def test_the_office_publishes_what_the_house_comes_with_and_guidelines_of_its_own(
    app: Flask, w, at, prefix: str
):
    office, auditor = (signed_in(app, an_official(role)) for role in (Role.office, Role.auditor))
    assert not auditor.get(f"{prefix}/office/texts").all("form", action=f"{prefix}/office/texts/first")
    with nothing_written():
        auditor.post("/office/texts/first", expect=403)
    page = office.get(f"{prefix}/office/texts")
    page = office.submit(page.form("/office/texts/first"))
    assert not [form for form in page.forms if form.action.endswith("/first")]
    with nothing_written():
        office.post(f"{prefix}/office/texts/first")
    told = app.test_cli_runner().invoke(args=["texts", "publish"])
    assert told.output.strip() == "0 texts and 0 pledges published", told.output
    assert ask_for_acknowledgements(at) == 0, "what the house comes with is no news"
    sheets = Client(app).get(f"{prefix}/guidelines")
    assert (
        len([link for link in sheets.links() if "/guidelines/guideline_" in link and ".pdf" not in link]) == 6
    )

    form = office.get(f"{prefix}/office/texts/new-guideline").form("/new-guideline")
    words = {"title_fa": "سبزی", "body_fa": "شسته شود.", "title_en": "Greens", "body_en": "Wash them."}
    with nothing_written():
        office.submit(form, **{**words, "title_en": " "}, effective_on="1405/01/05", expect=422)
    page = office.submit(form, **words, effective_on="1405/01/05")
    assert page.path.endswith("/office/texts/document/guideline_7")
    assert ask_for_acknowledgements(at) == 3, "each store with a seal is asked"
    assert "guideline_7" in [asked.document.key for asked in guidelines_of_store(w.stores[0].id, at)]


def test_a_store_acknowledges_and_is_asked_again(app: Flask, w):
    a_guideline()
    panel = signed_in(app, w.owners[0])
    page = panel.get("/panel/health")
    page = panel.submit(page.form("/guideline_storage"))
    assert not [f for f in page.forms if f.action.endswith("/guideline_storage")]
    page = panel.get("/en/panel/health")
    a_guideline(version=2)
    page = panel.get("/en/panel/health")
    assert page.all(class_="text-diff__line--new"), "what changed is shown"
    a_guideline(version=3)
    stale = panel.submit(page.form("/guideline_storage"), expect=409)
    panel.submit(stale.form("/guideline_storage"))
    assert [a.version for a in rows(Acknowledgement)] == [1, 3]
    signed_in(app, w.shopper).get("/panel/health", expect=404)
    assert not broken_invariants()


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["fa", "en"])
def test_a_store_says_what_it_mended(app: Flask, w, prefix: str):
    store, other = w.stores[:2]
    visit = a_visit(
        store, state="done", submission_key=f"key-{number():016d}", reported_at=w.at, checklist_version=1
    )
    mine = a_finding(store, "critical", visit_id=visit.id, item_key="packing_ill")
    theirs = a_finding(other, "minor")
    panel = signed_in(app, w.owners[0])
    page = panel.get(f"{prefix}/panel/health")
    assert page.all(class_="decision--no"), "the store reads that it is hidden"
    assert not page.all(id=f"finding-{theirs.id}")
    wrong = panel.submit(page.form(f"/findings/{mine.id}/action"), text=" ", expect=422)
    assert wrong.all(class_="field__error")
    page = panel.submit(wrong.form(f"/findings/{mine.id}/action"), text="همکار بیمار به خانه رفت")
    assert "همکار بیمار" in page.text
    panel.post(f"{prefix}/panel/health/findings/{theirs.id}/action", {"text": "نه"}, expect=404)
    assert len(rows(CorrectiveAction)) == 1
    assert not broken_invariants()
