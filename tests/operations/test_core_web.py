"""What every page and every refusal looks like."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from marketplace.accounts.access import public
from marketplace.accounts.models import Person
from marketplace.core.db import db
from marketplace.core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
    MarketplaceError,
    NotFound,
    Reason,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from marketplace.core.language import t
from marketplace.core.unit_of_work import unit_of_work
from marketplace.core.web import HEADERS
from tests.factories import AT

ALL = (Malformed, Unauthenticated, Forbidden, NotFound, Conflict, TooLarge, Invalid, TooMany, Unavailable)


@pytest.fixture
def raising(app):
    """Adds addresses that fail as told: `/raise` for browsers, `/api/v1/raise` for programs."""
    errors: list[BaseException] = []

    @public
    def fail():
        raise errors[-1]

    for path in ("/raise", "/api/v1/raise"):
        app.add_url_rule(path, path, fail, methods=["GET", "POST"])
    return errors


@pytest.mark.parametrize("kind", ALL)
def test_a_refusal_is_a_page_for_people(client, raising, kind):
    """What happened, what to do now, and two ways on."""
    raising.append(kind())
    for prefix, language in (("", "fa"), ("/en", "en")):
        page = client.get(f"{prefix}/raise", expect=kind.status)
        assert page.h1 == t(f"error.{kind.code}", lang=language)
        assert t(f"advice.{kind.status}", lang=language) in page.text
        assert {f"{prefix}/", f"{prefix}/search"} <= {urlsplit(link).path for link in page.links()}


@pytest.mark.parametrize("kind", ALL)
def test_a_refusal_is_a_problem_document_for_programs(client, raising, kind):
    raising.append(kind())
    answer = client.api("GET", "/raise", expect=kind.status)
    assert answer["status"] == kind.status
    assert answer["code"] == kind.code
    assert answer["reasons"] == []


def test_a_problem_document_tells_every_reason_and_field(client, raising):
    raising.append(Conflict(reasons=[Reason("sold_out")], fields={"quantity": "required"}))
    answer = client.api("POST", "/raise", json={}, expect=409)
    assert [r["code"] for r in answer["reasons"]] == ["sold_out"]
    assert answer["fields"]["quantity"]["code"] == "required"


def test_who_takes_json_alone_gets_the_document_on_any_address(client, raising):
    raising.append(Conflict())
    page = client.get("/raise", expect=409, headers={"Accept": "application/json"})
    assert page.headers["Content-Type"] == "application/problem+json"
    page = client.get("/raise", expect=409, headers={"Accept": "text/html, application/json"})
    assert page.headers["Content-Type"].startswith("text/html")


def test_busy_says_when_to_come_back(client, raising):
    raising.append(Unavailable("busy", retry_after=2))
    assert client.get("/raise", expect=503).headers["Retry-After"] == "2"


@pytest.mark.parametrize("path", ["/raise", "/api/v1/raise"])
def test_what_nobody_expected_tells_nothing_of_the_inside(client, raising, path, capsys):
    raising.append(RuntimeError("secret detail of /srv/file.py"))
    page = client.get(path, expect=500)
    assert "secret detail" not in page.source
    assert "Traceback" not in page.source
    assert "secret detail" in capsys.readouterr().out


def test_an_unknown_address_and_a_wrong_method(client):
    assert client.get("/no-such-page", expect=404).h1
    assert client.api("GET", "/no-such-call", expect=404)["code"] == "not_found"
    assert "GET" in client.post("/static/css/base.css", expect=405).headers["Allow"]


def test_a_body_that_is_too_large_is_refused(client, raising):
    raising.append(Conflict())
    page = client.post("/sign-in", {"mobile": "0" * (9 * 1024 * 1024)}, expect=413)
    assert page.h1


def test_a_failing_view_leaves_nothing_behind_and_the_next_page_works(app, client):
    @app.post("/write-and-fail")
    @public
    def write_and_fail():
        with unit_of_work():
            db.session.add(Person(mobile="09120000001", created_at=AT))
            db.session.flush()
            raise Conflict("conflict")

    client.post("/write-and-fail", expect=409)
    client.get("/no-such-page", expect=404)
    with app.app_context():
        assert db.session.scalar(select(func.count(Person.id))) == 0


def test_a_view_that_writes_outside_a_unit_fails_and_changes_nothing(app, client):
    @app.get("/write-by-looking")
    @public
    def write_by_looking():
        db.session.add(Person(mobile="09120000001", created_at=AT))
        db.session.flush()
        return "done"

    client.get("/write-by-looking", expect=500)
    with app.app_context():
        assert db.session.scalar(select(func.count(Person.id))) == 0


@pytest.mark.parametrize("path", ["/no-such-page", "/api/v1/no-such-call", "/static/css/base.css"])
def test_every_answer_carries_the_guarding_headers(client, path):
    headers = client.get(path, expect=200 if "static" in path else 404).headers
    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in headers


def test_an_error_of_ours_never_shows_its_class(client, raising):
    raising.append(MarketplaceError())
    assert "MarketplaceError" not in client.get("/raise", expect=500).source


def test_where_a_hole_is_told_stands_at_its_known_address(client, at):
    page = client.get("/.well-known/security.txt")
    fields = dict(line.split(": ", 1) for line in page.source.splitlines())
    assert set(fields) == {"Contact", "Expires", "Preferred-Languages", "Canonical"}
    assert fields["Canonical"].endswith("/.well-known/security.txt") and page.headers[
        "Content-Type"
    ].startswith("text/plain")
    assert at < datetime.fromisoformat(fields["Expires"]) <= at + timedelta(days=365)
