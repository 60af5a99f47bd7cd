"""One day of the office over HTTP: 1,200 applied, 300 are approved, the others wait or read why not; one leaves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask, request, request_finished, request_started
from sqlalchemy import func, select

from marketplace.accounts.models import Role
from marketplace.core.audit import broken_entries
from marketplace.core.db import db
from marketplace.core.unit_of_work import count_queries
from marketplace.festival.admission import ADMITTED_STORES
from marketplace.festival.application_models import ApplicationStep
from marketplace.festival.models import Application, Festival
from marketplace.festival.waiting_list import refresh_scores
from marketplace.messages.models import Message
from tests.factories import (
    AT,
    a_category,
    a_festival,
    a_member,
    an_official,
    pledge_texts,
    provinces,
    rules,
    writing,
)
from tests.factories.applications import many_applicants
from tests.pages import Client

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def festival(ctx, at) -> Festival:
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
    """How often each request asked the database, by its address."""

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


def test_one_day_of_the_office(app: Flask, client: Client, festival: Festival):
    client.is_checking = False
    client.sign_in(an_official(Role.office, given_name="مینا", surname="صادقی"))
    [box, *_] = client.get("/office/applications").all("input", name="chosen")
    client.post("/office/applications/preview", {"verdict": "approve", "choice": box.get("value")})
    watch = Watch(app)  # from here on: the templates are compiled
    for _ in range(6):
        desk = client.get("/office/applications?result=ok")
        chosen = [box.get("value") for box in desk.all("input", name="chosen")]
        preview = client.submit(desk.form("/applications/preview"), chosen=chosen, verdict="approve")
        client.submit(preview.form("/applications/decisions"), reason=["all_in_order"])
    assert states() == {"submitted": 900, "approved": 300}

    full = client.post("/office/applications/preview", {"verdict": "approve", "all": "1"})
    assert "ظرفیت جشنواره پر است" in full.text
    assert not [form for form in full.forms if form.action.endswith("/decisions")]

    for verdict in ("waitlist", "reject"):
        desk = client.get("/office/applications")
        preview = client.submit(desk.form("/applications/preview"), all="1", verdict=verdict)
        client.submit(preview.form("/applications/decisions"), reason=["capacity"])
    assert states() == {"approved": 300, "waitlisted": 500, "rejected": 400}
    assert max(watch.queries["GET /office/applications"]) <= 30, watch.queries

    lowest = db.session.scalar(select(func.min(Application.score)).where(Application.state == "approved"))
    highest = db.session.scalar(select(func.max(Application.score)).where(Application.state == "rejected"))
    assert lowest > highest
    admitted = db.session.scalars(ADMITTED_STORES, {"festival": festival.id, "at": AT}).all()
    assert len(admitted) == 300
    assert db.session.scalar(select(func.count()).select_from(ApplicationStep)) == 1_200
    _one_leaves(app, client, festival)
    assert not list(broken_entries())


def _one_leaves(app: Flask, client: Client, festival: Festival) -> None:
    """A drop-out: the best that waits is in within the hour, and is told."""
    leaving = db.session.scalars(select(Application).where(Application.state == "approved")).first()
    best = db.session.scalars(
        select(Application)
        .where(Application.state == "waitlisted")
        .order_by(Application.score.desc(), Application.submitted_at, Application.id)
    ).first()
    keys = (leaving.store_id, best.store_id, best.id)
    db.session.rollback()
    store = type("Row", (), {"id": keys[0]})
    owner = a_member(store)
    a_member(type("Row", (), {"id": keys[1]}))
    shop = Client(app)
    with time_machine.travel(AT + timedelta(hours=1), tick=False):
        shop.sign_in(type("Row", (), {"id": owner.person_id}))
        shop.submit(shop.get("/panel/application/withdrawal").form("/withdrawal"))
        done = app.test_cli_runner().invoke(args=["sweep"])
        assert done.exit_code == 0, done.output
    assert states() == {"approved": 300, "waitlisted": 499, "rejected": 400, "withdrawn": 1}
    assert db.session.get(Application, keys[2]).state == "approved"
    told = db.session.scalars(select(Message.template).where(Message.subject == f"application:{keys[2]}"))
    assert "application_promoted" in set(told)
    assert "۳۰۰ پذیرفته" in client.get("/office/applications").text
