"""In-person pickup: the code by which a shopper takes an order over the counter."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, table_args

MOST_TRIES = 5


class Pickup(Base):
    """The six-digit code of a store order that is taken in person; five tries, then a new code is asked for."""

    __tablename__ = "pickups"
    __table_args__ = table_args(
        UniqueConstraint("store_order_id"),
        CheckConstraint("length(code) = 6", name="code_length"),
        CheckConstraint(f"tries BETWEEN 0 AND {MOST_TRIES}", name="tries"),
        CheckConstraint("(handed_over_at IS NULL) = (handed_over_by_id IS NULL)", name="by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_order_id: Mapped[int] = mapped_column(ForeignKey("store_orders.id"))
    code: Mapped[str]
    tries: Mapped[int] = mapped_column(default=0)
    handed_over_at: Mapped[datetime | None]
    handed_over_by_id: Mapped[int | None]
