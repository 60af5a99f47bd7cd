"""Tables of people, sessions, one-time codes, roles, tokens and two-person approvals."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args
from marketplace.core.sealed_columns import SEALED_FORM, SealedContent, sealed_column

LIVE = text("ended_at IS NULL")
WAITING = text("state = 'proposed'")


class Role(StrEnum):
    """What an official may be. Shoppers need no role; store people are members of their store."""

    office = "office"
    seal_officer = "seal_officer"
    clearance_officer = "clearance_officer"
    health_inspector = "health_inspector"
    adjudicator = "adjudicator"
    auditor = "auditor"


class Person(Base):
    """Somebody with a mobile number. The mobile is the name under which one signs in."""

    __tablename__ = "people"
    __table_args__ = table_args(
        UniqueConstraint("mobile"),
        CheckConstraint("length(mobile) = 11", name="mobile_length"),
        CheckConstraint(f"national_id {SEALED_FORM}", name="national_id_sealed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mobile: Mapped[str]
    given_name: Mapped[str] = mapped_column(default="")
    surname: Mapped[str] = mapped_column(default="")
    email: Mapped[str | None]
    national_id: Mapped[str | None] = sealed_column("national_id")
    password_hash: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="fa")
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]

    @property
    def display_name(self) -> str:
        return f"{self.given_name} {self.surname}".strip()


class RoleGrant(Base):
    """A role held by a person; one live grant per role."""

    __tablename__ = "role_grants"
    __table_args__ = table_args(
        Index(
            "uq_role_grants_live", "person_id", "role", unique=True, sqlite_where=LIVE, postgresql_where=LIVE
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    role: Mapped[Role] = one_of(Role, "role")
    granted_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInSession(Base):
    """A session on the server; the browser holds a random name of which only the hash is kept.

    `waits_for_second`: the password or the code was right, the second factor is still to come; nobody is signed in by
    such a row. `second_at`: the second factor was passed; `proven_at`: who sits there proved themselves last.
    `network` is where it was used last, with its end cut. `challenge` is what a passkey is to sign, once.
    """

    __tablename__ = "sessions"
    __table_args__ = table_args(
        UniqueConstraint("token_hash"),
        Index("ix_sessions_person_id", "person_id"),
        CheckConstraint("NOT (waits_for_second AND second_at IS NOT NULL)", name="second_is_to_come"),
        CheckConstraint("(challenge IS NULL) = (challenge_at IS NULL)", name="challenge_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    user_agent: Mapped[str] = mapped_column(default="")
    network: Mapped[str] = mapped_column(default="", server_default="")
    last_used_at: Mapped[datetime | None]
    waits_for_second: Mapped[bool] = mapped_column(default=False, server_default=false())
    second_at: Mapped[datetime | None]
    proven_at: Mapped[datetime | None]
    challenge: Mapped[str | None]
    challenge_at: Mapped[datetime | None]


class OneTimeCode(Base):
    """A six-digit code sent to a mobile, bound to the browser that asked; two minutes, five tries."""

    __tablename__ = "one_time_codes"
    __table_args__ = table_args(
        Index("ix_one_time_codes_mobile", "mobile", "sent_at"),
        UniqueConstraint("request_hash"),
        CheckConstraint("tries >= 0 AND tries <= 5", name="tries"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mobile: Mapped[str]
    request_hash: Mapped[str]
    code_hash: Mapped[str]
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class ApiToken(Base):
    """A bearer token of a person with scopes; shown once, kept as a hash. `hint`: its last four characters."""

    __tablename__ = "api_tokens"
    __table_args__ = table_args(UniqueConstraint("token_hash"))

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str]
    token_hash: Mapped[str]
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    hint: Mapped[str] = mapped_column(default="", server_default="")


class ApprovalState(StrEnum):
    """proposed: waits for a second person; approved: a second person agreed, and it was done in the same unit;
    refused: a second person said no; withdrawn: its proposer took it back; lapsed: nobody answered in time."""

    proposed = "proposed"
    approved = "approved"
    refused = "refused"
    withdrawn = "withdrawn"
    lapsed = "lapsed"


class ApprovalRow(Base):
    """An act that needs two persons: what exactly, who proposed it, who else decided.

    One open proposal per action and subject. What was proposed never changes; the digest seals it.
    """

    __tablename__ = "approvals"
    __table_args__ = table_args(
        Index(
            "uq_approvals_open",
            "action",
            "subject",
            unique=True,
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        Index("ix_approvals_state", "state", "lapses_at"),
        CheckConstraint("length(digest) = 64", name="digest_length"),
        CheckConstraint("lapses_at > proposed_at", name="lapses_later"),
        CheckConstraint(
            "(state IN ('proposed', 'lapsed')) = (decided_by_id IS NULL)", name="decided_by_somebody"
        ),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided_at"),
        CheckConstraint(
            "state NOT IN ('approved', 'refused') OR decided_by_id <> proposed_by_id", name="second_person"
        ),
        CheckConstraint("state <> 'withdrawn' OR decided_by_id = proposed_by_id", name="own_withdrawal"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str]
    subject: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(SealedContent)
    digest: Mapped[str]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    proposed_at: Mapped[datetime]
    lapses_at: Mapped[datetime]
    state: Mapped[ApprovalState] = one_of(ApprovalState, default=ApprovalState.proposed)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
