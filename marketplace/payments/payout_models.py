"""Tables of payouts: where stores and shoppers are paid, batches with their signatures, payouts, the bank's answers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args
from marketplace.core.sealed_columns import SEALED_FORM, sealed_column

LIVE = text("ended_at IS NULL")


class PayoutAccount(Base):
    """A store's Sheba and whose it is. A new one rests from `entered_at` to `usable_from`, so that a thief waits."""

    __tablename__ = "payout_accounts"
    __table_args__ = table_args(
        Index("uq_payout_accounts_live", "store_id", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
        CheckConstraint(f"sheba {SEALED_FORM}", name="sheba_sealed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    sheba: Mapped[str] = sealed_column("sheba")
    owner_name: Mapped[str]
    entered_by_id: Mapped[int | None]
    entered_at: Mapped[datetime]
    usable_from: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PayoutRail(StrEnum):
    """paya: by the bank's file, in batches over the working day, up to its limit; satna: by the file at once, above
    it; gateway: a transfer of the payment gateway out of what lies there."""

    paya = "paya"
    satna = "satna"
    gateway = "gateway"


class BatchState(StrEnum):
    """proposed: made by the machine, money held; signed: the first signature; approved: the second, by another person;
    sent: the bank has the file; done: every row was answered; dropped: given up before it was sent, money free."""

    proposed = "proposed"
    signed = "signed"
    approved = "approved"
    sent = "sent"
    done = "done"
    dropped = "dropped"


class PayoutBatch(Base):
    """Payouts that are signed and sent together. `open_slot` is 1 until one was sent or dropped: one at a time."""

    __tablename__ = "payout_batches"
    __table_args__ = table_args(
        UniqueConstraint("number"),
        UniqueConstraint("open_slot"),
        CheckConstraint(
            "(state IN ('proposed', 'signed', 'approved')) = (open_slot IS NOT NULL) AND coalesce(open_slot, 1) = 1",
            name="open_slot",
        ),
        CheckConstraint("payout_count > 0 AND total_toman > 0", name="not_empty"),
        CheckConstraint(
            "first_signer_id IS NULL OR second_signer_id IS NULL OR first_signer_id <> second_signer_id",
            name="two_persons",
        ),
        CheckConstraint(
            "state NOT IN ('approved', 'sent', 'done') "
            "OR (first_signer_id IS NOT NULL AND second_signer_id IS NOT NULL)",
            name="signed_twice",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    state: Mapped[BatchState] = one_of(BatchState, default=BatchState.proposed)
    open_slot: Mapped[int | None]
    payout_count: Mapped[int]
    total_toman: Mapped[int]
    digest: Mapped[str]
    approval_id: Mapped[int | None]
    proposed_at: Mapped[datetime]
    first_signer_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    first_signed_at: Mapped[datetime | None]
    second_signer_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    second_signed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class PayoutState(StrEnum):
    """proposed: held in the book until its batch is sent; sent: in the hands of the bank; paid: by the bank's answer;
    failed: refused by the bank, due again, a person looks; retried: cleared for the next batch; dropped: its batch
    was given up."""

    proposed = "proposed"
    sent = "sent"
    paid = "paid"
    failed = "failed"
    retried = "retried"
    dropped = "dropped"


UNSETTLED = text("state IN ('proposed', 'sent')")
NOT_AGAIN = text("state IN ('proposed', 'sent', 'paid', 'failed')")


class ShopperTransferState(StrEnum):
    """waiting: goes with the next batch; batched: in a batch that is not answered; paid: by the bank's answer;
    refused: the bank did not pay, a person looks."""

    waiting = "waiting"
    batched = "batched"
    paid = "paid"
    refused = "refused"


class ShopperTransfer(Base):
    """Money owed to a shopper that goes to a Sheba, once per subject (`claim-payment:7`, `refund:12`)."""

    __tablename__ = "shopper_transfers"
    __table_args__ = table_args(
        UniqueConstraint("subject"),
        UniqueConstraint("refund_id"),
        Index("ix_shopper_transfers_state", "state", "id"),
        CheckConstraint("amount_toman > 0", name="amount_positive"),
        CheckConstraint(f"sheba {SEALED_FORM}", name="sheba_sealed"),
        CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name="paid_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str]
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refunds.id"))
    sheba: Mapped[str] = sealed_column("sheba")
    holder: Mapped[str]
    amount_toman: Mapped[int]
    state: Mapped[ShopperTransferState] = one_of(ShopperTransferState, default=ShopperTransferState.waiting)
    asked_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]


class GatewayPayee(Base):
    """The gateway's name for a bank account to which it sends money. Written once; found by the Sheba's mark."""

    __tablename__ = "gateway_payees"
    __table_args__ = table_args(
        UniqueConstraint("gateway", "sheba_mark", "holder"),
        CheckConstraint(f"sheba {SEALED_FORM}", name="sheba_sealed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    gateway: Mapped[str]
    sheba: Mapped[str] = sealed_column("sheba", mark="sheba_mark")
    sheba_mark: Mapped[str]
    holder: Mapped[str]
    payee: Mapped[str]
    made_at: Mapped[datetime]


class Payout(Base):
    """One transfer to one Sheba, as both stood when it was proposed: of a store, or of a shopper. One at a time.

    `gateway_transfer_id`: the gateway's name for it, as soon as it told one.
    """

    __tablename__ = "payouts"
    __table_args__ = table_args(
        UniqueConstraint("batch_id", "store_id"),
        UniqueConstraint("batch_id", "shopper_transfer_id"),
        UniqueConstraint("reference"),
        UniqueConstraint("hold_id"),
        Index("uq_payouts_open", "store_id", unique=True, sqlite_where=UNSETTLED, postgresql_where=UNSETTLED),
        Index(
            "uq_payouts_shopper_once",
            "shopper_transfer_id",
            unique=True,
            sqlite_where=NOT_AGAIN,
            postgresql_where=NOT_AGAIN,
        ),
        UniqueConstraint("gateway_transfer_id"),
        CheckConstraint("(store_id IS NULL) <> (shopper_transfer_id IS NULL)", name="one_payee"),
        CheckConstraint("amount_toman > 0", name="amount_positive"),
        CheckConstraint("state <> 'paid' OR bank_reference IS NOT NULL", name="paid_with_reference"),
        CheckConstraint("state <> 'failed' OR problem IS NOT NULL", name="failed_with_reason"),
        CheckConstraint(f"sheba {SEALED_FORM}", name="sheba_sealed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("payout_batches.id"))
    store_id: Mapped[int | None] = mapped_column(ForeignKey("stores.id"))
    shopper_transfer_id: Mapped[int | None] = mapped_column(ForeignKey("shopper_transfers.id"))
    reference: Mapped[str]
    rail: Mapped[PayoutRail] = one_of(PayoutRail, "rail")
    sheba: Mapped[str] = sealed_column("sheba")
    owner_name: Mapped[str]
    amount_toman: Mapped[int]
    hold_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"))
    state: Mapped[PayoutState] = one_of(PayoutState, default=PayoutState.proposed)
    bank_reference: Mapped[str | None]
    gateway_transfer_id: Mapped[str | None]
    problem: Mapped[str | None]
    proposed_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]


class BankAnswer(Base):
    """A file of the bank as it was read, once per its content."""

    __tablename__ = "bank_answers"
    __table_args__ = table_args(UniqueConstraint("digest"))

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("payout_batches.id"))
    digest: Mapped[str]
    name: Mapped[str]
    paid_count: Mapped[int]
    failed_count: Mapped[int]
    read_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    read_at: Mapped[datetime]
