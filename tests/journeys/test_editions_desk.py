"""Editions and texts, page by page: windows in both calendars, what has begun stays, versions and differences."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.core.db import db
from marketplace.festival.models import Festival, PledgeText
from marketplace.policy.models import Document
from tests.factories import AT, World, an_official, put, world
from tests.pages import Client

NEXT = {
    "title_fa": "جشنواره مهرگان",
    "title_en": "Mehregan festival",
    "slug": "mehregan-1405",
    "applications_from_on": "۱۴۰۵/۰۵/۰۱",
    "applications_until_on": "2026-08-23",
    "live_from_on": "1405/07/01",
    "live_until_on": "1405-07-15",
    "draw_at_on": "۱۴۰۵/۷/۲۰",
    "draw_time": "۲۰:۳۰",
}


@pytest.fixture
def w(ctx, at) -> World:
    return world(at)


@pytest.fixture
def office(client: Client, w: World) -> Client:
    client.sign_in(w.office)
    return client


def editions() -> list[Festival]:
    db.session.rollback()
    return list(db.session.scalars(select(Festival).order_by(Festival.id)))


def test_an_edition_is_announced_and_changed(office, w):
    page = office.submit(office.get("/office/festivals/new").form("/office/festivals"), **NEXT)
    assert page.h1 == "جشنواره مهرگان"
    made = editions()[-1]
    assert made.live_from == datetime(2026, 9, 22, 20, 30, tzinfo=UTC)
    assert made.draw_at == datetime(2026, 10, 12, 17, 0, tzinfo=UTC)
    page = office.submit(page.form(f"/office/festivals/{made.id}"), live_until_on="1405/07/16")
    assert editions()[-1].live_until == datetime(2026, 10, 7, 20, 30, tzinfo=UTC)
    assert (
        "mehregan-1405" in office.get("/office/festivals").source
        or "مهرگان" in office.get("/office/festivals").text
    )


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"live_until_on": "1405/07/01"}, "live_until_on"),
        ({"applications_until_on": "1405/05/01"}, "applications_until_on"),
        ({"draw_at_on": "1405/07/14"}, "draw_at_on"),
        ({"slug": "Bad Slug"}, "slug"),
        ({"draw_time": "25:00"}, "draw_time"),
        ({"live_from_on": "someday"}, "live_from_on"),
        ({"live_from_on": "1404/01/01", "applications_from_on": "1403/01/01"}, "live_from_on"),
        ({"title_fa": ""}, "title_fa"),
    ],
)
def test_wrong_windows_are_named_and_nothing_is_written(office, w, changed, field):
    before = len(editions())
    page = office.post("/office/festivals", {**NEXT, **changed}, expect=422)
    assert field in [e.get("id") for e in page.all(aria_invalid="true")]
    assert len(editions()) == before


def test_windows_of_two_editions_do_not_overlap_and_addresses_differ(office, w):
    office.post("/office/festivals", NEXT)
    office.post("/office/festivals", {**NEXT, "slug": "other"}, expect=422)
    later = {
        **NEXT,
        "live_from_on": "1405/08/01",
        "live_until_on": "1405/08/10",
        "draw_at_on": "1405/08/20",
    }
    office.post("/office/festivals", later, expect=409)


def test_what_has_begun_stays_and_a_stale_page_is_refused(office, w):
    page = office.get(f"/office/festivals/{w.festival.id}")
    form = page.form(f"/office/festivals/{w.festival.id}")
    refused = office.submit(form, live_from_on="1405/01/04", expect=422)
    assert "live_from_on" in [e.get("id") for e in refused.all(aria_invalid="true")]
    office.submit(form, title_fa="نام دیگر")
    office.submit(form, title_fa="نام سوم", expect=409)
    assert editions()[0].title_fa == "نام دیگر"


def test_a_text_gets_a_version_with_its_difference(office, w):
    put(
        Document,
        key="rules",
        group="rules",
        version=1,
        title_fa="قانون‌ها",
        title_en="Rules",
        body_fa="بند نخست.\n\nبند دوم.",
        body_en="First.\n\nSecond.",
        effective_from=AT.replace(month=1),
    )
    page = office.get("/office/texts/document/rules")
    page = office.submit(page.form("/preview"), body_fa="بند نخست.\n\nبند سوم.", effective_on="1405/01/06")
    assert page.all("del") and page.all("ins")
    office.submit(page.form("/office/texts/document/rules"))
    office.submit(page.form("/office/texts/document/rules"), expect=409)
    assert "بند دوم" in office.get("/rules").text
    assert [e.get("aria-label") for e in office.get("/en/office/texts/document/rules").all("h1")] == [None]
    wrong = office.post("/office/texts/document/rules/preview", {"title_fa": "x"}, expect=422)
    assert wrong.all(aria_invalid="true")
    office.get("/office/texts/document/nothing", expect=404)
    office.get("/office/texts/poem/rules", expect=404)


def test_a_pledge_waits_for_a_second_person(app: Flask, office, w):
    page = office.get("/office/texts/pledge/hygiene_kit")
    page = office.submit(page.form("/preview"), body_fa="متن تازه تعهد.", effective_on="1405/02/01")
    office.submit(page.form("/office/texts/pledge/hygiene_kit"))
    db.session.rollback()
    count = select(PledgeText.version).where(PledgeText.pledge == "hygiene_kit")
    before = list(db.session.scalars(count))
    second = Client(app)
    second.sign_in(an_official(Role.office))
    waiting = second.get("/office/approvals")
    assert "متن تازه تعهد" in waiting.text
    second.submit(waiting.form("/agreement"))
    db.session.rollback()
    assert len(list(db.session.scalars(count))) == len(before) + 1


def test_the_auditor_reads(client, w):
    client.sign_in(an_official(Role.auditor))
    client.get(f"/office/festivals/{w.festival.id}")
    client.get("/office/texts")
    client.post("/office/festivals", NEXT, expect=403)
    client.post("/office/texts/document/rules", {}, expect=403)
