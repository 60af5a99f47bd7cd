"""Putting a message in the outbox, in the unit of the news it tells: both are there or neither is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from marketplace.accounts import queries as accounts
from marketplace.accounts.shown import PersonFacts
from marketplace.core.db import db, is_sqlite
from marketplace.core.language import LANGUAGES
from marketplace.messages.kinds import TEMPLATES, kind_of, may_switch_off
from marketplace.messages.models import Channel, Message, MessageState
from marketplace.messages.preferences import wants


def put_message(
    *,
    key: str,
    person: int | None,
    channel: Channel,
    template: str,
    params: Mapping[str, Any],
    subject: str,
    at: datetime,
    address: str | None = None,
    language: str | None = None,
) -> int | None:
    """Queues one message, once per `key`, and gives its id; inside a unit of work.

    `template` names its texts (`message.<template>.subject|body`), `params` fill their gaps and hold
    only numbers, strings and ISO moments (see `rendering`); `subject` names what it is about, as
    `order:17`. Address and language are the person's own unless given. None when there is no address
    for this channel, when the person's account is closed, or when they switched this kind of news off.
    What is shown in the person's own centre (`app`) has arrived at once.
    """
    known = accounts.person(person) if person is not None else None
    to = address if address is not None else _address(known, channel)
    if to is None or (known is not None and known.is_disabled):
        return None
    if (
        person is not None
        and may_switch_off(template, channel)
        and not wants(person, kind_of(template), channel)
    ):
        return None
    is_there = channel is Channel.app
    insert = insert_sqlite if is_sqlite() else insert_postgresql
    new_id = db.session.scalar(
        insert(Message)
        .values(
            key=key,
            person_id=person,
            channel=channel,
            address=to,
            template=template,
            params=dict(params),
            language=_language(language, known),
            subject=subject,
            attempts=0,
            created_at=at,
            state=MessageState.sent if is_there else MessageState.queued,
            sent_at=at if is_there else None,
        )
        .on_conflict_do_nothing(index_elements=[Message.key])
        .returning(Message.id)
    )
    if new_id is not None:
        return int(new_id)
    return db.session.scalar(select(Message.id).where(Message.key == key))


def tell(
    *,
    key: str,
    person: int,
    template: str,
    params: Mapping[str, Any],
    subject: str,
    at: datetime,
    channels: Iterable[Channel] | None = None,
) -> None:
    """Tells a person one piece of news on every channel that its template names (`kinds.TEMPLATES`), once per `key`.

    `params["path"]` is the page of this site that the news leads to. Inside the unit of what is told.
    """
    for channel in channels if channels is not None else TEMPLATES[template].channels:
        put_message(
            key=f"{key}:{channel}",
            person=person,
            channel=channel,
            template=template,
            params=params,
            subject=subject,
            at=at,
        )


def _address(person: PersonFacts | None, channel: Channel) -> str | None:
    if person is None:
        return None
    if channel is Channel.app:
        return ""
    return person.mobile if channel is Channel.sms else person.email or None


def _language(asked: str | None, person: PersonFacts | None) -> str:
    language = asked or (person.language if person else "")
    return language if language in LANGUAGES else LANGUAGES[0]
