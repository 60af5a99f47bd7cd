"""What a sweep does to many seals is written at once, and is what it would be one store after the other."""

from __future__ import annotations

import os
import random
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select

from marketplace.complaints import clocks
from marketplace.complaints.clocks import escalate_overdue
from marketplace.complaints.consequences import apply_consequences, apply_to_stores
from marketplace.complaints.models import Complaint, ComplaintState, RevocationCase, StarLoss
from marketplace.core.audit import broken_entries
from marketplace.core.db import db
from marketplace.core.models import AuditEntry
from marketplace.core.unit_of_work import count_queries, unit_of_work
from marketplace.messages.models import Message
from marketplace.stores.case_models import SealHistory
from marketplace.stores.models import Seal, StoreMember
from marketplace.stores.record_models import RecordCase
from marketplace.stores.record_rows import add_fact
from marketplace.stores.standing import Category, Fact
from tests.factories import AT, change
from tests.factories.buying import broken_invariants
from tests.factories.complaints import unanswered
from tests.factories.rows import number
from tests.worlds import database, the_world  # noqa: F401

ROUNDS = int(os.environ.get("ROUNDS", "1"))
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
TABLES = (Seal, SealHistory, StarLoss, RevocationCase, Message, AuditEntry)
OF_THE_ORDER = {"id", "hash", "key", "subject", "changes"}
"""Ids, and what is made of them, depend on which database gave which number."""


@pytest.fixture
def w(ctx, at):
    return the_world()


def written() -> dict[str, list[str]]:
    """All that is kept of seals, without the numbers that the database gave; by store, in the order of writing."""
    db.session.flush()
    found = {}
    for model in TABLES:
        table = model.__table__
        columns = [c for c in table.c if c.name not in OF_THE_ORDER]
        rows = db.session.execute(select(*columns).order_by(table.c.id)).all()
        found[table.name] = sorted(map(repr, rows))
    return found


class Undo(Exception):
    """Takes a unit back."""


def seen(work, moments) -> list[dict[str, list[str]]]:
    """What some work leaves behind at each of some moments, taken back afterwards."""
    found = []
    with pytest.raises(Undo), unit_of_work():
        for at in moments:
            work(at)
            found.append(written())
        raise Undo
    db.session.rollback()
    return found


