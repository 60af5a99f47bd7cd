"""Reading payments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, bindparam, func, or_, select

from marketplace.core.db import db, is_sqlite
from marketplace.core.ready import Ready
from marketplace.payments.models import (
    EventState,
    GatewayEvent,
    Payment,
    PaymentState,
    Refund,
    RefundState,
    RefundTransfer,
)
from marketplace.payments.payout_models import ShopperTransfer, ShopperTransferState

ALIVE_STATES = (PaymentState.opening, PaymentState.open)


def lock_payment(payment_id: int) -> Payment:
    """A payment, locked and read anew."""
    query = select(Payment).where(Payment.id == payment_id).execution_options(populate_existing=True)
    return db.session.execute(query if is_sqlite() else query.with_for_update()).scalar_one()


class PaymentFacts(NamedTuple):
    """What the gateway's answers change of a payment, and what they are compared with."""

    id: int
    reference: str
    amount_toman: int
    state: PaymentState
    session_id: str | None
    url: str | None
    intent_id: str | None
    problem: str | None
    captured_toman: int
    captured_at: datetime | None
    ended_at: datetime | None


_FACTS = Ready(
    select(*(getattr(Payment, name) for name in PaymentFacts._fields))
    .where(Payment.id == bindparam("payment"))
    .with_for_update()
)


def lock_facts(payment_id: int) -> PaymentFacts:
    """As `lock_payment`, without its row."""
    return PaymentFacts(*_FACTS.first(payment=payment_id))


def alive_payment(reference: str) -> Payment | None:
    """The attempt that can still bring money for a reference; there is at most one."""
    return db.session.scalar(
        select(Payment).where(Payment.reference == reference, Payment.state.in_(ALIVE_STATES))
    )


def attempts(reference: str) -> int:
    """How often payment for a reference was tried."""
    return (
        db.session.scalar(select(func.count()).select_from(Payment).where(Payment.reference == reference))
        or 0
    )


class Named(NamedTuple):
    """A payment that news of the gateway names."""

    id: int
    amount_toman: int
    session_id: str | None


_NAMED = select(Payment.id, Payment.amount_toman, Payment.session_id)
_OF_GATEWAY = _NAMED.where(Payment.gateway == bindparam("gateway"))
_BY_SESSION = Ready(_OF_GATEWAY.where(Payment.session_id == bindparam("session")))
_BY_INTENT = Ready(_OF_GATEWAY.where(Payment.intent_id == bindparam("intent")))
_ALIVE = Ready(_NAMED.where(Payment.reference == bindparam("reference"), Payment.state.in_(ALIVE_STATES)))


def named_by_session(gateway: str, session_id: str) -> Named | None:
    """The payment behind a page of the gateway."""
    row = _BY_SESSION.first(gateway=gateway, session=session_id)
    return Named(*row) if row is not None else None


def named_by_intent(gateway: str, intent_id: str) -> Named | None:
    """The payment behind an intent of the gateway."""
    row = _BY_INTENT.first(gateway=gateway, intent=intent_id)
    return Named(*row) if row is not None else None


def named_by_reference(reference: str) -> Named | None:
    """As `alive_payment`, without its row."""
    row = _ALIVE.first(reference=reference)
    return Named(*row) if row is not None else None


_SESSIONS = Ready(
    select(Payment.session_id).where(
        Payment.reference == bindparam("reference"), Payment.session_id.is_not(None)
    )
)


def sessions_of(reference: str) -> frozenset[str]:
    """The pages of the gateway that are known for a reference."""
    return frozenset(row.session_id for row in _SESSIONS.all(reference=reference))


def undecided_payments(opened_before: datetime, limit: int) -> Sequence[int]:
    """Open attempts made before a moment, the oldest first."""
    return db.session.scalars(
        select(Payment.id)
        .where(Payment.state == PaymentState.open, Payment.opened_at < opened_before)
        .order_by(Payment.opened_at)
        .limit(limit)
    ).all()


def reported_events(limit: int = 100) -> Sequence[GatewayEvent]:
    """Events that do not fit what we know, the newest first."""
    return db.session.scalars(
        select(GatewayEvent)
        .where(GatewayEvent.state == EventState.reported)
        .order_by(GatewayEvent.id.desc())
        .limit(limit)
    ).all()


def flagged_payments(limit: int = 100) -> Sequence[Payment]:
    """Payments whose amount the gateway tells otherwise, the newest first."""
    return db.session.scalars(
        select(Payment).where(Payment.state == PaymentState.flagged).order_by(Payment.id.desc()).limit(limit)
    ).all()


def was_transferred() -> ColumnElement[bool]:
    """A condition on `Refund`: a bank transfer brought it instead."""
    by_hand = select(RefundTransfer.id).where(RefundTransfer.refund_id == Refund.id).exists()
    by_file = select(ShopperTransfer.id).where(
        ShopperTransfer.refund_id == Refund.id, ShopperTransfer.state == ShopperTransferState.paid
    )
    return or_(by_hand, by_file.exists())


def goes_by_transfer() -> ColumnElement[bool]:
    """A condition on `Refund`: a bank transfer brought it instead, or is to bring it with the bank's file."""
    by_hand = select(RefundTransfer.id).where(RefundTransfer.refund_id == Refund.id).exists()
    by_file = select(ShopperTransfer.id).where(ShopperTransfer.refund_id == Refund.id).exists()
    return or_(by_hand, by_file)


def refused_refunds(limit: int = 100) -> Sequence[Refund]:
    """Refunds that the gateway refused and that go no other way, the newest first."""
    return db.session.scalars(
        select(Refund)
        .where(Refund.state == RefundState.refused, ~goes_by_transfer())
        .order_by(Refund.id.desc())
        .limit(limit)
    ).all()
