"""The work before another try, in Chromium: done by the script while somebody types, or waited for; never seen else."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts import passwords
from marketplace.accounts.models import SignInSession
from marketplace.accounts.work_models import SpentChallenge
from marketplace.core.clock import now
from marketplace.core.db import db
from tests.browser.browsing import PHONE, chromium, served, tab
from tests.factories.people import a_person
from tests.factories.places import a_policy_row

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.databases("sqlite")]
MOBILE, PASSWORD = "09121112233", "بازار بهار ۱۴۰۵"


def count(model: type) -> int:
    db.session.rollback()
    return int(db.session.scalar(select(func.count()).select_from(model)) or 0)


def test_the_script_does_the_work_and_a_right_password_gets_in(app: Flask, ctx):
    """Nine wrong ones, of which the ninth needs work and carries it, then the right one with work of its own."""
    a_policy_row("challenge_bits", 12, at=now())
    a_person(mobile=MOBILE, password_hash=passwords.password_hash(PASSWORD), at=now())
    db.session.rollback()
    with served(app) as base, chromium() as browser, tab(browser, base, "fa", PHONE) as opened:
        opened.open("/sign-in?next=/me/security")
        summary = opened.page.locator("details.gate__more summary")
        for n in range(10):
            assert opened.page.locator("[data-work]").count() == (n >= 8)
            if not opened.page.locator("details.gate__more[open]").count():
                summary.click()
            password = "نادرست ۱۲۳" if n < 9 else PASSWORD
            opened.send("/sign-in/code", by="button[formaction]", mobile=MOBILE, password=password)
        assert opened.page.url == f"{base}/me/security"
        assert (count(SpentChallenge), count(SignInSession)) == (2, 1)
        assert all("422" in said for said in opened.said), "the wrong passwords, and nothing else"


def test_without_scripts_the_form_offers_the_slow_lane(app: Flask, ctx):
    a_policy_row("challenge_bits", 12, at=now())
    a_person(mobile=MOBILE, password_hash=passwords.password_hash(PASSWORD), at=now())
    db.session.rollback()
    with served(app) as base, chromium() as browser:
        context = browser.new_context(base_url=base, java_script_enabled=False)
        page = context.new_page()
        page.goto("/sign-in?next=/me/security")
        for n in range(9):
            box = page.locator("input[name=unsolved]")
            assert box.count() == (n >= 8)
            if not page.locator("details.gate__more[open]").count():
                page.locator("details.gate__more summary").click()
            page.locator("input[name=mobile]").fill(MOBILE)
            page.locator("input[name=password]").fill("نادرست ۱۲۳" if n < 8 else PASSWORD)
            if n == 8:
                box.check()
            page.locator("button[formaction]").click()
        assert page.url == f"{base}/me/security"
        assert (count(SpentChallenge), count(SignInSession)) == (0, 1)
        context.close()
