"""What search engines, shared links and phones are told: both languages, facts that are true, nothing private."""

from __future__ import annotations

import json
import re
from datetime import datetime
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
BASE = "http://localhost"
FACTS = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.S)
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Reads what is sent, byte for byte."""
    return app.test_client()


def facts_of(client: FlaskClient, path: str) -> dict[str, dict]:
    return {fact["@type"]: fact for fact in map(json.loads, FACTS.findall(client.get(path).text))}


def locations(client: FlaskClient, path: str) -> list[str]:
    root = ElementTree.fromstring(client.get(path).data)
    return [found.text or "" for found in root.iter(f"{SITEMAP}loc")]


def test_an_offer_says_price_and_stock_as_they_are(at: datetime, client: FlaskClient, ctx) -> None:
    offer = the_world().saffron
    path = f"/offers/{offer.id}-{offer.slug}"
    told = facts_of(client, path)["Product"]
    assert told["offers"]["price"] == "1000010", "in rial"
    assert told["offers"]["priceCurrency"] == "IRR"
    assert told["offers"]["availability"].endswith("/InStock")
    assert told["offers"]["url"] == BASE + quote(path)
    trail = facts_of(client, path)["BreadcrumbList"]["itemListElement"]
    assert [step["position"] for step in trail] == [1, 2, 3]
    with unit_of_work():
        db.session.execute(text("UPDATE offers SET sold_count = stocked_count"))
    assert facts_of(client, path)["Product"]["offers"]["availability"].endswith("/OutOfStock")


def test_facts_cannot_break_out_of_their_place(at: datetime, client: FlaskClient, ctx) -> None:
    offer = the_world().carpet
    evil = "</script><script>alert(1)</script>"
    with unit_of_work():
        db.session.execute(text("UPDATE offers SET title_fa = :t WHERE id = :o"), {"t": evil, "o": offer.id})
    path = f"/offers/{offer.id}-{offer.slug}"
    assert "<script>alert" not in client.get(path).text
    assert facts_of(client, path)["Product"]["name"] == evil


def test_each_public_page_names_its_address_and_its_other_language(at: datetime, client: FlaskClient) -> None:
    for path in ("/", "/c/crafts", "/stores", "/stores/artin", "/rules", "/cart"):
        for lang, prefix in (("fa", ""), ("en", "/en")):
            page = client.get(f"{prefix}{path}?utm=x").text
            assert f'<link rel="canonical" href="{BASE}{prefix}{path}">' in page, (lang, path)
            for other, its in (("fa", ""), ("en", "/en"), ("x-default", "")):
                assert f'hreflang="{other}" href="{BASE}{its}{path}">' in page
            assert 'name="robots"' not in page
            assert f'property="og:image" content="{BASE}/static/img/share.' in page


def test_private_and_passing_pages_stay_out(at: datetime, client: FlaskClient) -> None:
    for path in ("/sign-in", "/search?q=Rug", "/offers/999999-x", "/no-such-page"):
        page = client.get(path).text
        assert '<meta name="robots" content="noindex">' in page, path
        assert 'rel="canonical"' not in page


def test_the_sitemaps_list_what_shoppers_see_and_nothing_else(at: datetime, client: FlaskClient, ctx) -> None:
    w = the_world()
    assert f"Sitemap: {BASE}/sitemap.xml" in client.get("/robots.txt").text
    maps = locations(client, "/sitemap.xml")
    assert maps == [f"{BASE}/sitemaps/pages.xml", f"{BASE}/sitemaps/offers-0.xml"]
    pages = locations(client, "/sitemaps/pages.xml")
    assert {f"{BASE}/", f"{BASE}/en/", f"{BASE}/c/crafts", f"{BASE}/en/stores/artin"} <= set(pages)
    offers = locations(client, "/sitemaps/offers-0.xml")
    assert len(offers) == 2 * len(w.offers)
    with unit_of_work():
        db.session.execute(
            text("UPDATE seals SET state = 'revoked' WHERE store_id = :s"), {"s": w.stores[0].id}
        )
        db.session.execute(
            text("UPDATE stores SET hidden_at = created_at, hidden_reason = 'personal_ban' WHERE id = :s"),
            {"s": w.stores[1].id},
        )
    left = locations(client, "/sitemaps/offers-0.xml")
    assert len(left) == 2 * 2, "those of the third store"
    assert f"{BASE}/stores/nik" not in locations(client, "/sitemaps/pages.xml")
    for path in locations(client, "/sitemaps/pages.xml") + left:
        where = path.removeprefix(BASE)
        assert client.get(where).status_code in (200, 404 if where.endswith(("/fund", "/stats")) else 200), (
            path
        )
    assert client.get("/en/sitemap.xml").status_code == 404
    assert locations(client, "/sitemaps/offers-7.xml") == []


def test_a_phone_can_keep_the_bazaar(client: FlaskClient) -> None:
    answer = client.get("/manifest.webmanifest")
    assert answer.mimetype == "application/manifest+json"
    told = json.loads(answer.data)
    assert (told["dir"], told["display"], told["start_url"]) == ("rtl", "standalone", "/")
    for icon in told["icons"]:
        picture = client.get(icon["src"])
        assert picture.mimetype == "image/png"
        assert picture.data[16:24] == b"".join(int(n).to_bytes(4, "big") for n in icon["sizes"].split("x")), (
            "the size that it says"
        )
