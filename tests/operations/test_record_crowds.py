"""A record counted by the database is the record counted one by one; and it costs the same however many there are."""

from __future__ import annotations

import os
import random
from collections import Counter
from contextvars import Context
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select
from time_machine import travel

from marketplace.accounts.models import Role
from marketplace.complaints.models import Complaint, ComplaintState
from marketplace.complaints.open_data import open_rows
from marketplace.complaints.performance import compute_record, record_of, refresh_records
from marketplace.core.db import db
from marketplace.core.unit_of_work import count_queries, unit_of_work
from marketplace.stores.lift import cuts_of_lift, lift, next_due
from marketplace.stores.models import Seal, Store
from marketplace.stores.record import Period, as_document, figures, months, one_by_one
from marketplace.stores.record_crowds import crowds_between, crowds_by_month, crowds_of
from marketplace.stores.record_models import RecordCase
from marketplace.stores.record_rows import case_in_count, cases_of_store, cases_to_foresee
from marketplace.stores.standing import (
    RULINGS,
    Category,
    CountRules,
    Fact,
    may_count,
    next_change_at,
    standing,
)
from tests.factories import AT, World, a_session, an_official
from tests.factories.rows import number
from tests.worlds import database, the_world  # noqa: F401

HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
ROUNDS = int(os.environ.get("ROUNDS", "1"))


@pytest.fixture
def w(ctx, at) -> World:
    return the_world()


def lives(store: Store, count: int, chance: random.Random) -> None:
    """Complaints of any kind, many of them at the very edges of periods, months and deadlines."""
    edges = [timedelta(days=days) for days in (10, 24, 55, 90, 180, 365, 400)]
    rows = []
    for _ in range(count):
        filed_at = AT - chance.choice([*edges, DAY * chance.random() * 500])
        filed_at += chance.choice([-SECOND, 0 * SECOND, SECOND])
        due_at = filed_at + 168 * HOUR
        took = chance.choice([None, 168 * HOUR, 168 * HOUR + SECOND, HOUR * chance.randint(1, 300)])
        evaluation = chance.choice([None, Fact.solved, Fact.not_solved]) if took else None
        rows.append(
            {
                "complaint": f"R{number()}",
                "store_id": store.id,
                "category": chance.choice(list(Category)),
                "purchase": chance.choice([None, f"store-order:{chance.randint(1, count)}"]),
                "is_outside": chance.random() < 0.1,
                "answer_hours": 168,
                "filed_at": filed_at,
                "due_at": due_at,
                "answered_at": filed_at + took if took else None,
                "clock_minutes": int(took / timedelta(minutes=1)) if took else None,
                "withdrawn_at": chance.choice([filed_at, *[None] * 9]),
                "ruling": chance.choice([*sorted(RULINGS), *[None] * 9]),
                "evaluation": evaluation,
                "review": chance.choice([None, Fact.upheld, Fact.dismissed]) if evaluation else None,
            }
        )
    with unit_of_work():
        db.session.execute(insert(RecordCase), rows)


def moments(chance: random.Random) -> list[datetime]:
    return [AT, AT + SECOND, AT + 10 * DAY, AT + DAY * chance.randint(1, 300)]


@pytest.mark.parametrize("is_literal", [False, True])
def test_crowds_say_what_each_complaint_says(w, is_literal):
    rules = CountRules(is_literal=is_literal)
    for seed in range(2 * ROUNDS):
        chance = random.Random(seed)
        lives(w.stores[0], 120, chance)
        lives(w.stores[1], 5, chance)
        for at in moments(chance):
            every = cases_of_store(w.stores[0].id)
            each = one_by_one(every)
            found = crowds_of([store.id for store in w.stores], rules, at)[w.stores[0].id]
            for period in Period:
                counted = figures(found.crowds, period, rules, at, found.timed)
                assert as_document(counted) == as_document(figures(each, period, rules, at)), (seed, at)
            assert months(found.crowds, at) == months(each, at)
            assert found.next_change_at == next_change_at(every, rules, at)
            by_month = crowds_by_month(w.stores[0].id, rules, at)
            assert open_rows(by_month, rules, at) == open_rows(each, rules, at)
        db.session.rollback()


def test_the_statuses_of_a_record_are_those_of_the_count(w):
    chance = random.Random(7)
    lives(w.stores[0], 150, chance)
    for at in moments(chance):
        found = standing(cases_of_store(w.stores[0].id), CountRules(), at)
        document = compute_record(w.stores[0].id, at)[0]
        assert document["statuses"] == Counter(entry.status.value for entry in found.entries)
        assert (document["counted"], document["stars_lost"]) == (found.counted, len(found.star_losses))


