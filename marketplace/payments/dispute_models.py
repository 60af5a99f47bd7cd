"""What a payer's bank takes back, or tries to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args


class DisputeState(StrEnum):
    """open: the payer's bank asks, nothing is decided; won: the money stays; lost: the payer's bank took it."""

    open = "open"
    won = "won"
    lost = "lost"


class Dispute(Base):
    """One dispute at the gateway, as it was last asked about. `status` and `reason` are the gateway's own words.

    It stays open, with its `problem`, while what the gateway tells of it cannot be booked: a person looks.
    """

    __tablename__ = "disputes"
    __table_args__ = table_args(
        UniqueConstraint("gateway", "gateway_dispute_id"),
        Index("ix_disputes_payment_id", "payment_id"),
        Index("ix_disputes_state", "state"),
        CheckConstraint("amount_toman > 0", name="amount_positive"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"))
    gateway: Mapped[str]
    gateway_dispute_id: Mapped[str]
    amount_toman: Mapped[int]
    status: Mapped[str]
    reason: Mapped[str]
    state: Mapped[DisputeState] = one_of(DisputeState, default=DisputeState.open)
    problem: Mapped[str | None]
    opened_at: Mapped[datetime]
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
