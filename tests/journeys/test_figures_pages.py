"""Figures as the public, a program and the office see them."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from marketplace.accounts.models import Role
from marketplace.stats.rollups import refresh_figures
from marketplace.stores.record_rows import Filing, file_in_record
from marketplace.stores.standing import Category
from tests.factories import an_official, world
from tests.factories.buying import broken_invariants, paid
from tests.factories.rows import writing
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.journeys.api_calls import Program

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def small(ctx, app, at):
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    made = world(at)
    for place in range(6):
        offer = (made.soap, made.tea, made.scarf)[place % 3]
        paid(gateway, made.shopper if place % 2 else made.shopper2, (offer, 1), at=at)
    paid(gateway, made.shopper, (made.carpet, 1), at=at)
    with writing():
        for n in range(7):
            category = Category.not_delivered if n < 6 else Category.health
            file_in_record(
                Filing(f"S{n}", made.stores[n % 3].id, category, 168), at - timedelta(days=20 + n * 3)
            )
    refresh_figures(at)
    return made


def test_the_public_reads_the_figures(client, app, small, at):
    page = client.get("/stats")
    assert page.h1 == "آمار جشنواره"
    turnover = 2 * (60_000 + 60_000 + 100_000) + 1_736_000
    assert "۲٬۱۷۶٬۰۰۰" in page.text and turnover == 2_176_000
    assert "۲۳٪" in page.text and "از ۱۰۹ به ۱" in page.text
    assert len(page.all("*", class_="chart__svg")) == 3
    english = client.get("/en/stats")
    assert "2,176,000" in english.text and "109 fell to 1" in english.text

    rows = list(csv.DictReader(io.StringIO(client.get("/stats/trade.csv").body.decode("utf-8-sig"))))
    assert sum(int(row["goods_toman"]) for row in rows) == turnover
    assert all(int(row["parts"]) >= 5 for row in rows)
    told = json.loads(client.get("/stats/complaints.json").body)["rows"]
    assert sum(row["filed"] for row in told) == 7
    assert min(row["filed"] for row in told) >= 5
    client.get("/stats/secrets.csv", expect=404)

    document = Program(app).get("/stats")
    assert document["turnover_toman"] == turnover
    assert document["orders"] == 7 and document["free_shippings"] == 1
    assert document["complaints"]["unanswered"] == 7
    assert document["categories"][-1]["slug"] is None
    assert broken_invariants() == {}


def test_a_chart_can_be_shown_on_any_site(client, small):
    for name in ("turnover", "orders", "categories", "complaints"):
        answer = client.get(f"/stats/charts/{name}.svg")
        root = ET.fromstring(answer.body)
        assert root.tag.endswith("svg")
        assert root[0].tag.endswith("title") and root[1].tag.endswith("desc")
        assert b"<script" not in answer.body and b"style=" not in answer.body
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors *"
        assert "X-Frame-Options" not in answer.headers
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    client.get("/stats/charts/nothing.svg", expect=404)
    assert client.get("/stats").headers["X-Frame-Options"] == "DENY"


def test_before_anything_was_sold_the_page_says_so(client, ctx, at):
    assert "هنوز چیزی فروخته نشده است" in client.get("/stats").text
    world(at)
    assert "هنوز چیزی فروخته نشده است" in client.get("/stats").text


def test_the_office_reads_them_day_by_day(client, small):
    client.sign_in(small.shopper)
    client.get("/office/stats", expect=403)
    for role in (Role.office, Role.auditor):
        client.sign_in(an_official(role))
        assert "روز به روز" in client.get("/office/stats").text
    assert "Day by day" in client.get("/en/office/stats").text
