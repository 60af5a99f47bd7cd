"""Tables of reviews, questions, answers, reports, ratings and wishes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args


class SaidState(StrEnum):
    """published: everybody reads it; held: waits for the office; removed: taken down, with a reason."""

    published = "published"
    held = "held"
    removed = "removed"


class SaidKind(StrEnum):
    """What a report or a decision is about: a review, a question, an answer."""

    review = "review"
    question = "question"
    answer = "answer"


class ReportReason(StrEnum):
    """insult; personal_data: of somebody else or of the writer; advert; off_topic: not about these goods;
    falsehood: not what happened; other."""

    insult = "insult"
    personal_data = "personal_data"
    advert = "advert"
    off_topic = "off_topic"
    falsehood = "falsehood"
    other = "other"


_REMOVED = "(state = 'removed') = (removed_reason IS NOT NULL)"


class Review(Base):
    """What a buyer says of one line of a delivered order. `held_for`: what the first filter found."""

    __tablename__ = "reviews"
    __table_args__ = table_args(
        UniqueConstraint("order_line_id"),
        Index("ix_reviews_product_id", "product_id", "state", "id"),
        Index("ix_reviews_store_id", "store_id", "state", "id"),
        Index("ix_reviews_person_id", "person_id", "id"),
        Index("ix_reviews_state", "state", "id"),
        CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
        CheckConstraint(_REMOVED, name="removed_with_reason"),
        CheckConstraint("(reply IS NULL) = (replied_at IS NULL)", name="replied"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    offer_id: Mapped[int] = mapped_column(ForeignKey("offers.id"))
    stars: Mapped[int]
    body: Mapped[str]
    state: Mapped[SaidState] = one_of(SaidState)
    held_for: Mapped[str | None]
    removed_reason: Mapped[str | None]
    removed_note: Mapped[str] = mapped_column(default="")
    written_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    reply: Mapped[str | None]
    replied_at: Mapped[datetime | None]


class Question(Base):
    """What somebody wants to know of a product; `digest` keeps one person from asking the same twice."""

    __tablename__ = "questions"
    __table_args__ = table_args(
        UniqueConstraint("product_id", "person_id", "digest"),
        Index("ix_questions_product_id", "product_id", "state", "id"),
        Index("ix_questions_store_id", "store_id", "state", "id"),
        Index("ix_questions_person_id", "person_id", "id"),
        Index("ix_questions_state", "state", "id"),
        CheckConstraint(_REMOVED, name="removed_with_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    offer_id: Mapped[int] = mapped_column(ForeignKey("offers.id"))
    body: Mapped[str]
    digest: Mapped[str]
    state: Mapped[SaidState] = one_of(SaidState)
    held_for: Mapped[str | None]
    removed_reason: Mapped[str | None]
    removed_note: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime]


class Answer(Base):
    """One answer of one person; `is_store` when they spoke for the store."""

    __tablename__ = "answers"
    __table_args__ = table_args(
        UniqueConstraint("question_id", "person_id"),
        Index("ix_answers_person_id", "person_id", "id"),
        Index("ix_answers_state", "state", "id"),
        CheckConstraint(_REMOVED, name="removed_with_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    is_store: Mapped[bool]
    body: Mapped[str]
    state: Mapped[SaidState] = one_of(SaidState)
    held_for: Mapped[str | None]
    removed_reason: Mapped[str | None]
    removed_note: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime]


class SaidReport(Base):
    """A reader says that something should be looked at; one report a person and thing."""

    __tablename__ = "said_reports"
    __table_args__ = table_args(
        UniqueConstraint("kind", "said_id", "person_id"),
        Index("ix_said_reports_open", "kind", "said_id", "settled_at"),
        Index("ix_said_reports_person_id", "person_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[SaidKind] = one_of(SaidKind, "kind")
    said_id: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    reason: Mapped[ReportReason] = one_of(ReportReason, "reason")
    reported_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class RatedKind(StrEnum):
    """What a rating sums up: a product or a store."""

    product = "product"
    store = "store"


class Rating(Base):
    """Published reviews of a product or a store, summed up; kept with each change, checked by an invariant."""

    __tablename__ = "ratings"
    __table_args__ = table_args(
        UniqueConstraint("kind", "subject_id"),
        CheckConstraint(
            "review_count >= 0 AND stars_sum BETWEEN review_count AND 5 * review_count", name="sums"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[RatedKind] = one_of(RatedKind, "kind")
    subject_id: Mapped[int]
    review_count: Mapped[int]
    stars_sum: Mapped[int]


class Wish(Base):
    """An offer that somebody keeps an eye on; `seen_toman` is the price when they began."""

    __tablename__ = "wishes"
    __table_args__ = table_args(
        UniqueConstraint("person_id", "offer_id"),
        Index("ix_wishes_offer_id", "offer_id"),
        CheckConstraint("seen_toman > 0", name="price"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    offer_id: Mapped[int] = mapped_column(ForeignKey("offers.id"))
    seen_toman: Mapped[int]
    tells_price: Mapped[bool] = mapped_column(default=True)
    tells_stock: Mapped[bool] = mapped_column(default=True)
    wished_at: Mapped[datetime]
