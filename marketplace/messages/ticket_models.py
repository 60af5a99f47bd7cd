"""Tables of support tickets."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args


class TicketState(StrEnum):
    """waiting: for the office; answered: the person reads; closed: by either side, opened again by a word."""

    waiting = "waiting"
    answered = "answered"
    closed = "closed"


class TicketTopic(StrEnum):
    """account: signing in, data; buying: paying, orders; store: a store's own matters; lottery; idea; other."""

    account = "account"
    buying = "buying"
    store = "store"
    lottery = "lottery"
    idea = "idea"
    other = "other"


class Ticket(Base):
    """What somebody asks of the office. `handled_by_id`: the official to whom it was referred."""

    __tablename__ = "tickets"
    __table_args__ = table_args(
        UniqueConstraint("number"),
        UniqueConstraint("person_id", "submission_key"),
        Index("ix_tickets_state", "state", "heard_at"),
        Index("ix_tickets_person_id", "person_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    submission_key: Mapped[str]
    topic: Mapped[TicketTopic] = one_of(TicketTopic, "topic")
    title: Mapped[str]
    state: Mapped[TicketState] = one_of(TicketState)
    handled_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    opened_at: Mapped[datetime]
    heard_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class TicketSide(StrEnum):
    """person: who asked; office: an official's answer; note: among officials, never shown to who asked."""

    person = "person"
    office = "office"
    note = "note"


class TicketWord(Base):
    """One message of a ticket; `submission_key` keeps a double click from being two."""

    __tablename__ = "ticket_words"
    __table_args__ = table_args(
        UniqueConstraint("ticket_id", "submission_key"),
        Index("ix_ticket_words_ticket_id", "ticket_id", "id"),
        CheckConstraint("length(body) > 0", name="not_empty"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    submission_key: Mapped[str]
    side: Mapped[TicketSide] = one_of(TicketSide, "side")
    writer_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    body: Mapped[str]
    said_at: Mapped[datetime]
