"""Tables of the performance record: the rows that are written once, and what is kept up to date from them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args
from marketplace.stores.standing import Category, Fact


class RecordRow(Base):
    """One fact of a complaint's life, without persons; written once per `key`. All counting is a function of these.

    `category`, `purchase`, `is_outside`, `answer_hours` and `province_id` stand on the row that files it.
    """

    __tablename__ = "record_rows"
    __table_args__ = table_args(
        UniqueConstraint("key"),
        Index("ix_record_rows_store_id", "store_id", "id"),
        Index("ix_record_rows_complaint", "complaint", "id"),
        CheckConstraint(
            "fact <> 'filed' OR (category IS NOT NULL AND answer_hours IS NOT NULL)", name="filed_whole"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    complaint: Mapped[str]
    fact: Mapped[Fact] = one_of(Fact, "fact")
    at: Mapped[datetime]
    category: Mapped[Category | None] = one_of(Category, "category", nullable=True)
    purchase: Mapped[str | None]
    is_outside: Mapped[bool] = mapped_column(default=False)
    answer_hours: Mapped[int | None]
    province_id: Mapped[int | None] = mapped_column(ForeignKey("provinces.id"))


UNANSWERED = text("answered_at IS NULL")
AMISS = text("(answered_at > due_at OR evaluation = 'not_solved')")
"""Two small parts of the cases, and all that may count: those without an answer, and those answered late or called
unsolved. Written out, since a partial index is used only where the very words of its condition are asked."""


class RecordCase(Base):
    """A complaint's life as its rows amount to now. Kept up to date with each row and each pause.

    The first index holds all that a record is made of: a store's complaints lie far apart among a million of others.
    """

    __tablename__ = "record_cases"
    __table_args__ = table_args(
        UniqueConstraint("complaint"),
        Index(
            "ix_record_cases_of_store",
            *("store_id", "filed_at", "is_outside", "ruling", "category", "evaluation", "review"),
            *("withdrawn_at", "answered_at", "due_at", "clock_minutes"),
        ),
        Index("ix_record_cases_filed_at", "filed_at"),
        Index(
            "ix_record_cases_unanswered",
            "store_id",
            "due_at",
            sqlite_where=UNANSWERED,
            postgresql_where=UNANSWERED,
        ),
        Index("ix_record_cases_amiss", "store_id", sqlite_where=AMISS, postgresql_where=AMISS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    complaint: Mapped[str]
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    category: Mapped[Category] = one_of(Category, "category")
    purchase: Mapped[str | None]
    is_outside: Mapped[bool] = mapped_column(default=False)
    answer_hours: Mapped[int]
    province_id: Mapped[int | None] = mapped_column(ForeignKey("provinces.id"))
    filed_at: Mapped[datetime]
    due_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    clock_minutes: Mapped[int | None]
    withdrawn_at: Mapped[datetime | None]
    ruling: Mapped[Fact | None] = one_of(Fact, "ruling", nullable=True)
    ruled_at: Mapped[datetime | None]
    evaluation: Mapped[Fact | None] = one_of(Fact, "evaluation", nullable=True)
    evaluated_at: Mapped[datetime | None]
    review: Mapped[Fact | None] = one_of(Fact, "review", nullable=True)
    reviewed_at: Mapped[datetime | None]


class StoreRecord(Base):
    """A store's figures as they were computed last, good until `good_until` or until another row of the store is
    written (`version` is the id of the last one). `band` (of orders, its lower edge) and `category_id` (its main
    one) say who its peers are; `lower` is the score, ten-thousandths, None while there is not enough data."""

    __tablename__ = "store_records"
    __table_args__ = table_args(
        UniqueConstraint("store_id"),
        Index("ix_store_records_good_until", "good_until"),
        Index("ix_store_records_band", "band", "category_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    figures: Mapped[dict[str, Any]]
    version: Mapped[int]
    lower: Mapped[int | None]
    closed_count: Mapped[int] = mapped_column(default=0)
    counted: Mapped[int] = mapped_column(default=0)
    band: Mapped[int] = mapped_column(default=0)
    category_id: Mapped[int | None]
    computed_at: Mapped[datetime]
    good_until: Mapped[datetime]


class Mark(StrEnum):
    """fund_payment: the guarantee fund paid for a loss; guideline_breach: of a health guideline, found on a visit;
    price_freeze: an offer was frozen for its price or its kit."""

    fund_payment = "fund_payment"
    guideline_breach = "guideline_breach"
    price_freeze = "price_freeze"


class RecordMark(Base):
    """Something else that the record tells of a store; written once per `key`."""

    __tablename__ = "record_marks"
    __table_args__ = table_args(UniqueConstraint("key"), Index("ix_record_marks_store_id", "store_id", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    mark: Mapped[Mark] = one_of(Mark, "mark")
    at: Mapped[datetime]


class ClockPause(Base):
    """A crisis declared by the office: complaint clocks of a province (or of everybody) stand still.

    While the deadlines that it moves are written anew, store by store, `moving_from` is the moment after which they
    lie, and the last two say how far that has come: up to this case of this store. All three are None when it is done.
    """

    __tablename__ = "clock_pauses"
    __table_args__ = table_args(
        Index("ix_clock_pauses_ends_at", "ends_at"),
        CheckConstraint("starts_at <= ends_at", name="span"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    province_id: Mapped[int | None] = mapped_column(ForeignKey("provinces.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason_fa: Mapped[str]
    reason_en: Mapped[str] = mapped_column(default="")
    declared_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    declared_at: Mapped[datetime]
    moving_from: Mapped[datetime | None]
    moved_store_id: Mapped[int | None]
    moved_case_id: Mapped[int | None]
