"""The tests' own tools hold what they promise: the client finds broken pages, sockets are closed, skips are named."""

from __future__ import annotations

import socket
import warnings
from collections import Counter
from pathlib import Path

import psycopg
import pytest
from flask import Flask, Response, redirect, request
from sqlalchemy import func, select, text

from marketplace.accounts.access import public
from marketplace.accounts.models import Person
from marketplace.core.db import db
from tests import databases, kept_apps, needs, restored, shape
from tests.conftest import AT, NetworkTouched, miss
from tests.factories import a_person, change, fresh
from tests.pages import Client

GOOD = """<!doctype html><html lang="fa" dir="rtl"><head><meta charset="utf-8"><title>t</title></head>
<body><h1>h</h1>{}</body></html>"""
FORM = '<form method="post" action="/sign-in">{}<button>b</button></form>'

FOREIGN_FORM = """<form method="post" action="https://e.example/">
<input type="hidden" name="csrf_token" value="x"></form>"""

only_sqlite = pytest.mark.databases("sqlite")


@pytest.fixture
def show(app: Flask):
    """Shows a page of this source and gives what the client says about it."""
    pages = []

    @app.route("/shown", methods=["GET", "POST"])
    @public
    def shown():
        return Response(pages[-1], mimetype="text/html")

    def fetch(source: str, path: str = "/shown", *, is_signed_in: bool = False) -> str:
        pages.append(source)
        client = Client(app)
        if is_signed_in:
            client.browser.set_cookie("sid", "abc")
        try:
            client.get(path)
        except AssertionError as error:
            return str(error)
        return ""

    return fetch


@only_sqlite
@pytest.mark.parametrize(
    "body",
    [
        '<a href="/shown">x</a> <a href="/en/shown">x</a> <a href="#b" id="b">x</a>',
        '<label>x <input name="a"></label><label for="i">x</label><input id="i" name="b">',
        '<input aria-label="x" name="a">',
        '<a href="https://example.com/x">x</a>',
        '<form action="/shown"><input type="hidden" name="a"><button>b</button></form>',
        '<svg aria-hidden="true"><path d="M0 0"/></svg>',
        '<script type="application/ld+json">{}</script>',
        "<details><summary>s</summary><p>p</p></details>",
        "<dialog id='d'><p>p</p></dialog><button popovertarget='d'>x</button>",
    ],
)
def test_good_pages_pass(show, body):
    assert show(GOOD.format(body)) == ""


@only_sqlite
@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("<p><div>x</div></p>", "HTML, line"),
        ("<b>x", "HTML, line"),
        ('<p id="a">x</p><p id="a">y</p>', "stands 2 times"),
        ("<h1>zwei</h1>", "2 h1"),
        ('<input name="a">', "has no label"),
        ('<label for="i"></label><input id="i" name="a">', "has no label"),
        ('<select name="a"><option>1</option></select>', "has no label"),
        ("<img src='/static/img/favicon.svg'>", "no alt"),
        ("<a href='/shown'></a>", "no words"),
        ("<p style='color:red'>x</p>", "inline style"),
        ("<script>x()</script>", "inline script"),
        ("<button onclick='x()'>x</button>", "inline handler onclick"),
        ("<a href='javascript:x()'>x</a>", "javascript: address"),
        ("<a href='/nowhere'>x</a>", "/nowhere: no route"),
        ("<a href='/en/nowhere'>x</a>", "/en/nowhere: no route"),
        ("<a href='#nothing'>x</a>", "not on the page"),
        ("<img alt='' src='/static/img/none.svg'>", "no such file"),
        ("<img alt='' src='/static/img/favicon.000000000000.svg'>", "the hash is not the file's"),
        ("<svg><use href='/static/vendor/icons.svg#no-such-icon'></use></svg>", "no such symbol"),
        ("<img alt='' src='https://example.com/x.png'>", "fetches from another site"),
        ("<form method='post' action='/healthz'><button>x</button></form>", "takes no POST"),
        ("<p>[cart.title]</p>", "missing sentence [cart.title]"),
        ("<p title='[cart.title]'>x</p>", "missing sentence [cart.title]"),
        ("<p aria-describedby='gone'>x</p>", "names nothing on the page"),
        ("<form action='/shown'><input type='hidden' name='csrf_token' value='x'></form>", "would leak"),
        (
            "<form method='post' action='https://e.example/'><input type='hidden' name='csrf_token' value='x'></form>",
            "would leak",
        ),
    ],
)
def test_broken_pages_are_found(show, body, complaint):
    assert complaint in show(GOOD.format(body))


