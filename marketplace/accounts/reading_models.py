"""The table of readings: who opened whose personal data."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, table_args


class Reading(Base):
    """Somebody of a store or an office opened a page that names a person: `role` by which they may, `what` kind of
    page, `subject` which one. Written once an hour for the same page, kept for a year."""

    __tablename__ = "readings"
    __table_args__ = table_args(
        Index("ix_readings_person_id", "person_id", "id"),
        Index("ix_readings_at", "at"),
        CheckConstraint("person_id <> reader_id", name="of_another"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    reader_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    role: Mapped[str]
    what: Mapped[str]
    subject: Mapped[str]
    at: Mapped[datetime]