@pytest.mark.parametrize("seed", range(3 * ROUNDS))
def test_many_stores_at_once_are_what_they_are_one_by_one(w, seed):
    chance = random.Random(seed)
    names = []
    for store in w.stores:
        change(
            db.session.scalars(select(Seal).where(Seal.store_id == store.id)).one(),
            stars=chance.randint(0, 3),
        )
        names += unanswered(store, chance.choice((0, 3, 6, 8, 14)), days_ago=chance.randint(10, 80))
    ids = [store.id for store in w.stores]
    ruled_out = chance.sample(names, len(names) // 2)

    def at_once(at):
        rule(at)
        apply_to_stores(ids, at)

    def one_by_one(at):
        rule(at)
        for store_id in chance.sample(ids, len(ids)):
            apply_consequences(store_id, at)

    def rule(at):
        for name in ruled_out if at == AT + DAY else ():
            add_fact(name, Fact.unfounded, at)

    moments = (AT, AT, AT + DAY, AT + 400 * DAY)
    assert seen(at_once, moments) == seen(one_by_one, moments)


def test_what_is_written_at_once_is_a_whole_chain_and_tells_everybody(w):
    for store in w.stores:
        unanswered(store, 15)
    with unit_of_work():
        apply_to_stores([store.id for store in w.stores], AT)
    assert list(broken_entries()) == []
    acts = db.session.execute(select(AuditEntry.action, AuditEntry.details, AuditEntry.changes)).all()
    stars = [
        e.details["stars"]
        for e in acts
        if e.action == "change_seal" and e.details["reason"] == "late_answers"
    ]
    before = [e.changes[0][1:] for e in acts if e.action == "change_seal"]
    assert len(stars) == sum(name == "stars" for name, *_ in before) > len(w.stores)
    opened = [e.details["counted"] for e in acts if e.action == "open_revocation"]
    assert opened == [15, 15, 15]
    for store in w.stores:
        members = db.session.scalars(
            select(StoreMember.person_id).where(StoreMember.store_id == store.id)
        ).all()
        told = db.session.execute(
            select(Message.person_id, Message.channel).where(Message.template == "revocation_opened")
        ).all()
        assert {(person, channel) for person, channel in told} >= {
            (p, c) for p in members for c in ("app", "sms")
        }


def test_seals_that_change_cost_a_few_statements_however_many_they_are(w):
    counts = []
    for stores in (w.stores[:1], w.stores[1:]):
        for store in stores:
            unanswered(store, 15)
        heard: list[str] = []
        with unit_of_work():
            stop = count_queries(heard)
            apply_to_stores([store.id for store in stores], AT)
            stop()
        counts.append(len([h for h in heard if "INSERT INTO revocation_cases" not in h]))
    assert counts[0] == counts[1] <= 20


def overdue(w, count: int) -> list[str]:
    """Running complaints against all three stores, whose deadlines passed a minute ago."""
    names = [f"C{number():09d}" for _ in range(count)]
    filed_at = AT - 7 * DAY - timedelta(minutes=1)
    with unit_of_work():
        for place, name in enumerate(names):
            shared = {"store_id": w.stores[place % 3].id, "category": Category.other, "is_outside": False}
            due_at = filed_at + 7 * DAY
            db.session.execute(
                insert(Complaint).values(
                    **{**shared, "is_outside": True},
                    number=name,
                    person_id=w.shopper.id,
                    state=ComplaintState.filed,
                    filed_at=filed_at,
                    answer_due_at=due_at,
                )
            )
            db.session.execute(
                insert(RecordCase).values(
                    **shared, complaint=name, answer_hours=168, filed_at=filed_at, due_at=due_at
                )
            )
    return names


@pytest.mark.parametrize("units", [0, 1, 3])
def test_a_sweep_that_is_stopped_goes_on_and_tells_each_once(w, monkeypatch, units):
    names = overdue(w, 30)
    whole = seen(lambda at: [clocks_of(names, at)], [AT])[0]
    monkeypatch.setattr(clocks, "BATCH", 7)
    real, calls = clocks._escalate, iter(range(units))

    def stopped(ids, at):
        if next(calls, None) is None:
            raise Undo
        return real(ids, at)

    monkeypatch.setattr(clocks, "_escalate", stopped)
    with pytest.raises(Undo):
        escalate_overdue(AT)
    monkeypatch.setattr(clocks, "_escalate", real)
    assert escalate_overdue(AT) == 30 - 7 * units
    assert escalate_overdue(AT) == 0
    states = set(db.session.scalars(select(Complaint.state).where(Complaint.number.in_(names))))
    assert states == {ComplaintState.overdue}
    for template, readers in (("complaint_overdue", 1), ("complaint_overdue_store", 1)):
        told = db.session.scalars(select(Message.key).where(Message.template == template)).all()
        assert len(told) == len(set(told)) == 30 * 2 * readers
    assert {"seals": whole["seals"]} == {"seals": written()["seals"]}
    db.session.rollback()
    assert broken_invariants() == {}


def clocks_of(names, at):
    """All of them in one unit that is open already."""
    db.session.execute(
        Complaint.__table__.update().where(Complaint.number.in_(names)).values(state="overdue")
    )
    apply_to_stores(list(db.session.scalars(select(Seal.store_id))), at)


def test_a_seal_that_has_gone_is_let_be(w):
    """A store without a seal counts, and nothing is done to what it has not."""
    store = w.stores[0]
    unanswered(store, 9)
    with unit_of_work():
        db.session.execute(delete(Seal).where(Seal.store_id == store.id))
        assert apply_to_stores([store.id], AT)[store.id].counted == 9
    assert db.session.scalars(select(RevocationCase)).all() == []
