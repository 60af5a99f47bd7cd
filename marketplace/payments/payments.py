"""Payments: opened with what they pay for, decided by asking the gateway. The errands stand in `errands.py`.

A payment is captured at most once. What the gateway says is compared with our own amount first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, update

from marketplace.core.db import db
from marketplace.core.events import publish
from marketplace.core.jobs import enqueue
from marketplace.core.ready import Ready, adding
from marketplace.payments.events import PaymentCaptured, PaymentFailed
from marketplace.payments.gateways.port import GatewaySession, SessionStatus
from marketplace.payments.models import Payment, PaymentState
from marketplace.payments.queries import ALIVE_STATES, PaymentFacts, lock_facts

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


_CHANGED = PaymentFacts._fields[3:]
_TABLE = cast(Table, Payment.__table__)
_WRITE = Ready(
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("payment"))
    .values({name: bindparam(f"new_{name}", type_=_TABLE.c[name].type) for name in _CHANGED})
)


def record_session(payment_id: int, session: GatewaySession, at: datetime) -> None:
    """Records what the gateway told when asked. Safe to repeat and in any order.

    Paid in full: captured, `PaymentCaptured`. Another amount or currency: flagged, never paid. Closed unpaid:
    failed, `PaymentFailed`. A capture is never taken back here.
    """
    known = lock_facts(payment_id)
    after, news = _decided(_named(known, session), session, at)
    if after != known:
        _WRITE.run(payment=known.id, **{f"new_{name}": getattr(after, name) for name in _CHANGED})
    if news is not None:
        publish(news)


def _named(known: PaymentFacts, session: GatewaySession) -> PaymentFacts:
    """With what the gateway calls the page and what was paid, and open where its page is."""
    if known.session_id is None:
        known = known._replace(session_id=session.id, url=session.url)
    if known.state is PaymentState.opening and session.status is SessionStatus.OPEN:
        known = known._replace(state=PaymentState.open)
    return known._replace(intent_id=session.intent_id or known.intent_id)


def _decided(
    known: PaymentFacts, session: GatewaySession, at: datetime
) -> tuple[PaymentFacts, PaymentCaptured | PaymentFailed | None]:
    if session.paid and known.state not in (PaymentState.captured, PaymentState.flagged):
        return _paid(known, session, at)
    if not session.paid and session.status is SessionStatus.EXPIRED and known.state in ALIVE_STATES:
        after = known._replace(state=PaymentState.failed, problem="expired", ended_at=at)
        return after, PaymentFailed(known.id, known.reference, "expired", at)
    return known, None


def _paid(
    known: PaymentFacts, session: GatewaySession, at: datetime
) -> tuple[PaymentFacts, PaymentCaptured | PaymentFailed]:
    is_ours = session.currency_ok and session.amount_toman == known.amount_toman
    if not is_ours or session.reference not in (None, known.reference):
        problem = f"amount {session.amount_toman} for {known.amount_toman}, {session.reference}"
        after = known._replace(state=PaymentState.flagged, problem=problem, ended_at=at)
        return after, PaymentFailed(known.id, known.reference, "flagged", at)
    after = known._replace(
        state=PaymentState.captured, captured_toman=known.amount_toman, captured_at=at, ended_at=at
    )
    return after, PaymentCaptured(known.id, known.reference, known.amount_toman, at)


def fail_payment(payment: Payment, reason: str, at: datetime) -> None:
    """Ends an attempt that brings no money."""
    payment.state = PaymentState.failed
    payment.problem = reason
    payment.ended_at = at
    db.session.flush()
    publish(PaymentFailed(payment.id, payment.reference, reason, at))
