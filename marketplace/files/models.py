"""Pictures."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, table_args


class Picture(Base):
    """A picture in the media folder as `<key>-<width>.<avif|webp>` in three widths, 4:5."""

    __tablename__ = "pictures"
    __table_args__ = table_args(
        UniqueConstraint("key"), CheckConstraint("width > 0 AND height > 0", name="size")
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    alt_fa: Mapped[str]
    alt_en: Mapped[str]
    added_at: Mapped[datetime]
