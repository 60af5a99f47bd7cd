"""Short messages in Kavenegar's form: taken once, refused for good or for now, stopped by a word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.settings import Settings
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages.channels import open_way
from marketplace.messages.models import Channel, Message
from marketplace.messages.outbox import tell
from marketplace.messages.preferences import wishes_of
from marketplace.messages.sending import pause_after, send_queued
from marketplace.messages.words import heard_word
from tests import databases
from tests.factories import a_person
from tests.fakes.kavenegar import Kavenegar, kavenegar
from tests.pages import Client

pytestmark = pytest.mark.databases("sqlite")
SHIPPED = {"number": "17", "store": "عطاری نیک", "tracking_code": "ABC123", "path": "/orders/17"}


@pytest.fixture
def line() -> Iterator[Kavenegar]:
    with kavenegar() as server:
        yield server


@pytest.fixture
def settings(database: str, tmp_path: Path, line: Kavenegar) -> Settings:
    return databases.settings_for(
        database,
        tmp_path,
        SMS_URL=line.url,
        SMS_INBOUND_SECRET="heard-here",
        BASE_URL="http://localhost",
    )


def _tell(at, person, template: str = "order_shipped", params=SHIPPED) -> None:
    with unit_of_work():
        tell(
            key="k",
            person=person.id,
            template=template,
            params=params,
            subject="order:17",
            at=at,
            channels=[Channel.sms],
        )


def _row() -> Message:
    db.session.rollback()
    return db.session.scalars(select(Message)).one()


def test_it_arrives_with_the_way_to_stop_it(ctx, at, line, client: Client):
    person = a_person(language="en")
    _tell(at, person)
    assert send_queued(at) == 1
    [words] = line.phones[person.mobile]
    assert "ABC123" in words
    stop = words.rpartition("http://localhost")[2]
    page = client.get(stop)
    assert wishes_of(person.id)
    done = client.submit(page.form(stop.removeprefix("/en")))
    assert done.status == 200
    db.session.rollback()
    assert not any(on for (_, channel), on in wishes_of(person.id).items() if channel is Channel.sms)
    client.get(stop[:-1], expect=404)


def test_what_cannot_be_switched_off_has_no_such_link(ctx, at, line):
    person = a_person()
    _tell(at, person, "refund_sent", {"number": "17", "amount_toman": 90_000})
    send_queued(at)
    assert "stop" not in line.phones[person.mobile][0]


def test_a_lost_answer_reaches_the_phone_once(ctx, at, line):
    person = a_person()
    _tell(at, person)
    line.loses = 1
    assert send_queued(at) == 0 and _row().state == "queued"
    assert send_queued(at + pause_after(1) + timedelta(seconds=1)) == 1
    assert (line.calls, len(line.phones[person.mobile])) == (2, 1)


@pytest.mark.parametrize(
    ("status", "state"), [(411, "failed"), (417, "failed"), (418, "queued"), (409, "queued"), (500, "queued")]
)
def test_refused_for_good_or_for_now(ctx, at, line, status, state):
    _tell(at, a_person())
    line.says = [status]
    assert send_queued(at) == 0
    row = _row()
    assert (row.state, row.attempts, row.last_error) == (state, 1, f"kavenegar {status}")
    assert not line.phones


@pytest.mark.parametrize("url", ["kavenegar+http://k@example.com", "kavenegar+http://k@10.0.0.1"])
def test_the_plain_form_stays_on_this_machine(url):
    with pytest.raises(ValueError):
        open_way(url, host="x")


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("لغو", False),
        (" لغو ۱۱", False),
        ("لغو11", False),
        ("١١", False),
        ("STOP", False),
        ("فعال", True),
        ("start", True),
        ("سلام، سفارش من کجاست؟ لغو نکنید", None),
        ("", None),
    ],
)
def test_words_are_understood_in_any_spelling(said, meaning):
    assert heard_word(said) is meaning


def test_an_sms_to_our_line_is_obeyed(ctx, at, client: Client):
    person = a_person()

    def heard(words: str, secret: str = "heard-here", expect: int = 204) -> dict:
        form = {"from": "98" + person.mobile[1:], "to": "10004346", "message": words, "messageid": "5"}
        client.post(f"/webhooks/sms/{secret}", form, expect=expect)
        db.session.rollback()
        return {channel for (_, channel), on in wishes_of(person.id).items() if on}

    assert Channel.sms in heard("پیامی دیگر")
    assert Channel.sms in heard("لغو", secret="guessed", expect=404)
    assert Channel.sms not in heard("لغو")
    assert Channel.sms in heard("فعال")


def test_without_a_secret_nobody_is_heard(app, client: Client, database, tmp_path):
    client.post("/webhooks/sms/", {"message": "لغو"}, expect=404)
    client.post("/webhooks/sms/x", {"message": "لغو"}, expect=404)
