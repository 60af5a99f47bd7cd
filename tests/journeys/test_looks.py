"""The page of all components, and pages on the wire."""

from __future__ import annotations

import gzip
import re

import pytest

from marketplace.core.csrf import session_cookie
from tests.factories import world

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
    assert "Content-Encoding" not in browser.get("/", headers={"Accept-Encoding": "gzip"}).headers


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
