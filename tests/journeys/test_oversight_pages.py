"""The audit log, the black box, jobs and sweeps as auditors, the office and the public meet them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from marketplace.accounts.models import Role
from marketplace.cli.running import sweep_once
from marketplace.core.audit import Actor, record
from marketplace.core.audit_digests import publish_digest
from marketplace.core.db import db
from marketplace.core.jobs import enqueue, run_due
from marketplace.core.models import Job, JobState
from marketplace.core.unit_of_work import count_queries, unit_of_work
from marketplace.oversight.chores import ChoreLog, list_sweeps
from marketplace.oversight.proof.audit_log import wrong_in_export
from marketplace.oversight.proof.box import wrong_in_box
from tests.factories import an_official, world
from tests.factories.buying import broken_invariants
from tests.journeys.api_calls import a_program

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def small(ctx, at):
    made = world(at)
    with unit_of_work():
        for n in range(60):
            record(Actor(7, "seal_officer", "کیوان صدر"), "hide_store", f"store:{n}", at, note=f"دلیل {n}")
        record(
            Actor(8, "office", "مهناز ربانی"),
            "change_policy",
            "policy:kit",
            at,
            before={"value": 1},
            after={"value": 2},
        )
    publish_digest(at + timedelta(days=1))
    return made


def test_an_auditor_finds_reads_and_takes_along(client, small, at):
    client.sign_in(small.office)
    client.get("/office/audit", expect=403)
    client.sign_in(an_official(Role.auditor))
    page = client.get("/office/audit")
    assert "تغییر عددی از قاعده‌ها" in page.text and "مهناز ربانی" in page.text
    assert len(page.all("li", class_="audit-entry")) == 50
    second = client.get(next(link for link in page.links() if "cursor=" in link))
    assert len(second.all("li", class_="audit-entry")) == 11
    for query, count in (
        ("role=office", 1),
        ("action=hide_store&subject=store:3", 1),
        ("person=7&subject=store:5", 1),
        ("first=1405/01/05&last=۱۴۰۵/۰۱/۰۵&role=office", 1),
        ("first=1405/01/06", 0),
    ):
        assert len(client.get(f"/office/audit?{query}").all("li", class_="audit-entry")) == count, query
    assert client.get("/office/audit?first=دیروز&person=x", expect=422).all("*", class_="field__error")
    client.get("/en/office/audit?role=office")

    export = client.get("/office/audit/export?export_first=2026-03-25&export_last=2026-03-25")
    document = json.loads(export.body)
    assert len(document["entries"]) == 61 and len(document["digests"]) == 1
    assert list(wrong_in_export(document, document["key"])) == []
    client.get("/office/audit/export", expect=422)
    assert broken_invariants() == {}


def test_filters_cost_the_same_however_long_the_log_is(client, small, app, at):
    client.sign_in(an_official(Role.auditor))

    def asked(path):
        seen = []
        client.get(path)
        stop = count_queries(seen)
        client.get(path)
        stop()
        return len(seen)

    few = asked("/office/audit?role=office"), asked("/office/audit?role=seal_officer")
    assert few[0] == few[1]


def test_everybody_keeps_the_end_of_each_day(client, small):
    page = client.get("/audit")
    assert "پایان هر روز دفتر کارها" in page.h1
    told = json.loads(client.get("/audit/digests.json").body)
    assert told["digests"][0]["entry_count"] == 61
    assert told["key"] in page.text and told["digests"][0]["head"] in page.text
    assert b"python3 verify.py" in client.get("/audit/verify.py").body
    client.get("/en/audit")


def test_the_office_orders_a_box_and_everybody_has_it(client, small, at):
    client.get("/black-box")
    client.sign_in(small.office)
    page = client.submit(client.get("/office/black-box").form("/office/black-box"))
    assert "در دست ساخت" in page.text
    again = client.submit(page.form("/office/black-box"), expect=409)
    assert "هم‌اکنون در دست ساخت" in again.text
    run_due(at)
    assert (
        "آماده" in client.get("/en/office/black-box").text
        or "Ready" in client.get("/en/office/black-box").text
    )
    client.sign_in(small.shopper)
    public = client.get("/black-box")
    link = next(link for link in public.links() if link.endswith(".tar"))
    key = json.loads(client.get("/audit/digests.json").body)["key"]
    assert list(wrong_in_box(client.get(link).body, key)) == []
    client.get("/black-box/99.tar", expect=404)


def test_a_dead_job_is_seen_and_tried_again_by_hand(client, small, at):
    with unit_of_work():
        job = enqueue("no_such_kind", {"mobile": "09121234567"}, key="tried:09121234567", at=at)
        row = db.session.get(Job, job)
        row.state, row.attempts, row.last_error = JobState.dead, 12, "TryLater('09121234567')"
    client.sign_in(an_official(Role.auditor))
    page = client.get("/office/jobs")
    assert "no_such_kind" in page.text and "09121234567" not in page.text
    assert not page.forms or all("/retry" not in form.action for form in page.forms)
    client.sign_in(small.office)
    client.submit(client.get("/office/jobs").form(f"/office/jobs/{job}/retry"))
    client.post(f"/office/jobs/{job}/retry", expect=409)
    client.post("/office/jobs/999/retry", expect=404)
    db.session.rollback()
    row = db.session.get(Job, job)
    assert (row.state, row.attempts, row.by_hand) == (JobState.queued, 12, 12)
    assert "no_such_kind" in client.get("/en/office/jobs?state=queued").text
    client.get("/office/jobs?state=running")


def test_sweeps_show_their_last_run_and_how_late_they_are(client, small, app, at):
    chores = ChoreLog()
    sweep_once({}, at, chores)
    chores.note("remind_stores", at + timedelta(seconds=1), 3, 0, "RuntimeError('0912 123 4567')")
    chores.write(at)
    chores.note("end_offers", at, 1, 1, None)
    chores.write(at + timedelta(seconds=5))
    assert chores.waiting, "written every 15 seconds only"
    shown = {one.name: one for one in list_sweeps(at + timedelta(seconds=100))}
    assert shown["remind_stores"].state == "failed" and "4567" not in (
        shown["remind_stores"].last_error or ""
    )
    assert shown["send_queued"].state == "late" and shown["send_queued"].lag_seconds == 100
    assert shown["end_offers"].state == "fine"
    early = {one.name: one for one in list_sweeps(at - timedelta(hours=1))}
    assert early["end_offers"].lag_seconds == 0, "run for a moment that is still to come"
    db.session.rollback()
    client.sign_in(small.office)
    page = client.get("/office/jobs")
    assert "send_queued" in page.text and "سر وقت" in page.text


def test_a_sweep_that_failed_says_when_and_why_and_keeps_what_it_did(client, small, app, at):
    chores = ChoreLog()
    chores.note("remind_stores", at - timedelta(hours=2), 4, 6, None)
    chores.write(at - timedelta(hours=2))
    chores.note("remind_stores", at - timedelta(hours=1), 3, 0, "RuntimeError('out of order')")
    chores.write(at)
    program = a_program(app, small.office)
    [told] = [one for one in program.get("/office/sweeps")["items"] if one["name"] == "remind_stores"]
    assert (told["state"], told["done_count"], told["lag_seconds"]) == ("failed", 6, 7200)
    assert told["last_error"] == "RuntimeError('out of order')"
    client.sign_in(small.office)
    page = client.get("/office/jobs")
    assert "خطا در ۵ فروردین ۱۴۰۵، ۱۲:۳۰" in page.text
    assert "RuntimeError('out of order')" in page.text
