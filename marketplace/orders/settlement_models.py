"""Tables of settlement: one line per settled store order, one statement per store and week. Both are written once."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, table_args


class SettlementLine(Base):
    """What one closed store order brings its store. Its place in the order of ids tells the statement it stands on."""

    __tablename__ = "settlement_lines"
    __table_args__ = table_args(
        UniqueConstraint("store_order_id"),
        Index("ix_settlement_lines_store_id", "store_id", "id"),
        CheckConstraint(
            "refunded_toman >= 0 AND fund_toman >= 0 AND net_toman >= 0 "
            "AND net_toman = goods_toman + shipping_toman - refunded_toman - fund_toman",
            name="arithmetic",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_order_id: Mapped[int] = mapped_column(ForeignKey("store_orders.id"))
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    reference_toman: Mapped[int]
    goods_toman: Mapped[int]
    shipping_toman: Mapped[int]
    borne_toman: Mapped[int]
    refunded_toman: Mapped[int]
    fund_toman: Mapped[int]
    net_toman: Mapped[int]
    settled_at: Mapped[datetime]


class Statement(Base):
    """A store's account from the last statement to this one. Sums of its lines and of the ledger's transfers.

    `reference_toman` less `goods_toman` is the discount; `borne_toman` is shipping that the store itself paid to
    carriers: both are told, and in no sum.
    """

    __tablename__ = "statements"
    __table_args__ = table_args(
        UniqueConstraint("store_id", "until_on"),
        UniqueConstraint("store_id", "number"),
        CheckConstraint(
            "closing_toman = opening_toman + goods_toman + shipping_toman - refunded_toman - fund_toman "
            "- lottery_toman - recourse_toman - late_refunded_toman - paid_out_toman + returned_toman + other_toman",
            name="arithmetic",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    number: Mapped[int]
    until_on: Mapped[date]
    made_at: Mapped[datetime]
    line_count: Mapped[int]
    last_line_id: Mapped[int]
    last_transfer_id: Mapped[int]
    opening_toman: Mapped[int]
    reference_toman: Mapped[int]
    goods_toman: Mapped[int]
    shipping_toman: Mapped[int]
    borne_toman: Mapped[int]
    refunded_toman: Mapped[int]
    fund_toman: Mapped[int]
    lottery_toman: Mapped[int]
    recourse_toman: Mapped[int]
    late_refunded_toman: Mapped[int]
    paid_out_toman: Mapped[int]
    returned_toman: Mapped[int]
    other_toman: Mapped[int]
    closing_toman: Mapped[int]
