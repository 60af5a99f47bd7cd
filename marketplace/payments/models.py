"""Tables of payments, refunds and what the gateway told us."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args
from marketplace.core.sealed_columns import SEALED_FORM, sealed_column


class PaymentState(StrEnum):
    """opening: the gateway is being asked for a page; open: the shopper can pay; captured: the money is ours;
    failed: the page ended unpaid or was refused; flagged: the gateway tells another amount than ours."""

    opening = "opening"
    open = "open"
    captured = "captured"
    failed = "failed"
    flagged = "flagged"


ALIVE = text("state IN ('opening', 'open')")
IS_TAKEN = text("intent_id IS NOT NULL")


class Payment(Base):
    """One attempt to have an amount paid. `reference` names what is paid (`order:17`)."""

    __tablename__ = "payments"
    __table_args__ = table_args(
        UniqueConstraint("gateway", "session_id"),
        Index("uq_payments_alive", "reference", unique=True, sqlite_where=ALIVE, postgresql_where=ALIVE),
        Index("ix_payments_reference", "reference"),
        Index("ix_payments_intent_id", "intent_id", sqlite_where=IS_TAKEN, postgresql_where=IS_TAKEN),
        Index("ix_payments_undecided", "state", "expires_at"),
        CheckConstraint("amount_toman > 0", name="amount_positive"),
        CheckConstraint(
            "captured_toman >= 0 AND refunded_toman >= 0 AND refunded_toman <= captured_toman",
            name="refunded_within_captured",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str]
    amount_toman: Mapped[int]
    gateway: Mapped[str]
    state: Mapped[PaymentState] = one_of(PaymentState, default=PaymentState.opening)
    session_id: Mapped[str | None]
    intent_id: Mapped[str | None]
    url: Mapped[str | None]
    description: Mapped[str]
    success_url: Mapped[str]
    cancel_url: Mapped[str]
    language: Mapped[str]
    mobile: Mapped[str]
    problem: Mapped[str | None]
    captured_toman: Mapped[int] = mapped_column(default=0)
    refunded_toman: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    captured_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class RefundReason(StrEnum):
    """Why money goes back, as shoppers and the office read it."""

    cancelled_by_shopper = "cancelled_by_shopper"
    unavailable = "unavailable"
    returned = "returned"
    not_on_sale = "not_on_sale"
    paid_twice = "paid_twice"
    complaint = "complaint"
    claim = "claim"


class RefundState(StrEnum):
    """asked: waits for the gateway; succeeded: given back; refused: the gateway said no, a person looks;
    charged_back: refused, and the shopper has it from their own bank."""

    asked = "asked"
    succeeded = "succeeded"
    refused = "refused"
    charged_back = "charged_back"


class Refund(Base):
    """Money given back from a capture, in part or whole, once per key.

    `attempt` counts the asks that the gateway refused for good; an ask without an answer is repeated with its own key.
    `problem`: what the gateway said, for the office.
    """

    __tablename__ = "refunds"
    __table_args__ = table_args(
        UniqueConstraint("key"),
        Index("ix_refunds_payment_id", "payment_id"),
        CheckConstraint("amount_toman > 0", name="amount_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"))
    key: Mapped[str]
    amount_toman: Mapped[int]
    reason: Mapped[str]
    state: Mapped[RefundState] = one_of(RefundState, default=RefundState.asked)
    gateway_refund_id: Mapped[str | None]
    asked_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    attempt: Mapped[int] = mapped_column(default=1)
    problem: Mapped[str | None]


class RefundTransfer(Base):
    """A refused refund that the office paid by bank transfer, decided by two persons. Written once."""

    __tablename__ = "refund_transfers"
    __table_args__ = table_args(
        UniqueConstraint("refund_id"),
        UniqueConstraint("bank_reference"),
        CheckConstraint(f"sheba {SEALED_FORM}", name="sheba_sealed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    refund_id: Mapped[int] = mapped_column(ForeignKey("refunds.id"))
    sheba: Mapped[str] = sealed_column("sheba")
    holder: Mapped[str]
    bank_reference: Mapped[str]
    paid_at: Mapped[datetime]


class PaymentCard(Base):
    """The card that paid, by the gateway's own name for it: the same card has the same name, which tells nothing else.

    Learnt from the gateway's list of captures; a gateway that tells of no card has no rows.
    """

    __tablename__ = "payment_cards"
    __table_args__ = table_args(
        UniqueConstraint("payment_id"), Index("ix_payment_cards_fingerprint", "fingerprint")
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"))
    fingerprint: Mapped[str]
    seen_at: Mapped[datetime]


class EventState(StrEnum):
    """stored: received, not looked at; applied: led to a question at the gateway; ignored: of a kind we do not
    use; reported: does not fit what we know, shown to the office."""

    stored = "stored"
    applied = "applied"
    ignored = "ignored"
    reported = "reported"


class GatewayEvent(Base):
    """A signed notice of the gateway, stored as it came, once per its id."""

    __tablename__ = "gateway_events"
    __table_args__ = table_args(
        UniqueConstraint("gateway", "event_id"), Index("ix_gateway_events_state", "state")
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    gateway: Mapped[str]
    event_id: Mapped[str]
    type: Mapped[str]
    session_id: Mapped[str | None]
    amount_toman: Mapped[int | None]
    body: Mapped[str]
    state: Mapped[EventState] = one_of(EventState, default=EventState.stored)
    problem: Mapped[str | None]
    received_at: Mapped[datetime]
    looked_at: Mapped[datetime | None]
