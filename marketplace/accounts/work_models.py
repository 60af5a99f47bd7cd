"""The table of challenges that were used."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, table_args


class SpentChallenge(Base):
    """A challenge whose work was taken, by its hash: it is good once. Forgotten when it would be over anyway."""

    __tablename__ = "spent_challenges"
    __table_args__ = table_args(Index("ix_spent_challenges_expires_at", "expires_at"))

    digest: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    expires_at: Mapped[datetime]
