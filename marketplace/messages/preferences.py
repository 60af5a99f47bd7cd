"""What a person wants to hear, by kind of news and channel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from marketplace.accounts import queries as accounts
from marketplace.accounts.secrets import is_same, keyed_hash
from marketplace.core.db import db, is_sqlite
from marketplace.core.errors import NotFound
from marketplace.core.ready import Ready
from marketplace.messages.kinds import OFF_AT_FIRST, OPTIONAL, SWITCHED, NoticeKind
from marketplace.messages.models import Channel, MessagePreference, WishSource

Wishes = Mapping[tuple[NoticeKind, Channel], bool]
_PURPOSE = "stop-messages"
_SIGNS = 16


def wishes_of(person_id: int) -> dict[tuple[NoticeKind, Channel], bool]:
    """Every switch of a person with its position: their own wish, else the position at first."""
    rows = db.session.execute(
        select(MessagePreference.kind, MessagePreference.channel, MessagePreference.is_on).where(
            MessagePreference.person_id == person_id
        )
    )
    said = {(NoticeKind(row.kind), row.channel): row.is_on for row in rows}
    return {
        (kind, channel): said.get((kind, channel), (kind, channel) not in OFF_AT_FIRST)
        for kind in OPTIONAL
        for channel in SWITCHED
    }


def wants(person_id: int, kind: NoticeKind, channel: Channel) -> bool:
    """Whether a person wants news of a kind on a channel."""
    said = db.session.scalar(
        select(MessagePreference.is_on).where(
            MessagePreference.person_id == person_id,
            MessagePreference.kind == kind.value,
            MessagePreference.channel == channel,
        )
    )
    return said if said is not None else (kind, channel) not in OFF_AT_FIRST


_WANTS = Ready(
    select(
        MessagePreference.person_id,
        MessagePreference.kind,
        MessagePreference.channel,
        MessagePreference.is_on,
    ).where(
        MessagePreference.person_id.in_(
            bindparam("people", expanding=True, type_=MessagePreference.person_id.type)
        )
    )
)


def wants_of(person_ids: Iterable[int]) -> dict[tuple[int, NoticeKind, Channel], bool]:
    """The wishes that some people have told, in one statement; without one the position at first holds."""
    rows = _WANTS.all(people=list(set(person_ids)))
    return {(row.person_id, NoticeKind(row.kind), row.channel): row.is_on for row in rows}


def set_wishes(person_id: int, wishes: Wishes, at: datetime, source: WishSource = WishSource.page) -> None:
    """Keeps the position of some switches; what cannot be switched off is passed over."""
    rows = [
        {
            "person_id": person_id,
            "kind": kind.value,
            "channel": channel,
            "is_on": is_on,
            "source": source,
            "changed_at": at,
        }
        for (kind, channel), is_on in wishes.items()
        if kind in OPTIONAL and channel in SWITCHED
    ]
    if not rows:
        return
    insert = insert_sqlite if is_sqlite() else insert_postgresql
    statement = insert(MessagePreference).values(rows)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=[MessagePreference.person_id, MessagePreference.kind, MessagePreference.channel],
            set_={name: statement.excluded[name] for name in ("is_on", "source", "changed_at")},
        )
    )


def stop_channel(person_id: int, channel: Channel, at: datetime, source: WishSource) -> None:
    """Switches everything off that a channel brings and that may be switched off."""
    set_wishes(person_id, {(kind, channel): False for kind in OPTIONAL}, at, source)


def stop_mobile(mobile: str, at: datetime, *, is_on: bool = False) -> bool:
    """What an SMS of somebody's asks: no more short messages, or again. Whether the mobile is known here."""
    person = accounts.person_by_mobile(mobile)
    if person is None:
        return False
    set_wishes(person.id, {(kind, Channel.sms): is_on for kind in OPTIONAL}, at, WishSource.sms)
    return True


def stop_token(person_id: int, channel: Channel) -> str:
    """What a link without sign-in carries: it can switch this person's channel off and nothing else."""
    return f"{person_id}.{channel.value}.{_sign(person_id, channel)}"


def read_stop_token(token: str) -> tuple[int, Channel]:
    """The person and the channel of a link. Raises NotFound for one that is not ours."""
    number, _, rest = token.partition(".")
    name, _, signature = rest.partition(".")
    if not (number.isascii() and number.isdecimal() and len(number) < 19 and name in SWITCHED):
        raise NotFound()
    person_id, channel = int(number), Channel(name)
    if not is_same(signature, _sign(person_id, channel)):
        raise NotFound()
    return person_id, channel


def _sign(person_id: int, channel: Channel) -> str:
    return keyed_hash(_PURPOSE, f"{person_id}.{channel.value}")[:_SIGNS]
