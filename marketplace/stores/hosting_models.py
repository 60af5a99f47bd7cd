"""Tables of hosting: a store without a seal of its own sells on a sealed store's shelf."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args


class HostingState(StrEnum):
    """proposed: one side agreed; active: both did; refused: the other side said no; ended: either side ended it."""

    proposed = "proposed"
    active = "active"
    refused = "refused"
    ended = "ended"


OPEN = text("state IN ('proposed', 'active')")


class Hosting(Base):
    """A guest's goods on a host's shelf: "sold by HOST for GUEST". A guest has one host at a time."""

    __tablename__ = "hostings"
    __table_args__ = table_args(
        Index("uq_hostings_guest", "guest_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_hostings_host_id", "host_id", "state"),
        CheckConstraint("host_id <> guest_id", name="two_stores"),
        CheckConstraint("proposed_by_store_id IN (host_id, guest_id)", name="by_one_of_them"),
        CheckConstraint(
            "state <> 'active' OR (host_accepted_at IS NOT NULL AND guest_accepted_at IS NOT NULL)",
            name="accepted_by_both",
        ),
        CheckConstraint("(state IN ('refused', 'ended')) = (ended_at IS NOT NULL)", name="ended"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    host_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    guest_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    state: Mapped[HostingState] = one_of(HostingState, default=HostingState.proposed)
    proposed_by_store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    proposed_at: Mapped[datetime]
    host_accepted_at: Mapped[datetime | None]
    guest_accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class HostingHistory(Base):
    """What became of a hosting, step by step; append-only."""

    __tablename__ = "hosting_history"
    __table_args__ = table_args(Index("ix_hosting_history_hosting_id", "hosting_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    hosting_id: Mapped[int] = mapped_column(ForeignKey("hostings.id"))
    state: Mapped[HostingState] = one_of(HostingState)
    by_store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    actor_id: Mapped[int | None]
    actor_label: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
