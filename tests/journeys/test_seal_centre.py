"""The way to a seal, page by page: applied for, domain proven, inquiry answered, issued, suspended, reinstated."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.core.db import db
from marketplace.core.outward import OutwardClient
from marketplace.messages.models import Message
from marketplace.stores.case_models import SealApplication
from marketplace.stores.models import Clearance, Seal
from tests.factories import (
    AT,
    a_bare_store,
    a_clearance,
    a_member,
    a_person,
    an_official,
    change,
    provinces,
    rules,
    world,
    writing,
)
from tests.factories.buying import broken_invariants
from tests.factories.uploads import a_picture
from tests.fakes.site import Site
from tests.pages import Client

NATIONAL_ID = "0084575948"


@pytest.fixture
def site(app: Flask) -> Iterator[Site]:
    """A stranger's site that stands for every name on port 80."""
    with Site() as made:
        app.extensions["outward"] = OutwardClient(
            allow_loopback=True, resolve=lambda host, port: ["127.0.0.1"], stand_ins={80: made.port, 443: 1}
        )
        yield made


@pytest.fixture
def here(ctx, at):
    """A store without papers, its owner, two clearance officers and one of the seal centre."""
    with writing():
        rules()
        owner = a_person(given_name="نگار", surname="کاظمی")
        store = a_bare_store(province=provinces()[0], slug="negar", domain=None)
        a_member(store, owner)
        officers = {
            "seal": an_official(Role.seal_officer, given_name="هادی", surname="فرزان"),
            "first": an_official(Role.clearance_officer, given_name="مهسا", surname="یزدی"),
            "second": an_official(Role.clearance_officer, given_name="آرش", surname="توکلی"),
        }
    return store, owner, officers


def signed_in(app: Flask, person) -> Client:
    client = Client(app)
    client.sign_in(person)
    return client


def one(model):
    db.session.rollback()
    return db.session.scalars(select(model).execution_options(populate_existing=True)).one()


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["fa", "en"])
def test_from_application_to_a_seal(app: Flask, here, site: Site, prefix: str):
    _, owner, officers = here
    panel = signed_in(app, owner)
    page = panel.get(f"{prefix}/panel/seal")
    wrong = panel.submit(page.form("/application"), domain="http://127.0.0.1", national_id="123", expect=422)
    assert len(wrong.all(class_="field__error")) >= 3
    page = panel.submit(
        wrong.form("/application"), domain="https://Negar.example/shop", national_id=NATIONAL_ID, consent="1"
    )
    application = one(SealApplication)
    assert (application.domain, one(Seal).state.value, one(Clearance).state.value) == (
        "negar.example",
        "applied",
        "queued",
    )
    assert application.token in page.text

    page = panel.post(f"{prefix}/panel/seal/proof", {"method": "file"})
    assert one(SealApplication).proof_problem == "token_not_found"
    site.pages["/.well-known/bazargah-seal.txt"] = application.token + "\n"
    panel.post(f"{prefix}/panel/seal/proof", {"method": "file"})
    assert one(SealApplication).proven_at == AT

    first = signed_in(app, officers["first"])
    page = first.get(f"{prefix}/office/clearances")
    clearance_id = one(Clearance).id
    page = first.get(f"{prefix}/office/clearances/{clearance_id}")
    assert NATIONAL_ID in page.source and "negar" not in page.source
    page = first.submit(page.form("/asking"))
    page = first.submit(page.form("/answer"), expect=422)
    first.submit(page.form("/answer"), outcome="clear")
    assert one(Clearance).state.value == "clear"

    desk = signed_in(app, officers["seal"])
    page = desk.get(f"{prefix}/office/seals")
    assert "negar.example" in page.text
    page = desk.get(f"{prefix}/office/seals/applications/{application.id}")
    assert NATIONAL_ID not in page.source
    page = desk.submit(page.form("/grant"), stars="4")
    seal = one(Seal)
    assert (seal.state.value, seal.stars, seal.domain) == ("active", 4, "negar.example")
    page = desk.submit(page.form("/suspension"), expect=422)
    page = desk.submit(page.form("/suspension"), reason_code="inspection", reason_text="انبار")
    assert one(Seal).state.value == "suspended"
    stale = desk.post(
        f"{prefix}/office/seals/{seal.code}/suspension", {"reason_code": "inspection"}, expect=409
    )
    assert stale.h1
    page = desk.submit(page.form("/reinstatement"), reason_code="settled")
    page = panel.get(f"{prefix}/panel/seal")
    public = Client(app).get(f"{prefix}/seal/{seal.code}")
    assert "هادی" not in public.source and "انبار" not in public.source
    assert len(public.all("li", class_="timeline__item")) == 4
    told = {m.template for m in db.session.scalars(select(Message))}
    assert {"seal_issued", "seal_suspended", "seal_reinstated", "clearance_clear"} <= told
    assert broken_invariants() == {}


