"""Tables of the black box and of the platform's chores."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args


class BoxState(StrEnum):
    """ordered: a worker builds it; built: it can be had by everybody; failed: given up, order another."""

    ordered = "ordered"
    built = "built"
    failed = "failed"


class BlackBox(Base):
    """A signed archive of the festival. `sha256` is that of the whole file, `key` the public key that fits."""

    __tablename__ = "black_boxes"
    __table_args__ = table_args(
        CheckConstraint("state <> 'built' OR sha256 IS NOT NULL", name="built_with_digest"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[BoxState] = one_of(BoxState)
    ordered_at: Mapped[datetime]
    ordered_by: Mapped[str]
    built_at: Mapped[datetime | None]
    file_name: Mapped[str | None]
    sha256: Mapped[str | None]
    key: Mapped[str | None]
    part_count: Mapped[int]
    byte_count: Mapped[int]


class SweepRun(Base):
    """How a sweep does: when it last ended well, when it last failed and of what, and what it did."""

    __tablename__ = "sweep_runs"
    __table_args__ = table_args(UniqueConstraint("name"))

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    ended_at: Mapped[datetime | None]
    took_ms: Mapped[int]
    done_count: Mapped[int]
    total_count: Mapped[int]
    failed_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