@pytest.mark.parametrize("is_literal", [False, True])
def test_what_a_store_foresees_is_what_each_complaint_says(w, is_literal):
    store, chance = w.stores[0], random.Random(11)
    lives(store, 120, chance)
    rules = CountRules(is_literal=is_literal)
    for at in (AT - 3 * DAY, AT, AT + 2 * DAY):
        every = [case for case in cases_of_store(store.id) if case.filed_at <= at]
        running = next_due(every, rules, at)
        crowds = crowds_between(store.id, rules, at, cuts_of_lift(running, at))
        few = cases_to_foresee(store.id, at, 5)
        counting = [case for case in (every if is_literal else few) if may_count(case, rules, at)]
        assert [case.complaint for case in next_due(few, rules, at)] == [case.complaint for case in running]
        assert lift(crowds, running, counting, rules, at) == lift(
            one_by_one(every), running, every, rules, at
        )
        whole = {entry.complaint: entry for entry in standing(every, CountRules(), at).entries}
        for name in [case.complaint for case in every][:15]:
            [found] = [
                entry
                for entry in standing(case_in_count(name), CountRules(), at).entries
                if entry.complaint == name
            ]
            assert found == whole[name]
    db.session.rollback()


def statements(work) -> int:
    heard: list[str] = []
    stop = count_queries(heard)
    work()
    stop()
    db.session.rollback()
    return len(heard)


def test_statements_do_not_grow_with_complaints_or_stores(w):
    chance, counts = random.Random(3), []
    store_id = w.stores[0].id
    for more, stores in ((3, w.stores[:1]), (150, w.stores)):
        for store in stores:
            lives(store, more, chance)
        at = AT + more * HOUR
        refreshed = statements(lambda at=at: refresh_records(at))
        read = statements(lambda at=at: record_of(store_id, at))
        counts.append((refreshed, read, statements(lambda at=at: compute_record(store_id, at))))
    assert counts[0] == counts[1] <= (19, 4, 12)


PAGES = {
    "public": (
        "/stores/artin/record",
        "/stores/artin/record.csv",
        "/seal/{code}",
        "/api/v1/stores/artin/record",
    ),
    "shopper": ("/complaints", "/complaints/{number}"),
    "owner": ("/panel/complaints", "/panel/complaints/{number}", "/panel/complaints/record"),
    "officer": ("/office/complaints", "/office/complaints?tab=running", "/office/complaints/{number}"),
}
MOST = 32


@pytest.mark.databases("sqlite")
def test_no_page_of_complaints_asks_more_often_when_there_are_more(app, w):
    code = db.session.scalars(select(Seal.code).where(Seal.store_id == w.stores[0].id)).one()
    cookies = {
        "public": "",
        "shopper": a_session(w.shopper),
        "owner": a_session(w.owners[0]),
        "officer": a_session(an_official(Role.seal_officer)),
    }
    counts = []
    for more in (3, 120):
        names = cases(w, more)
        refresh_records(AT + more * SECOND)
        with travel(AT + more * SECOND, tick=False):
            counts.append(
                {
                    path: asked(app, path.format(code=code, number=names[0]), cookies[who])
                    for who, paths in PAGES.items()
                    for path in paths
                }
            )
    few, many = counts
    assert not {path: (few[path], many[path]) for path in few if many[path] > few[path]}
    assert max(many.values()) <= MOST, many


def cases(w: World, count: int) -> list[str]:
    """Running and overdue complaints against the first store, as its inbox and the desk list them."""
    names = [f"C{number():09d}" for _ in range(count)]
    shared = {"store_id": w.stores[0].id, "category": Category.other, "is_outside": True}
    rows = []
    for place, name in enumerate(names):
        filed_at = AT - (2 + place % 2 * 10) * DAY - place * SECOND
        is_late = place % 2 == 1
        rows.append((name, filed_at, ComplaintState.overdue if is_late else ComplaintState.filed))
    with unit_of_work():
        db.session.execute(
            insert(Complaint),
            [
                {
                    **shared,
                    "number": name,
                    "person_id": w.shopper.id,
                    "state": state,
                    "filed_at": filed_at,
                    "answer_due_at": filed_at + 168 * HOUR,
                }
                for name, filed_at, state in rows
            ],
        )
        db.session.execute(
            insert(RecordCase),
            [
                {
                    **shared,
                    "complaint": name,
                    "answer_hours": 168,
                    "filed_at": filed_at,
                    "due_at": filed_at + 168 * HOUR,
                }
                for name, filed_at, _ in rows
            ],
        )
    return names


def asked(app, path: str, cookie: str) -> int:
    """How many questions a visit asks, of three the least: what is kept for some seconds is kept then."""
    client = app.test_client()
    if cookie:
        client.set_cookie("sid", cookie)

    def visit() -> int:
        heard: list[str] = []
        stop = count_queries(heard)
        answer = Context().run(client.get, path)
        stop()
        assert answer.status_code == 200, (path, answer.status_code)
        return sum(statement.lstrip().startswith("SELECT") for statement in heard)

    return min(visit() for _ in range(3))
