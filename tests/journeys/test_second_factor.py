"""Setting up a second factor, signing in with it, and proving oneself again, as a browser does it."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta

import pyotp
import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts import passwords
from marketplace.accounts.models import ApiToken, SignInSession
from marketplace.accounts.second_models import Authenticator
from marketplace.core.db import db
from tests.factories.people import a_person, a_role, a_session
from tests.html import text_of
from tests.pages import Client

pytestmark = pytest.mark.databases("sqlite")
MOBILE = "09121112233"
PASSWORD = "بازار بهار ۱۴۰۵"
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def hashed() -> str:
    return passwords.password_hash(PASSWORD)


@pytest.fixture
def person(ctx, at, hashed):
    return a_person(mobile=MOBILE, password_hash=hashed)


@pytest.fixture
def strict(app: Flask, monkeypatch) -> None:
    """An installation that asks officials for a second factor."""
    settings = dataclasses.replace(app.config["SETTINGS"], second_factor_compulsory=True)
    monkeypatch.setitem(app.config, "SETTINGS", settings)


def enter(client: Client, **options):
    return client.post(
        "/sign-in", {"mobile": MOBILE, "password": PASSWORD, "next": "/me/security"}, **options
    )


def cookie(client: Client, name: str = "sid") -> str | None:
    kept = client.browser.get_cookie(name)
    return kept.value if kept else None


def set_up(client: Client) -> tuple[str, list[str]]:
    """Switches the app on by the pages; gives its secret and the recovery codes."""
    page = client.submit(client.get("/me/security").form("/me/security/app"))
    secret = re.sub(r"\W", "", text_of(page.one("p", class_="factor-secret").find(".//bdi")))
    done = client.submit(page.form("/me/security/app/confirmation"), code=code_now(secret))
    assert done.status == 201
    return secret, [text_of(item) for item in done.one("ol", class_="factor-codes").iter("bdi")]


def code_now(secret: str) -> str:
    return pyotp.TOTP(secret).now()


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_from_setting_up_to_signing_in_and_getting_rid_of_it(client: Client, person, at, prefix):
    enter(client)
    before = cookie(client)
    secret, codes = set_up(client)
    assert len(codes) == 10
    assert cookie(client) not in (None, before), "the session goes on under another name"
    client.browser.set_cookie("sid", before or "")
    assert client.get("/me/security", follow=False).status == 302, "and the old name is of no use"
    client.sign_out()

    with time_machine.travel(at + MINUTE, tick=False):
        step = enter(client)
        assert step.path == "/sign-in/second" and cookie(client) is None
        assert client.get("/me/security", follow=False).status == 302, "nobody is signed in yet"
        assert client.get(f"{prefix}/sign-in/second").status == 200
        refused = client.submit(step.form("/sign-in/second"), code="۱۲۳۴۵۶", expect=400)
        assert cookie(client) is None
        done = client.submit(refused.form("/sign-in/second"), code=code_now(secret))
        assert done.path == "/me/security" and cookie(client)
        assert client.get(f"{prefix}/me/security").status == 200
        client.sign_out()
        refused = client.submit(enter(client).form("/sign-in/second"), code=code_now(secret), expect=400)
        by_paper = client.submit(refused.form("/sign-in/second"), code=codes[3].lower())
        assert by_paper.path == "/me/security"
        gone = client.submit(client.get("/me/security").form("/me/security/app/removal"))
        assert gone.path == "/me/security"
        client.sign_out()
        assert enter(client).path == "/me/security"


def test_five_wrong_codes_shut_the_door_for_the_right_one(client: Client, person, at):
    enter(client)
    secret, _ = set_up(client)
    client.sign_out()
    with time_machine.travel(at + MINUTE, tick=False):
        page = enter(client)
        for _ in range(5):
            page = client.submit(page.form("/sign-in/second"), code="000000", expect=400)
        shut = client.submit(page.form("/sign-in/second"), code=code_now(secret), expect=429)
        assert int(shut.headers["Retry-After"]) > 0 and cookie(client) is None


def test_no_desk_opens_without_a_second_factor(client: Client, person, at, strict):
    a_role(person, "office")
    enter(client)
    led = client.get("/office")
    assert led.path == "/me/security"
    assert client.get("/office/payouts", follow=False).location == "/me/security"
    client.post("/office/payouts", expect=403)
    set_up(client)
    assert client.get("/office/payouts").status == 200
    kept = client.post("/me/security/app/removal", expect=409)
    assert "second factor" in kept.text or "عامل دوم" in kept.text
    db.session.rollback()
    assert db.session.scalar(select(func.count()).where(Authenticator.ended_at.is_(None))) == 1


def test_an_act_of_money_asks_again_and_loses_nothing(client: Client, person, at):
    """Half an hour after signing in the act waits, is carried through the proof, and is done once."""
    enter(client)
    form = client.get("/me/tokens").form("/me/tokens")
    with time_machine.travel(at + 30 * MINUTE, tick=False):
        asked = client.submit(form, name="دفترِ <من>", scopes="cart", days="30", expect=403)
        db.session.rollback()
        assert db.session.scalar(select(func.count(ApiToken.id))) == 0
        wrong = client.submit(asked.form("/confirm"), password="not this one", expect=422)
        before = cookie(client)
        done = client.submit(wrong.form("/confirm"), password=PASSWORD)
        assert cookie(client) != before
        made = client.submit(done.form("/me/tokens"))
        assert made.status == 201 and "دفترِ <من>" in made.text
        assert (
            client.submit(client.get("/me/tokens").form("/me/tokens"), name="two", scopes="cart").status
            == 201
        )


def test_who_has_neither_password_nor_factor_signs_in_again(client: Client, ctx, at):
    person = a_person()
    client.browser.set_cookie("sid", a_session(person, proven_at=at - 31 * MINUTE))
    asked = client.post("/me/security/app", expect=403)
    led = client.submit(asked.form("/confirm/sign-in"))
    assert led.path == "/sign-in" and not cookie(client)


def test_the_proof_leads_nowhere_else(client: Client, person):
    enter(client)
    for evil in ("//evil.example", "https://evil.example", "/\\evil.example"):
        page = client.get(f"/confirm?next={evil}")
        assert [form.values["next"] for form in page.forms if "next" in form.values] == [["/"]]
    done = client.post(
        "/confirm", {"password": PASSWORD, "carried": "W10=", "next": "//evil.example"}, follow=False
    )
    assert done.location == "/"


def test_a_session_is_shown_with_device_network_and_last_use(client: Client, person, at):
    chrome = "Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36"
    client.browser.post(
        "/sign-in",
        data={"mobile": MOBILE, "password": PASSWORD},
        headers={"User-Agent": chrome},
        environ_base={"REMOTE_ADDR": "5.160.12.7"},
    )
    with time_machine.travel(at + 61 * MINUTE, tick=False):
        client.browser.get("/me", environ_base={"REMOTE_ADDR": "2.144.1.9"})
        page = client.get("/en/me/security")
    assert "Chrome on Android" in page.text and "2.144.…" in page.text and "12.7" not in page.text
    db.session.rollback()
    row = db.session.scalars(select(SignInSession)).one()
    assert row.last_used_at == at + 61 * MINUTE
