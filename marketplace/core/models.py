"""Tables that every slice shares: jobs, the audit log, kept answers of repeated requests."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args


class JobState(StrEnum):
    """queued: waits for its moment; running: leased; done: recorded; dead: gave up, a person looks."""

    queued = "queued"
    running = "running"
    done = "done"
    dead = "dead"


class Job(Base):
    """Work that must happen after the rows it was written with, at least once, with one effect.

    `attempts` counts every try and fences them; `by_hand` those that a person's request made: they do not use up the
    worker's. `request_id` is that of the request that it follows, for the logs.
    """

    __tablename__ = "jobs"
    __table_args__ = table_args(
        UniqueConstraint("key"),
        Index("ix_jobs_due", "state", "run_at"),
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    key: Mapped[str]
    payload: Mapped[dict[str, Any]]
    state: Mapped[JobState] = one_of(JobState, default=JobState.queued)
    run_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    by_hand: Mapped[int] = mapped_column(default=0, server_default="0")
    last_error: Mapped[str | None]
    request_id: Mapped[str | None]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class AuditEntry(Base):
    """Who did what, when, from where (`place`), and which fields it changed (`changes`: what, field, before, after).

    Append-only, each row sealing the one before by its hash. The last two are empty in entries from before they were
    kept.
    """

    __tablename__ = "audit_entries"
    __table_args__ = table_args(
        Index("ix_audit_entries_subject", "subject"),
        Index("ix_audit_entries_action", "action", "id"),
        Index("ix_audit_entries_actor_id", "actor_id", "id"),
        Index("ix_audit_entries_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    actor_role: Mapped[str]
    actor_label: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    details: Mapped[dict[str, Any]]
    place: Mapped[str | None]
    changes: Mapped[list[Any] | None]
    hash: Mapped[str]


class AuditDigest(Base):
    """The log's end at the end of a day, as it was published: the last entry, how many there were since the digest
    before, the chain's hash; signed, and each sealing the one before."""

    __tablename__ = "audit_digests"
    __table_args__ = table_args(
        UniqueConstraint("day_on"), CheckConstraint("entry_count >= 0", name="count_not_negative")
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    day_on: Mapped[date]
    last_entry: Mapped[int]
    entry_count: Mapped[int]
    head: Mapped[str]
    hash: Mapped[str]
    key: Mapped[str]
    signature: Mapped[str]
    published_at: Mapped[datetime]


class KeptAnswer(Base):
    """The answer to a request that carried an idempotency key, written with the work itself."""

    __tablename__ = "kept_answers"
    __table_args__ = table_args(UniqueConstraint("actor", "route", "key"))

    id: Mapped[int] = mapped_column(primary_key=True)
    actor: Mapped[str]
    route: Mapped[str]
    key: Mapped[str]
    body_hash: Mapped[str]
    status: Mapped[int]
    body: Mapped[str]
    kept_at: Mapped[datetime]


class Stamp(Base):
    """How often a topic changed. On PostgreSQL the changes of late stand in `stamp_changes` until they are added up."""

    __tablename__ = "stamps"

    topic: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(default=0)


class StampChange(Base):
    """One transaction's change of a topic (PostgreSQL): rows that nobody updates, so no writer waits for another."""

    __tablename__ = "stamp_changes"
    __table_args__ = table_args(UniqueConstraint("topic", "txid"))

    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str]
    txid: Mapped[int]
