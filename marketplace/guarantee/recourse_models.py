"""Tables of money: what was taken aside for a claim, its payments, and what the store owes the fund for it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args
from marketplace.core.sealed_columns import SEALED_FORM, sealed_column


class ReservationState(StrEnum):
    """held: lies ready in the book; paid: became a payment; freed: went back to what is free."""

    held = "held"
    paid = "paid"
    freed = "freed"


class ClaimReservation(Base):
    """Money of the fund taken aside for a claim: all at its approval, or a part at a month's end. `hold_id` is the hold
    in the ledger. `pay_by_at`: three working days from here."""

    __tablename__ = "claim_reservations"
    __table_args__ = table_args(
        UniqueConstraint("hold_id"),
        UniqueConstraint("key"),
        Index("ix_claim_reservations_claim_id", "claim_id"),
        Index("ix_claim_reservations_due", "state", "pay_by_at"),
        CheckConstraint("amount_toman > 0", name="amount"),
        CheckConstraint("freed_toman BETWEEN 0 AND amount_toman", name="freed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    key: Mapped[str]
    amount_toman: Mapped[int]
    freed_toman: Mapped[int] = mapped_column(default=0)
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("transfers.id"))
    state: Mapped[ReservationState] = one_of(ReservationState, default=ReservationState.held)
    reserved_at: Mapped[datetime]
    pay_by_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Way(StrEnum):
    """How a claim is paid. refund: back by the way of the purchase's payment; transfer: to the shopper's Sheba."""

    refund = "refund"
    transfer = "transfer"


class ClaimPaymentState(StrEnum):
    """asked: the gateway or the bank has to do it; sent: the bank has the file; paid: it left; failed: the bank
    refused, the shopper is asked for another Sheba."""

    asked = "asked"
    sent = "sent"
    paid = "paid"
    failed = "failed"


class ClaimPayment(Base):
    """One reservation paid out, once. `refund_id` where the gateway carries it; `sheba`, `owner_name` and the bank's
    answer where the bank does."""

    __tablename__ = "claim_payments"
    __table_args__ = table_args(
        UniqueConstraint("reservation_id"),
        UniqueConstraint("reference"),
        UniqueConstraint("refund_id"),
        UniqueConstraint("bank_reference"),
        Index("ix_claim_payments_claim_id", "claim_id"),
        Index("ix_claim_payments_state", "state", "id"),
        CheckConstraint("amount_toman > 0", name="amount"),
        CheckConstraint("(way = 'refund') = (refund_id IS NOT NULL)", name="refund_by_gateway"),
        CheckConstraint(f"sheba {SEALED_FORM}", name="sheba_sealed"),
        CheckConstraint(
            "way <> 'transfer' OR state <> 'paid' OR bank_reference IS NOT NULL", name="paid_with_reference"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    reservation_id: Mapped[int] = mapped_column(ForeignKey("claim_reservations.id"))
    reference: Mapped[str]
    amount_toman: Mapped[int]
    way: Mapped[Way] = one_of(Way, "way")
    state: Mapped[ClaimPaymentState] = one_of(ClaimPaymentState, default=ClaimPaymentState.asked)
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refunds.id"))
    sheba: Mapped[str | None] = sealed_column("sheba")
    owner_name: Mapped[str | None]
    bank_reference: Mapped[str | None]
    problem: Mapped[str | None]
    asked_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]


class RecourseState(StrEnum):
    """netting: taken from what the store is due; overdue: the 30 days passed and the store is suspended; recovered: all
    of it came back; written_off: what was left was given up."""

    netting = "netting"
    overdue = "overdue"
    recovered = "recovered"
    written_off = "written_off"


class Recourse(Base):
    """What a store owes the fund for one claim; grows with the claim's payments. What is open is `amount_toman` less
    the three others: taken back, given up, and made needless because the shopper gave the money back. `due_back_toman`:
    of what was taken back, what the store is to get again."""

    __tablename__ = "recourses"
    __table_args__ = table_args(
        UniqueConstraint("claim_id"),
        Index("ix_recourses_store_id", "store_id", "id"),
        Index("ix_recourses_due", "state", "due_at"),
        CheckConstraint(
            "amount_toman > 0 AND recovered_toman >= 0 AND written_off_toman >= 0 AND clawed_toman >= 0 "
            "AND recovered_toman + written_off_toman + clawed_toman <= amount_toman",
            name="within_amount",
        ),
        CheckConstraint(
            "(state IN ('recovered', 'written_off')) = "
            "(recovered_toman + written_off_toman + clawed_toman = amount_toman)",
            name="ended_when_nothing_is_open",
        ),
        CheckConstraint("due_back_toman BETWEEN 0 AND recovered_toman", name="due_back"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    state: Mapped[RecourseState] = one_of(RecourseState, default=RecourseState.netting)
    amount_toman: Mapped[int]
    recovered_toman: Mapped[int] = mapped_column(default=0)
    written_off_toman: Mapped[int] = mapped_column(default=0)
    clawed_toman: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    due_back_toman: Mapped[int] = mapped_column(default=0)
    suspended_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class RecourseStep(StrEnum):
    """netted: from what the store was due; paid: by the store into our bank; written_off: by two persons; relieved: the
    appeal of the store was won after the payment; clawed: the shopper gives it back; found: it came after it had been
    given up; given_back: the store got again what it had given, since it does not owe it any more."""

    netted = "netted"
    paid = "paid"
    written_off = "written_off"
    relieved = "relieved"
    clawed = "clawed"
    found = "found"
    given_back = "given_back"


class RecourseMove(Base):
    """One step of a recourse; written once."""

    __tablename__ = "recourse_moves"
    __table_args__ = table_args(
        UniqueConstraint("key"),
        UniqueConstraint("bank_reference"),
        Index("ix_recourse_moves_recourse_id", "recourse_id", "id"),
        CheckConstraint("amount_toman > 0", name="amount"),
        CheckConstraint(
            "step NOT IN ('paid', 'found') OR bank_reference IS NOT NULL", name="paid_with_reference"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    recourse_id: Mapped[int] = mapped_column(ForeignKey("recourses.id"))
    step: Mapped[RecourseStep] = one_of(RecourseStep, "step")
    amount_toman: Mapped[int]
    key: Mapped[str]
    transfer_id: Mapped[int | None] = mapped_column(ForeignKey("transfers.id"))
    bank_reference: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
