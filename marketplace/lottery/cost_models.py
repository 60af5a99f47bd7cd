"""Who pays for the prizes: gifts of sponsors, what was missing at the deadline, and the stores' shares."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args


class GiftKind(StrEnum):
    """money: comes to our bank account; goods: the prize itself, counted at its value."""

    money = "money"
    goods = "goods"


class GiftState(StrEnum):
    """promised: there is a letter; received: it is here; withdrawn: it does not come."""

    promised = "promised"
    received = "received"
    withdrawn = "withdrawn"


class SponsorGift(Base):
    """What a sponsor gives for the prizes of a draw, and the letter that says so."""

    __tablename__ = "sponsor_gifts"
    __table_args__ = table_args(
        Index("ix_sponsor_gifts_draw_id", "draw_id"),
        CheckConstraint("amount_toman > 0", name="amount"),
        CheckConstraint("(state = 'received') = (received_at IS NOT NULL)", name="received"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("draws.id"))
    sponsor: Mapped[str]
    kind: Mapped[GiftKind] = one_of(GiftKind, "kind")
    state: Mapped[GiftState] = one_of(GiftState, default=GiftState.promised)
    amount_toman: Mapped[int]
    letter: Mapped[str]
    promised_at: Mapped[datetime]
    received_at: Mapped[datetime | None]


class CostPlan(Base):
    """What the sponsors had left open at the deadline, written once; and when the shares were booked."""

    __tablename__ = "cost_plans"
    __table_args__ = table_args(
        UniqueConstraint("draw_id"),
        CheckConstraint("missing_toman >= 0 AND cost_toman >= missing_toman", name="missing"),
        CheckConstraint("(booked_at IS NULL) = (booked_toman IS NULL)", name="booked"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("draws.id"))
    deadline_at: Mapped[datetime]
    cost_toman: Mapped[int]
    missing_toman: Mapped[int]
    fixed_at: Mapped[datetime]
    booked_toman: Mapped[int | None]
    booked_at: Mapped[datetime | None]


class CostShare(Base):
    """What a store pays: round 0 when the shares are booked, later rounds when a store fell away. Written once."""

    __tablename__ = "cost_shares"
    __table_args__ = table_args(
        UniqueConstraint("draw_id", "store_id", "round"),
        Index("ix_cost_shares_store_id", "store_id"),
        CheckConstraint("amount_toman >= 0 AND net_toman >= 0 AND round >= 0", name="amounts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("draws.id"))
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    round: Mapped[int]
    net_toman: Mapped[int]
    amount_toman: Mapped[int]
    is_capped: Mapped[bool]
    booked_at: Mapped[datetime]


class CostRelease(Base):
    """A store that pays no longer: what it still owed, and why. The round in which the others took it. Written once."""

    __tablename__ = "cost_releases"
    __table_args__ = table_args(
        UniqueConstraint("draw_id", "store_id"),
        CheckConstraint("amount_toman > 0 AND round > 0", name="amounts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("draws.id"))
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    round: Mapped[int]
    amount_toman: Mapped[int]
    reason: Mapped[str]
    released_at: Mapped[datetime]
