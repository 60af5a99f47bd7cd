"""Tables around an application: what it says, what became of it, who looked at it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args
from marketplace.core.sealed_columns import SEALED_FORM, sealed_column
from marketplace.festival.models import ApplicationState
from marketplace.stores.models import LegalForm


class ApplicationForm(Base):
    """What the applicant wrote, step by step; a step's moment says that it was saved whole.

    The last day of the licence still counts. `fall_percent`: by how much sales fell.
    """

    __tablename__ = "application_forms"
    __table_args__ = table_args(
        UniqueConstraint("application_id"),
        CheckConstraint("fall_percent BETWEEN 1 AND 100", name="fall"),
        CheckConstraint("licence_from_on < licence_until_on", name="licence_dates"),
        CheckConstraint(f"national_id {SEALED_FORM}", name="national_id_sealed"),
        CheckConstraint(f"sheba {SEALED_FORM}", name="sheba_sealed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    legal_form: Mapped[LegalForm | None] = one_of(LegalForm, "legal_form", nullable=True)
    national_id: Mapped[str | None] = sealed_column("national_id")
    legal_id: Mapped[str | None]
    legal_name: Mapped[str | None]
    mobile: Mapped[str | None]
    sheba: Mapped[str | None] = sealed_column("sheba")
    sheba_owner: Mapped[str | None]
    category_ids: Mapped[list[Any]]
    seal_code: Mapped[str | None]
    licence_number: Mapped[str | None]
    licence_from_on: Mapped[date | None]
    licence_until_on: Mapped[date | None]
    is_hard_hit: Mapped[bool] = mapped_column(default=False)
    fall_percent: Mapped[int | None]
    fall_story: Mapped[str | None]
    who_at: Mapped[datetime | None]
    address_at: Mapped[datetime | None]
    categories_at: Mapped[datetime | None]
    seal_at: Mapped[datetime | None]
    licence_at: Mapped[datetime | None]
    clearance_at: Mapped[datetime | None]
    hard_hit_at: Mapped[datetime | None]
    health_at: Mapped[datetime | None]
    health_answers: Mapped[list[Any]]


class MatchKind(StrEnum):
    """identity: does the mobile belong to the national id; account: does the Sheba belong to its owner."""

    identity = "identity"
    account = "account"


class MatchState(StrEnum):
    """asked: no answer yet, which never means yes; match; mismatch; unanswered: given up, a person looks."""

    asked = "asked"
    match = "match"
    mismatch = "mismatch"
    unanswered = "unanswered"


class ApplicationMatch(Base):
    """One question to the outside about an application. `fingerprint` is the mark of what was asked, so that a changed
    number is asked again and an old answer never serves for a new one."""

    __tablename__ = "application_matches"
    __table_args__ = table_args(UniqueConstraint("application_id", "kind", "fingerprint"))

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    kind: Mapped[MatchKind] = one_of(MatchKind, "kind")
    fingerprint: Mapped[str]
    state: Mapped[MatchState] = one_of(MatchState)
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class Verdict(StrEnum):
    """What an officer decides: approve, reject, send back for revision, put on the waiting list."""

    approve = "approve"
    reject = "reject"
    revise = "revise"
    waitlist = "waitlist"


class ApplicationDecision(Base):
    """One decision over one or many applications. Until `tell_at` it can be taken back; then the stores are told."""

    __tablename__ = "application_decisions"
    __table_args__ = table_args(
        CheckConstraint("told_at IS NULL OR undone_at IS NULL", name="told_or_undone"),
        CheckConstraint("count > 0", name="count_positive"),
        Index("ix_application_decisions_waiting", "tell_at", "told_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(ForeignKey("festivals.id"))
    verdict: Mapped[Verdict] = one_of(Verdict, "verdict")
    reasons: Mapped[list[Any]]
    note: Mapped[str]
    letter_number: Mapped[str | None]
    letter_on: Mapped[date | None]
    count: Mapped[int]
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]
    tell_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


class ApplicationStep(Base):
    """One change of an application's state: append-only. `version` is the application's own after it."""

    __tablename__ = "application_steps"
    __table_args__ = table_args(
        UniqueConstraint("application_id", "version"),
        Index("ix_application_steps_decision_id", "decision_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    version: Mapped[int]
    cause: Mapped[str]
    from_state: Mapped[ApplicationState] = one_of(ApplicationState, "from_state")
    to_state: Mapped[ApplicationState] = one_of(ApplicationState, "to_state")
    reasons: Mapped[list[Any]]
    note: Mapped[str]
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("application_decisions.id"))
    actor_id: Mapped[int | None]
    actor_label: Mapped[str]
    at: Mapped[datetime]


class AppealState(StrEnum):
    """filed: waits for another officer; granted: the rejection fell; dismissed: it stands."""

    filed = "filed"
    granted = "granted"
    dismissed = "dismissed"


class ApplicationAppeal(Base):
    """A store's appeal against its rejection: one, decided by another officer."""

    __tablename__ = "application_appeals"
    __table_args__ = table_args(
        UniqueConstraint("application_id"),
        CheckConstraint(
            "decided_by_id IS NULL OR rejected_by_id IS NULL OR decided_by_id <> rejected_by_id",
            name="another_officer",
        ),
        CheckConstraint("(state = 'filed') = (decided_at IS NULL)", name="decided"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    state: Mapped[AppealState] = one_of(AppealState)
    text: Mapped[str]
    filed_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    filed_at: Mapped[datetime]
    rejected_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[str | None]


class ApplicationReferral(Base):
    """A file laid before a colleague with a note; it leaves their tray when they answer."""

    __tablename__ = "application_referrals"
    __table_args__ = table_args(
        CheckConstraint("from_id <> to_id", name="colleague"),
        CheckConstraint("(answered_at IS NULL) = (answer IS NULL)", name="answered"),
        Index("ix_application_referrals_application_id", "application_id"),
        Index(
            "ix_application_referrals_tray",
            "to_id",
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    from_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    note: Mapped[str]
    letter_number: Mapped[str | None]
    letter_on: Mapped[date | None]
    referred_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]


class CategoryCapacity(Base):
    """How many stores of a category an edition takes; without a row only the edition's own number counts."""

    __tablename__ = "category_capacities"
    __table_args__ = table_args(
        UniqueConstraint("festival_id", "category_id"),
        CheckConstraint("capacity_count >= 0", name="not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(ForeignKey("festivals.id"))
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"))
    capacity_count: Mapped[int]


class Vacancy(Base):
    """The place of an approved store that left, to be filled from the waiting list by `fill_by_at`."""

    __tablename__ = "application_vacancies"
    __table_args__ = table_args(
        UniqueConstraint("left_application_id"),
        UniqueConstraint("filled_application_id"),
        CheckConstraint("(filled_at IS NULL) = (filled_application_id IS NULL)", name="filled"),
        Index("ix_application_vacancies_open", "festival_id", "filled_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(ForeignKey("festivals.id"))
    left_application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    opened_at: Mapped[datetime]
    fill_by_at: Mapped[datetime]
    filled_application_id: Mapped[int | None] = mapped_column(ForeignKey("applications.id"))
    filled_at: Mapped[datetime | None]
