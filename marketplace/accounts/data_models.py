"""Tables of a person's rights over their data: copies and deletion."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args

WAITING = text("state = 'waiting'")


class CopyState(StrEnum):
    """asked: the worker makes it; ready: can be fetched until it expires; gone: expired and removed."""

    asked = "asked"
    ready = "ready"
    gone = "gone"


class DataCopy(Base):
    """A copy of a person's data as a ZIP under a name of our own making."""

    __tablename__ = "data_copies"
    __table_args__ = table_args(UniqueConstraint("key"), Index("ix_data_copies_person_id", "person_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    state: Mapped[CopyState] = one_of(CopyState)
    size_bytes: Mapped[int | None]
    asked_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class DeletionState(StrEnum):
    """waiting: can be undone; undone: by the person; done: the account is anonymous; refused: something was still
    open when the day came."""

    waiting = "waiting"
    undone = "undone"
    done = "done"
    refused = "refused"


class Deletion(Base):
    """A person's wish that their account be deleted; at most one waits."""

    __tablename__ = "deletions"
    __table_args__ = table_args(
        Index(
            "uq_deletions_waiting", "person_id", unique=True, sqlite_where=WAITING, postgresql_where=WAITING
        ),
        Index("ix_deletions_due", "state", "due_at"),
        CheckConstraint("due_at > asked_at", name="undo_time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    state: Mapped[DeletionState] = one_of(DeletionState)
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
