"""A passkey with the browser's own virtual authenticator: made, used to sign in, and to prove oneself again."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from marketplace.accounts import passwords
from marketplace.accounts.models import SignInSession
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from tests.browser.browsing import PHONE, Tab, chromium, served, tab
from tests.factories.people import a_person

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.databases("sqlite")]
MOBILE = "09121112233"
PASSWORD = "بازار بهار ۱۴۰۵"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def picture(opened: Tab, name: str) -> None:
    """For whoever wants to look: `PICTURES=folder`."""
    if os.environ.get("PICTURES"):
        opened.page.screenshot(path=str(Path(os.environ["PICTURES"]) / f"{name}.png"), full_page=True)


def enter(opened: Tab) -> None:
    opened.open("/sign-in?next=/me/security")
    opened.page.locator("details.gate__more summary").click()
    opened.send("/sign-in/code", by="button[formaction]", mobile=MOBILE, password=PASSWORD)


def test_a_passkey_is_made_signs_in_and_proves(app: Flask, ctx):
    a_person(mobile=MOBILE, password_hash=passwords.password_hash(PASSWORD), at=now())
    db.session.rollback()
    with served(app) as base, chromium() as browser:
        at_name = base.replace("127.0.0.1", "localhost")
        with tab(browser, at_name, "fa", PHONE, color_scheme="light") as opened:
            devtools = opened.page.context.new_cdp_session(opened.page)
            devtools.send("WebAuthn.enable")
            devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
            enter(opened)
            picture(opened, "security-fa-phone")
            opened.send("/me/security/passkeys", name="گوشی من")
            assert "گوشی من" in opened.main()
            opened.ensure_fits()
            opened.page.context.clear_cookies()

            enter(opened)
            assert opened.page.url.startswith(f"{at_name}/sign-in/second")
            picture(opened, "second-fa-phone")
            opened.send("/sign-in/second/passkey")
            assert opened.page.url == f"{at_name}/me/security"

            with unit_of_work():
                db.session.execute(update(SignInSession).values(proven_at=now() - timedelta(hours=1)))
            opened.open("/me/tokens")
            opened.page.locator("input[name=name]").fill("برنامه")
            opened.page.locator("input[name=scopes]").first.check()
            opened.send("/me/tokens")
            picture(opened, "proof-fa-phone")
            opened.send("/confirm/passkey")
            opened.send("/me/tokens")
            assert "bzg_" in opened.main()
            assert all("403" in said for said in opened.said), (
                "the page that asks for the proof, and nothing else"
            )
