"""The table of a person's kept addresses."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, table_args

CHOSEN = text("is_default")


class SavedAddress(Base):
    """Where a person lets parcels go; one of them is the default. `digest` keeps the same one from being kept twice."""

    __tablename__ = "saved_addresses"
    __table_args__ = table_args(
        UniqueConstraint("person_id", "digest"),
        Index(
            "uq_saved_addresses_default",
            "person_id",
            unique=True,
            sqlite_where=CHOSEN,
            postgresql_where=CHOSEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    receiver: Mapped[str]
    receiver_mobile: Mapped[str]
    province_id: Mapped[int] = mapped_column(ForeignKey("provinces.id"))
    city: Mapped[str]
    address_line: Mapped[str]
    postal_code: Mapped[str]
    digest: Mapped[str]
    is_default: Mapped[bool]
    kept_at: Mapped[datetime]
