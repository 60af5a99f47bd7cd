"""The desk of messages: what was given up is seen with its address masked, and tried again by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.core.db import db
from marketplace.core.models import AuditEntry
from marketplace.core.unit_of_work import count_queries
from marketplace.messages.models import Channel, Message, MessageState
from tests.factories import a_person, an_official, change, fresh, number, put
from tests.factories.buying import rows_of
from tests.pages import Client


def a_message(at, state: MessageState = MessageState.failed, **columns) -> Message:
    n = number()
    return put(
        Message,
        **{
            "key": f"m{n}",
            "person_id": None,
            "channel": Channel.sms,
            "address": "09121112233",
            "language": "fa",
            "template": "one_time_code",
            "params": {"code": "654321"},
            "subject": f"code:{n}",
            "state": state,
            "attempts": 10,
            "created_at": at,
            "sent_at": at,
            "last_error": "kavenegar 411",
            **columns,
        },
    )


@pytest.fixture
def desk(ctx, client: Client) -> Client:
    client.sign_in(an_official(Role.office))
    return client


def test_a_given_up_message_is_tried_again(desk, at):
    message = a_message(at)
    page = desk.get("/office/messages")
    assert "0912***2233" in page.text and "kavenegar 411" in page.text
    assert "09121112233" not in page.source and "654321" not in page.source
    desk.submit(page.form(f"/office/messages/{message.id}/retry"))
    now = fresh(message)
    assert (now.state, now.attempts, now.sent_at, now.key) == ("queued", 0, None, message.key)
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.subject) == ("message.retried", f"message:{message.id}")


@pytest.mark.parametrize("state", [MessageState.sent, MessageState.queued])
def test_only_what_was_given_up(desk, at, state):
    message = a_message(at, state)
    desk.post(f"/office/messages/{message.id}/retry", expect=409)
    assert fresh(message).attempts == 10 and rows_of(AuditEntry) == 0
    desk.post("/office/messages/999/retry", expect=404)


@pytest.mark.databases("sqlite")
def test_a_code_that_ran_out_stays_where_it_is(desk, at):
    until = (at - timedelta(minutes=1)).isoformat()
    message = a_message(at, params={"code": "1", "until_at": until})
    desk.post(f"/office/messages/{message.id}/retry", expect=409)
    other = a_message(at)
    desk.post("/office/messages/retries", {"channel": "sms"})
    assert (fresh(message).state, fresh(other).state) == ("failed", "queued")


@pytest.mark.databases("sqlite")
def test_who_may_do_what_at_the_desk(ctx, at, client: Client):
    message = a_message(at)
    client.sign_in(a_person())
    client.get("/office/messages", expect=403)
    client.sign_in(an_official(Role.auditor))
    page = client.get("/office/messages")
    assert not [form for form in page.forms if form.action.endswith("/retry")]
    client.post(f"/office/messages/{message.id}/retry", expect=403)
    assert fresh(message).state == "failed"


@pytest.mark.databases("sqlite")
def test_as_many_questions_for_many_messages(desk, at):
    def asked() -> int:
        heard: list[str] = []
        stop = count_queries(heard)
        desk.get("/office/messages")
        stop()
        return len(heard)

    a_message(at)
    few = asked()
    for _ in range(40):
        change(a_message(at), channel=Channel.mail, address="a@example.ir")
    assert asked() == few
    assert desk.get("/office/messages?channel=mail&state=failed").status == 200
    assert desk.get("/office/messages?state=nonsense").status == 200


@pytest.mark.databases("sqlite")
def test_switches_are_kept_as_the_page_sent_them(ctx, at, client: Client):
    person = a_person(email="a@example.ir")
    client.sign_in(person)
    page = client.get("/me/notifications/preferences")
    form = page.form("/me/notifications/preferences")
    assert (
        "orders.sms" in form.values and "wishlist.sms" not in form.values and "payouts.sms" not in form.values
    )
    data = {name: value for name, value in form.values.items() if name not in ("orders.sms", "csrf_token")}
    page = client.post("/me/notifications/preferences", {**data, "wishlist.sms": "1", "legal.sms": ""})
    values = page.form("/me/notifications/preferences").values
    assert "orders.sms" not in values and "wishlist.sms" in values and "orders.mail" in values
