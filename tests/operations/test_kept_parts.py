"""Parts of pages that are drawn once hold nothing of a reader, and change with what they name."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from marketplace.core.csrf import token_for
from marketplace.orders.cart import CartOwner, put_line
from tests.factories import a_session, change, fresh, writing
from tests.worlds import database, the_world  # noqa: F401

PATHS = (
    "/",
    "/cart",
    "/checkout",
    "/me",
    "/orders",
    "/search",
    "/c/crafts",
    "/en/cart",
    "/en/search",
    "/stores",
)


@pytest.fixture
def w(ctx: Any) -> Any:
    return the_world()


def parts_of(app: Flask) -> list[str]:
    return [str(part) for part in app.jinja_env.kept_parts.values()]  # type: ignore[attr-defined]


def test_no_part_holds_a_name_a_token_or_a_number_of_pieces(w: Any, app: Flask, at: Any) -> None:
    """Whoever comes first draws the parts for all others."""
    app.jinja_env.kept_parts.clear()  # type: ignore[attr-defined]
    change(w.shopper, given_name="Nilufarah", surname="Zarrinkelk")
    with writing():
        put_line(CartOwner(person_id=w.shopper.id), w.soap.id, 1, at)
        name = a_session(w.shopper)
    client = app.test_client()
    client.set_cookie("sid", name)
    seen = "".join(client.get(path, follow_redirects=True).text for path in PATHS)
    token = token_for(name, str(app.config["SECRET_KEY"]))
    assert "Zarrinkelk" in seen
    assert token in seen
    parts = parts_of(app)
    assert len(parts) > 12
    for secret in ("Nilufarah", "Zarrinkelk", token, fresh(w.shopper).mobile, name, "data-count"):
        assert not [part for part in parts if secret in part]


def test_a_part_is_drawn_for_each_language_and_each_place(w: Any, app: Flask) -> None:
    app.jinja_env.kept_parts.clear()  # type: ignore[attr-defined]
    client = app.test_client()
    first = client.get("/c/crafts").text
    english, other = client.get("/en/c/crafts").text, client.get("/c/beauty").text
    assert client.get("/c/crafts").text == first
    assert 'href="/en/c/beauty"' not in first
    assert 'href="/en/c/beauty"' in english
    assert first.count('aria-current="page"') == other.count('aria-current="page"') > 0
    assert first != other


def test_a_row_that_gets_another_name_stands_so_on_the_next_page(w: Any, app: Flask) -> None:
    client = app.test_client()
    client.get("/c/crafts")
    change(w.categories[0], name_fa="نام نو")
    assert "نام نو" in client.get("/c/crafts").text
