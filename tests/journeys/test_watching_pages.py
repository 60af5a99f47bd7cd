"""Spot checks, letters and the pledge monitor, page by page."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.complaints.models import Complaint
from marketplace.core.db import db
from marketplace.inspections.models import Visit, VisitKind
from marketplace.lottery.sources import FIGURE_NAMES
from marketplace.oversight.kit_cases import watch_kits
from marketplace.oversight.shipping import check_shipping
from marketplace.oversight.watch_models import KitCase, MinistryLetter, SpotCheck
from tests.factories import AT, an_official, change, world
from tests.factories.buying import broken_invariants, paid, parts_of
from tests.factories.inspections import answers_of_page
from tests.factories.rows import put
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client

pytestmark = pytest.mark.databases("sqlite")
DAY = timedelta(days=1)
FIGURES = dict.fromkeys(FIGURE_NAMES, "12345")


@pytest.fixture
def w(ctx, at):
    return world(at)


def signed_in(app: Flask, person) -> Client:
    client = Client(app)
    client.sign_in(person)
    return client


def one(model):
    db.session.rollback()
    return db.session.scalars(select(model).execution_options(populate_existing=True)).one()


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["fa", "en"])
def test_a_spot_check_from_the_list_to_a_named_store(app: Flask, w, prefix: str):
    inspector = signed_in(app, an_official(Role.health_inspector))
    auditor, seal = (signed_in(app, an_official(role)) for role in (Role.auditor, Role.seal_officer))
    anybody = Client(app)
    anybody.get(f"{prefix}/spot-checks")
    page = inspector.get(f"{prefix}/office/spot-checks")
    wrong = inspector.submit(page.form("/spot-checks"), count="۰", expect=422)
    inspector.submit(wrong.form("/spot-checks"), count="۲", wait="30")
    path = f"{prefix}/office/spot-checks/{one(SpotCheck).slug}"
    public = f"{prefix}/spot-checks/{one(SpotCheck).slug}"
    for officer in (auditor, seal):
        officer.submit(officer.get(path).form("/signature"))
    auditor.post(f"{path}/signature", expect=409)
    anybody.get(f"{public}/files/result.json", expect=404)
    with time_machine.travel(AT + DAY, tick=False):
        page = inspector.get(path)
        assert page.forms, "the round may be brought"
        inspector.submit(
            page.form("/round"), document='{"round": 1, "signature": "00"}', expect=range(400, 500)
        )
        inspector.post(f"{path}/round", {"document": "no"}, expect=400)
    with time_machine.travel(AT + 4 * DAY, tick=False):
        inspector.submit(
            inspector.get(path).form("/figures"), **{**FIGURES, FIGURE_NAMES[0]: "x"}, expect=422
        )
        page = inspector.submit(inspector.get(path).form("/figures"), **FIGURES)
        inspector.post(f"{path}/figures", FIGURES, expect=403)
        auditor.submit(auditor.get(path).form("/figures"), **FIGURES)
        desk = inspector.get(path)
        assert len([link for link in desk.links() if "/inspections/visits/" in link]) == 2
        page = anybody.get(public)
        assert not page.all("details", class_="check-salts"), "nobody is named before the visit"
        assert {
            anybody.get(f"{public}/files/{name}").status
            for name in ("manifest.json", "entries.csv", "result.json", "verify.py")
        } == {200}
        anybody.get(f"{public}/files/secrets", expect=404)
        db.session.rollback()
        visit = db.session.scalars(select(Visit).where(Visit.kind == VisitKind.spot_check)).first()
        form = inspector.get(f"/office/inspections/visits/{visit.id}").form(id="report")
        inspector.post(form.action, {**form.values, **answers_of_page()})
        assert len(anybody.get(public).all("details", class_="check-salts")) == 1


def test_letters(app: Flask, w):
    office = signed_in(app, an_official(Role.office))
    page = office.get("/office/letters")
    wrong = office.submit(page.form("/letters"), addressee="", expect=422)
    office.submit(wrong.form("/letters"), addressee="وزارت بهداشت")
    letter = one(MinistryLetter)
    assert office.get(f"/office/letters/{letter.id}.xlsx").body.startswith(b"PK")
    for prefix in ("", "/en"):
        assert office.get(f"{prefix}/office/letters/{letter.id}.pdf").body.startswith(b"%PDF")
    auditor = signed_in(app, an_official(Role.auditor))
    assert not [f for f in auditor.get("/en/office/letters").forms if f.action.endswith("/letters")]
    auditor.post("/office/letters", {"addressee": "x"}, expect=403)
    signed_in(app, w.shopper).get("/office/letters", expect=403)


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["fa", "en"])
def test_the_pledges_from_the_sums_to_the_order(app: Flask, w, at, prefix: str):
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    office = signed_in(app, an_official(Role.office))
    assert office.get(f"{prefix}/office/pledges").all(class_="empty")
    for number in range(5):
        [part] = parts_of(paid(gateway, w.shopper, (w.soap, 1), at=at))
        change(part, state="delivered", delivered_at=at, shipped_at=at, tracking_code=f"T{number}")
        put(
            Complaint, number=f"K-{number}", store_id=part.store_id, store_order_id=part.id, person_id=w.shopper.id,
            category="kit_missing", state="closed", filed_at=at, answer_due_at=at + 7 * DAY,
        )  # fmt: skip
    check_shipping(at + DAY)
    watch_kits(at)
    slug = w.stores[0].slug
    page = office.get(f"{prefix}/office/pledges?rule=kits")
    assert f"{prefix}/office/pledges/{slug}" in page.links()
    page = office.get(f"{prefix}/office/pledges/{slug}")
    office.post(f"{prefix}/office/pledges/{slug}/freeze", expect=409)
    panel = signed_in(app, w.owners[0])
    own = panel.get(f"{prefix}/panel/pledges")
    own = panel.submit(own.form("/statement"), statement=" ", expect=422)
    panel.submit(own.form("/statement"), statement="انبار خالی بود")
    panel.post(f"{prefix}/panel/pledges/statement", {"statement": "باز"}, expect=409)
    page = office.get(f"{prefix}/office/pledges/{slug}")
    page = office.submit(page.form("/freeze"))
    assert panel.get(f"{prefix}/panel/pledges").all(class_="decision--no")
    page = office.submit(page.form("/closing"), reason="", expect=422)
    office.submit(page.form("/closing"), reason="بسته‌ها رسید")
    assert one(KitCase).state.value == "closed"
    assert not broken_invariants().get("price_history_is_whole")
    office.get("/office/pledges/no-such-store", expect=404)
    signed_in(app, w.shopper).get("/panel/pledges", expect=404)
