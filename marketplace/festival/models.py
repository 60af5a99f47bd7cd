"""Tables of editions, pledges, applications and offers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args


class Festival(Base):
    """One edition. Windows are half-open; all moments in Tehran's days."""

    __tablename__ = "festivals"
    __table_args__ = table_args(
        UniqueConstraint("slug"),
        CheckConstraint(
            "applications_from < applications_until AND live_from < live_until AND live_until < draw_at",
            name="windows",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str]
    title_fa: Mapped[str]
    title_en: Mapped[str]
    story_fa: Mapped[str] = mapped_column(default="")
    story_en: Mapped[str] = mapped_column(default="")
    applications_from: Mapped[datetime]
    applications_until: Mapped[datetime]
    live_from: Mapped[datetime]
    live_until: Mapped[datetime]
    draw_at: Mapped[datetime]


class Pledge(StrEnum):
    """The three promises: free shipping above the threshold, the kit in each order, a share of the draw's cost."""

    free_shipping = "free_shipping"
    hygiene_kit = "hygiene_kit"
    lottery_share = "lottery_share"


class PledgeText(Base):
    """The wording of a pledge; the newest version in force is the one that must be accepted."""

    __tablename__ = "pledge_texts"
    __table_args__ = table_args(UniqueConstraint("pledge", "version"))

    id: Mapped[int] = mapped_column(primary_key=True)
    pledge: Mapped[Pledge] = one_of(Pledge, "pledge")
    version: Mapped[int]
    title_fa: Mapped[str]
    title_en: Mapped[str]
    body_fa: Mapped[str]
    body_en: Mapped[str]
    effective_from: Mapped[datetime]


class PledgeAcceptance(Base):
    """A store took one pledge in one version."""

    __tablename__ = "pledge_acceptances"
    __table_args__ = table_args(UniqueConstraint("festival_id", "store_id", "pledge", "version"))

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(ForeignKey("festivals.id"))
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    pledge: Mapped[Pledge] = one_of(Pledge, "pledge")
    version: Mapped[int]
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    accepted_at: Mapped[datetime]


class ApplicationState(StrEnum):
    """draft: with the store; submitted: with the office; revision: back with reasons; approved, rejected,
    waitlisted: decided; suspended: approved but stopped; withdrawn: by the store."""

    draft = "draft"
    submitted = "submitted"
    revision = "revision"
    approved = "approved"
    rejected = "rejected"
    waitlisted = "waitlisted"
    suspended = "suspended"
    withdrawn = "withdrawn"


class CheckResult(StrEnum):
    """What the automatic checks come to. ok: all hold; look: a person should look; wait: an answer is missing;
    no: one speaks against it."""

    ok = "ok"
    look = "look"
    wait = "wait"
    no = "no"


class Application(Base):
    """A store's request to take part in one festival. `reasons`: codes with their words.

    `version` grows with every change, so that a page knows whether it is stale. `score` and `check_result` are
    what lists sort and filter by; a decision asks anew.
    """

    __tablename__ = "applications"
    __table_args__ = table_args(
        UniqueConstraint("festival_id", "store_id"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
        Index("ix_applications_state", "festival_id", "state"),
        Index("ix_applications_score", "festival_id", "score", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(ForeignKey("festivals.id"))
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"))
    state: Mapped[ApplicationState] = one_of(ApplicationState)
    reasons: Mapped[list[Any]]
    version: Mapped[int] = mapped_column(default=0)
    score: Mapped[int] = mapped_column(default=0)
    check_result: Mapped[CheckResult] = one_of(CheckResult, "check_result", default=CheckResult.wait)
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]


class OfferState(StrEnum):
    """draft: with the store; checked: passed the machine; approved: may go live; rejected; live: on sale while
    its store is admitted; frozen: stopped by the office; ended."""

    draft = "draft"
    checked = "checked"
    approved = "approved"
    rejected = "rejected"
    live = "live"
    frozen = "frozen"
    ended = "ended"


ON_SHELF = text("state IN ('approved', 'live')")


class Offer(Base):
    """A variant registered for a festival.

    Stock: `stocked_count` = sold + held + left, none negative; a hold belongs to an unpaid order.
    `popularity`: units sold here plus those the store sold itself in the 30 days before. Titles and category
    stand here again because lists read this table alone. `version` grows with each change that a decision must have
    seen; `findings` are those of the last check; `evidence_toman` is the price that an officer read in the evidence.
    """

    __tablename__ = "offers"
    __table_args__ = table_args(
        UniqueConstraint("variant_id", "festival_id"),
        CheckConstraint(
            "sold_count >= 0 AND held_count >= 0 AND sold_count + held_count <= stocked_count", name="stock"
        ),
        CheckConstraint(
            "festival_toman > 0 AND festival_toman <= regular_toman AND reference_toman > 0", name="prices"
        ),
        CheckConstraint("limit_per_buyer > 0", name="limit_positive"),
        CheckConstraint("discount_percent BETWEEN 0 AND 99", name="discount"),
        Index(
            "ix_offers_shelf_category_price",
            "category_id",
            "festival_toman",
            "id",
            sqlite_where=ON_SHELF,
            postgresql_where=ON_SHELF,
        ),
        Index(
            "ix_offers_shelf_category_discount",
            "category_id",
            "discount_percent",
            "id",
            sqlite_where=ON_SHELF,
            postgresql_where=ON_SHELF,
        ),
        Index(
            "ix_offers_shelf_category_newest",
            "category_id",
            "id",
            sqlite_where=ON_SHELF,
            postgresql_where=ON_SHELF,
        ),
        Index(
            "ix_offers_shelf_category_popular",
            "category_id",
            "popularity",
            "id",
            sqlite_where=ON_SHELF,
            postgresql_where=ON_SHELF,
        ),
        Index(
            "ix_offers_shelf_price", "festival_toman", "id", sqlite_where=ON_SHELF, postgresql_where=ON_SHELF
        ),
        Index(
            "ix_offers_shelf_discount",
            "discount_percent",
            "id",
            sqlite_where=ON_SHELF,
            postgresql_where=ON_SHELF,
        ),
        Index(
            "ix_offers_shelf_popular", "popularity", "id", sqlite_where=ON_SHELF, postgresql_where=ON_SHELF
        ),
        Index("ix_offers_state", "festival_id", "state", "id"),
        Index("ix_offers_store_id", "store_id"),
        Index("ix_offers_product_id", "product_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    festival_id: Mapped[int] = mapped_column(ForeignKey("festivals.id"))
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"))
    slug: Mapped[str]
    title_fa: Mapped[str]
    title_en: Mapped[str]
    search_text: Mapped[str]
    picture_key: Mapped[str | None]
    state: Mapped[OfferState] = one_of(OfferState)
    regular_toman: Mapped[int]
    reference_toman: Mapped[int]
    festival_toman: Mapped[int]
    discount_percent: Mapped[int]
    limit_per_buyer: Mapped[int]
    stocked_count: Mapped[int]
    sold_count: Mapped[int] = mapped_column(default=0)
    held_count: Mapped[int] = mapped_column(default=0)
    popularity: Mapped[int] = mapped_column(default=0)
    reduced_at: Mapped[datetime]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    findings: Mapped[list[Any] | None]
    evidence_url: Mapped[str | None]
    evidence_toman: Mapped[int | None]

    @property
    def left_count(self) -> int:
        return self.stocked_count - self.sold_count - self.held_count
