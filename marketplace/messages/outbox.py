"""Putting a message in the outbox, in the unit of the news it tells: both are there or neither is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from marketplace.accounts import queries as accounts
from marketplace.accounts.shown import PersonFacts
from marketplace.core.db import db, is_sqlite
from marketplace.core.language import LANGUAGES
from marketplace.core.ready import Ready
from marketplace.messages.kinds import OFF_AT_FIRST, TEMPLATES, NoticeKind, kind_of, may_switch_off
from marketplace.messages.models import Channel, Message, MessageState
from marketplace.messages.preferences import wants, wants_of

_table = cast(Table, Message.__table__)
_NEW = {
    name: bindparam(name, type_=_table.c[name].type)
    for name in (
        *("key", "person_id", "channel", "address", "template", "params", "language"),
        *("subject", "attempts", "created_at", "state", "sent_at"),
    )
}
_ADD = {
    is_first: Ready(insert(_table).values(**_NEW).on_conflict_do_nothing(index_elements=["key"]))
    for is_first, insert in ((True, insert_sqlite), (False, insert_postgresql))
}


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
    insert = insert_sqlite if is_sqlite() else insert_postgresql
    new_id = db.session.scalar(
        insert(Message)
        .values(_row(key, person, channel, to, template, params, _language(language, known), subject, at))
        .on_conflict_do_nothing(index_elements=[Message.key])
        .returning(Message.id)
    )
    if new_id is not None:
        return int(new_id)
    return db.session.scalar(select(Message.id).where(Message.key == key))


@dataclass(frozen=True, slots=True)
class News:
    """One message of many that are put at once; what each field is stands at `put_message`."""

    key: str
    person: int
    channel: Channel
    template: str
    params: Mapping[str, Any]
    subject: str


def put_messages(many: Sequence[News], at: datetime) -> None:
    """Queues many messages by the rules of `put_message`, in a few statements however many they are."""
    if not many:
        return
    people = accounts.people(news.person for news in many)
    asked = {news.person for news in many if may_switch_off(news.template, news.channel)}
    wishes = wants_of(asked) if asked else {}
    rows = []
    for news in many:
        known = people.get(news.person)
        to = _address(known, news.channel)
        if known is None or known.is_disabled or to is None or not _is_wanted(news, wishes):
            continue
        rows.append(
            _row(
                news.key,
                news.person,
                news.channel,
                to,
                news.template,
                news.params,
                _language(None, known),
                news.subject,
                at,
            )
        )
    _ADD[is_sqlite()].run_for_each(rows)


def _is_wanted(news: News, wishes: Mapping[tuple[int, NoticeKind, Channel], bool]) -> bool:
    if not may_switch_off(news.template, news.channel):
        return True
    kind = kind_of(news.template)
    return wishes.get((news.person, kind, news.channel), (kind, news.channel) not in OFF_AT_FIRST)


def _row(
    key: str,
    person: int | None,
    channel: Channel,
    address: str,
    template: str,
    params: Mapping[str, Any],
    language: str,
    subject: str,
    at: datetime,
) -> dict[str, Any]:
    is_there = channel is Channel.app
    return {
        "key": key,
        "person_id": person,
        "channel": channel,
        "address": address,
        "template": template,
        "params": params if isinstance(params, dict) else dict(params),
        "language": language,
        "subject": subject,
        "attempts": 0,
        "created_at": at,
        "state": MessageState.sent if is_there else MessageState.queued,
        "sent_at": at if is_there else None,
    }


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
    put_messages(
        on_every_channel(
            key=key, person=person, template=template, params=params, subject=subject, channels=channels
        ),
        at,
    )


def on_every_channel(
    *,
    key: str,
    person: int,
    template: str,
    params: Mapping[str, Any],
    subject: str,
    channels: Iterable[Channel] | None = None,
) -> list[News]:
    """One piece of news as messages, one for each channel that its template names, or for each of `channels`."""
    return [
        News(f"{key}:{channel}", person, channel, template, params, subject)
        for channel in (channels if channels is not None else TEMPLATES[template].channels)
    ]


def _address(person: PersonFacts | None, channel: Channel) -> str | None:
    if person is None:
        return None
    if channel is Channel.app:
        return ""
    return person.mobile if channel is Channel.sms else person.email or None


def _language(asked: str | None, person: PersonFacts | None) -> str:
    language = asked or (person.language if person else "")
    return language if language in LANGUAGES else LANGUAGES[0]