def test_an_objection_goes_to_another_officer(app: Flask, here):
    _, owner, officers = here
    panel, first, second = (signed_in(app, p) for p in (owner, officers["first"], officers["second"]))
    panel.submit(
        panel.get("/panel/seal").form("/application"),
        domain="negar.example",
        national_id=NATIONAL_ID,
        consent="1",
    )
    address = f"/office/clearances/{one(Clearance).id}"
    page = first.submit(first.get(address).form("/asking"))
    first.submit(page.form("/answer"), outcome="adverse", category_adverse="record")
    page = panel.get("/panel/seal")
    office = signed_in(app, officers["seal"]).get(f"/office/seals/applications/{one(SealApplication).id}")
    assert "سابقه" not in office.text
    panel.submit(page.form("/objection"))
    page = first.get(address)
    assert not [f for f in page.forms if f.action.endswith("/answer")]
    first.post(f"{address}/answer", {"outcome": "clear"}, expect=409)
    assert one(Clearance).state.value == "objected"
    second.submit(second.get(address).form("/answer"), outcome="adverse", category_adverse="other")
    assert one(Clearance).state.value == "final"
    assert not [f for f in panel.get("/panel/seal").forms if f.action.endswith("/objection")]


def test_what_the_applicant_adds_is_read_by_the_officer_until_the_answer(app: Flask, here):
    _, owner, officers = here
    panel, first, desk = (signed_in(app, p) for p in (owner, officers["first"], officers["seal"]))
    panel.submit(
        panel.get("/panel/seal").form("/application"),
        domain="negar.example",
        national_id=NATIONAL_ID,
        consent="1",
    )
    address = f"/office/clearances/{one(Clearance).id}"
    page = first.submit(first.get(address).form("/asking"))
    first.submit(page.form("/answer"), outcome="more_information", category_more_information="address_proof")
    page = panel.get("/panel/seal")
    page = panel.submit(page.form("/information"), expect=422)
    assert page.one(id="information-error") is not None
    sent = {"information": "اجاره‌نامه‌ی تازه پیوست است.", "proofs": (io.BytesIO(a_picture("PNG")), "rent.png")}
    panel.submit(page.form("/information"), **sent)
    page = first.get(address)
    assert "اجاره‌نامه‌ی تازه" in page.text
    [picture] = page.all("img", class_="evidence__picture")
    first.get(picture.get("src"))
    panel.get(picture.get("src"))
    desk.get(picture.get("src"), expect=404)
    page = first.submit(page.form("/asking"))
    first.submit(page.form("/answer"), outcome="clear")
    assert "اجاره‌نامه" not in first.get(address).text
    first.get(picture.get("src"), expect=404)
    assert one(Clearance).information is None


def test_the_owner_renews_the_inquiry_in_time(app: Flask, here):
    store, owner, _ = here
    change(a_clearance(store, person_id=owner.id), valid_until=AT + timedelta(days=60))
    panel = signed_in(app, owner)
    page = panel.submit(panel.get("/panel/seal").form("/panel/seal/clearance"))
    assert one(Clearance).state.value == "queued" and "پاسخ پیشین تا" in page.text
    panel.post("/panel/seal/clearance", {}, expect=409)


def test_the_clock_of_an_inquiry_is_shown(app: Flask, here):
    _, owner, officers = here
    panel = signed_in(app, owner)
    panel.submit(
        panel.get("/panel/seal").form("/application"),
        domain="negar.example",
        national_id=NATIONAL_ID,
        consent="1",
    )
    desk = signed_in(app, officers["first"])
    for hours, colour in ((71, "green"), (72, "amber"), (96, "red"), (120, "breach")):
        with time_machine.travel(AT + timedelta(hours=hours), tick=False):
            page = desk.get(f"/office/clearances?colour={colour}")
            assert len(page.all("tr")) == 2, colour


def test_documents_are_for_the_store_and_the_seal_centre(app: Flask, here):
    _, owner, officers = here
    panel = signed_in(app, owner)
    panel.submit(
        panel.get("/panel/seal").form("/application"),
        domain="negar.example",
        national_id=NATIONAL_ID,
        consent="1",
    )
    page = panel.get("/panel/seal")
    panel.submit(page.form("/files"), expect=422)
    application = one(SealApplication)
    assert signed_in(app, officers["seal"]).get(f"/office/seals/applications/{application.id}").status == 200


def test_staff_may_look_and_not_apply(app: Flask, here):
    store, _, _ = here
    staff = a_person()
    a_member(store, staff, "staff")
    client = signed_in(app, staff)
    page = client.get("/panel/seal")
    assert not [f for f in page.forms if f.action.endswith("/application")]
    sent = {"domain": "negar.example", "national_id": NATIONAL_ID, "consent": "1"}
    client.post("/panel/seal/application", sent, expect=403)
    db.session.rollback()
    assert db.session.scalars(select(SealApplication)).first() is None


def test_desks_are_closed_to_others(app: Flask, ctx, at):
    small = world(at)
    desks = ("/office/seals", "/office/licences", "/office/clearances", "/office/seals/imports")
    for person in (small.shopper, small.owners[0], small.office):
        client = signed_in(app, person)
        for desk in desks:
            client.get(desk, expect=403)
    auditor = signed_in(app, an_official(Role.auditor))
    for desk in desks:
        auditor.get(desk)
    auditor.get("/office/clearances/1", expect=403)
