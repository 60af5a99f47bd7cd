"""Rows written in bulk are those that are written one by one, on either database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from marketplace.core.bulk import insert_many
from marketplace.core.db import db
from marketplace.core.unit_of_work import count_queries, unit_of_work
from marketplace.messages.models import Channel, Message, MessageState
from tests.factories import AT

TEHRAN_AT = AT.astimezone(tz=None)


def row(n: int, **values):
    facts = {"shop": f"پلاک {n % 3}", "n": [1, None, True, 1.5], "quote": "'\"%s%(key)s:x"}
    return {
        "key": f"k{n}",
        "person_id": None,
        "channel": (Channel.app, Channel.sms)[n % 2],
        "address": "",
        "language": "fa",
        "template": "t",
        "params": facts,
        "subject": "x:1",
        "attempts": n,
        "created_at": (AT, TEHRAN_AT + timedelta(microseconds=1))[n % 2],
        "state": MessageState.sent,
        "sent_at": None if n % 3 else AT,
    } | values


def kept(prefix: str) -> list[tuple]:
    columns = [c for c in Message.__table__.c if c.name not in ("id", "key")]
    query = select(*columns).where(Message.key.startswith(prefix)).order_by(Message.id)
    return [tuple(found) for found in db.session.execute(query)]


def test_what_is_written_in_bulk_is_what_is_written_one_by_one(ctx):
    rows = [row(n) for n in range(40)]
    heard: list[str] = []
    with unit_of_work():
        db.session.execute(insert(Message), [{**one, "key": f"one-{one['key']}"} for one in rows])
        stop = count_queries(heard)
        insert_many(insert(Message), [{**one, "key": f"many-{one['key']}"} for one in rows])
        insert_many(insert(Message), [])
        stop()
    assert len(heard) == 1
    assert kept("many-") == kept("one-")
    assert len(kept("many-")) == 40


def test_a_row_that_lacks_what_python_would_have_added_is_refused(ctx):
    short = {name: value for name, value in row(1).items() if name != "attempts"}
    with pytest.raises(ValueError, match="attempts"), unit_of_work():
        insert_many(insert(Message), [short])
    assert kept("k") == []
