"""Tables around offers: their history, and files of offers on their way in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args
from marketplace.festival.models import OfferState


class OfferStep(Base):
    """What was done with an offer: append-only. `reasons`: codes; `details`: figures of the act.

    A step that changes no state (a price that fell, stock that came) names the same state twice.
    """

    __tablename__ = "offer_steps"
    __table_args__ = table_args(Index("ix_offer_steps_offer_id", "offer_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("offers.id"))
    at: Mapped[datetime]
    action: Mapped[str]
    old_state: Mapped[OfferState | None] = one_of(OfferState, "old_state", nullable=True)
    new_state: Mapped[OfferState] = one_of(OfferState, "new_state")
    actor_id: Mapped[int | None]
    actor_role: Mapped[str]
    actor_label: Mapped[str]
    reasons: Mapped[list[Any]]
    note: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]]


class ImportState(StrEnum):
    """uploaded: kept, to be read; checked: read, nothing written yet; applying: being written in parts; applied:
    over; refused: no table that we read; dropped: given up by the store."""

    uploaded = "uploaded"
    checked = "checked"
    applying = "applying"
    applied = "applied"
    refused = "refused"
    dropped = "dropped"


class OfferImport(Base):
    """A file of offers that a store sent. Counts are of its rows; `done_number` is the last row that was written."""

    __tablename__ = "offer_imports"
    __table_args__ = table_args(
        Index("ix_offer_imports_store_id", "store_id", "id"),
        CheckConstraint("row_count = good_count + bad_count", name="rows"),
        CheckConstraint("size_bytes > 0", name="size"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    festival_id: Mapped[int] = mapped_column(ForeignKey("festivals.id"))
    actor_id: Mapped[int | None]
    actor_role: Mapped[str]
    actor_label: Mapped[str]
    file_name: Mapped[str]
    file_key: Mapped[str]
    size_bytes: Mapped[int]
    state: Mapped[ImportState] = one_of(ImportState)
    refusal: Mapped[dict[str, Any] | None]
    columns: Mapped[list[Any]]
    row_count: Mapped[int] = mapped_column(default=0)
    good_count: Mapped[int] = mapped_column(default=0)
    bad_count: Mapped[int] = mapped_column(default=0)
    done_number: Mapped[int] = mapped_column(default=0)
    created_count: Mapped[int] = mapped_column(default=0)
    changed_count: Mapped[int] = mapped_column(default=0)
    same_count: Mapped[int] = mapped_column(default=0)
    failed_count: Mapped[int] = mapped_column(default=0)
    sends_for_check: Mapped[bool] = mapped_column(default=False)
    uploaded_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    applied_at: Mapped[datetime | None]


class ImportRow(Base):
    """A row of such a file as it was read. `faults`: [column, code, params] of each thing that is wrong with it."""

    __tablename__ = "offer_import_rows"
    __table_args__ = table_args(UniqueConstraint("import_id", "number"))

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("offer_imports.id"))
    number: Mapped[int]
    is_good: Mapped[bool]
    cells: Mapped[list[Any]]
    wish: Mapped[dict[str, Any] | None]
    faults: Mapped[list[Any]]
