"""Filing a complaint, adding to it, withdrawing it. Each verb opens with its guard and runs inside a unit."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select

from marketplace.complaints.errors import (
    AlreadyComplained,
    BadComplaint,
    WindowOver,
    WithdrawalOver,
    WrongComplaintStep,
)
from marketplace.complaints.hook_events import hook_filed
from marketplace.complaints.inputs import ComplaintWish
from marketplace.complaints.models import Complaint, ComplaintMessage, ComplaintState, Said, Side
from marketplace.complaints.notices import tell_filed
from marketplace.complaints.queries import (
    complaint_of_person,
    lock_complaint,
    lock_store,
    open_complaint_about,
)
from marketplace.complaints.rules import (
    OPEN_TO_WORDS,
    may_become,
    may_file_until,
    may_withdraw_until,
    next_reminder,
)
from marketplace.core.db import db
from marketplace.core.errors import TooMany
from marketplace.core.unit_of_work import on_violation
from marketplace.orders.models import HoldReason, OrderLine, StoreOrder
from marketplace.orders.payout_holds import hold_payout, release_payout
from marketplace.orders.queries import lock_store_order, store_order_of_person
from marketplace.policy.policy import Policy, policy_at
from marketplace.stores.record_rows import Filing, add_fact, file_in_record
from marketplace.stores.standing import Fact

on_violation("uq_complaints_open", AlreadyComplained)

MOST_MESSAGES = 200
"""So much is said in a case; what decides it can always be said."""


def window_of(part: StoreOrder, policy: Policy) -> tuple[datetime, datetime] | None:
    """From when to when one may complain about a store order; None before it is paid."""
    if part.paid_at is None:
        return None
    promised_at = (part.ship_by_at or part.paid_at) + timedelta(days=policy.delivered_after_days)
    return part.paid_at, may_file_until(part.delivered_at, promised_at, policy)


def file_complaint(store_order_id: int, person_id: int, wish: ComplaintWish, at: datetime) -> Complaint:
    """A shopper complains about an own store order, or one line of it; the store's clock runs from now.

    Raises NotFound for another's order, WindowOver, AlreadyComplained while one about it is open.
    """
    part = lock_store_order(store_order_of_person(store_order_id, person_id).id)
    policy = policy_at(at)
    window = window_of(part, policy)
    if window is None or not window[0] <= at <= window[1]:
        raise WindowOver()
    if open_complaint_about(part.id) is not None:
        raise AlreadyComplained()
    if wish.line_id is not None and not db.session.scalar(
        select(OrderLine.id).where(OrderLine.id == wish.line_id, OrderLine.store_order_id == part.id)
    ):
        raise BadComplaint(fields={"line": "unknown_line"})
    return _write(part.store_id, part.id, person_id, wish, policy, at)


def file_outside_complaint(store_id: int, person_id: int, wish: ComplaintWish, at: datetime) -> Complaint:
    """Somebody complains about a purchase elsewhere from a store with a seal. It counts for nothing before the seal
    centre admitted the proof. Raises AlreadyComplained while such a one of the same person is open; of two at once the
    later one meets it, since they take turns at the store."""
    lock_store(store_id)
    earlier = db.session.scalar(
        select(Complaint.id).where(
            Complaint.store_id == store_id,
            Complaint.person_id == person_id,
            Complaint.is_outside,
            Complaint.state.in_((ComplaintState.filed, ComplaintState.overdue)),
        )
    )
    if earlier is not None:
        raise AlreadyComplained()
    return _write(store_id, None, person_id, wish, policy_at(at), at)


def _write(
    store_id: int, part_id: int | None, person_id: int, wish: ComplaintWish, policy: Policy, at: datetime
) -> Complaint:
    number = f"C{secrets.randbelow(900_000_000) + 100_000_000}"
    purchase = f"store-order:{part_id}" if part_id is not None else None
    filing = Filing(number, store_id, wish.category, policy.complaint_answer_hours, purchase, part_id is None)
    case = file_in_record(filing, at)
    complaint = Complaint(
        number=number,
        store_id=store_id,
        store_order_id=part_id,
        order_line_id=wish.line_id,
        person_id=person_id,
        is_outside=part_id is None,
        category=wish.category,
        state=ComplaintState.filed,
        filed_at=at,
        answer_due_at=case.due_at,
        remind_at=next_reminder(case.due_at, at, policy),
    )
    db.session.add(complaint)
    db.session.flush()
    say(complaint, Side.shopper, Said.complaint, person_id, wish.text, at)
    if part_id is not None:
        hold_payout(part_id, HoldReason.complaint, f"complaint:{number}", at)
    tell_filed(complaint, at)
    hook_filed(complaint, at)
    return complaint


def ensure_room(complaint_id: int) -> None:
    """Raises TooMany where the thread is full."""
    query = select(func.count()).where(ComplaintMessage.complaint_id == complaint_id)
    if (db.session.scalar(query) or 0) >= MOST_MESSAGES:
        raise TooMany()


def say(
    complaint: Complaint, side: Side, said: Said, author_id: int | None, text: str, at: datetime
) -> ComplaintMessage:
    """Adds to what was said."""
    message = ComplaintMessage(
        complaint_id=complaint.id, side=side, said=said, author_id=author_id, text=text, at=at
    )
    db.session.add(message)
    db.session.flush()
    return message


def add_to_complaint(number: str, person_id: int, text: str, at: datetime) -> ComplaintMessage:
    """More of the shopper: what was said stands. Raises UnknownComplaint, WrongComplaintStep at its end, TooMany."""
    complaint = lock_complaint(complaint_of_person(number, person_id).id)
    if complaint.state not in OPEN_TO_WORDS:
        raise WrongComplaintStep(params={"state": complaint.state})
    ensure_room(complaint.id)
    return say(complaint, Side.shopper, Said.addition, person_id, text, at)


def withdraw_complaint(number: str, person_id: int, at: datetime) -> Complaint:
    """Takes a complaint back within 48 hours; it leaves no trace in the count. Twice changes nothing.

    Raises WithdrawalOver, WrongComplaintStep once it was answered or ruled upon.
    """
    complaint = lock_complaint(complaint_of_person(number, person_id).id)
    if complaint.state is ComplaintState.withdrawn:
        return complaint
    if not may_become(complaint.state, ComplaintState.withdrawn):
        raise WrongComplaintStep(params={"state": complaint.state})
    if at > may_withdraw_until(complaint.filed_at, policy_at(complaint.filed_at)):
        raise WithdrawalOver()
    complaint.state, complaint.remind_at, complaint.closed_at = ComplaintState.withdrawn, None, at
    add_fact(complaint.number, Fact.withdrawn, at)
    let_go(complaint, at)
    return complaint


def let_go(complaint: Complaint, at: datetime) -> None:
    """The store's money of this order is held for this case no longer."""
    if complaint.store_order_id is not None:
        release_payout(complaint.store_order_id, f"complaint:{complaint.number}", at)
