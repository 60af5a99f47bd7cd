"""Payments: opened with what they pay for, decided by asking the gateway. The errands stand in `errands.py`.

A payment is captured at most once. What the gateway says is compared with our own amount first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from marketplace.core.db import db
from marketplace.core.events import publish
from marketplace.core.jobs import enqueue
from marketplace.core.ready import adding
from marketplace.payments.events import PaymentCaptured, PaymentFailed
from marketplace.payments.gateways.port import GatewaySession, SessionStatus
from marketplace.payments.models import Payment, PaymentState
from marketplace.payments.queries import ALIVE_STATES, lock_payment

OPEN = "open-payment"
CHECK = "check-payment"
EXPIRE = "expire-payment"


@dataclass(frozen=True, slots=True)
class PaymentWish:
    """What is to be paid: `reference` names it; the page closes at `expires_at`."""

    reference: str
    amount_toman: int
    description: str
    success_url: str
    cancel_url: str
    language: str
    mobile: str
    expires_at: datetime


_ADD = adding(
    Payment, "reference", "amount_toman", "gateway", "description", "success_url", "cancel_url", "language", "mobile",
    "opened_at", "expires_at",
)  # fmt: skip


def open_payment(wish: PaymentWish, gateway_name: str, at: datetime) -> tuple[int, int]:
    """Writes an attempt and the errand that asks the gateway for a page; gives (payment id, errand id).

    The database refuses a second living attempt for the same reference.
    """
    payment_id = _ADD.scalar(
        reference=wish.reference,
        amount_toman=wish.amount_toman,
        gateway=gateway_name,
        description=wish.description,
        success_url=wish.success_url,
        cancel_url=wish.cancel_url,
        language=wish.language,
        mobile=wish.mobile,
        opened_at=at,
        expires_at=wish.expires_at,
    )
    return payment_id, enqueue(OPEN, {"payment": payment_id}, key=f"{OPEN}:{payment_id}", at=at)


def ask_about(payment_id: int, cause: str, at: datetime) -> int:
    """Has the gateway asked about a payment, once per cause; gives the errand's id."""
    return enqueue(CHECK, {"payment": payment_id}, key=f"{CHECK}:{payment_id}:{cause}", at=at)


def end_page(payment_id: int, at: datetime) -> int:
    """Has the gateway close a payment's page; what it answers (closed, or paid before) is recorded."""
    return enqueue(EXPIRE, {"payment": payment_id}, key=f"{EXPIRE}:{payment_id}", at=at)


def record_session(payment_id: int, session: GatewaySession, at: datetime) -> None:
    """Records what the gateway told when asked. Safe to repeat and in any order.

    Paid in full: captured, `PaymentCaptured`. Another amount or currency: flagged, never paid. Closed unpaid:
    failed, `PaymentFailed`. A capture is never taken back here.
    """
    payment = lock_payment(payment_id)
    if payment.session_id is None:
        payment.session_id, payment.url = session.id, session.url
    payment.intent_id = session.intent_id or payment.intent_id
    if payment.state is PaymentState.opening and session.status is SessionStatus.OPEN:
        payment.state = PaymentState.open
    if session.paid:
        _record_paid(payment, session, at)
    elif session.status is SessionStatus.EXPIRED and payment.state in ALIVE_STATES:
        fail_payment(payment, "expired", at)
    db.session.flush()


def fail_payment(payment: Payment, reason: str, at: datetime) -> None:
    """Ends an attempt that brings no money."""
    payment.state = PaymentState.failed
    payment.problem = reason
    payment.ended_at = at
    db.session.flush()
    publish(PaymentFailed(payment.id, payment.reference, reason, at))


def _record_paid(payment: Payment, session: GatewaySession, at: datetime) -> None:
    if payment.state in (PaymentState.captured, PaymentState.flagged):
        return
    is_ours = session.currency_ok and session.amount_toman == payment.amount_toman
    if not is_ours or session.reference not in (None, payment.reference):
        payment.state = PaymentState.flagged
        payment.problem = f"amount {session.amount_toman} for {payment.amount_toman}, {session.reference}"
        payment.ended_at = at
        db.session.flush()
        publish(PaymentFailed(payment.id, payment.reference, "flagged", at))
        return
    payment.state = PaymentState.captured
    payment.captured_toman = payment.amount_toman
    payment.captured_at = payment.ended_at = at
    db.session.flush()
    publish(PaymentCaptured(payment.id, payment.reference, payment.amount_toman, at))