@only_sqlite
@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        (GOOD.replace('lang="fa"', ""), "<html lang=None"),
        (GOOD.replace('dir="rtl"', 'dir="ltr"'), "dir=ltr"),
        (GOOD.replace("<title>t</title>", ""), "no title"),
        (GOOD.replace("<h1>h</h1>", ""), "0 h1"),
        (GOOD.replace("<!doctype html>", ""), "HTML, line 1"),
    ],
)
def test_a_broken_frame_is_found(show, source, complaint):
    assert complaint in show(source.format(""))


@only_sqlite
def test_the_language_must_fit_the_address(show):
    assert "under /en/shown" in show(GOOD.format(""), "/en/shown")


@only_sqlite
def test_a_form_needs_its_token_once_there_is_a_session(show):
    page = GOOD.format(FORM.format(""))
    assert show(page) == ""
    assert "has no csrf_token" in show(page, is_signed_in=True)
    assert (
        show(GOOD.format(FORM.format('<input type="hidden" name="csrf_token" value="x">')), is_signed_in=True)
        == ""
    )


@only_sqlite
def test_a_page_without_guarding_headers_is_found(app):
    @app.get("/naked")
    @public
    def naked():
        response = Response(GOOD.format(""), mimetype="text/html")
        response.headers["Content-Security-Policy"] = "script-src 'unsafe-inline'"
        return response

    with pytest.raises(AssertionError, match="the unsafe"):
        Client(app).get("/naked")


@only_sqlite
def test_the_client_sends_what_a_browser_would(app):
    got = []

    @app.route("/form", methods=["GET", "POST"])
    @public
    def form():
        if request.method == "POST":
            got.append({k: v for k, v in request.form.lists() if k != "csrf_token"})
            return redirect("/form?done=1", 303)
        return GOOD.format(
            '<form method="post" id="f"><label>a<input name="a" value="1"></label>'
            '<label>b<input type="checkbox" name="b" value="x" checked></label>'
            '<label>b<input type="checkbox" name="b" value="y"></label>'
            '<label>c<select name="c"><option value="1">1</option><option value="2" selected>2</option></select>'
            "</label>"
            '<label>d<textarea name="d">text</textarea></label><label>e<input name="e" disabled value="no"></label>'
            '<button name="act" value="go">go</button><button name="act" value="stop">stop</button></form>'
        )

    client = Client(app)
    page = client.submit(client.get("/form").form(id="f"), a="2", press="stop")
    assert (page.url, page.history) == ("/form?done=1", ("/form",))
    assert got == [{"a": ["2"], "b": ["x"], "c": ["2"], "d": ["text"], "act": ["stop"]}]
    with pytest.raises(AssertionError, match="no field 'f'"):
        client.submit(client.get("/form").form(id="f"), f="2")


@only_sqlite
def test_a_status_that_was_not_expected_fails(client):
    with pytest.raises(AssertionError, match="gave 404"):
        client.get("/nowhere")
    with pytest.raises(AssertionError, match="gave 404, not 200"):
        client.api("GET", "/nowhere", expect=200)


def test_a_signed_in_client_is_somebody_and_each_request_stands_alone(ctx, at, client):
    person = a_person()
    assert not client.has_session
    client.sign_in(person)
    assert client.has_session
    assert len(client.csrf_token()) == 64
    client.sign_out()
    assert client.csrf_token() == ""


def test_a_test_sees_what_a_request_wrote(ctx, app, client):
    person = a_person(surname="پیش")
    assert db.session.get(Person, person.id).surname == "پیش"

    @app.get("/change")
    @public
    def change_it():
        change(person, surname="پس")
        return GOOD.format("")

    client.get("/change")
    assert fresh(person).surname == "پس"
    assert db.session.get(Person, person.id).surname == "پس"


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_a_database_of_its_own(ctx, turn):
    assert db.session.scalar(select(func.count(Person.id))) == 0
    a_person(mobile="09120000001")


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.com", 443), ("2001:db8::1", 80)])
def test_sockets_are_closed(address):
    with pytest.raises(NetworkTouched):
        socket.create_connection(address, timeout=1)
    with pytest.raises(NetworkTouched):
        socket.getaddrinfo(*address)


def test_this_machine_can_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=1).close()


def test_a_warning_is_an_error():
    with pytest.raises(UserWarning, match="take care"):
        warnings.warn("take care", stacklevel=1)


def test_the_clock_stands_still(at):
    from marketplace.core import clock  # noqa: PLC0415

    assert clock.now() == at == AT == clock.now()


