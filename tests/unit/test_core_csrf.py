"""A request that changes something comes from our own pages, or is refused before any view runs."""

from __future__ import annotations

import pytest
from flask import Flask

from marketplace.core.csrf import csrf_token, guard_request, token_for
from marketplace.core.errors import Forbidden
from marketplace.core.settings import read_settings

ORIGIN = "http://localhost"


@pytest.fixture
def site(tmp_path) -> Flask:
    """A site that knows the guard and counts what got through."""
    app = Flask(__name__)
    app.config.update(SETTINGS=read_settings({"INSTANCE_PATH": str(tmp_path)}), SECRET_KEY="k" * 40)
    app.before_request(guard_request)
    app.register_error_handler(Forbidden, lambda error: (error.code, 403))
    for path in ("/thing", "/api/v1/thing", "/webhooks/stripe", "/apiary", "/webhooksx"):
        app.add_url_rule(path, path, lambda: "done", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    return app


def _send(
    site: Flask, *, method="POST", path="/thing", cookie=None, token=None, headers=None, in_header=False
):
    client = site.test_client()
    if cookie:
        client.set_cookie("sid", cookie)
    headers = dict(headers or {})
    data = {}
    if token is not None and in_header:
        headers["X-CSRF-Token"] = token
    elif token is not None:
        data["csrf_token"] = token
    answer = client.open(path, method=method, headers=headers, data=data)
    return answer.status_code, answer.text


def _token(site: Flask, cookie: str) -> str:
    with site.app_context():
        return token_for(cookie)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("in_header", [False, True])
def test_the_right_token_passes(site, method, in_header):
    assert _send(site, method=method, cookie="abc", token=_token(site, "abc"), in_header=in_header)[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("token", [None, "", "x", "é", "0" * 64, "csrf_token"])
def test_with_a_session_anything_else_is_refused(site, method, token):
    assert _send(site, method=method, cookie="abc", token=token) == (403, "csrf")


def test_the_token_of_another_session_is_refused(site):
    assert _send(site, cookie="abc", token=_token(site, "abd")) == (403, "csrf")


def test_the_token_in_the_address_does_not_count(site):
    assert _send(site, path=f"/thing?csrf_token={_token(site, 'abc')}", cookie="abc") == (403, "csrf")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:8001"},
        {"Origin": "http://localhost@evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
    ],
)
@pytest.mark.parametrize("cookie", [None, "abc"])
def test_another_origin_is_refused_whatever_the_token(site, headers, cookie):
    token = _token(site, cookie) if cookie else None
    assert _send(site, cookie=cookie, token=token, headers=headers) == (403, "foreign_origin")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": ORIGIN},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_our_own_origin_passes_without_a_session(site, headers):
    assert _send(site, headers=headers) == (200, "done")


@pytest.mark.parametrize("path", ["/api/v1/thing", "/webhooks/stripe"])
def test_programs_carry_no_cookie_and_are_exempt(site, path):
    assert _send(site, path=path, cookie="abc", headers={"Origin": "http://evil.example"})[0] == 200


@pytest.mark.parametrize("path", ["/apiary", "/webhooksx"])
def test_a_name_that_only_begins_like_that_is_not(site, path):
    assert _send(site, path=path, cookie="abc") == (403, "csrf")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_needs_nothing(site, method):
    assert _send(site, method=method, cookie="abc", headers={"Origin": "http://evil.example"})[0] == 200


def test_a_visitor_without_a_session_has_no_token(site):
    with site.test_request_context("/"):
        assert csrf_token() == ""
