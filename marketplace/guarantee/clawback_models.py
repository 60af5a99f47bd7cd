"""Tables of what is owed to the fund besides recourse, of full lines of stores, and of an insurer's payments."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args
from marketplace.guarantee.claim_models import Party
from marketplace.guarantee.fund_rules import LineState


class ClawbackCause(StrEnum):
    """repaid: the purchase was made good after the fund had paid, so the shopper has it twice; inspection: somebody
    looked at the goods, and it spoke against this side."""

    repaid = "repaid"
    inspection = "inspection"


class ClawbackState(StrEnum):
    """open: owed; returned: all of it came; written_off: what was left was given up."""

    open = "open"
    returned = "returned"
    written_off = "written_off"


class Clawback(Base):
    """What one side of a claim owes the fund. `relieved_toman`: how much less its store owed by it when it was opened;
    what the shopper gives back beyond that is the store's."""

    __tablename__ = "claim_clawbacks"
    __table_args__ = table_args(
        UniqueConstraint("key"),
        Index("ix_claim_clawbacks_claim_id", "claim_id"),
        Index("ix_claim_clawbacks_state", "state", "id"),
        CheckConstraint(
            "amount_toman > 0 AND returned_toman >= 0 AND written_off_toman >= 0 AND relieved_toman >= 0 "
            "AND returned_toman + written_off_toman <= amount_toman",
            name="within_amount",
        ),
        CheckConstraint(
            "(state = 'open') = (returned_toman + written_off_toman < amount_toman)",
            name="ended_when_none_is_open",
        ),
        CheckConstraint("debtor <> 'office'", name="owed_by_a_side"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    debtor: Mapped[Party] = one_of(Party, "debtor", default=Party.shopper)
    cause: Mapped[ClawbackCause] = one_of(ClawbackCause, "cause", default=ClawbackCause.repaid)
    amount_toman: Mapped[int]
    returned_toman: Mapped[int] = mapped_column(default=0)
    written_off_toman: Mapped[int] = mapped_column(default=0)
    relieved_toman: Mapped[int] = mapped_column(default=0)
    key: Mapped[str]
    state: Mapped[ClawbackState] = one_of(ClawbackState, default=ClawbackState.open)
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ClawbackStep(StrEnum):
    """netted: from what the store was due; returned: into our bank; written_off: by two persons; found: it came after
    it had been given up."""

    netted = "netted"
    returned = "returned"
    written_off = "written_off"
    found = "found"


class ClawbackMove(Base):
    """One step of a clawback; written once."""

    __tablename__ = "clawback_moves"
    __table_args__ = table_args(
        UniqueConstraint("key"),
        UniqueConstraint("bank_reference"),
        Index("ix_clawback_moves_clawback_id", "clawback_id", "id"),
        CheckConstraint("amount_toman > 0", name="amount"),
        CheckConstraint(
            "step NOT IN ('returned', 'found') OR bank_reference IS NOT NULL", name="came_with_reference"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    clawback_id: Mapped[int] = mapped_column(ForeignKey("claim_clawbacks.id"))
    step: Mapped[ClawbackStep] = one_of(ClawbackStep, "step")
    amount_toman: Mapped[int]
    key: Mapped[str]
    transfer_id: Mapped[int | None] = mapped_column(ForeignKey("transfers.id"))
    bank_reference: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]


class StoreLineState(Base):
    """How full a store's line was when it was last looked at; each change is told to its owners once."""

    __tablename__ = "store_line_states"
    __table_args__ = table_args(
        UniqueConstraint("store_id"),
        CheckConstraint("exposure_toman >= 0 AND line_toman >= 0 AND kept_toman >= 0", name="sums"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    state: Mapped[LineState] = one_of(LineState, "state")
    exposure_toman: Mapped[int]
    line_toman: Mapped[int]
    kept_toman: Mapped[int] = mapped_column(default=0)
    since_at: Mapped[datetime]
    looked_at: Mapped[datetime]


class InsurerPayment(Base):
    """Money that an insurer paid in, by two officials, once for each reference of the bank."""

    __tablename__ = "insurer_payments"
    __table_args__ = table_args(
        UniqueConstraint("bank_reference"),
        UniqueConstraint("transfer_id"),
        CheckConstraint("amount_toman > 0", name="amount"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    insurer: Mapped[str]
    amount_toman: Mapped[int]
    bank_reference: Mapped[str]
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"))
    booked_at: Mapped[datetime]
