"""Tables of stores, members, seals, licences and clearances."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args
from marketplace.core.sealed_columns import SEALED_FORM, sealed_column


class StoreKind(StrEnum):
    """online: sells on its own site; offline: a shop on a street that sells here."""

    online = "online"
    offline = "offline"


class SealState(StrEnum):
    """applied: asked for; active: issued and valid within its dates; suspended: for the time of a case;
    revoked: lost, to be asked for again after six months; expired: ran out without renewal."""

    applied = "applied"
    active = "active"
    suspended = "suspended"
    revoked = "revoked"
    expired = "expired"


class LicenceState(StrEnum):
    """active: valid within its dates; suspended, revoked: by the union; expired: ran out."""

    active = "active"
    suspended = "suspended"
    revoked = "revoked"
    expired = "expired"


class ClearanceState(StrEnum):
    """queued: not yet asked; asked: with the police; clear, adverse: answered; more_information: the
    applicant must add something; objected: a second officer looks; final: after the objection, adverse."""

    queued = "queued"
    asked = "asked"
    clear = "clear"
    adverse = "adverse"
    more_information = "more_information"
    objected = "objected"
    final = "final"


class Store(Base):
    """A business. `hidden_at` is the office's emergency switch."""

    __tablename__ = "stores"
    __table_args__ = table_args(
        UniqueConstraint("slug"),
        Index("ix_stores_sort_key", "sort_key", "id"),
        CheckConstraint("(hidden_at IS NULL) = (hidden_reason IS NULL)", name="hidden_with_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str]
    kind: Mapped[StoreKind] = one_of(StoreKind, "kind")
    name_fa: Mapped[str]
    name_en: Mapped[str]
    sort_key: Mapped[str]
    slogan_fa: Mapped[str] = mapped_column(default="")
    slogan_en: Mapped[str] = mapped_column(default="")
    manager_name: Mapped[str]
    province_id: Mapped[int] = mapped_column(ForeignKey("provinces.id"))
    city_fa: Mapped[str]
    city_en: Mapped[str]
    address: Mapped[str]
    postal_code: Mapped[str]
    phone: Mapped[str]
    domain: Mapped[str | None]
    founded_on: Mapped[date]
    hidden_at: Mapped[datetime | None]
    hidden_reason: Mapped[str | None]
    created_at: Mapped[datetime]


class MemberRole(StrEnum):
    """owner: everything of the store; staff: orders, goods and cases, not money and members."""

    owner = "owner"
    staff = "staff"


class LegalForm(StrEnum):
    """natural: a person, with a national id; legal: a company, with a legal id and a person who answers for it."""

    natural = "natural"
    legal = "legal"


class StoreHolder(Base):
    """Who stands behind a store, as declared: one row per store, each fact empty until it is known.

    `national_id` is that of the person who answers for the store, also of a company's; `sheba_owner` is the name
    under which the bank keeps the account.
    """

    __tablename__ = "store_holders"
    __table_args__ = table_args(
        UniqueConstraint("store_id"),
        Index("ix_store_holders_legal_id", "legal_id"),
        CheckConstraint(f"national_id {SEALED_FORM}", name="national_id_sealed"),
        CheckConstraint(f"sheba {SEALED_FORM}", name="sheba_sealed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    legal_form: Mapped[LegalForm | None] = one_of(LegalForm, "legal_form", nullable=True)
    national_id: Mapped[str | None] = sealed_column("national_id")
    legal_id: Mapped[str | None]
    sheba: Mapped[str | None] = sealed_column("sheba")
    sheba_owner: Mapped[str | None]


LIVE = text("ended_at IS NULL")


class StoreMember(Base):
    """A person who works for a store."""

    __tablename__ = "store_members"
    __table_args__ = table_args(
        Index(
            "uq_store_members_live",
            "store_id",
            "person_id",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
        Index("ix_store_members_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    role: Mapped[MemberRole] = one_of(MemberRole, "role")
    joined_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Seal(Base):
    """The trust seal. One per store; stars 0 to 5 are an attribute, not a state. Valid in [from, until).

    It has a code from the first application on, and dates once it was issued. `suspended_until` is the moment up to
    which a suspended one stays so at least, where one is known: the end of the time for a defence.
    """

    __tablename__ = "seals"
    __table_args__ = table_args(
        UniqueConstraint("store_id"),
        UniqueConstraint("code"),
        CheckConstraint("stars BETWEEN 0 AND 5", name="stars"),
        CheckConstraint("valid_from < valid_until", name="dates"),
        CheckConstraint(
            "state = 'applied' OR (valid_from IS NOT NULL AND valid_until IS NOT NULL)",
            name="issued_with_dates",
        ),
        Index("ix_seals_state", "state", "valid_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    code: Mapped[str]
    domain: Mapped[str | None]
    stars: Mapped[int]
    state: Mapped[SealState] = one_of(SealState)
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    suspended_until: Mapped[datetime | None]


class UnionLicence(Base):
    """The licence of the union of virtual businesses. One per store; valid in [from, until)."""

    __tablename__ = "union_licences"
    __table_args__ = table_args(
        UniqueConstraint("store_id"),
        UniqueConstraint("number"),
        CheckConstraint("valid_from < valid_until", name="dates"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    number: Mapped[str]
    state: Mapped[LicenceState] = one_of(LicenceState)
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime]


class Clearance(Base):
    """The police inquiry on the applicant. One per store; clear until `valid_until`.

    The clock runs from `clock_from`: when it was queued, or objected to. `officer_id` gave the first answer,
    `second_officer_id` the one on the objection. Of an adverse answer only the category is kept. `valid_until` stays
    while a clear answer is asked for anew; `information` is what the applicant added, until the next answer.
    """

    __tablename__ = "clearances"
    __table_args__ = table_args(
        UniqueConstraint("store_id"),
        UniqueConstraint("reference"),
        Index("ix_clearances_state", "state", "clock_from"),
        CheckConstraint("officer_id <> second_officer_id", name="two_officers"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    reference: Mapped[str | None]
    state: Mapped[ClearanceState] = one_of(ClearanceState)
    clock_from: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    reason_category: Mapped[str | None]
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    second_officer_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    objected_at: Mapped[datetime | None]
    information: Mapped[str | None]
