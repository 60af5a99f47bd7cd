"""The page of all components, and pages on the wire."""

from __future__ import annotations

import gzip
import re
from datetime import timedelta

import pytest

from marketplace.core.assets import BUNDLE, asset
from marketplace.core.csrf import session_cookie
from marketplace.core.encodings import CODINGS
from tests.factories import a_policy_row, world
from tests.packing import UNPACK

pytestmark = pytest.mark.databases("sqlite")


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_every_component_is_shown_on_one_page(ctx, client, at, prefix):
    world()
    page = client.get(f"{prefix}/patterns")
    assert page.source.count('class="offer-card') >= 2


def test_a_visitor_gets_pages_compressed(app, ctx, at):
    world()
    browser = app.test_client()
    answer = browser.get("/", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert gzip.decompress(answer.data) == browser.get("/").data


def test_a_page_with_a_session_is_not_compressed(app, ctx, at):
    """Its length would tell of the token in its forms."""
    world()
    browser = app.test_client()
    with app.test_request_context("/"):
        browser.set_cookie(session_cookie(), "a-session")
    for coding in CODINGS:
        assert "Content-Encoding" not in browser.get("/", headers={"Accept-Encoding": coding}).headers


@pytest.mark.parametrize("coding", ["", *CODINGS])
def test_static_files_are_packed_once_for_each_coding(app, coding):
    browser, path = app.test_client(), asset(BUNDLE)
    packed = browser.get(path, headers={"Accept-Encoding": coding or "identity"})
    assert packed.headers.get("Content-Encoding", "") == coding
    assert UNPACK[coding](packed.data) == browser.get(path).data
    assert "Accept-Encoding" in packed.headers["Vary"]
    tag = {"If-None-Match": packed.headers["ETag"]}
    assert browser.get(path, headers={"Accept-Encoding": coding or "identity", **tag}).status_code == 304
    assert browser.get(path, headers={"Accept-Encoding": "deflate", **tag}).status_code == (
        200 if coding else 304
    )


def test_home_and_offer_weigh_little_on_the_wire(app, ctx, at):
    """Page, stylesheet, scripts and icons; pictures and the font are left out."""
    offer = world().saffron
    browser = app.test_client()
    for path in ("/", f"/offers/{offer.id}-{offer.slug}"):
        page = browser.get(path).text
        files = set(re.findall(r'(?:href|src)="(/static/[^"#]+\.(?:css|js|svg))', page))
        assert any(name.endswith(".css") for name in files)
        assert any(name.endswith(".js") for name in files)
        weights = {name: _weight(browser, name) for name in (path, *files)}
        assert sum(weights.values()) < 120_000, weights


def _weight(browser, path):
    return len(browser.get(path, headers={"Accept-Encoding": "gzip"}).data)


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_goods_below_the_least_loss_are_promised_no_cover(ctx, client, at, prefix):
    """ "Cover up to 0 toman" would be true and of no use."""
    offer = world().saffron
    address = f"{prefix}/offers/{offer.id}-{offer.slug}"
    words = {"": "تا ۰ تومان", "/en": "up to 0"}[prefix]
    covered = {"": "زیان، اگر فروشگاه جبران نکند", "/en": "of the loss, if the store"}[prefix]
    assert covered in client.get(address).text
    a_policy_row("fund_least_loss_toman", offer.festival_toman + 1, at=at - timedelta(days=1))
    page = client.get(address)
    assert covered not in page.text and words not in page.text
    assert {"": "زیان کمتر از این", "/en": "a smaller loss"}[prefix] in page.text
