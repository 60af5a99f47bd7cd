"""The outbox and the notices shown in the person's own centre."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args


class Channel(StrEnum):
    """sms: to the mobile; mail: to the address; app: shown in the notification centre alone."""

    sms = "sms"
    mail = "mail"
    app = "app"


class MessageState(StrEnum):
    """queued: waits for the worker; sent: handed over; failed: given up, shown to the operator."""

    queued = "queued"
    sent = "sent"
    failed = "failed"


class Message(Base):
    """One message to one address. `template` names its texts (`message.<template>.subject|body`).

    `attempts` counts the tries; `sent_at` is the moment of the last one, and of arrival once the state is sent;
    `last_error` is what the other side said last.
    """

    __tablename__ = "messages"
    __table_args__ = table_args(
        UniqueConstraint("key"),
        Index("ix_messages_queued", "state", "id"),
        Index("ix_messages_person_id", "person_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    channel: Mapped[Channel] = one_of(Channel, "channel")
    address: Mapped[str]
    language: Mapped[str]
    template: Mapped[str]
    params: Mapped[dict[str, Any]]
    subject: Mapped[str]
    state: Mapped[MessageState] = one_of(MessageState, default=MessageState.queued)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    read_at: Mapped[datetime | None]


class WishSource(StrEnum):
    """page: on the person's own page; link: by the link of a message; sms: by an SMS that they sent."""

    page = "page"
    link = "link"
    sms = "sms"


class MessagePreference(Base):
    """A person's wish about one kind of news on one channel; without a row the position at first holds."""

    __tablename__ = "message_preferences"
    __table_args__ = table_args(UniqueConstraint("person_id", "kind", "channel"))

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str]
    channel: Mapped[Channel] = one_of(Channel, "channel")
    is_on: Mapped[bool]
    source: Mapped[WishSource] = one_of(WishSource, "source")
    changed_at: Mapped[datetime]
