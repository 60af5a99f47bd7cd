"""Tables of decisions: who looks at a claim, what each chose, what was decided, and appeals. Choices, decisions and
appeals are written once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args
from marketplace.guarantee.claim_models import Party
from marketplace.stores.standing import Category


class Round(StrEnum):
    """first: the decision; appeal: another adjudicator's, which is final."""

    first = "first"
    appeal = "appeal"


class Release(StrEnum):
    """Why somebody stopped looking at a claim before choosing. conflict: the rule found an interest; absent: handed
    over by the office; ended: the claim ended without a decision."""

    conflict = "conflict"
    absent = "absent"
    ended = "ended"


SEATED = text("released_at IS NULL")


class ClaimAssignment(Base):
    """A seat at a claim. A second seat decides larger sums too, without seeing the first; a third where they differ.
    Nobody sits twice at one claim, in whatever round."""

    __tablename__ = "claim_assignments"
    __table_args__ = table_args(
        UniqueConstraint("claim_id", "adjudicator_id"),
        Index(
            "uq_claim_assignments_seat",
            "claim_id",
            "round",
            "seat",
            unique=True,
            sqlite_where=SEATED,
            postgresql_where=SEATED,
        ),
        Index("ix_claim_assignments_load", "adjudicator_id", "released_at", "chosen_at"),
        CheckConstraint("seat BETWEEN 1 AND 3", name="seat"),
        CheckConstraint("(released_at IS NULL) = (release IS NULL)", name="released_with_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    adjudicator_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    round: Mapped[Round] = one_of(Round, "round")
    seat: Mapped[int]
    assigned_at: Mapped[datetime]
    chosen_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    release: Mapped[Release | None] = one_of(Release, "release", nullable=True)


class Ground(StrEnum):
    """Grounds of a decision, each with a text of its own. not_delivered: nothing proves that the goods arrived;
    store_silent: the store answered nothing; defect_proven, not_as_described, counterfeit, false_discount,
    shipping_charged, health_risk: proven so; promise_broken: the store promised and did not keep it; shared: both sides
    bear some of it; delivered: the goods arrived; defect_unproven; fault_of_shopper: damaged by use or care;
    made_good: the store made it good; too_small: below the least loss; not_covered: kit, lottery or no loss in
    money."""

    not_delivered = "not_delivered"
    store_silent = "store_silent"
    defect_proven = "defect_proven"
    not_as_described = "not_as_described"
    counterfeit = "counterfeit"
    false_discount = "false_discount"
    shipping_charged = "shipping_charged"
    health_risk = "health_risk"
    promise_broken = "promise_broken"
    shared = "shared"
    delivered = "delivered"
    defect_unproven = "defect_unproven"
    fault_of_shopper = "fault_of_shopper"
    made_good = "made_good"
    too_small = "too_small"
    not_covered = "not_covered"


class ClaimChoice(Base):
    """What one adjudicator chose, before it was a decision. Hidden from the other seats until they chose."""

    __tablename__ = "claim_choices"
    __table_args__ = table_args(
        UniqueConstraint("claim_id", "adjudicator_id"),
        UniqueConstraint("claim_id", "round", "seat"),
        CheckConstraint("loss_toman >= 0", name="loss"),
        CheckConstraint("store_share_percent BETWEEN 0 AND 100", name="share"),
        CheckConstraint("length(text) > 0", name="reasons"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    adjudicator_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    round: Mapped[Round] = one_of(Round, "round")
    seat: Mapped[int]
    is_for_shopper: Mapped[bool]
    loss_toman: Mapped[int]
    store_share_percent: Mapped[int]
    ground: Mapped[Ground] = one_of(Ground, "ground")
    text: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    chosen_at: Mapped[datetime]


class ClaimDecision(Base):
    """The written decision of a round. `facts`: the arithmetic as it was told (loss, share, coverage, caps and what was
    used of them), so that it never changes with the policy. `summary` and the ground are what the public library shows,
    without persons."""

    __tablename__ = "claim_decisions"
    __table_args__ = table_args(
        UniqueConstraint("claim_id", "round"),
        UniqueConstraint("number"),
        Index("ix_claim_decisions_library", "category", "ground", "id"),
        Index("ix_claim_decisions_decided_at", "decided_at"),
        CheckConstraint("amount_toman >= 0 AND loss_toman >= 0", name="amounts"),
        CheckConstraint("is_for_shopper = (amount_toman > 0)", name="amount_where_granted"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    number: Mapped[str]
    round: Mapped[Round] = one_of(Round, "round")
    category: Mapped[Category] = one_of(Category, "category")
    is_for_shopper: Mapped[bool]
    loss_toman: Mapped[int]
    store_share_percent: Mapped[int]
    coverage_percent: Mapped[int]
    amount_toman: Mapped[int]
    ground: Mapped[Ground] = one_of(Ground, "ground")
    text: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    facts: Mapped[dict[str, Any]]
    decided_at: Mapped[datetime]


class ClaimAppeal(Base):
    """A side that does not accept the first decision; each side once, both heard together."""

    __tablename__ = "claim_appeals"
    __table_args__ = table_args(
        UniqueConstraint("claim_id", "side"),
        CheckConstraint("length(text) > 0", name="reasons"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    side: Mapped[Party] = one_of(Party, "side")
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    text: Mapped[str]
    appealed_at: Mapped[datetime]
