"""Accounts and transfers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args


class Side(StrEnum):
    """Which side makes an account grow: `debit` for what we hold, `credit` for what we owe."""

    debit = "debit"
    credit = "credit"


class Step(StrEnum):
    """single: posted at once; hold: pending; post and void: end a hold, once."""

    single = "single"
    hold = "hold"
    post = "post"
    void = "void"


class LedgerAccount(Base):
    """One account of the chart. A limited account never goes below zero on its own side, holds included."""

    __tablename__ = "ledger_accounts"
    __table_args__ = table_args(
        UniqueConstraint("name"),
        CheckConstraint(
            "debits_toman >= 0 AND credits_toman >= 0 AND held_debits_toman >= 0 AND held_credits_toman >= 0",
            name="totals_not_negative",
        ),
        CheckConstraint(
            "NOT is_limited OR (side = 'credit' AND debits_toman + held_debits_toman <= credits_toman) "
            "OR (side = 'debit' AND credits_toman + held_credits_toman <= debits_toman)",
            name="limit",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    side: Mapped[Side] = one_of(Side, "side")
    is_limited: Mapped[bool] = mapped_column(default=False)
    debits_toman: Mapped[int] = mapped_column(default=0)
    credits_toman: Mapped[int] = mapped_column(default=0)
    held_debits_toman: Mapped[int] = mapped_column(default=0)
    held_credits_toman: Mapped[int] = mapped_column(default=0)

    @property
    def balance_toman(self) -> int:
        """What stands on the account, positive on its own side."""
        difference = self.credits_toman - self.debits_toman
        return difference if self.side == Side.credit else -difference


class Transfer(Base):
    """An amount moved once. The database refuses to change or delete it."""

    __tablename__ = "transfers"
    __table_args__ = table_args(
        UniqueConstraint("key"),
        CheckConstraint("amount_toman > 0 OR step = 'void'", name="amount_positive"),
        CheckConstraint("debit_account_id <> credit_account_id", name="two_accounts"),
        CheckConstraint("(step IN ('post', 'void')) = (hold_id IS NOT NULL)", name="hold_named"),
        UniqueConstraint("hold_id"),
        Index("ix_transfers_subject", "subject"),
        Index("ix_transfers_debit_account_id", "debit_account_id"),
        Index("ix_transfers_credit_account_id", "credit_account_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    step: Mapped[Step] = one_of(Step, "step")
    debit_account_id: Mapped[int] = mapped_column(ForeignKey("ledger_accounts.id"))
    credit_account_id: Mapped[int] = mapped_column(ForeignKey("ledger_accounts.id"))
    amount_toman: Mapped[int]
    code: Mapped[str]
    subject: Mapped[str]
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("transfers.id"))
    posted_at: Mapped[datetime]
