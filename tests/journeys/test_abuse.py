"""Abuse that no other test holds: see docs/reference/abuse.md for the whole table."""

from __future__ import annotations

import json

import pytest
import structlog
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts import people
from marketplace.accounts.models import Person, Role, RoleGrant
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.stores.models import StoreMember
from tests.factories import World, a_person, an_official, fresh, world
from tests.pages import Client

pytestmark = pytest.mark.databases("sqlite")
PLANTED = {
    "role": "office",
    "roles": "office",
    "store_id": "1",
    "store_ids": "1",
    "price": "1",
    "status": "paid",
    "state": "paid",
    "is_verified": "1",
    "balance": "999999999",
    "mobile": "09120000001",
    "id": "1",
    "password_hash": "x",
    "disabled_at": "2020-01-01",
}


@pytest.fixture
def small(app: Flask, ctx, at) -> World:
    return world(at)


def test_fields_that_a_form_does_not_name_are_not_looked_at(client: Client, small: World):
    person = a_person()
    client.sign_in(person)
    form = client.get("/me").form("/me")
    values = {name: held[0] for name, held in form.values.items() if held}
    client.post("/me", {**PLANTED, **values, "given_name": "نازنین", "surname": "رضایی"})
    kept = fresh(person)
    assert (kept.given_name, kept.mobile, kept.password_hash) == (
        "نازنین",
        person.mobile,
        person.password_hash,
    )
    assert kept.disabled_at is None
    for model in (RoleGrant, StoreMember):
        found = select(func.count()).where(model.person_id == person.id)
        assert db.session.scalar(found) == 0, model.__name__


@pytest.mark.parametrize("braces", ["{{7*7}}", "{%print(7*7)%}", "${7*7}", "#{7*7}", "<%= 7*7 %>"])
def test_words_are_never_a_template(client: Client, small: World, braces):
    page = client.get(f"/search?q={quoted(braces)}")
    assert braces in page.title and "49" not in page.title


def quoted(words: str) -> str:
    return "".join(f"%{byte:02X}" for byte in words.encode())


@pytest.mark.parametrize(
    "query",
    [
        "sort=1;DROP%20TABLE%20people",
        "sort=price%20DESC--",
        "min_toman=1%20OR%201=1",
        "stars=0x1",
        "min_discount=1e3",
    ],
)
def test_sql_in_a_filter_is_a_bad_request(client: Client, small: World, query):
    client.get(f"/search?{query}", expect=400)
    assert db.session.scalar(select(func.count(Person.id)))


@pytest.mark.parametrize(
    "path",
    [
        "/.git/config",
        "/.env",
        "/console",
        "/debug",
        "/_debug_toolbar/",
        "/instance/secret_key.txt",
        "/wsgi.py",
        "/backup.sql",
        "/server-status",
        "/admin",
        "/phpinfo.php",
    ],
)
def test_nothing_of_the_inside_has_an_address(client: Client, ctx, path):
    assert "Traceback" not in client.get(path, expect=404).source


@pytest.mark.parametrize("path", ["/static/../instance/bazargah.db", "/static/%2e%2e/%2e%2e/pyproject.toml"])
def test_no_path_leads_out_of_the_folder(app: Flask, ctx, path):
    answer = app.test_client().get(path)
    assert answer.status_code == 404 and b"[project]" not in answer.data


def test_a_withdrawn_role_ends_with_the_next_request(client: Client, small: World, at):
    clerk = an_official(Role.office)
    client.sign_in(clerk)
    assert client.get("/office/payouts").status == 200
    with unit_of_work():
        people.withdraw_role(clerk.id, Role.office, at)
    client.get("/office/payouts", expect=403)
    client.post("/office/payouts", expect=403)


def test_a_line_of_the_log_stays_one_line(app: Flask):
    write = structlog.get_config()["processors"][-1]
    planted = '0912\r\n{"event": "forged"}\x1b[31m'
    line = write(None, "warning", {"event": "sign_in_refused", "mobile": planted})
    assert len(line.splitlines()) == 1 and "\x1b" not in line
    assert json.loads(line) == {"event": "sign_in_refused", "mobile": planted}
