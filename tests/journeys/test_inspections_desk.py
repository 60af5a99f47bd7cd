"""The inspections desk, page by page: planned, reported once, hidden at once, mended, seen again, public."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.core.db import db
from marketplace.core.language import t
from marketplace.inspections.models import Checklist, Finding, Severity, Visit, VisitKind, VisitState
from marketplace.messages.models import Message
from tests.factories import an_official, world
from tests.factories.buying import broken_invariants
from tests.factories.inspections import a_form, a_guideline, a_visit
from tests.pages import Client

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def w(ctx, at):
    return world(at)


def signed_in(app: Flask, person) -> Client:
    client = Client(app)
    client.sign_in(person)
    return client


def rows(model, **conditions):
    db.session.rollback()
    query = select(model).filter_by(**conditions).order_by(model.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def a_photo() -> tuple[io.BytesIO, str]:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (120, 90, 60)).save(out, "JPEG")
    out.seek(0)
    return out, "wall.jpg"


def answers(**values):
    """What the report's form is filled with, beside what the page put in."""
    filled = a_form(**values)
    return {
        name: value
        for name, value in filled.items()
        if name.startswith(("mark-", "note-", "met_", "earlier-"))
    }


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["fa", "en"])
def test_from_the_plan_to_a_cleared_finding(app: Flask, w, prefix: str):
    store, offer = w.stores[0], w.soap
    inspector = an_official(Role.health_inspector, given_name="پروین", surname="یوسفی")
    office = signed_in(app, an_official(Role.office))
    auditor = signed_in(app, an_official(Role.auditor))
    here = signed_in(app, inspector)
    a_guideline()

    page = office.get(f"{prefix}/office/inspections")
    assert page.all(class_="empty")
    wrong = office.submit(page.form("/visits"), store="no such", planned_on="1404/01/01", expect=422)
    assert len(wrong.all(class_="field__error")) == 1
    wrong = office.submit(wrong.form("/visits"), store=store.slug, planned_on="1404/01/01", expect=422)
    office.submit(
        wrong.form("/visits"), store=store.slug, planned_on="۱۴۰۵/۰۱/۰۵", inspector_id=str(inspector.id)
    )
    [visit] = rows(Visit)
    path = f"{prefix}/office/inspections/visits/{visit.id}"
    for someone in (office, auditor, here):
        assert store.name_fa in someone.get("/office/inspections").text
        assert bool(someone.get(path).all(id="report")) is (someone is here)
    office.post(f"{path}/report", answers(), expect=403)
    signed_in(app, w.shopper).get(path, expect=403)

    page = here.get(path)
    wrong = here.submit(page.form(id="report"), expect=422)
    assert wrong.all(class_="error-summary")
    bad = answers(mark__packing_ill="not_ok", note__packing_ill="همکار تب دارد")
    anybody = Client(app)
    anybody.submit(anybody.get(f"{prefix}/offers/{offer.id}-{offer.slug}").form(id="buy"))
    sent = {**wrong.form(id="report").values, **bad, "photos-packing_ill": a_photo()}
    done = here.post(f"{path}/report", sent)
    assert done.path == path
    [finding] = rows(Finding)
    assert (finding.severity, finding.text_fa) == (Severity.critical, "همکار تب دارد")
    picture = done.one("img", class_="evidence__picture").get("src")
    assert here.get(picture).headers["Content-Type"] == "image/jpeg"
    assert Client(app).get(picture, expect=404)

    # hidden at once: list, product, cart, shop front
    listed = anybody.get(f"{prefix}/search?q={offer.title_fa}").links()
    assert not [link for link in listed if f"/offers/{offer.id}-" in link]
    gone = anybody.get(f"{prefix}/offers/{offer.id}-{offer.slug}", expect=range(200, 410))
    assert not [f for f in gone.forms if f.element.get("id") == "buy"]
    assert t("reason.critical_finding", lang="en" if prefix else "fa") in anybody.get(f"{prefix}/cart").text
    assert anybody.get(f"{prefix}/stores/{store.slug}/health").all(class_="decision--no")

    # the very same report again is no second one; another is refused and shows how it stands
    again = here.post(f"{path}/report", {**sent, "photos-packing_ill": a_photo()})
    assert again.path == path
    stale = here.post(f"{path}/report", {**answers(), "submission_key": "x" * 20}, expect=409)
    assert stale.all(class_="decision--no")
    assert len(rows(Finding)) == 1

    # the store mends, the re-visit clears
    panel = signed_in(app, w.owners[0])
    page = panel.get(f"{prefix}/panel/health")
    panel.submit(page.form("/action"), text="به خانه رفت")
    [re_visit] = rows(Visit, kind=VisitKind.re_visit)
    path = f"{prefix}/office/inspections/visits/{re_visit.id}"
    page = here.get(path)
    assert "به خانه رفت" in page.text
    here.post(
        f"{path}/report", {**page.form(id="report").values, **answers(), f"earlier-{finding.id}": "mended"}
    )
    assert rows(Finding)[0].cleared_at is not None
    assert anybody.get(f"{prefix}/offers/{offer.id}-{offer.slug}").forms
    public = anybody.get(f"{prefix}/stores/{store.slug}/health")
    assert "تب" not in public.text, "nobody's words are public"
    assert not public.all("img", class_="evidence__picture")
    for part in ("reports", "findings", "checklist", "guidelines"):
        auditor.get(f"{prefix}/office/inspections/{part}")
    assert not broken_invariants()


