"""Support tickets: opened, answered, referred to a colleague, closed."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select

from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Role
from marketplace.core.audit import Actor, record
from marketplace.core.db import db, is_sqlite
from marketplace.core.errors import Conflict, NotFound, TooMany
from marketplace.messages.outbox import tell
from marketplace.messages.ticket_inputs import NewTicket
from marketplace.messages.ticket_models import Ticket, TicketSide, TicketState, TicketWord

TICKETS_A_DAY = 5
WORDS_AN_HOUR = 20


def open_ticket(wish: NewTicket, asker: Actor, at: datetime) -> str:
    """A new ticket; gives its number. The same submission gives the earlier one. Raises TooMany above five a day."""
    if asker.id is None or accounts.lock_person(asker.id) is None:
        raise NotFound()
    before = db.session.scalar(
        select(Ticket.number).where(
            Ticket.person_id == asker.id, Ticket.submission_key == wish.submission_key
        )
    )
    if before is not None:
        return before
    recent = db.session.scalar(
        select(func.count()).where(Ticket.person_id == asker.id, Ticket.opened_at > at - timedelta(days=1))
    )
    if (recent or 0) >= TICKETS_A_DAY:
        raise TooMany("tickets_too_many", retry_after=86_400)
    ticket = Ticket(
        number=f"{secrets.randbelow(9_000_000) + 1_000_000}",
        person_id=asker.id,
        submission_key=wish.submission_key,
        topic=wish.topic,
        title=wish.title,
        state=TicketState.waiting,
        opened_at=at,
        heard_at=at,
    )
    db.session.add(ticket)
    db.session.flush()
    _say(ticket, TicketSide.person, asker, wish.body, wish.submission_key, at)
    return ticket.number


def write_to_office(number: str, person_id: int, body: str, key: str, writer: Actor, at: datetime) -> None:
    """The person adds to an own ticket, which waits for the office again. Raises NotFound, TooMany."""
    ticket = lock_ticket(number)
    if ticket.person_id != person_id:
        raise NotFound()
    recent = db.session.scalar(
        select(func.count()).where(
            TicketWord.writer_id == person_id, TicketWord.said_at > at - timedelta(hours=1)
        )
    )
    if (recent or 0) >= WORDS_AN_HOUR:
        raise TooMany("tickets_too_many", retry_after=3_600)
    if _say(ticket, TicketSide.person, writer, body, key, at):
        ticket.state, ticket.heard_at, ticket.closed_at = TicketState.waiting, at, None


def answer_ticket(number: str, body: str, key: str, official: Actor, at: datetime) -> None:
    """An official answers; the person is told. Raises NotFound."""
    ticket = lock_ticket(number)
    if not _say(ticket, TicketSide.office, official, body, key, at):
        return
    ticket.state, ticket.closed_at = TicketState.answered, None
    record(official, "ticket.answered", f"ticket:{ticket.number}", at)
    tell(
        key=f"ticket:{ticket.id}:answer:{key}",
        person=ticket.person_id,
        template="ticket_answered",
        params={"number": ticket.number, "topic": ticket.title, "path": f"/me/tickets/{ticket.number}"},
        subject=f"ticket:{ticket.number}",
        at=at,
    )


def refer_ticket(number: str, colleague_id: int, note: str, key: str, official: Actor, at: datetime) -> None:
    """Hands a ticket to a colleague with a note that only officials read. Raises NotFound, Conflict for no official."""
    ticket = lock_ticket(number)
    if not any(grant.role is Role.office for grant in accounts.live_roles(colleague_id)):
        raise Conflict("not_an_official")
    if note and not _say(ticket, TicketSide.note, official, note, key, at):
        return
    ticket.handled_by_id = colleague_id
    record(official, "ticket.referred", f"ticket:{ticket.number}", at, to=colleague_id)
    tell(
        key=f"ticket:{ticket.id}:referred:{key}",
        person=colleague_id,
        template="ticket_referred",
        params={
            "number": ticket.number,
            "topic": ticket.title,
            "who": official.label,
            "path": f"/office/tickets/{ticket.number}",
        },
        subject=f"ticket:{ticket.number}",
        at=at,
    )


def close_ticket(number: str, actor: Actor, at: datetime, *, person_id: int | None = None) -> None:
    """Either side closes; with `person_id` only an own ticket. Closing twice is once. Raises NotFound."""
    ticket = lock_ticket(number)
    if person_id is not None and ticket.person_id != person_id:
        raise NotFound()
    if ticket.state is TicketState.closed:
        return
    ticket.state, ticket.closed_at = TicketState.closed, at
    if person_id is None:
        record(actor, "ticket.closed", f"ticket:{ticket.number}", at)


def lock_ticket(number: str) -> Ticket:
    """A ticket, locked and read anew. Raises NotFound."""
    query = select(Ticket).where(Ticket.number == number).execution_options(populate_existing=True)
    found = db.session.scalar(query if is_sqlite() else query.with_for_update())
    if found is None:
        raise NotFound()
    return found


def _say(ticket: Ticket, side: TicketSide, writer: Actor, body: str, key: str, at: datetime) -> bool:
    """Adds a word once per submission; whether it was added now."""
    known = select(TicketWord.id).where(TicketWord.ticket_id == ticket.id, TicketWord.submission_key == key)
    if db.session.scalar(known) is not None:
        return False
    db.session.add(
        TicketWord(
            ticket_id=ticket.id,
            submission_key=key,
            side=side,
            writer_id=writer.id,
            body=body,
            said_at=at,
        )
    )
    db.session.flush()
    return True
