"""A session that nobody uses ends before its time, whichever way it is asked for; one in use goes on."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask, request
from sqlalchemy import select

from marketplace.accounts import queries, sessions
from marketplace.accounts.loading import load_visitor
from marketplace.accounts.models import Person, Role, RoleGrant, SignInSession
from marketplace.accounts.sessions import Place
from marketplace.core.db import db
from marketplace.core.idle import Idle, idle_problems
from marketplace.core.quick_reads import QuickReader
from marketplace.core.unit_of_work import unit_of_work
from marketplace.storefront.readers import Reader, Readers
from tests.factories.people import a_person, a_session, an_official
from tests.factories.rows import AT, put
from tests.pages import Client
from tests.unchanged import nothing_written

TICK = timedelta(microseconds=1)
DAYS, MINUTES = timedelta(days=14), timedelta(minutes=60)
HERE = Place("test", "127.0.…")


def entered(person: Person, at: datetime) -> str:
    with unit_of_work():
        return sessions.open_session(person.id, HERE, at)


def by_page(app: Flask, secret: str, at: datetime) -> Any:
    """Who a page takes this browser for."""
    with (
        time_machine.travel(at, tick=False),
        app.test_request_context("/", headers={"Cookie": f"sid={secret}"}),
    ):
        return load_visitor(request)


def by_kept_page(app: Flask, secret: str, at: datetime) -> Reader:
    """Who a page kept in memory is filled in for."""
    settings = app.config["SETTINGS"]
    with closing(QuickReader(db.engine)) as reader:
        return Readers(db.engine, reader, settings.secret_key, settings.idle).find(secret, "fa", at)


def is_in(app: Flask, secret: str, at: datetime) -> bool:
    """Both ways agree."""
    db.session.rollback()
    answers = {by_page(app, secret, at) is not None, by_kept_page(app, secret, at).person_id is not None}
    assert len(answers) == 1
    return answers.pop()


@pytest.mark.parametrize(
    ("roles", "most"), [((), DAYS), ((Role.office,), MINUTES), ((Role.auditor,), MINUTES)]
)
def test_a_session_left_alone_is_over_at_its_moment(ctx, app, roles, most):
    person = an_official(*roles) if roles else a_person()
    secret = entered(person, AT)
    assert is_in(app, secret, AT + most - TICK)
    assert not is_in(app, secret, AT + most)
    assert len(queries.sessions_of(person.id, AT + most - TICK)) == 1
    assert queries.sessions_of(person.id, AT + most) == []


def test_a_use_begins_the_time_anew_and_the_longest_time_stands(ctx, app):
    person = a_person()
    secret = entered(person, AT)
    row = db.session.scalars(select(SignInSession.id)).one()
    for days in (13, 26):
        with unit_of_work():
            sessions.note_use(row, "127.0.…", AT + timedelta(days=days))
    assert is_in(app, secret, AT + timedelta(days=30) - TICK)
    assert not is_in(app, secret, AT + timedelta(days=30))


def test_who_becomes_an_official_is_judged_as_one_at_once(ctx, app):
    person = a_person()
    secret = entered(person, AT)
    assert is_in(app, secret, AT + timedelta(hours=2))
    grant = put(RoleGrant, person_id=person.id, role=Role.auditor, granted_at=AT)
    assert not is_in(app, secret, AT + timedelta(hours=2))
    with unit_of_work():
        db.session.get_one(RoleGrant, grant.id).ended_at = AT
    assert is_in(app, secret, AT + timedelta(hours=2))


def test_the_operator_may_set_other_times(ctx, app, monkeypatch):
    official, person = entered(an_official(Role.office), AT), entered(a_person(), AT)
    short = replace(app.config["SETTINGS"], idle=Idle.of({"IDLE_DAYS": "2", "DESK_IDLE_MINUTES": "15"}))
    monkeypatch.setitem(app.config, "SETTINGS", short)
    for secret, most in ((official, timedelta(minutes=15)), (person, timedelta(days=2))):
        assert is_in(app, secret, AT + most - TICK) and not is_in(app, secret, AT + most)


def test_an_official_at_work_stays_and_one_at_lunch_signs_in_again(ctx, app, at):
    person = an_official(Role.office)
    client = Client(app)
    client.browser.set_cookie("sid", a_session(person, last_used_at=at, expires_at=at + timedelta(hours=12)))
    now = at
    for _ in range(4):
        now += timedelta(minutes=50)
        with time_machine.travel(now, tick=False):
            assert client.get("/office/approvals").path == "/office/approvals"
    row = db.session.scalars(select(SignInSession)).one()
    assert row.last_used_at == now, "a desk's use is written down every five minutes"
    with time_machine.travel(now + MINUTES, tick=False), nothing_written():
        assert client.get("/office/approvals").path == "/sign-in"
        assert client.browser.post("/office/editions", data={}).status_code in (302, 303, 400, 401, 403)


def test_a_persons_use_is_written_down_by_the_hour_and_an_officials_by_five_minutes(ctx, app):
    person, official = a_person(), an_official(Role.office)
    for who, step in ((person, timedelta(hours=1)), (official, timedelta(minutes=5))):
        secret = entered(who, AT)
        db.session.rollback()
        for moment, is_due in ((AT + step - TICK, False), (AT + step, True)):
            assert by_page(app, secret, moment).is_use_to_note is is_due
            assert by_kept_page(app, secret, moment).is_use_to_note is is_due


@pytest.mark.parametrize(
    ("told", "is_good"),
    [
        ("IDLE_DAYS=1", True),
        ("IDLE_DAYS=0", False),
        ("IDLE_DAYS=31", False),
        ("DESK_IDLE_MINUTES=720", True),
        ("DESK_IDLE_MINUTES=9", False),
        ("DESK_IDLE_MINUTES=721", False),
    ],
)
def test_times_that_end_nothing_are_refused(told, is_good):
    name, _, value = told.partition("=")
    assert (idle_problems({name: value}) == []) is is_good
