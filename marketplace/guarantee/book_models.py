"""Tables of the fund's book: gifts, assessments of the stores, months that shared what was free, and the days."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args
from marketplace.guarantee.book_lines import LineKind


class FundGift(Base):
    """Money that a sponsor gave the fund; written once, and for each reference of the bank once."""

    __tablename__ = "fund_gifts"
    __table_args__ = table_args(
        UniqueConstraint("bank_reference"),
        UniqueConstraint("transfer_id"),
        CheckConstraint("amount_toman > 0", name="amount"),
        CheckConstraint("length(giver) > 0", name="giver"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    giver: Mapped[str]
    is_named: Mapped[bool] = mapped_column(default=True)
    amount_toman: Mapped[int]
    bank_reference: Mapped[str]
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"))
    booked_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    received_on: Mapped[date]
    booked_at: Mapped[datetime]


class AssessmentState(StrEnum):
    """proposed: one official said so; open: a second agreed, the stores owe their shares; done: all shares ended;
    dropped."""

    proposed = "proposed"
    open = "open"
    done = "done"
    dropped = "dropped"


class FundAssessment(Base):
    """The stores are asked to fill the fund up to its floor; at most once in twelve months. The figures are those on
    which it was decided."""

    __tablename__ = "fund_assessments"
    __table_args__ = table_args(
        UniqueConstraint("number"),
        CheckConstraint("amount_toman > 0 AND floor_toman > free_toman", name="below_the_floor"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    state: Mapped[AssessmentState] = one_of(AssessmentState, default=AssessmentState.proposed)
    free_toman: Mapped[int]
    floor_toman: Mapped[int]
    amount_toman: Mapped[int]
    reason: Mapped[str] = mapped_column(default="")
    proposed_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class AssessmentShare(Base):
    """What one store gives in an assessment, never more than its first contributions."""

    __tablename__ = "assessment_shares"
    __table_args__ = table_args(
        UniqueConstraint("assessment_id", "store_id"),
        Index("ix_assessment_shares_store_id", "store_id"),
        CheckConstraint("amount_toman > 0 AND amount_toman <= most_toman", name="within_most"),
        CheckConstraint("paid_toman BETWEEN 0 AND amount_toman", name="paid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("fund_assessments.id"))
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    most_toman: Mapped[int]
    amount_toman: Mapped[int]
    paid_toman: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]


class FundMonth(Base):
    """A month's end: what was free was shared among the approved claims that waited. `month` is Jalali, `1405-01`."""

    __tablename__ = "fund_months"
    __table_args__ = table_args(
        UniqueConstraint("month"),
        CheckConstraint(
            "free_toman >= 0 AND given_toman >= 0 AND given_toman <= free_toman "
            "AND wanted_toman = given_toman + carried_toman AND carried_toman >= 0",
            name="arithmetic",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[str]
    free_toman: Mapped[int]
    wanted_toman: Mapped[int]
    given_toman: Mapped[int]
    carried_toman: Mapped[int]
    claim_count: Mapped[int]
    run_at: Mapped[datetime]


class FundMonthLine(Base):
    """What a month gave one claim; the rest is carried to the next month. Written once."""

    __tablename__ = "fund_month_lines"
    __table_args__ = table_args(
        UniqueConstraint("fund_month_id", "claim_id"),
        Index("ix_fund_month_lines_claim_id", "claim_id"),
        CheckConstraint(
            "wanted_toman > 0 AND given_toman >= 0 AND carried_toman >= 0 "
            "AND wanted_toman = given_toman + carried_toman",
            name="arithmetic",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fund_month_id: Mapped[int] = mapped_column(ForeignKey("fund_months.id"))
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    wanted_toman: Mapped[int]
    given_toman: Mapped[int]
    carried_toman: Mapped[int]


class FundDay(Base):
    """The fund at the end of a day in Tehran, and what moved in it; summed from the book's lines, and again while the
    day runs. Toman. `lost_toman` left otherwise than to shoppers; `exposure_toman` stands behind `protected_count` open
    store orders, `asked_toman` is what open claims may bring."""

    __tablename__ = "fund_days"
    __table_args__ = table_args(
        UniqueConstraint("day_on"),
        CheckConstraint("balance_toman = reserved_toman + free_toman", name="reserved_and_free"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    day_on: Mapped[date]
    balance_toman: Mapped[int]
    reserved_toman: Mapped[int]
    free_toman: Mapped[int]
    contributed_toman: Mapped[int]
    given_toman: Mapped[int]
    assessed_toman: Mapped[int]
    recovered_toman: Mapped[int]
    paid_toman: Mapped[int]
    lost_toman: Mapped[int]
    exposure_toman: Mapped[int]
    protected_count: Mapped[int]
    asked_toman: Mapped[int]
    expected_toman: Mapped[int]
    open_claim_count: Mapped[int]
    computed_at: Mapped[datetime]


class FundLine(Base):
    """One line of the public book, sealed to the one before; written once. `transfer_id`: the last transfer of the
    ledger that is in the book with it."""

    __tablename__ = "fund_lines"
    __table_args__ = table_args(
        UniqueConstraint("number"),
        Index("ix_fund_lines_day_on", "day_on", "kind"),
        CheckConstraint("count > 0", name="count"),
        CheckConstraint("reserved_toman >= 0 AND balance_toman >= reserved_toman", name="never_short"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    day_on: Mapped[date]
    at: Mapped[datetime]
    kind: Mapped[LineKind] = one_of(LineKind, "kind")
    subject: Mapped[str]
    count: Mapped[int]
    change_toman: Mapped[int]
    reserved_change_toman: Mapped[int]
    balance_toman: Mapped[int]
    reserved_toman: Mapped[int]
    transfer_id: Mapped[int]
    digest: Mapped[str]


class CoverageStep(Base):
    """The share of a loss that the fund pays from a moment on, moved by the written rule; written once."""

    __tablename__ = "fund_coverage_steps"
    __table_args__ = table_args(
        UniqueConstraint("from_at"),
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    percent: Mapped[int]
    from_at: Mapped[datetime]
    free_toman: Mapped[int]
    expected_toman: Mapped[int]
    reason: Mapped[str]
    noted_at: Mapped[datetime]
