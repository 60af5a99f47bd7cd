"""Who somebody is hangs on our own session alone, whatever else a browser sends."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.factories import a_session, writing
from tests.worlds import database, the_world  # noqa: F401

NAMES = ("session", "remember_token", "_id")


@pytest.mark.parametrize("name", NAMES)
def test_a_cookie_of_a_library_signs_nobody_in(name: str, ctx: Any, app: Flask) -> None:
    w = the_world()
    client = app.test_client()
    client.set_cookie(name, f"{w.shopper.id}|0")
    assert client.get("/me").status_code == 302


@pytest.mark.parametrize("name", NAMES)
def test_a_cookie_of_a_library_signs_nobody_out(name: str, ctx: Any, app: Flask) -> None:
    w = the_world()
    with writing():
        session = a_session(w.shopper)
    client = app.test_client()
    client.set_cookie(name, f"{w.shopper.id}|0")
    client.set_cookie("sid", session)
    answer = client.get("/me")
    assert answer.status_code == 200
    assert not answer.headers.getlist("Set-Cookie")
    assert "Cookie" in answer.headers["Vary"]
