"""Tables of how papers came to be what they are: applications for a seal, histories, files and answers from outside."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args
from marketplace.stores.models import ClearanceState, LicenceState, SealState

OPEN = text("state = 'open'")


class SealApplicationKind(StrEnum):
    """first: for a store that never had a seal; renewal: of one that runs out; again: after a revocation."""

    first = "first"
    renewal = "renewal"
    again = "again"


class SealApplicationState(StrEnum):
    """open: waits for the domain's proof, the clearance or the seal centre; granted, refused: decided;
    withdrawn: by the store."""

    open = "open"
    granted = "granted"
    refused = "refused"
    withdrawn = "withdrawn"


class ProofMethod(StrEnum):
    """dns: a TXT record; file: one under /.well-known/; meta: a tag on the first page of the site."""

    dns = "dns"
    file = "file"
    meta = "meta"


class SealApplication(Base):
    """A store asks for a seal, or for its renewal; one open at a time. `token` is what the domain must show.

    `proven_at` is when the domain showed it; `proof_problem` says why it did not when it was last looked at.
    """

    __tablename__ = "seal_applications"
    __table_args__ = table_args(
        Index(
            "uq_seal_applications_open",
            "store_id",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index("ix_seal_applications_state", "state", "submitted_at"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_with_moment"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    applicant_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[SealApplicationKind] = one_of(SealApplicationKind, "kind")
    state: Mapped[SealApplicationState] = one_of(SealApplicationState)
    domain: Mapped[str]
    token: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    consent_at: Mapped[datetime]
    submitted_at: Mapped[datetime]
    proof_method: Mapped[ProofMethod | None] = one_of(ProofMethod, "proof_method", nullable=True)
    proof_tried_at: Mapped[datetime | None]
    proof_problem: Mapped[str | None]
    proven_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    reason_code: Mapped[str | None]
    reason_text: Mapped[str] = mapped_column(default="")


class SealHistory(Base):
    """One change of a seal: of its state, its stars or its end. Written with the change, never changed."""

    __tablename__ = "seal_history"
    __table_args__ = table_args(
        Index("ix_seal_history_seal_id", "seal_id", "id"),
        CheckConstraint("stars_after BETWEEN 0 AND 5", name="stars"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    seal_id: Mapped[int] = mapped_column(ForeignKey("seals.id"))
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    actor_role: Mapped[str]
    actor_label: Mapped[str]
    state_before: Mapped[SealState | None] = one_of(SealState, "state_before", nullable=True)
    state_after: Mapped[SealState] = one_of(SealState, "state_after")
    stars_before: Mapped[int | None]
    stars_after: Mapped[int]
    valid_until: Mapped[datetime | None]
    reason_code: Mapped[str]
    reason_text: Mapped[str] = mapped_column(default="")


class LicenceHistory(Base):
    """One change of a union licence. Written with the change, never changed."""

    __tablename__ = "licence_history"
    __table_args__ = table_args(Index("ix_licence_history_licence_id", "licence_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    licence_id: Mapped[int] = mapped_column(ForeignKey("union_licences.id"))
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    actor_role: Mapped[str]
    actor_label: Mapped[str]
    state_before: Mapped[LicenceState | None] = one_of(LicenceState, "state_before", nullable=True)
    state_after: Mapped[LicenceState] = one_of(LicenceState, "state_after")
    valid_until: Mapped[datetime | None]
    reason_code: Mapped[str]
    reason_text: Mapped[str] = mapped_column(default="")


class ClearanceHistory(Base):
    """One change of a clearance. An answer's row tells when the clock began of which it stopped the run."""

    __tablename__ = "clearance_history"
    __table_args__ = table_args(Index("ix_clearance_history_clearance_id", "clearance_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    clearance_id: Mapped[int] = mapped_column(ForeignKey("clearances.id"))
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    actor_role: Mapped[str]
    actor_label: Mapped[str]
    state_before: Mapped[ClearanceState | None] = one_of(ClearanceState, "state_before", nullable=True)
    state_after: Mapped[ClearanceState] = one_of(ClearanceState, "state_after")
    reason_category: Mapped[str | None]
    clock_from: Mapped[datetime | None]


class CallbackState(StrEnum):
    """stored: not looked at; applied: its answer stands; reported: it fits nothing, a person looks."""

    stored = "stored"
    applied = "applied"
    reported = "reported"


class ClearanceCallback(Base):
    """What the outside inquiry service told, kept as it came; once per its own id."""

    __tablename__ = "clearance_callbacks"
    __table_args__ = table_args(UniqueConstraint("event_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[str]
    reference: Mapped[str]
    outcome: Mapped[str]
    reason_category: Mapped[str | None]
    state: Mapped[CallbackState] = one_of(CallbackState)
    problem: Mapped[str | None]
    received_at: Mapped[datetime]
    looked_at: Mapped[datetime | None]


class RegistryAnswer(Base):
    """What the outside registry last said about a seal (its `code`) or a union licence (`licence:` and its number); it
    grows old and says so, it is never made up.

    `problem` is why the newest question got no answer; `fetched_at` stays that of the last good one.
    """

    __tablename__ = "registry_answers"
    __table_args__ = table_args(UniqueConstraint("code"))

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    state: Mapped[str | None]
    domain: Mapped[str | None]
    stars: Mapped[int | None]
    valid_until: Mapped[datetime | None]
    fetched_at: Mapped[datetime | None]
    tried_at: Mapped[datetime]
    problem: Mapped[str | None]


class UploadKind(StrEnum):
    """seal: a registry of seals; licence: of union licences."""

    seal = "seal"
    licence = "licence"


class RegistryUpload(Base):
    """A registry file that was read: its rows wait for somebody to write them, or were written."""

    __tablename__ = "registry_uploads"
    __table_args__ = table_args(Index("ix_registry_uploads_kind", "kind", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[UploadKind] = one_of(UploadKind, "kind")
    name: Mapped[str]
    digest: Mapped[str]
    rows: Mapped[list[Any]]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    uploaded_at: Mapped[datetime]
    written_at: Mapped[datetime | None]
