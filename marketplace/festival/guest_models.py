"""Which offers of a host are sold for a guest."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, table_args


class GuestOffer(Base):
    """An offer on a host's shelf that is sold for the guest of a hosting: "sold by HOST for GUEST"."""

    __tablename__ = "guest_offers"
    __table_args__ = table_args(
        UniqueConstraint("offer_id"), Index("ix_guest_offers_hosting_id", "hosting_id")
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("offers.id"))
    hosting_id: Mapped[int] = mapped_column(ForeignKey("hostings.id"))
    named_by_id: Mapped[int | None]
    named_at: Mapped[datetime]
