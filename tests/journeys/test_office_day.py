"""The review desk over HTTP: list, filters, one file, many at once, undo, stale pages, the tray."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from marketplace.accounts.models import Person, Role
from marketplace.core.db import db
from marketplace.festival.application_models import ApplicationDecision
from marketplace.festival.models import Application, ApplicationState, Festival
from marketplace.festival.waiting_list import refresh_scores
from marketplace.stores.models import Seal, StoreMember
from tests.factories import (
    AT,
    a_pledge_acceptance,
    a_store,
    an_official,
    change,
    fresh,
    pledges_in_force,
    world,
    writing,
)
from tests.factories.applications import a_waiting_application
from tests.pages import Client

S = ApplicationState


@pytest.fixture
def festival(ctx, at) -> Festival:
    return world(at).festival


@pytest.fixture
def officer(festival: Festival) -> Person:
    return an_official(Role.office, given_name="لیلا", surname="صدری")


def applicants(festival: Festival, count: int) -> list[Application]:
    made = []
    with writing():
        for n in range(count):
            store = a_store(seal={"stars": n % 6})
            for text in pledges_in_force(AT):
                a_pledge_acceptance(store, festival, text)
            made.append(a_waiting_application(store, festival))
    refresh_scores(AT)
    return [fresh(a) for a in made]


def choice(*applications: Application) -> str:
    return ",".join(f"{a.id}.{a.version}" for a in applications)


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["fa", "en"])
def test_many_are_approved_and_taken_back(client: Client, festival: Festival, officer: Person, prefix: str):
    many = applicants(festival, 3)
    client.sign_in(officer)
    desk = client.get(f"{prefix}/office/applications")
    preview = client.submit(
        desk.form("/office/applications/preview"),
        chosen=[f"{a.id}.{a.version}" for a in many],
        verdict="approve",
    )
    done = client.submit(preview.form("/office/applications/decisions"), reason=["all_in_order"])
    assert done.path.endswith("/office/applications")
    assert {fresh(a).state for a in many} == {S.approved}
    decision = db.session.scalars(select(ApplicationDecision)).one()
    client.submit(done.form(f"/decisions/{decision.id}/undoing"))
    assert {fresh(a).state for a in many} == {S.submitted}


def test_rejecting_needs_reasons(client: Client, festival: Festival, officer: Person):
    [one] = applicants(festival, 1)
    client.sign_in(officer)
    preview = client.post("/office/applications/preview", {"choice": choice(one), "verdict": "reject"})
    again = client.submit(preview.form("/office/applications/decisions"), expect=422)
    assert "دست‌کم یک دلیل" in again.text
    assert fresh(one).state is S.submitted


def test_a_changed_set_is_refused_with_what_happened(client: Client, festival: Festival, officer: Person):
    first, second = applicants(festival, 2)
    client.sign_in(officer)
    preview = client.post(
        "/office/applications/preview", {"choice": choice(first, second), "verdict": "waitlist"}
    )
    client.post(
        f"/office/applications/{second.id}/decision", {"version": second.version, "verdict": "approve"}
    )
    stale = client.submit(preview.form("/office/applications/decisions"), expect=409)
    assert "لیلا صدری" in stale.text and "۱ درخواست از وقتی صفحه را دیدید تغییر کرد" in stale.text
    assert (fresh(first).state, fresh(second).state) == (S.submitted, S.approved)
    client.submit(stale.form("/office/applications/decisions"))
    assert fresh(first).state is S.waitlisted


def test_a_stale_page_is_refused_with_the_fresh_state(
    client: Client, app: Flask, festival: Festival, officer: Person
):
    [one] = applicants(festival, 1)
    client.sign_in(officer)
    page = client.get(f"/office/applications/{one.id}")
    colleague = Client(app)
    colleague.sign_in(an_official(Role.office, given_name="رضا", surname="نیکنام"))
    mine = colleague.get(f"/office/applications/{one.id}")
    colleague.submit(mine.form(f"/{one.id}/decision"), verdict="approve")
    refused = client.submit(
        page.form(f"/{one.id}/decision"), verdict="reject", **{"reason-reject": "late"}, expect=409
    )
    assert "رضا نیکنام" in refused.text and "پذیرفته" in refused.text
    assert fresh(one).state is S.approved


def test_filters_order_and_pages(client: Client, festival: Festival, officer: Person):
    many = applicants(festival, 55)
    change(many[0], check_result="no")
    client.sign_in(officer)
    seen: list[str] = []
    page = client.get("/office/applications")
    while True:
        seen += [e.get("value") for e in page.all("input", name="chosen")]
        following = [a.get("href") for a in page.all("a", rel="next")]
        if not following:
            break
        page = client.get(following[0])
    assert len(seen) == len(set(seen)) == 55
    for sort in ("due", "newest", "name"):
        first = client.get(f"/office/applications?sort={sort}")
        second = client.get(first.one("a", rel="next").get("href"))
        chosen = [e.get("value") for p in (first, second) for e in p.all("input", name="chosen")]
        assert sorted(chosen) == sorted(seen), sort
    assert len(client.get("/office/applications?result=no").all("input", name="chosen")) == 1
    none = client.get("/office/applications?least=100")
    assert not none.all("input", name="chosen")


def test_all_of_a_list_is_decided_at_once(client: Client, festival: Festival, officer: Person):
    many = applicants(festival, 52)
    client.sign_in(officer)
    desk = client.get("/office/applications")
    preview = client.submit(desk.form("/office/applications/preview"), all="1", verdict="waitlist")
    client.submit(preview.form("/office/applications/decisions"))
    assert {fresh(a).state for a in many} == {S.waitlisted}


def test_the_tray(client: Client, app: Flask, festival: Festival, officer: Person):
    [one] = applicants(festival, 1)
    friend = an_official(Role.office, given_name="رضا", surname="نیکنام")
    client.sign_in(officer)
    page = client.get(f"/office/applications/{one.id}")
    client.submit(page.form(f"/{one.id}/referral"), to=str(friend.id), referral_note="شبا را ببینید")
    other = Client(app)
    other.sign_in(friend)
    assert "کارتابل من" in other.get("/office/applications").text
    page = other.get(f"/office/applications/{one.id}")
    [form] = [f for f in page.forms if f.action.endswith("/answer")]
    other.submit(form, referral_answer="درست است")
    assert not other.get("/office/applications?tab=tray").all("input", name="chosen")


def test_the_auditor_reads_and_others_do_not(client: Client, festival: Festival):
    [one] = applicants(festival, 1)
    client.sign_in(an_official(Role.auditor))
    assert not client.get("/office/applications").all("input", name="chosen")
    client.get(f"/office/applications/{one.id}")
    client.post(f"/office/applications/{one.id}/decision", {"verdict": "approve"}, expect=403)
    client.sign_in(an_official(Role.seal_officer))
    client.get("/office/applications", expect=403)


def test_the_store_reads_a_decision_only_when_it_is_told(
    app: Flask, client: Client, festival: Festival, officer: Person
):
    [one] = applicants(festival, 1)
    owner = Client(app)
    owner.sign_in(_owner(one))
    client.sign_in(officer)
    sent = {"version": one.version, "verdict": "revise", "reason-revise": "address_unclear"}
    client.post(f"/office/applications/{one.id}/decision", sent)
    assert "در بررسی" in owner.get("/panel/application").text
    owner.post("/panel/application/submission", {}, expect=409)
    with time_machine.travel(AT + timedelta(minutes=11), tick=False):
        app.test_cli_runner().invoke(args=["sweep"])
        page = owner.get("/panel/application")
        assert "برگشته برای اصلاح" in page.text
        [asked] = page.all("li", class_="step-list__one--asked")
        assert "نشانی" in "".join(asked.itertext())


def test_who_waits_reads_why_until_the_next_decision_is_told(
    app: Flask, client: Client, festival: Festival, officer: Person
):
    [one] = applicants(festival, 1)
    owner = Client(app)
    owner.sign_in(_owner(one))
    client.sign_in(officer)
    sent = {"version": one.version, "verdict": "waitlist", "reason-waitlist": "capacity"}
    client.post(f"/office/applications/{one.id}/decision", sent)
    with time_machine.travel(AT + timedelta(minutes=11), tick=False):
        app.test_cli_runner().invoke(args=["sweep"])
        before = reasons_read(owner)
        again = {"version": one.version + 1, "verdict": "approve", "reason-approve": "all_in_order"}
        client.post(f"/office/applications/{one.id}/decision", again)
        assert fresh(one).state is S.approved
        assert reasons_read(owner) == before and "ظرفیت" in before
        decision = db.session.scalars(select(ApplicationDecision.id).order_by(ApplicationDecision.id)).all()[
            -1
        ]
        client.post(f"/office/applications/decisions/{decision}/undoing", {})
        assert reasons_read(owner) == before


def test_an_approved_store_reads_why_shoppers_do_not_see_it(client: Client, festival: Festival):
    application = db.session.scalars(select(Application).where(Application.state == S.approved)).first()
    client.sign_in(_owner(application))
    assert "فروشگاه شما در جشنواره است" in reasons_read(client)
    seal = db.session.scalars(select(Seal).where(Seal.store_id == application.store_id)).one()
    change(seal, state="suspended")
    told = reasons_read(client)
    assert "پذیرفته‌اید، ولی اکنون دیده نمی‌شوید" in told and "تعلیق" in told
    assert "فروشگاه شما در جشنواره است" not in told


def reasons_read(owner: Client) -> str:
    """The box of the status page: the state with every reason."""
    [box] = owner.get("/panel/application").all("section", class_="decision")
    return " ".join("".join(box.itertext()).split())


def _owner(application: Application) -> Person:
    return db.session.scalars(
        select(Person)
        .join_from(Person, Application, Application.id == application.id)
        .where(Person.id.in_(_members(application.store_id)))
    ).first()


def _members(store_id: int):
    return select(StoreMember.person_id).where(StoreMember.store_id == store_id)