def test_a_missing_tool_skips_by_name_or_fails(monkeypatch):
    monkeypatch.delenv("REQUIRE_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception, match="needs chromium"):
        miss("chromium")
    monkeypatch.setenv("REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match="chromium is missing"):
        miss("chromium")


def test_tools_are_found_where_they_are(monkeypatch, tmp_path):
    needs.have.cache_clear()
    monkeypatch.setenv("REDIS_SERVER", str(tmp_path / "none"))
    assert needs.have("redis") is None
    program = tmp_path / "stripe-mock"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv("GOBIN", str(tmp_path))
    monkeypatch.delenv("STRIPE_MOCK", raising=False)
    assert needs.have("stripe-mock") == program
    with pytest.raises(KeyError):
        needs.have("nobody-knows")
    needs.have.cache_clear()


def test_databases_are_chosen_by_name(monkeypatch):
    monkeypatch.setattr(shape, "IS_PRODUCTION", False)
    monkeypatch.setenv("DATABASES", "postgresql")
    assert databases.kinds() == ("postgresql",)
    monkeypatch.delenv("DATABASES")
    assert databases.kinds() == ("sqlite", "postgresql")
    monkeypatch.setenv("DATABASES", "oracle")
    with pytest.raises(ValueError, match="oracle"):
        databases.kinds()


# --- what is handed on from test to test


@only_sqlite
def test_an_app_is_handed_on_as_it_was_made(settings):
    made, _ = kept_apps.take_app(settings)
    made.config["API_RATE"] = "3 per minute"
    made.extensions["outward"] = object()
    breaker = made.extensions["bazargah_gateway"]
    kept_apps.give_back(made)
    again, is_new = kept_apps.take_app(settings)
    assert (again is made, is_new) == (True, False)
    assert "API_RATE" not in again.config
    assert "outward" not in again.extensions
    assert again.extensions["bazargah_gateway"] is not breaker, "a breaker that opened stays in its own test"
    again.before_request(lambda: None)
    kept_apps.give_back(again)
    fresh_one, is_new = kept_apps.take_app(settings)
    assert (fresh_one is made, is_new) == (False, True), "what a test fitted to an app ends its use"
    kept_apps.give_back(fresh_one)


@pytest.mark.databases("postgresql")
@pytest.mark.parametrize(
    ("change_made", "is_as_before"),
    [
        ("SELECT 1", True),
        ("INSERT INTO provinces (id, name_fa, name_en, zone, sort_key) VALUES (1, 'x', 'x', 1, 'x')", True),
        ("CREATE TABLE left_behind (id int)", False),
        ("ALTER TABLE transfers DISABLE TRIGGER ALL", False),
        ("ALTER TABLE people ADD COLUMN left_behind int", False),
    ],
    ids=["nothing", "a row", "a table", "triggers", "a column"],
)
def test_a_copy_that_is_not_the_template_is_not_handed_on(
    database, ctx, change_made, is_as_before, monkeypatch
):
    monkeypatch.setattr(restored, "_uses", Counter())  # however often this copy served before
    monkeypatch.setattr(restored, "_deleted", Counter())
    with db.engine.connect().execution_options(writes=True) as connection:
        connection.execute(text(change_made))
        connection.commit()
    db.session.remove()
    db.engine.dispose()
    assert restored.restore(database, databases.postgres_url(databases.postgres_template())) is is_as_before
    if is_as_before:
        assert db.session.execute(text("SELECT count(*) FROM provinces")).scalar() == 0


@pytest.mark.databases("postgresql")
def test_a_copy_gets_back_the_rows_and_numbers_of_its_template(database):
    """Rows that a test changed, took away or added, and a number that it took."""
    with databases.copied_database(database, Path()) as template:
        with psycopg.connect(template, autocommit=True) as connection:
            connection.execute(
                "INSERT INTO provinces (id, name_fa, name_en, zone, sort_key) VALUES (7, 'a', 'b', 1, 'x')"
            )
            connection.execute("SELECT setval('people_id_seq', 40)")
        with databases.copy_of(template.partition("?")[0].rpartition("/")[2]) as url:
            for change_made in (
                "SELECT 1",
                "UPDATE provinces SET name_fa = 'c'",
                "DELETE FROM provinces",
                "INSERT INTO provinces (id, name_fa, name_en, zone, sort_key) VALUES (8, 'd', 'd', 1, 'y')",
                "SELECT nextval('people_id_seq')",
            ):
                with psycopg.connect(url, autocommit=True) as connection:
                    connection.execute(change_made)
                assert restored.restore(url, template)
                with psycopg.connect(url, autocommit=True) as connection:
                    rows = connection.execute("SELECT id, name_fa FROM provinces").fetchall()
                    assert rows == [(7, "a")], change_made
                    assert connection.execute("SELECT nextval('people_id_seq')").fetchone() == (41,)
