"""One store from its first step to its approval, as its owner walks it: a person without a store begins."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from marketplace.accounts.models import Person, Role
from marketplace.core.db import db
from marketplace.festival.application_inputs import HEALTH_QUESTIONS
from marketplace.festival.application_models import ApplicationMatch
from marketplace.festival.models import Application, ApplicationState, Festival
from marketplace.stores.models import Clearance, Seal, Store, StoreMember
from tests.factories import (
    AT,
    a_festival,
    a_licence,
    a_member,
    a_person,
    a_pledge_text,
    a_seal,
    an_official,
    change,
    world,
)
from tests.factories.applications import NATIONAL_ID, SHEBA
from tests.factories.uploads import a_picture
from tests.pages import Client, Page

DAY = timedelta(days=1)
STORE = {
    "kind": "online",
    "name_fa": "گلدان گیلان",
    "name_en": "Gilan Pots",
    "domain": "https://www.gilan-pots.example/",
    "city": "رشت",
    "founded_on": "۱۳۹۸/۲/۱",
}
ADDRESS = {
    "city": "رشت",
    "address": "خیابان مطهری، کوچه‌ی یاس، پلاک ۱۲، واحد ۳",
    "postal_code": "۴۱۳۴۵-۶۷۸۹۱",
    "phone": "۰۱۳-۳۳۳۴۴۴۵۵",
}
WHO = {
    "legal_form": "natural",
    "national_id": NATIONAL_ID,
    "sheba": SHEBA.removeprefix("IR"),
    "sheba_owner": "مریم رضایی",
}


@pytest.fixture
def festival(ctx, at) -> Festival:
    """The edition after the live one; its registration is open."""
    world(at)
    return a_festival(
        applications_from=AT - 5 * DAY,
        applications_until=AT + 20 * DAY,
        live_from=AT + 60 * DAY,
        live_until=AT + 75 * DAY,
        draw_at=AT + 90 * DAY,
        title_fa="جشنواره‌ی تابستانه",
        title_en="Summer festival",
    )


def step(client: Client, prefix: str, name: str, expect: int | None = None, **sent: object) -> Page:
    page = client.get(f"{prefix}/panel/application/{name}")
    return client.submit(page.form(f"/panel/application/{name}"), expect=expect, **sent)


def test_a_person_without_a_store_applies_in_english(app: Flask, client: Client, festival: Festival):
    """In Persian the browser walks it: `tests/browser/test_store_story.py`."""
    prefix = "/en"
    owner = a_person(given_name="مریم", surname="رضایی")
    client.sign_in(owner)
    start = client.get(f"{prefix}/panel/application")
    province = "Gilan"
    page = client.submit(start.form("/panel/application"), **STORE, province=province)
    assert page.path.endswith("/panel/application/who")
    store = db.session.scalars(select(Store).where(Store.slug == "gilan-pots")).one()
    assert store.domain == "gilan-pots.example"
    assert client.get("/stores/gilan-pots", expect=404)

    page = step(client, prefix, "who", **WHO)
    assert page.path.endswith("/address")
    step(client, prefix, "address", **ADDRESS, province=province)
    step(client, prefix, "categories", categories="crafts", main_category="crafts")
    a_seal(store, code="10020030")
    step(client, prefix, "seal", seal_code="۱۰۰۲۰۰۳۰")
    a_licence(store, number="IR-777")
    step(
        client, prefix, "licence", licence_number="IR-777", licence_from="1404/1/1", licence_until="1406/1/1"
    )
    step(client, prefix, "clearance", agreed="1")
    step(client, prefix, "hard_hit", is_hard_hit="0")
    page = step(
        client,
        prefix,
        "health",
        **{f"health-{q}": "1" for q in HEALTH_QUESTIONS},
    )
    assert page.path.endswith("/pledges")
    for pledge in ("free_shipping", "hygiene_kit", "lottery_share"):
        page = client.submit(page.form(f"/pledges/{pledge}"))
    page = client.get(f"{prefix}/panel/application")
    page = client.submit(page.form("/panel/application/submission"))
    application = db.session.scalars(select(Application).where(Application.store_id == store.id)).one()
    assert application.state is ApplicationState.submitted
    assert application.due_at == AT + 10 * DAY
    assert "Under review" in page.text
    assert {row.state.value for row in db.session.scalars(select(ApplicationMatch))} == {"match"}

    clearance = db.session.scalars(select(Clearance).where(Clearance.store_id == store.id)).one()
    assert clearance.state == "queued"
    change(clearance, state="clear", answered_at=AT, valid_until=AT + 300 * DAY)
    office = Client(app)
    office.sign_in(an_official(Role.office))
    file = office.get(f"{prefix}/office/applications/{application.id}")
    office.submit(file.form(f"/{application.id}/decision"), verdict="approve")
    with time_machine.travel(AT + timedelta(minutes=11), tick=False):
        assert app.test_cli_runner().invoke(args=["sweep"]).exit_code == 0
        page = client.get(f"{prefix}/panel/application")
    assert "Approved" in page.text


@pytest.fixture
def owner(client: Client, festival: Festival) -> Person:
    """The owner of an admitted store of the live edition, with a draft for the next one."""
    store = db.session.scalars(select(Store).where(Store.slug == "artin")).one()
    person = db.session.get(
        Person, db.session.scalar(select(StoreMember.person_id).where(StoreMember.store_id == store.id))
    )
    client.sign_in(person)
    client.submit(client.get("/panel/application").form("/panel/application"))
    return person


def refused(client: Client, name: str, field: str, **sent: object) -> str:
    """A step that is sent wrongly: what its field says. Nothing of it was kept."""
    page = step(client, "", name, expect=422, **sent)
    return " ".join("".join(page.one(id=f"{field}-error").itertext()).split())


def test_numbers_that_cannot_be(client: Client, owner: Person):
    assert "رقم پایانی" in refused(client, "who", "national_id", **{**WHO, "national_id": "0499370898"})
    assert refused(client, "who", "sheba", **{**WHO, "sheba": "IR000000000000000000000000"})
    assert "رقم پایانی" in refused(
        client,
        "who",
        "legal_id",
        **{**WHO, "legal_form": "legal", "legal_id": "10380284791", "legal_name": "آرتین"},
    )
    assert not db.session.scalars(select(ApplicationMatch)).all()


def test_a_sheba_of_another_person(client: Client, owner: Person):
    """The last three digits 999 are another's in the demo's bank, 888 are those for which it is silent."""
    page = step(client, "", "who", **{**WHO, "sheba": _sheba("999")})
    assert page.path.endswith("/who") and "این شبا به نام دیگری است" in page.text
    summary = client.post("/panel/application/submission", {}, expect=422)
    assert "این شبا به نام دیگری است" in summary.text
    silent = step(client, "", "who", **{**WHO, "sheba": _sheba("888")})
    assert silent.path.endswith("/address")
    assert "بی‌پاسخ یعنی هنوز نه" in client.get("/panel/application/who").text


def test_papers_of_others(client: Client, owner: Person):
    foreign = db.session.scalar(select(Seal.code).join(Store).where(Store.slug == "nik"))
    assert "فروشگاه دیگری است" in refused(client, "seal", "seal_code", seal_code=foreign)
    assert "نمی‌شناسد" in refused(client, "seal", "seal_code", seal_code="123")
    own = db.session.scalars(select(Seal).join(Store).where(Store.slug == "artin")).one()
    code = own.code
    change(own, domain="elsewhere.example")
    assert "دامنه دیگری" in refused(client, "seal", "seal_code", seal_code=code)
    change(own, valid_until=AT)
    change(own, domain=db.session.scalar(select(Store.domain).where(Store.slug == "artin")))
    assert "گذشته است" in refused(client, "seal", "seal_code", seal_code=code)
    dates = {"licence_from": "1402/1/1", "licence_until": "1405/1/4"}
    assert "گذشته است" in refused(client, "licence", "licence_until", licence_number="IR-1", **dates)


def test_one_application_an_edition(client: Client, owner: Person):
    client.post("/panel/application", {}, expect=409)
    assert len(db.session.scalars(select(Application).where(Application.state == "draft")).all()) == 1


def test_a_store_that_applied_twice_reads_and_leaves_each_by_its_edition(client: Client, owner: Person):
    live = db.session.scalars(select(Festival).where(Festival.slug == "nowruz-1405")).one()
    newest = client.get("/panel/application")
    [other] = [a for a in newest.all("a") if "edition=nowruz-1405" in a.get("href", "")]
    page = client.get(other.get("href"))
    assert "پذیرفته" in page.text and live.title_fa in page.text
    leave = client.get("/panel/application/withdrawal?edition=nowruz-1405")
    page = client.submit(leave.form("/withdrawal?edition=nowruz-1405"))
    assert page.path.startswith("/panel/application") and "انصراف" in page.text
    states = select(Application.state).join(Festival).join(Store).where(Store.slug == "artin")
    assert list(db.session.scalars(states.order_by(Festival.live_from))) == ["withdrawn", "draft"]
    client.get("/panel/application?edition=nobody", expect=404)


def test_a_pledge_whose_wording_changed(client: Client, owner: Person):
    page = client.get("/panel/application/pledges")
    a_pledge_text("hygiene_kit", at=AT, version=2)
    asked = client.submit(page.form("/pledges/hygiene_kit"), expect=409)
    assert "متن تازه را بخوانید" in asked.text
    done = client.submit(asked.form("/pledges/hygiene_kit"))
    [taken] = done.all("article", class_="pledge--taken")
    assert taken.get("id") == "hygiene_kit" and "نسخه ۲" in "".join(taken.itertext())
    a_pledge_text("hygiene_kit", at=AT, version=3)
    assert "نسخه ۲ را پذیرفته بودید" in client.get("/panel/application/pledges").text


def test_evidence_is_seen_by_owner_and_office_alone(client: Client, app: Flask, owner: Person):
    told = {"is_hard_hit": "1", "fall_percent": "۴۰", "fall_story": "از مهر فروش نصف شد."}
    page = client.get("/panel/application/hard_hit")
    form = page.form("/panel/application/hard_hit")
    client.submit(form, **told, files=(io.BytesIO(a_picture("PNG")), "book.png"))
    [picture] = client.get("/panel/application/hard_hit").all("img", class_="evidence__picture")
    address = picture.get("src")
    client.get(address)
    stranger = Client(app)
    stranger.sign_in(a_person())
    stranger.get(address, expect=404)
    stranger.sign_in(an_official(Role.office))
    stranger.get(address)


def test_staff_and_strangers(client: Client, app: Flask, festival: Festival):
    store = db.session.scalars(select(Store).where(Store.slug == "artin")).one()
    member = a_member(store, role="staff")
    client.sign_in(db.session.get(Person, member.person_id))
    client.get("/panel/application", expect=403)
    client.sign_in(a_person())
    client.get("/panel/application/who", expect=404)


def _sheba(ending: str) -> str:
    account = f"0170000000012345678{ending}"
    return f"IR{98 - int(account + '182700') % 97:02d}{account}"
