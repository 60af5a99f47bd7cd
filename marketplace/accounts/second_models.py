"""Tables of the second factor: authenticator apps, passkeys, recovery codes, and tries that failed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, table_args

LIVE = text("ended_at IS NULL")


class Authenticator(Base):
    """An app that makes a code every thirty seconds (RFC 6238). One live row a person; it counts once it is confirmed.

    `last_step` is the number of the thirty seconds whose code was taken last: it only grows, so no code works twice.
    """

    __tablename__ = "authenticators"
    __table_args__ = table_args(
        Index("uq_authenticators_live", "person_id", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
        CheckConstraint("last_step >= 0", name="last_step"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    sealed_secret: Mapped[str]
    made_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]


class Passkey(Base):
    """A key in a person's device (WebAuthn); we hold its public half. `sign_count` is what the device said last."""

    __tablename__ = "passkeys"
    __table_args__ = table_args(
        UniqueConstraint("credential"),
        Index("ix_passkeys_person_id", "person_id"),
        CheckConstraint("sign_count >= 0", name="sign_count"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    credential: Mapped[str]
    public_key: Mapped[str]
    sign_count: Mapped[int]
    name: Mapped[str]
    made_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code on paper for the day on which the device is lost; shown once, kept as a hash, good once."""

    __tablename__ = "recovery_codes"
    __table_args__ = table_args(
        UniqueConstraint("code_hash"), Index("ix_recovery_codes_person_id", "person_id")
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    code_hash: Mapped[str]
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class SecondMiss(Base):
    """A second factor that was wrong; counted for the limits and forgotten after two days."""

    __tablename__ = "second_misses"
    __table_args__ = table_args(Index("ix_second_misses_person_id", "person_id", "missed_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    missed_at: Mapped[datetime]
