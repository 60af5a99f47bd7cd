"""A person's data from every slice: what a copy holds, what stands against deletion, what deletion leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from marketplace.accounts.data_models import Deletion, DeletionState
from marketplace.accounts.models import Person, SignInSession
from marketplace.accounts.personal_data import anonymise_person
from marketplace.accounts.queries import live_roles
from marketplace.accounts.reading_models import Reading
from marketplace.accounts.readings import forget_readings_of
from marketplace.complaints.models import Complaint, ComplaintState
from marketplace.core.audit import SYSTEM
from marketplace.core.db import AnySelect, db
from marketplace.core.errors import Reason
from marketplace.core.models import AuditEntry
from marketplace.core.unit_of_work import unit_of_work
from marketplace.lottery.models import EntryGrant
from marketplace.messages.models import Message, MessagePreference
from marketplace.messages.ticket_models import Ticket, TicketWord
from marketplace.orders.address_models import SavedAddress
from marketplace.orders.models import (
    Cart,
    CartLine,
    Order,
    OrderLine,
    OrderState,
    StoreOrder,
    StoreOrderState,
)
from marketplace.reviews.models import Answer, Question, Review, Wish
from marketplace.stores.queries import stores_of_person
from marketplace.suspicions.keeping import forget_suspicions_of, is_asked
from marketplace.suspicions.models import Suspicion, SuspicionFact, SuspicionWord

S = StoreOrderState
ON_THE_WAY = (S.placed, S.paid, S.accepted, S.packed, S.part_shipped, S.shipped)
RETURN_DAYS = 14
"""After delivery the right to withdraw and to complain needs the account for a while."""
OPEN_COMPLAINTS = (
    ComplaintState.filed,
    ComplaintState.answered,
    ComplaintState.overdue,
    ComplaintState.evaluated,
)


def reasons_against_deletion(person_id: int, at: datetime) -> list[Reason]:
    """Everything that is still open: orders on their way or just arrived, cases, a store, an office."""
    reasons = []
    orders = db.session.scalars(
        select(Order.number)
        .join(StoreOrder, StoreOrder.order_id == Order.id)
        .where(
            Order.person_id == person_id,
            Order.state.in_((OrderState.awaiting_payment, OrderState.paid)),
            StoreOrder.state.in_(ON_THE_WAY)
            | (
                StoreOrder.state.in_((S.delivered, S.part_returned))
                & (StoreOrder.delivered_at > at - timedelta(days=RETURN_DAYS))
            ),
        )
        .distinct()
    ).all()
    if orders:
        reasons.append(Reason("orders_open", {"numbers": ", ".join(sorted(orders)[:5])}))
    if db.session.scalar(
        select(Complaint.id)
        .where(Complaint.person_id == person_id, Complaint.state.in_(OPEN_COMPLAINTS))
        .limit(1)
    ):
        reasons.append(Reason("complaints_open"))
    if is_asked(person_id):
        reasons.append(Reason("suspicion_open"))
    if stores_of_person(person_id):
        reasons.append(Reason("store_member"))
    if live_roles(person_id):
        reasons.append(Reason("official"))
    return reasons


def delete_due_accounts(at: datetime) -> int:
    """Carries out the deletions whose time to undo is over; gives how many accounts are anonymous now.

    What is open again by then refuses the deletion; the person finds the reasons on their page.
    """
    done = 0
    while True:
        with unit_of_work():
            wish = db.session.scalar(
                select(Deletion)
                .where(Deletion.state == DeletionState.waiting, Deletion.due_at <= at)
                .order_by(Deletion.due_at)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if wish is None:
                return done
            is_free = not reasons_against_deletion(wish.person_id, at)
            wish.state = DeletionState.done if is_free else DeletionState.refused
            wish.settled_at = at
            if is_free:
                forget_person(wish.person_id, at)
                done += 1


def forget_person(person_id: int, at: datetime) -> None:
    """Deletes what is the person's alone and blanks what the books keep: orders stay with their sums, cities and goods.

    Inside a unit. Reviews and answers stay as those of a buyer.
    """
    carts = select(Cart.id).where(Cart.person_id == person_id)
    db.session.execute(delete(CartLine).where(CartLine.cart_id.in_(carts)))
    forget_readings_of(person_id)
    forget_suspicions_of(person_id, at)
    for model in (Cart, Wish, SavedAddress, MessagePreference):
        db.session.execute(delete(model).where(model.person_id == person_id))
    db.session.execute(
        update(Order)
        .where(Order.person_id == person_id)
        .values(receiver="-", receiver_mobile="-", address_line="-", postal_code="-")
    )
    db.session.execute(
        update(Message).where(Message.person_id == person_id).values(address="", params={}, person_id=None)
    )
    mine = select(Ticket.id).where(Ticket.person_id == person_id)
    db.session.execute(update(TicketWord).where(TicketWord.ticket_id.in_(mine)).values(body="-"))
    db.session.execute(update(Ticket).where(Ticket.person_id == person_id).values(title="-"))
    anonymise_person(person_id, at, SYSTEM)


_PERSON = (
    Person.mobile,
    Person.given_name,
    Person.surname,
    Person.email,
    Person.national_id,
    Person.language,
    Person.created_at,
)


def data_of(person_id: int) -> Iterator[tuple[str, list[str], list[list[Any]]]]:
    """What is kept about a person, table by table: name, columns, rows. No hashes of secrets."""
    yield _table("person", select(*_PERSON).where(Person.id == person_id))
    yield _table(
        "sessions",
        select(
            SignInSession.created_at,
            SignInSession.expires_at,
            SignInSession.ended_at,
            SignInSession.user_agent,
        ).where(SignInSession.person_id == person_id),
    )
    yield _table("addresses", _columns(SavedAddress, "digest", "id", "person_id", person_id=person_id))
    yield _table("orders", _columns(Order, "submission_key", "person_id", person_id=person_id))
    lines = (
        select(
            Order.number,
            StoreOrder.state,
            OrderLine.title_fa,
            OrderLine.title_en,
            OrderLine.quantity,
            OrderLine.unit_toman,
            StoreOrder.shipping_toman,
            StoreOrder.tracking_code,
        )
        .join(StoreOrder, StoreOrder.id == OrderLine.store_order_id)
        .join(Order, Order.id == StoreOrder.order_id)
        .where(Order.person_id == person_id)
    )
    yield _table("order_lines", lines)
    yield _table("lottery_entries", _columns(EntryGrant, "person_id", person_id=person_id))
    for name, model in (("reviews", Review), ("questions", Question), ("answers", Answer), ("wishes", Wish)):
        yield _table(name, _columns(model, "person_id", "digest", person_id=person_id))
    yield _table("complaints", _columns(Complaint, "person_id", person_id=person_id))
    yield from _suspicions_of(person_id)
    yield _table("tickets", _columns(Ticket, "person_id", "submission_key", person_id=person_id))
    yield _table(
        "messages",
        select(
            Message.channel,
            Message.address,
            Message.template,
            Message.subject,
            Message.state,
            Message.created_at,
            Message.sent_at,
            Message.read_at,
        ).where(Message.person_id == person_id),
    )
    readings = select(Reading.at, Reading.role, Reading.what, Reading.subject)
    yield _table("readings", readings.where(Reading.person_id == person_id).order_by(Reading.id))
    yield _table("preferences", _columns(MessagePreference, "id", "person_id", person_id=person_id))


def _suspicions_of(person_id: int) -> Iterator[tuple[str, list[str], list[list[Any]]]]:
    """What is or was suspected, asked or not, with its evidence; not what it tells of other people."""
    without = ("id", "person_id", "store_id", "version", "decided_by_id", "second_id")
    yield _table("suspicions", _columns(Suspicion, *without, person_id=person_id))
    mine = Suspicion.person_id == person_id
    for name, model, columns in (
        ("suspicion_facts", SuspicionFact, (SuspicionFact.key, SuspicionFact.what, SuspicionFact.at)),
        ("suspicion_words", SuspicionWord, (SuspicionWord.text, SuspicionWord.at)),
    ):
        said = select(Suspicion.number, *columns).join(model, model.suspicion_id == Suspicion.id)
        yield _table(name, said.where(mine).order_by(model.id))


def _columns(model: Any, *without: str, person_id: int) -> AnySelect:
    columns = [column for column in model.__table__.columns if column.name not in without]
    return select(*columns).where(model.person_id == person_id)


def _table(name: str, query: AnySelect) -> tuple[str, list[str], list[list[Any]]]:
    result = db.session.execute(query)
    return name, list(result.keys()), [list(row) for row in result]


@dataclass(frozen=True, slots=True)
class TouchShown:
    """Somebody else acted on a person's data: under which role, what, about what, when."""

    role: str
    action: str
    subject: str
    at: datetime


def touches_of(person_id: int, limit: int = 50) -> list[TouchShown]:
    """Acts of others on a person's account, orders, cases and tickets, from the sealed audit log; the newest first."""
    parts = (
        select(StoreOrder.id).join(Order, Order.id == StoreOrder.order_id).where(Order.person_id == person_id)
    )
    subjects = [f"person:{person_id}"]
    subjects += [f"store-order:{part}" for part in db.session.scalars(parts.limit(500))]
    subjects += [
        f"ticket:{number}"
        for number in db.session.scalars(
            select(Ticket.number).where(Ticket.person_id == person_id).limit(200)
        )
    ]
    subjects += [
        f"review:{review}"
        for review in db.session.scalars(select(Review.id).where(Review.person_id == person_id).limit(500))
    ]
    rows = db.session.execute(
        select(AuditEntry.actor_role, AuditEntry.action, AuditEntry.subject, AuditEntry.at)
        .where(
            AuditEntry.subject.in_(subjects),
            AuditEntry.actor_id.is_distinct_from(person_id),
        )
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    return [TouchShown(row.actor_role, row.action, row.subject, row.at) for row in rows]
