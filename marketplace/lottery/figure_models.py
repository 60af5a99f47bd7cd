"""Figures that officers typed where the network is cut off, witnesses of a draw, and rings among its entries."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args


class FigureEntry(Base):
    """What one officer typed for a stage: canonical JSON by name. Two persons an attempt; written once.

    Where the two differ, both stand as they are and a further attempt begins.
    """

    __tablename__ = "figure_entries"
    __table_args__ = table_args(
        UniqueConstraint("draw_id", "stage", "attempt", "person_id"),
        UniqueConstraint("draw_id", "stage", "attempt", "place"),
        CheckConstraint("place IN (1, 2) AND attempt > 0", name="two_persons"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("draws.id"))
    stage: Mapped[int]
    attempt: Mapped[int]
    place: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    typed_by: Mapped[str]
    figures: Mapped[str]
    typed_at: Mapped[datetime]


class DrawWitness(Base):
    """Who was there when a draw was held, for its minutes. Written once."""

    __tablename__ = "draw_witnesses"
    __table_args__ = table_args(UniqueConstraint("draw_id", "name"))

    id: Mapped[int] = mapped_column(primary_key=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("draws.id"))
    name: Mapped[str]
    capacity: Mapped[str]
    entered_at: Mapped[datetime]


class RingKind(StrEnum):
    """mobile: one mobile of receivers; address: one address; sheba: one Sheba; card: one card that paid; store: a
    trait of the store itself."""

    mobile = "mobile"
    address = "address"
    sheba = "sheba"
    card = "card"
    store = "store"


class RingState(StrEnum):
    """open: waits for the office; cleared: its entries stand; excluded: its entries earn nothing."""

    open = "open"
    cleared = "cleared"
    excluded = "excluded"


class EntryRing(Base):
    """Several persons, or a person and the store bought from, that share a trait. Decided with a reason."""

    __tablename__ = "entry_rings"
    __table_args__ = table_args(
        UniqueConstraint("festival_id", "kind", "trait"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(ForeignKey("festivals.id"))
    kind: Mapped[RingKind] = one_of(RingKind, "kind")
    trait: Mapped[str]
    state: Mapped[RingState] = one_of(RingState, default=RingState.open)
    found_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(default="")
    decided_by: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]


class RingGrant(Base):
    """An entry grant that belongs to a ring."""

    __tablename__ = "ring_grants"
    __table_args__ = table_args(UniqueConstraint("ring_id", "grant_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    ring_id: Mapped[int] = mapped_column(ForeignKey("entry_rings.id"))
    grant_id: Mapped[int] = mapped_column(ForeignKey("entry_grants.id"))