def test_a_visit_is_moved_cancelled_and_seen_by_its_own_not_at_all(app: Flask, w):
    office = signed_in(app, an_official(Role.office))
    visit = a_visit(w.stores[0])
    path = f"/office/inspections/visits/{visit.id}"
    page = office.get(path)
    page = office.submit(page.form("/plan"), planned_on="x", expect=422)
    page = office.submit(page.form("/plan"), planned_on="1405/01/20")
    assert rows(Visit)[0].planned_on.isoformat() == "2026-04-09"
    page = office.submit(page.form("/cancellation"), reason=" ", expect=422)
    office.submit(page.form("/cancellation"), reason="فروشگاه جابه‌جا شد")
    assert rows(Visit)[0].state is VisitState.cancelled
    office.post(f"{path}/plan", {"planned_on": "1405/01/21"}, expect=409)
    office.post(f"{path}/cancellation", {"reason": "باز"}, expect=409)
    spot = a_visit(w.stores[1], kind="spot_check")
    assert not [
        f for f in office.get(f"/office/inspections/visits/{spot.id}").forms if "cancellation" in f.action
    ]
    office.post(f"/office/inspections/visits/{spot.id}/cancellation", {"reason": "نه"}, expect=422)
    office.get("/office/inspections/visits/999999", expect=404)


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["fa", "en"])
def test_the_checklist_gets_a_new_version(app: Flask, w, prefix: str):
    office = signed_in(app, an_official(Role.office))
    page = office.get(f"{prefix}/office/inspections/checklist")
    form = page.form("/checklist")
    last = int(form.values["count"][0]) - 1
    wrong = office.submit(form, **{f"fa-{last}": "خط تازه"}, expect=422)
    assert wrong.all(class_="field__error")
    office.submit(
        wrong.form("/checklist"),
        **{f"en-{last}": "A new line", f"group-{last}": "guideline_storage", "fa-0": "", "en-0": ""},
    )
    [version] = rows(Checklist)
    assert version.version == 2
    assert [item["fa"] for item in version.items][-1] == "خط تازه"
    assert "storage_dry" not in {item["key"] for item in version.items}
    office.submit(form, **{f"fa-{last}": "دیگر", f"en-{last}": "Another"}, expect=409)


def test_stores_are_reminded_of_a_guideline(app: Flask, w):
    a_guideline()
    office = signed_in(app, an_official(Role.office))
    page = office.get("/office/inspections/guidelines")
    assert w.stores[2].name_fa in page.text
    office.submit(page.form("/reminder"))
    assert len(rows(Message, template="guideline_changed", channel="app")) == 3
