"""The audit log: a row that was changed behind it is found and named."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from marketplace.core.audit import SYSTEM, Act, Actor, broken_entries, record, record_all
from marketplace.core.clock import tehran
from marketplace.core.db import db
from marketplace.core.models import AuditEntry
from marketplace.core.unit_of_work import unit_of_work
from tests.factories import AT
from tests.operations.tampering import tamper
from tests.processes import in_processes

OFFICER = Actor(7, "seal_officer", "کیوان صدر")


def _write(count: int) -> None:
    for n in range(count):
        with unit_of_work():
            record(
                OFFICER,
                "suspended_seal",
                f"store:{n}",
                AT,
                reason="شکایت",
                cases=[n, n + 1],
                nested={"b": 1, "a": None},
            )


def _broken() -> list[int]:
    db.session.rollback()
    return list(broken_entries())


def test_a_whole_log_is_whole(ctx):
    assert _broken() == []
    _write(5)
    assert _broken() == []


@pytest.mark.parametrize(
    "change",
    [
        "actor_id = 8",
        "actor_role = 'office'",
        "actor_label = 'دیگری'",
        "action = 'reinstated_seal'",
        "subject = 'store:9'",
        'details = \'{"reason": ""}\'',
        "at = '2026-03-25 10:00:01'",
        "actor_id = NULL",
    ],
)
def test_any_changed_fact_is_named(ctx, change):
    _write(5)
    tamper(f"UPDATE audit_entries SET {change} WHERE id = 3")
    assert _broken() == [3]


def test_a_row_that_was_sealed_anew_is_given_away_by_the_next(ctx):
    _write(5)
    tamper(f"UPDATE audit_entries SET subject = 'store:9', hash = '{'a' * 64}' WHERE id = 3")
    assert _broken() == [3, 4]


def test_a_missing_row_is_given_away_by_the_next(ctx):
    _write(5)
    tamper("DELETE FROM audit_entries WHERE id = 3")
    assert _broken() == [4]


def test_two_rows_in_the_wrong_order_are_named(ctx):
    _write(5)
    for statement in (
        "UPDATE audit_entries SET id = 99 WHERE id = 2",
        "UPDATE audit_entries SET id = 2 WHERE id = 3",
        "UPDATE audit_entries SET id = 3 WHERE id = 99",
    ):
        tamper(statement)
    assert _broken() == [2, 3, 4]


def test_without_tampering_the_database_refuses_a_change(ctx):
    _write(1)
    with pytest.raises(Exception, match="conflict"), unit_of_work():
        db.session.execute(text("UPDATE audit_entries SET subject = 'store:9'"))
    assert _broken() == []


def test_outside_a_unit_nothing_is_written(ctx):
    with pytest.raises(DBAPIError, match="(?i)read-?only"):
        record(SYSTEM, "looked", "store:1", AT)
    assert _broken() == []


def test_many_at_once_are_what_they_are_one_by_one(ctx):
    details = {"reason": "شکایت", "cases": [1, 2], "nested": {"b": 1, "a": None}}
    changes = [["stores:1", "state", "active", "hidden"]]
    with unit_of_work():
        record(
            SYSTEM,
            "hid_store",
            "store:1",
            AT,
            after={"state": "hidden"},
            before={"state": "active"},
            **details,
        )
        record(SYSTEM, "hid_store", "store:2", AT)
    with unit_of_work():
        record_all(
            SYSTEM, [Act("hid_store", "stores:1", details, changes), Act("hid_store", "store:2", {})], AT
        )
        record_all(SYSTEM, [], AT)
    rows = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    facts = [(e.at, e.actor_role, e.action, e.details, e.place) for e in rows]
    assert facts[:2] == facts[2:]
    assert [e.changes for e in rows] == [[["store:1", *changes[0][1:]]], [], changes, []]
    assert _broken() == []


def test_it_stands_or_falls_with_the_act(ctx):
    with pytest.raises(LookupError), unit_of_work():
        record(SYSTEM, "tried", "store:1", AT)
        raise LookupError
    assert list(db.session.scalars(select(AuditEntry.id))) == []


def test_the_zone_of_the_moment_and_the_kind_of_a_list_do_not_matter(ctx):
    with unit_of_work():
        record(OFFICER, "acted", "store:1", tehran(AT), numbers=(1, 2), by={10: "a", 9: "b"})
    assert _broken() == []


def test_writers_of_several_processes_make_one_chain(settings, app):
    def work(index: int) -> None:
        for n in range(15):
            with unit_of_work():
                record(Actor(index, "office", f"p{index}"), "acted", f"store:{n}", AT)

    in_processes(4, settings, work)
    with app.app_context():
        assert _broken() == []
        assert len(list(db.session.scalars(select(AuditEntry.id)))) == 60
