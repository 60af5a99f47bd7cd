"""One day of the office in Chromium: 1,200 applied, 300 are approved by score, the others wait or read why not; one
leaves and the best that waits moves up. However many they are, a page asks the database as often."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask, request, request_finished, request_started
from flask.ctx import AppContext
from sqlalchemy import func, select

from marketplace.accounts.models import Role
from marketplace.core.audit import broken_entries
from marketplace.core.db import db
from marketplace.core.unit_of_work import count_queries
from marketplace.festival.admission import ADMITTED_STORES
from marketplace.festival.application_models import ApplicationDecision, ApplicationStep
from marketplace.festival.models import Application, Festival
from marketplace.festival.waiting_list import refresh_scores
from marketplace.messages.models import Message
from marketplace.stores.models import Store
from tests.browser.browsing import Tab, chromium, served, tab
from tests.factories import (
    AT,
    a_category,
    a_festival,
    a_member,
    a_session,
    an_official,
    pledge_texts,
    provinces,
    rules,
    writing,
)
from tests.factories.applications import many_applicants

pytestmark = pytest.mark.needs("chromium")
DESK = "/office/applications"
TICK_ALL = "boxes => boxes.forEach(box => { box.checked = true; })"


def a_full_desk() -> Festival:
    """1,200 applicants of four categories, one of them hard hit; 300 places."""
    with writing():
        rules()
        pledge_texts()
        places = provinces()
        made = a_festival()
        categories = [a_category(is_hard_hit=n == 0) for n in range(4)]
        many_applicants(made, 1_200, categories, places[0].id)
    assert refresh_scores(AT) == 1_200
    return made


class Watch:
    """How often each page asked the database, by its address."""

    def __init__(self, app: Flask) -> None:
        self.queries: dict[str, set[int]] = {}
        self._asked: list[str] = []
        request_started.connect(self._begin, app)
        request_finished.connect(self._end, app)
        count_queries(self._asked)

    def _begin(self, *args: Any, **rest: Any) -> None:
        self._asked.clear()

    def _end(self, *args: Any, **rest: Any) -> None:
        self.queries.setdefault(f"{request.method} {request.path}", set()).add(len(self._asked))


def states() -> dict[str, int]:
    db.session.rollback()
    rows = db.session.execute(select(Application.state, func.count()).group_by(Application.state))
    return {row[0].value: row[1] for row in rows}


def test_one_day_of_the_office(app: Flask, ctx: AppContext) -> None:
    with time_machine.travel(AT, tick=False) as traveller:
        festival = a_full_desk()
        secret = a_session(an_official(Role.office, given_name="مینا", surname="صادقی"))
        with served(app) as base, chromium() as browser, tab(browser, base, "fa") as office:
            office.enter(secret)
            approve_the_best(office, app)
            for verdict in ("waitlist", "reject"):
                decide_about_all(office, verdict)
            assert states() == {"approved": 300, "waitlisted": 500, "rejected": 400}
            ensure_fair(festival)
            traveller.shift(timedelta(hours=1))
            with tab(browser, base, "fa") as store:
                one_leaves(app, store)
            office.open(DESK)
            assert "۳۰۰ پذیرفته" in office.main()
            office.ensure_silent()
        assert not list(broken_entries())


def approve_the_best(office: Tab, app: Flask) -> None:
    """Six pages of fifty, the best first: picked by keyboard or all of a page, seen before they are decided."""
    office.open(f"{DESK}?result=ok")
    watch = Watch(app)
    for turn in range(6):
        office.open(f"{DESK}?result=ok")
        boxes = office.page.locator("[data-desk] input[name=chosen]")
        if not turn:
            for key in ("j", "x", "j", "x"):
                office.page.keyboard.press(key)
            assert boxes.evaluate_all("all => all.filter(box => box.checked).length") == 2
            assert "۲" in office.page.locator("[data-chosen]").inner_text()
        boxes.evaluate_all(TICK_ALL)
        office.send("/applications/preview", by="button[value=approve]")
        office.send("/applications/decisions", reason="all_in_order")
    assert states() == {"submitted": 900, "approved": 300}
    assert max(watch.queries[f"GET {DESK}"]) <= 32, watch.queries
    office.open(DESK)
    office.send("/applications/preview", by="button[value=approve]", all="1")
    assert "ظرفیت جشنواره پر است" in office.main()
    assert not office.page.locator("form[action$='/decisions']").count()


def decide_about_all(office: Tab, verdict: str) -> None:
    """All of the list with a reason; five hundred at once are the most, the best of them first."""
    office.open(DESK)
    office.send("/applications/preview", by=f"button[value={verdict}]", all="1")
    office.send("/applications/decisions", reason="capacity")


def ensure_fair(festival: Festival) -> None:
    """The score decided, lists agree, and every decision has its reason and a line in the history."""
    lowest = db.session.scalar(select(func.min(Application.score)).where(Application.state == "approved"))
    highest = db.session.scalar(select(func.max(Application.score)).where(Application.state == "rejected"))
    assert lowest > highest
    admitted = db.session.scalars(ADMITTED_STORES, {"festival": festival.id, "at": AT}).all()
    assert len(admitted) == 300
    assert db.session.scalar(select(func.count()).select_from(ApplicationStep)) == 1_200
    assert all(db.session.scalars(select(ApplicationDecision.reasons)))


def one_leaves(app: Flask, store: Tab) -> None:
    """A store steps back; the best that waits is in within the hour, and is told."""
    rows = select(Application).order_by(Application.score.desc(), Application.submitted_at, Application.id)
    leaving = db.session.scalars(rows.where(Application.state == "approved")).first()
    best = db.session.scalars(rows.where(Application.state == "waitlisted")).first()
    leaving_store, best_store, best_id = leaving.store_id, best.store_id, best.id
    db.session.rollback()
    owner = a_member(db.session.get_one(Store, leaving_store))
    a_member(db.session.get_one(Store, best_store))
    store.enter(a_session(type("Row", (), {"id": owner.person_id})))
    store.open("/panel/application/withdrawal")
    store.send("/withdrawal")
    db.session.rollback()
    done = app.test_cli_runner().invoke(args=["sweep"])
    assert done.exit_code == 0, done.output
    assert states() == {"approved": 300, "waitlisted": 499, "rejected": 400, "withdrawn": 1}
    assert db.session.get_one(Application, best_id).state == "approved"
    told = db.session.scalars(select(Message.template).where(Message.subject == f"application:{best_id}"))
    assert "application_promoted" in set(told)
    store.ensure_silent()
