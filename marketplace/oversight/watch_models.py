"""Tables of spot checks, letters, and what the pledge monitor found."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args


class SpotCheckState(StrEnum):
    """frozen: the list is published and waits for its randomness; drawn: the stores are picked; lapsed: not signed
    by both officers before the randomness, so that it can never be drawn."""

    frozen = "frozen"
    drawn = "drawn"
    lapsed = "lapsed"


class SpotCheck(Base):
    """A draw of stores to be visited, under the lottery's rules. `manifest`, `sources`, `skips`, `randomness` and
    `result` are canonical JSON; `typed` are the public figures as one or two persons typed them."""

    __tablename__ = "spot_checks"
    __table_args__ = table_args(
        UniqueConstraint("slug"),
        CheckConstraint("picked_count > 0", name="picks"),
        CheckConstraint("planned_at > frozen_at", name="randomness_comes_later"),
        CheckConstraint("(state = 'drawn') = (result IS NOT NULL)", name="drawn_with_result"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str]
    state: Mapped[SpotCheckState] = one_of(SpotCheckState, default=SpotCheckState.frozen)
    picked_count: Mapped[int]
    frozen_at: Mapped[datetime]
    planned_at: Mapped[datetime]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    manifest: Mapped[str]
    secret: Mapped[str]
    skips: Mapped[str]
    typed: Mapped[list[Any]] = mapped_column(default=list)
    source_number: Mapped[int | None]
    randomness: Mapped[str | None]
    result: Mapped[str | None]
    drawn_at: Mapped[datetime | None]


class SpotCheckEntry(Base):
    """A store on the list in its published place, with the weight of its risk and where that comes from; written
    once. The public reads entry id, pseudonym and weight, and which store it is once its visit is over."""

    __tablename__ = "spot_check_entries"
    __table_args__ = table_args(
        UniqueConstraint("spot_check_id", "place"),
        UniqueConstraint("spot_check_id", "store_id"),
        CheckConstraint("weight > 0", name="weight"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    spot_check_id: Mapped[int] = mapped_column(ForeignKey("spot_checks.id"))
    place: Mapped[int]
    entry_id: Mapped[str]
    pseudonym: Mapped[str]
    weight: Mapped[int]
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    parts: Mapped[dict[str, Any]]


class SpotCheckSigner(Base):
    """An officer's key for one spot check and the signature of its manifest. The same person never signs twice."""

    __tablename__ = "spot_check_signers"
    __table_args__ = table_args(
        UniqueConstraint("spot_check_id", "role"),
        UniqueConstraint("spot_check_id", "person_id"),
        CheckConstraint("(signature IS NULL) = (signed_at IS NULL)", name="signed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    spot_check_id: Mapped[int] = mapped_column(ForeignKey("spot_checks.id"))
    role: Mapped[str]
    public_key: Mapped[str]
    private_key: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    signature: Mapped[str | None]
    signed_at: Mapped[datetime | None]


class MinistryLetter(Base):
    """A numbered letter with the list of stores as it was sent; written once. `year` is Jalali."""

    __tablename__ = "ministry_letters"
    __table_args__ = table_args(
        UniqueConstraint("year", "serial"), CheckConstraint("serial > 0", name="serial")
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    serial: Mapped[int]
    addressee: Mapped[str]
    note: Mapped[str]
    rows: Mapped[list[Any]]
    sha256: Mapped[str]
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    written_by: Mapped[str]
    written_at: Mapped[datetime]


class ShippingCheck(Base):
    """What the recomputation of one store's paid orders came to so far; kept up by the sweeps in steps. `due_count`:
    deadlines of shipping that are over, `late_count`: those of them that were missed."""

    __tablename__ = "shipping_checks"
    __table_args__ = table_args(
        UniqueConstraint("store_id"),
        CheckConstraint("checked_count >= free_count AND checked_count >= wrong_count", name="counts"),
        CheckConstraint("due_count >= late_count AND late_count >= 0", name="deadlines"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    checked_count: Mapped[int]
    free_count: Mapped[int]
    wrong_count: Mapped[int]
    due_count: Mapped[int] = mapped_column(default=0, server_default="0")
    late_count: Mapped[int] = mapped_column(default=0, server_default="0")


class ShippingWrong(Base):
    """A store order whose shipping is not what the pledge says: charged and due; written once."""

    __tablename__ = "shipping_wrongs"
    __table_args__ = table_args(
        UniqueConstraint("store_order_id"), Index("ix_shipping_wrongs_store_id", "store_id")
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    store_order_id: Mapped[int] = mapped_column(ForeignKey("store_orders.id"))
    charged_toman: Mapped[int]
    due_toman: Mapped[int]
    found_at: Mapped[datetime]


class CheckMark(Base):
    """How far a sweep has come: all that was paid up to this moment and id, or was due before it, is recomputed."""

    __tablename__ = "check_marks"
    __table_args__ = table_args(UniqueConstraint("name"))

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    reached_at: Mapped[datetime]
    store_order_id: Mapped[int]


class KitCaseState(StrEnum):
    """warned: the store was warned; hearing: it is asked to explain, and may be for some days; heard: it did;
    frozen: its offers are stopped; closed: the office ended it with a reason."""

    warned = "warned"
    hearing = "hearing"
    heard = "heard"
    frozen = "frozen"
    closed = "closed"


OPEN_CASE = text("state <> 'closed'")


class KitCase(Base):
    """Missing kits at a store that reached a threshold. One is open per store; what was reported before
    `counted_from` is over."""

    __tablename__ = "kit_cases"
    __table_args__ = table_args(
        Index(
            "uq_kit_cases_open", "store_id", unique=True, sqlite_where=OPEN_CASE, postgresql_where=OPEN_CASE
        ),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    state: Mapped[KitCaseState] = one_of(KitCaseState)
    counted_from: Mapped[datetime]
    report_count: Mapped[int]
    warned_at: Mapped[datetime]
    heard_until_at: Mapped[datetime | None]
    statement: Mapped[str | None]
    stated_at: Mapped[datetime | None]
    frozen_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closing_reason: Mapped[str | None]
