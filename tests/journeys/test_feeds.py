"""Feeds of offers: whole, well-formed, of admitted stores alone, made as a stream; open data with its description."""

from __future__ import annotations

import csv
import io
from xml.etree import ElementTree as ET

import pytest

from marketplace.core.csrf import session_cookie
from marketplace.core.encodings import CODINGS
from marketplace.storefront import feeds
from tests.factories import World, change
from tests.factories.rows import AT, fresh
from tests.packing import UNPACK
from tests.pages import Client
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
ATOM, GOODS = "{http://www.w3.org/2005/Atom}", "{http://base.google.com/ns/1.0}"


@pytest.fixture
def w(ctx, at) -> World:
    return the_world()


def fetched(client: Client, path: str) -> bytes:
    return client.browser.get(path).data


def test_all_offers_in_three_forms(client, w, monkeypatch):
    monkeypatch.setattr(feeds, "A_PAGE", 2)
    root = ET.fromstring(fetched(client, "/feeds/offers.xml"))
    items = root.findall("channel/item")
    assert [i.findtext(f"{GOODS}id") for i in items] == [str(o.id) for o in reversed(w.offers)]
    soap = next(i for i in items if i.findtext(f"{GOODS}id") == str(w.soap.id))
    assert soap.findtext(f"{GOODS}sale_price") == "600000 IRR", "toman are ten rial"
    assert soap.findtext(f"{GOODS}availability") == "in_stock"
    feed = ET.fromstring(fetched(client, "/en/feeds/stores/artin.atom"))
    assert feed.findtext(f"{ATOM}title") == "Artin Leather"
    assert len(feed.findall(f"{ATOM}entry")) == 2
    rows = list(csv.DictReader(io.StringIO(fetched(client, "/feeds/offers.csv").decode("utf-8-sig"))))
    assert {int(r["id"]) for r in rows} == {o.id for o in w.offers}
    assert client.browser.get("/feeds/offers.pdf").status_code == 404


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize(
    "path", ["/feeds/offers.xml", "/feeds/offers.csv", "/feeds/offers.atom", "/fund/lines.csv"]
)
def test_feeds_and_exports_are_squeezed_while_they_are_made(client, w, path, coding):
    """Also for somebody who is signed in: no table holds the token of a form."""
    with client.app.test_request_context("/"):
        client.browser.set_cookie(session_cookie(), "a-session")
    raw = client.browser.get(path, headers={"Accept-Encoding": coding})
    assert raw.headers["Content-Encoding"] == coding
    assert UNPACK[coding](raw.data) == fetched(client, path)


def test_who_is_not_in_the_festival_is_in_no_feed(client, w):
    change(fresh(w.stores[0]), hidden_at=AT, hidden_reason="x")
    assert client.browser.get("/feeds/stores/artin.xml").status_code == 404
    assert client.browser.get("/feeds/stores/nobody.xml").status_code == 404
    ids = {i.findtext(f"{GOODS}id") for i in ET.fromstring(fetched(client, "/feeds/offers.xml")).iter("item")}
    assert ids == {str(o.id) for o in w.offers if o.store_id != w.stores[0].id}


def test_names_that_mean_harm_are_only_words(client, w):
    bad = "=cmd|' /C calc'!A0 </title><script>\"&\x01"
    change(fresh(w.soap), title_fa=bad)
    cell = next(
        r["title"]
        for r in csv.DictReader(io.StringIO(fetched(client, "/feeds/offers.csv").decode("utf-8-sig")))
        if int(r["id"]) == w.soap.id
    )
    assert cell.startswith("'=")
    root = ET.fromstring(fetched(client, "/feeds/offers.xml"))
    assert any("<script>" in (i.findtext("title") or "") for i in root.iter("item"))
    ET.fromstring(fetched(client, "/feeds/offers.atom"))


def test_a_feed_is_made_page_by_page(client, w, monkeypatch):
    """Nothing beyond the present page was read when the first piece leaves."""
    asked: list[object] = []
    real = feeds.list_cards
    monkeypatch.setattr(feeds, "A_PAGE", 1)
    monkeypatch.setattr(feeds, "list_cards", lambda *a, **k: asked.append(k["cursor"]) or real(*a, **k))
    pieces = iter(client.browser.get("/feeds/offers.xml", buffered=False).response)
    next(pieces)
    next(pieces)
    assert len(asked) == 1
    assert len(list(pieces)) == len(w.offers)
    assert len(asked) == len(w.offers)


def test_open_data_says_what_it_holds(client, w):
    package = client.browser.get("/stats/datapackage.json").get_json()
    for resource in package["resources"]:
        path = resource["path"].partition("/stats/")[2]
        head = next(csv.reader(io.StringIO(fetched(client, f"/stats/{path}").decode("utf-8-sig"))))
        assert head == [column["name"] for column in resource["schema"]["fields"]]
