"""Reading tickets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from marketplace.accounts.models import Person, Role, RoleGrant
from marketplace.core.db import AnyRow, db
from marketplace.core.errors import NotFound
from marketplace.core.paging import Page, decode_cursor, page_of
from marketplace.messages.ticket_models import Ticket, TicketSide, TicketState, TicketWord


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One ticket in a list; `who` and `handler` are for the office."""

    id: int
    number: str
    title: str
    topic: str
    state: str
    opened_at: datetime
    heard_at: datetime
    who: str
    handler: str


@dataclass(frozen=True, slots=True)
class TicketShown:
    """A ticket with its thread."""

    row: TicketRow
    words: Sequence[WordShown]


@dataclass(frozen=True, slots=True)
class WordShown:
    side: str
    who: str
    body: str
    at: datetime


_Handler = aliased(Person)


def tickets_of(person_id: int, cursor: str | None = None, limit: int = 20) -> Page[TicketRow]:
    """A person's own tickets, the newest first."""
    return _rows(Ticket.person_id == person_id, cursor, limit, is_newest_first=True)


def desk_tickets(
    state: TicketState, handler_id: int | None = None, cursor: str | None = None, limit: int = 30
) -> Page[TicketRow]:
    """Tickets of a state, the longest waiting first; with `handler_id` those referred to an official."""
    which = Ticket.state == state
    if handler_id is not None:
        which &= Ticket.handled_by_id == handler_id
    return _rows(which, cursor, limit, is_newest_first=state is TicketState.closed)


def ticket_counts() -> dict[str, int]:
    """How many tickets are in each state."""
    rows = db.session.execute(select(Ticket.state, func.count()).group_by(Ticket.state)).all()
    return {row[0].value: row[1] for row in rows}


def open_ticket_count(person_id: int) -> int:
    """How many own tickets are not closed."""
    return (
        db.session.scalar(
            select(func.count()).where(Ticket.person_id == person_id, Ticket.state != TicketState.closed)
        )
        or 0
    )


def ticket(number: str, *, person_id: int | None = None) -> TicketShown:
    """A ticket with its thread; with `person_id` an own one, without the officials' notes. Raises NotFound."""
    which = Ticket.number == number
    if person_id is not None:
        which &= Ticket.person_id == person_id
    page = _rows(which, None, 1, is_newest_first=True)
    if not page.items:
        raise NotFound()
    row = page.items[0]
    query = (
        select(TicketWord, Person.given_name, Person.surname)
        .outerjoin(Person, Person.id == TicketWord.writer_id)
        .where(TicketWord.ticket_id == row.id)
        .order_by(TicketWord.id)
    )
    if person_id is not None:
        query = query.where(TicketWord.side != TicketSide.note)
    words = [
        WordShown(
            r.TicketWord.side.value,
            f"{r.given_name or ''} {r.surname or ''}".strip(),
            r.TicketWord.body,
            r.TicketWord.said_at,
        )
        for r in db.session.execute(query)
    ]
    return TicketShown(row, words)


def officials() -> list[tuple[int, str]]:
    """Whom a ticket can be referred to."""
    rows = db.session.execute(
        select(Person.id, Person.given_name, Person.surname, Person.mobile)
        .where(
            Person.disabled_at.is_(None),
            Person.id.in_(
                select(RoleGrant.person_id).where(RoleGrant.ended_at.is_(None), RoleGrant.role == Role.office)
            ),
        )
        .order_by(Person.surname, Person.id)
    )
    return [(row.id, f"{row.given_name} {row.surname}".strip() or row.mobile) for row in rows]


def _rows(
    which: ColumnElement[bool], cursor: str | None, limit: int, *, is_newest_first: bool
) -> Page[TicketRow]:
    query = (
        select(Ticket, Person.given_name, Person.surname, _Handler.given_name, _Handler.surname)
        .join(Person, Person.id == Ticket.person_id)
        .outerjoin(_Handler, _Handler.id == Ticket.handled_by_id)
        .where(which)
    )
    after = decode_cursor(cursor, (int,))
    if after is not None:
        query = query.where(Ticket.id < after[0] if is_newest_first else Ticket.id > after[0])
    query = query.order_by(Ticket.id.desc() if is_newest_first else Ticket.id)
    rows = db.session.execute(query.limit(limit + 1)).all()
    return page_of([_row(row) for row in rows], limit, lambda shown: (shown.id,))


def _row(row: AnyRow) -> TicketRow:
    found: Ticket = row[0]
    return TicketRow(
        found.id,
        found.number,
        found.title,
        found.topic.value,
        found.state.value,
        found.opened_at,
        found.heard_at,
        f"{row[1]} {row[2]}".strip(),
        f"{row[3] or ''} {row[4] or ''}".strip(),
    )
