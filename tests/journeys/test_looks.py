"""The page of all components, and pages on the wire."""

from __future__ import annotations

import gzip

import pytest

from marketplace.core.csrf import session_cookie
from tests.factories import world


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


def test_a_home_page_weighs_little_on_the_wire(app, ctx, at):
    world()
    browser = app.test_client()
    home = browser.get("/", headers={"Accept-Encoding": "gzip"}).data
    assert len(home) < 60_000
