"""What the log says of an act: before and after, from where, no person; any later change is found and named."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import and_, select, text, update

from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.audit_digests import digests, publish_digest
from marketplace.core.db import changed_count, db
from marketplace.core.masking import masked, short_name
from marketplace.core.models import AuditEntry
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Application, ApplicationState
from marketplace.inspections.models import Visit, VisitState
from marketplace.inspections.visits import record_visit
from marketplace.oversight.audit_queries import exported
from marketplace.oversight.proof.audit_log import AUDIT_FORMAT, wrong_in_export
from marketplace.oversight.proof.bundle import verify_program
from marketplace.stores.models import Store
from marketplace.stores.visibility import hide_store
from marketplace.wiring.tables import WIRING
from tests.factories import an_official, world
from tests.factories.inspections import a_report, a_visit
from tests.operations.tampering import tamper

OFFICER = Actor(7, "office", "کیوان صدر")


def _last():
    db.session.rollback()
    return db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def _found():
    db.session.rollback()
    return [
        line
        for name in ("audit_log_is_whole", "audit_digests_are_whole")
        for line in WIRING.invariants[name]()
    ]


@pytest.fixture
def small(ctx, at):
    return world(at)


def test_what_changed_is_told_by_itself(small, at):
    with unit_of_work():
        application = db.session.scalars(select(Application).order_by(Application.id)).first()
        application.state, application.score = ApplicationState.suspended, 7
        record(OFFICER, "tried", f"application:{application.id}", at, why="پرسش")
    told = {(what, field): (before, after) for what, field, before, after in _last().changes}
    assert told["applications:1", "state"] == ("approved", "suspended")
    assert told["applications:1", "score"][1] == 7
    with unit_of_work():
        record(OFFICER, "looked", "application:1", at)
    assert _last().changes == []


def test_a_plain_update_tells_its_fields(small, at):
    with unit_of_work():
        hide_store(small.stores[0].id, "fraud", "گزارش مردم", OFFICER, at)
    entry = _last()
    assert entry.changes == [
        [f"stores:{small.stores[0].id}", "hidden_at", None, at.isoformat()],
        [f"stores:{small.stores[0].id}", "hidden_reason", "…", "…"],
        [f"store:{small.stores[0].id}", "is_hidden", False, True],
    ]
    assert entry.details["note"] == "گزارش مردم"
    assert entry.place == "inside"


def test_a_conditional_update_tells_by_its_condition_what_was(small, at):
    visit, store = a_visit(small.stores[0], at=at), small.stores[0].id
    inspector = Actor(an_official("health_inspector").id, "health_inspector", "بازرس")
    with unit_of_work():
        missed = update(Visit).where(Visit.id == visit.id, Visit.state == VisitState.done)
        assert changed_count(missed.values(state=VisitState.cancelled)) == 0
        record_visit(visit.id, a_report(at=at), {}, inspector, at)
        told = {field: (what, before, after) for what, field, before, after in _latest().changes}
        assert told["state"] == (f"visits:{visit.id}", "planned", "done"), (
            "and one that met no row tells nothing"
        )
        assert told["checklist_version"][1:] == ("…", 1), "what the condition did not ask for is not made up"
        assert told["met_name"][1:] == ("…", "…"), "words of people are not kept"
        db.session.execute(
            update(Store).where(and_(Store.id == store, Store.hidden_at.is_(None)))
            .values(hidden_at=at, hidden_reason="fraud").returning(Store.id)
        )  # fmt: skip
        record(OFFICER, "tried", f"store:{store}", at)
        db.session.execute(update(Visit), [{"id": visit.id, "note": "الف"}])
    assert _last().changes[0] == [f"stores:{store}", "hidden_at", None, at.isoformat()]


def _latest():
    return db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def test_free_text_and_what_leads_to_a_person_are_not_kept(small, at):
    with unit_of_work():
        small.stores[0].manager_name = "نامی تازه"
        db.session.add(small.stores[0])
        record(
            Actor(3, "shopper", "سارا نوری"),
            "tried",
            "store:1",
            at,
            note="با ۰۹۱۲۱۲۳۴۵۶۷ یا 0912 123 4567 و sara@example.com و IR062960000000100324200001 و 0012345679",
        )
    entry = _last()
    assert entry.actor_label == ""
    for told in ("۴۵۶۷", "4567", "sara@", "IR0629600", "0012345679"):
        assert told not in entry.details["note"]
    assert [change[1:] for change in entry.changes] == [["manager_name", "…", "…"]]
    with unit_of_work():
        record(Actor(4, "store", "سارا نوری"), "tried", "store:1", at)
    assert _last().actor_label == "سارا ن."


def test_what_a_verb_tells_by_hand_keeps_codes_and_no_words(small, at):
    with unit_of_work():
        told = {
            "before": {"state": "open", "note": "با سارا نوری"},
            "after": {"state": "closed", "note": "Sara N."},
        }
        record(OFFICER, "tried", "store:1", at, **told)
    assert _last().changes == [["store:1", "state", "open", "closed"], ["store:1", "note", "…", "…"]]


def test_masks_leave_sums_and_dates_alone():
    assert masked("1500000 تومان تا 2026-03-25 10:00") == "1500000 تومان تا 2026-03-25 10:00"
    assert short_name("مریم") == "مریم"


@pytest.mark.databases("sqlite")
def test_an_act_on_a_page_tells_from_where(small, app, at):
    with app.test_request_context("/office", environ_base={"REMOTE_ADDR": "203.0.113.77"}), unit_of_work():
        record(OFFICER, "tried", "store:1", at)
        record(Actor(3, "shopper", ""), "tried", "store:1", at)
    db.session.rollback()
    assert list(db.session.scalars(select(AuditEntry.place).order_by(AuditEntry.id.desc()).limit(2))) == [
        "web 203.0.113.0/24",
        "web 203.0.113.77",
    ]


def _days(count, at):
    """Some entries a day, each day closed by its digest."""
    for day in range(count):
        moment = at + timedelta(days=day)
        with unit_of_work():
            for n in range(3):
                record(OFFICER, "acted", f"store:{day}{n}", moment, n=n)
        assert publish_digest(moment + timedelta(days=1)) == 1
        assert publish_digest(moment + timedelta(days=1)) == 0


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE audit_entries SET place = NULL WHERE id = {id}", "audit entry {id} is not"),
        ("UPDATE audit_entries SET changes = '[[1,2,3,4]]' WHERE id = {id}", "audit entry {id} is not"),
        ("UPDATE audit_entries SET subject = 'store:9' WHERE id = {id}", "audit entry {id} is not"),
        ("DELETE FROM audit_entries WHERE id = {id}", "audit digest of 2026-03-2"),
        ("UPDATE audit_digests SET entry_count = 4 WHERE id = 2", "audit digest of 2026-03-26 is not"),
        ("UPDATE audit_digests SET head = hash WHERE id = 3", "audit digest of 2026-03-27 is not"),
    ],
)
def test_whatever_is_changed_is_named(small, at, statement, named):
    _days(3, at)
    assert _found() == []
    last = _last().id
    tamper(statement.format(id=last - 1))
    assert any(named.format(id=last - 1) in line for line in _found()), _found()


def test_a_chain_made_anew_does_not_fit_what_was_published(small, at):
    _days(2, at)
    db.session.rollback()
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    last = entry.id
    tamper(f"UPDATE audit_entries SET hash = '{'a' * 64}' WHERE id = {last}")
    assert any("published" in line for line in _found())


def test_an_export_is_checked_without_us(small, at, tmp_path):
    _days(2, at)
    db.session.rollback()
    before, entries, told = exported(at.date(), at.date() + timedelta(days=1))
    document = json.loads(
        json.dumps({"format": AUDIT_FORMAT, "before": before, "entries": entries, "digests": told})
    )
    key = digests()[0].key
    assert list(wrong_in_export(document, key)) == []
    program, path = tmp_path / "verify.py", tmp_path / "export.json"
    program.write_bytes(verify_program())
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    assert _run(program, path, key).returncode == 0
    assert "another key" in _run(program, path, "0" * 64).stdout
    document["entries"][-1]["details"]["n"] = 5
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    changed = _run(program, path, key)
    assert changed.returncode == 1
    assert f"audit entry {entries[-1]['id']} is not" in changed.stdout


def _run(program, path, key):
    return subprocess.run(
        [sys.executable, "-I", program, path, key], capture_output=True, text=True, check=False
    )


def test_an_empty_day_has_a_digest_as_well(ctx, at):
    assert publish_digest(at) == 1
    assert [(d.last_entry, d.entry_count) for d in digests()] == [(0, 0)]
    with unit_of_work():
        record(SYSTEM, "acted", "store:1", at)
    assert _found() == []
    assert db.session.scalar(text("SELECT count(*) FROM audit_digests")) == 1
