"""Findings."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args


class Severity(StrEnum):
    """minor: seven days to mend; major: 48 hours; critical: the store is hidden until a re-visit clears it."""

    minor = "minor"
    major = "major"
    critical = "critical"


class Finding(Base):
    """Something an inspector found; open while `cleared_at` is empty."""

    __tablename__ = "findings"
    __table_args__ = table_args(Index("ix_findings_store_id", "store_id", "severity"))

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    severity: Mapped[Severity] = one_of(Severity, "severity")
    text_fa: Mapped[str]
    found_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    cleared_at: Mapped[datetime | None]
