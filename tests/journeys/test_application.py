"""One store from its first step to its approval, as its owner walks it: a person without a store begins."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.festival.application_inputs import HEALTH_QUESTIONS
from marketplace.festival.application_models import ApplicationMatch
from marketplace.festival.models import Application, ApplicationState, Festival
from marketplace.stores.models import Store
from tests.factories import AT, a_festival, a_licence, a_person, a_seal, world
from tests.factories.applications import NATIONAL_ID, SHEBA
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


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["fa", "en"])
def test_a_person_without_a_store_applies(app: Flask, client: Client, festival: Festival, prefix: str):
    owner = a_person(given_name="مریم", surname="رضایی")
    client.sign_in(owner)
    start = client.get(f"{prefix}/panel/application")
    province = "گیلان" if not prefix else "Gilan"
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
    assert ("در بررسی" if not prefix else "Under review") in page.text
    assert {row.state.value for row in db.session.scalars(select(ApplicationMatch))} == {"match"}
