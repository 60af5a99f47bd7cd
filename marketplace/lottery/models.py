"""Entry grants."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args


class GrantState(StrEnum):
    """granted: takes part; capped: takes part with less than the order earned, the person's cap being reached;
    excluded: earns nothing (official, member of the store); voided: the purchase was undone before the freeze."""

    granted = "granted"
    capped = "capped"
    excluded = "excluded"
    voided = "voided"


class EntryGrant(Base):
    """What one paid store order earns: `weight` chances of the `earned` ones, and why."""

    __tablename__ = "entry_grants"
    __table_args__ = table_args(
        UniqueConstraint("store_order_id"),
        Index("ix_entry_grants_person", "festival_id", "person_id"),
        CheckConstraint("weight >= 0 AND weight <= earned", name="weight"),
        CheckConstraint("state IN ('granted', 'capped') OR weight = 0", name="nothing_when_out"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(ForeignKey("festivals.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    store_order_id: Mapped[int] = mapped_column(ForeignKey("store_orders.id"))
    state: Mapped[GrantState] = one_of(GrantState)
    earned: Mapped[int]
    weight: Mapped[int]
    reason: Mapped[str]
    granted_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]


class EntryVoid(Base):
    """Chances that a grant lost, and why. Written once per grant, never changed."""

    __tablename__ = "entry_voids"
    __table_args__ = table_args(UniqueConstraint("grant_id"), CheckConstraint("weight >= 0", name="weight"))

    id: Mapped[int] = mapped_column(primary_key=True)
    grant_id: Mapped[int] = mapped_column(ForeignKey("entry_grants.id"))
    weight: Mapped[int]
    reason: Mapped[str]
    voided_at: Mapped[datetime]
