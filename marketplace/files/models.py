"""Tables of pictures and of private evidence."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args


class Picture(Base):
    """A picture in the media folder as `<key>-<width>.<avif|webp>` in three widths, 4:5.

    `sha256`: of what was uploaded, to tell the same picture elsewhere; none for those that we drew.
    """

    __tablename__ = "pictures"
    __table_args__ = table_args(
        UniqueConstraint("key"),
        Index("ix_pictures_sha256", "sha256"),
        CheckConstraint("width > 0 AND height > 0", name="size"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    alt_fa: Mapped[str]
    alt_en: Mapped[str]
    sha256: Mapped[str | None]
    added_at: Mapped[datetime]


class EvidenceKind(StrEnum):
    """What a private file is, told by its content: a picture in one of three forms, or a PDF document."""

    jpeg = "image/jpeg"
    png = "image/png"
    webp = "image/webp"
    pdf = "application/pdf"


class EvidenceFile(Base):
    """A private file of a case, kept under a name of our own making outside every public folder.

    `subject` reads `complaint:17`; `place` counts the subject's files from 1, so that their number has a bound.
    """

    __tablename__ = "evidence_files"
    __table_args__ = table_args(
        UniqueConstraint("key"),
        UniqueConstraint("subject", "place"),
        UniqueConstraint("subject", "owner_id", "sha256"),
        Index("ix_evidence_files_owner_id", "owner_id"),
        CheckConstraint("size_bytes > 0", name="size"),
        CheckConstraint("place BETWEEN 1 AND 100", name="place"),
        CheckConstraint("length(key) = 40 AND length(sha256) = 64", name="names"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    subject: Mapped[str]
    place: Mapped[int]
    owner_id: Mapped[int | None]
    owner_role: Mapped[str]
    owner_label: Mapped[str]
    kind: Mapped[EvidenceKind] = one_of(EvidenceKind, "kind")
    name: Mapped[str]
    sha256: Mapped[str]
    size_bytes: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    kept_at: Mapped[datetime]
