"""Tables of complaints, what was said and offered in them, and of revocation cases."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args
from marketplace.stores.standing import Category, Fact


class ComplaintState(StrEnum):
    """filed: the clock runs; answered: the shopper says next whether it is solved; overdue: the deadline passed
    without an answer, the seal centre has it; evaluated: the shopper spoke, or kept silent for ten days; reviewed: an
    expert looked at one not solved; closed: nothing more is to come; withdrawn: by the shopper in time; unfounded:
    ruled so, or a duplicate; referred: handed to an authority."""

    filed = "filed"
    answered = "answered"
    overdue = "overdue"
    evaluated = "evaluated"
    reviewed = "reviewed"
    closed = "closed"
    withdrawn = "withdrawn"
    unfounded = "unfounded"
    referred = "referred"


class Evaluation(StrEnum):
    """What the shopper said of the answer; not_evaluated: nothing for ten days, which is never "solved"."""

    solved = "solved"
    not_solved = "not_solved"
    not_evaluated = "not_evaluated"


OF_KITS = text("category = 'kit_missing'")
OPEN_COMPLAINT = text("state IN ('filed', 'answered', 'overdue', 'evaluated', 'reviewed')")
UNPROVEN = text("is_outside AND ruling IS NULL AND state || '' IN ('filed', 'overdue')")
"""Waits for the seal centre to say whether the purchase elsewhere is proven; the words of its partial index. The state
stands there as a term, so that this small index is walked and not that of all running clocks."""


class Complaint(Base):
    """A case. `remind_at` is the next reminder to the store while the clock runs."""

    __tablename__ = "complaints"
    __table_args__ = table_args(
        UniqueConstraint("number"),
        Index("ix_complaints_inbox", "store_id", "state", "answer_due_at"),
        Index("ix_complaints_clock", "state", "answer_due_at"),
        Index("ix_complaints_review", "state", "evaluation", "answer_due_at"),
        Index("ix_complaints_outside", "answer_due_at", sqlite_where=UNPROVEN, postgresql_where=UNPROVEN),
        Index("ix_complaints_remind_at", "remind_at"),
        Index("ix_complaints_person_id", "person_id", "id"),
        Index("ix_complaints_store_order_id", "store_order_id"),
        Index(
            "uq_complaints_open",
            "store_order_id",
            unique=True,
            sqlite_where=OPEN_COMPLAINT,
            postgresql_where=OPEN_COMPLAINT,
        ),
        Index("ix_complaints_contested_at", "contested_at"),
        Index("ix_complaints_kits", "store_id", sqlite_where=OF_KITS, postgresql_where=OF_KITS),
        CheckConstraint(
            "state <> 'referred' OR (authority IS NOT NULL AND letter IS NOT NULL)", name="letter"
        ),
        CheckConstraint("(store_order_id IS NULL) = is_outside", name="outside_without_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    store_order_id: Mapped[int | None] = mapped_column(ForeignKey("store_orders.id"))
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_lines.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    is_outside: Mapped[bool] = mapped_column(default=False)
    category: Mapped[Category] = one_of(Category, "category")
    state: Mapped[ComplaintState] = one_of(ComplaintState, default=ComplaintState.filed)
    filed_at: Mapped[datetime]
    answer_due_at: Mapped[datetime]
    remind_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    evaluation: Mapped[Evaluation | None] = one_of(Evaluation, "evaluation", nullable=True)
    evaluated_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    ruling: Mapped[Fact | None] = one_of(Fact, "ruling", nullable=True)
    ruled_at: Mapped[datetime | None]
    ruled_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    authority: Mapped[str | None]
    letter: Mapped[str | None]
    contested_at: Mapped[datetime | None]
    contest_text: Mapped[str | None]
    contest_decided_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class Side(StrEnum):
    """Who speaks in a case."""

    shopper = "shopper"
    store = "store"
    office = "office"


class Said(StrEnum):
    """complaint: the first text; addition: more of the shopper; reply: of the store, stops nothing; offer,
    acceptance, refusal: the store's answer; evaluation, decision: on the shopper's and the seal centre's part."""

    complaint = "complaint"
    addition = "addition"
    reply = "reply"
    offer = "offer"
    acceptance = "acceptance"
    refusal = "refusal"
    evaluation = "evaluation"
    decision = "decision"


class ComplaintMessage(Base):
    """Something said in a case; never changed, only added to."""

    __tablename__ = "complaint_messages"
    __table_args__ = table_args(
        Index("ix_complaint_messages_complaint_id", "complaint_id", "id"),
        CheckConstraint("length(text) > 0", name="not_empty"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaints.id"))
    side: Mapped[Side] = one_of(Side, "side")
    said: Mapped[Said] = one_of(Said, "said")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    text: Mapped[str]
    at: Mapped[datetime]


class Remedy(StrEnum):
    """What a store offers: all the money of the line or order; the goods once more; part of the money."""

    refund = "refund"
    replacement = "replacement"
    part_refund = "part_refund"


class OfferOfStoreState(StrEnum):
    """open: waits for the shopper; accepted: being carried out, or done; declined; replaced by a newer one."""

    open = "open"
    accepted = "accepted"
    declined = "declined"
    replaced = "replaced"


OPEN_OFFER = text("state = 'open'")


class StoreOffer(Base):
    """A store's offer in a case; at most one is open. Accepted, it carries itself out."""

    __tablename__ = "complaint_offers"
    __table_args__ = table_args(
        Index(
            "uq_complaint_offers_open",
            "complaint_id",
            unique=True,
            sqlite_where=OPEN_OFFER,
            postgresql_where=OPEN_OFFER,
        ),
        Index("ix_complaint_offers_complaint_id", "complaint_id"),
        CheckConstraint(
            "(remedy = 'replacement') = (amount_toman IS NULL) AND (amount_toman IS NULL OR amount_toman > 0)",
            name="amount",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaints.id"))
    remedy: Mapped[Remedy] = one_of(Remedy, "remedy")
    amount_toman: Mapped[int | None]
    state: Mapped[OfferOfStoreState] = one_of(OfferOfStoreState, default=OfferOfStoreState.open)
    made_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    carried_at: Mapped[datetime | None]


class AnswerTemplate(Base):
    """A text that a store keeps for its answers."""

    __tablename__ = "answer_templates"
    __table_args__ = table_args(UniqueConstraint("store_id", "title"))

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    title: Mapped[str]
    body: Mapped[str]
    saved_at: Mapped[datetime]


class AnswerDraft(Base):
    """An answer that a store has begun."""

    __tablename__ = "answer_drafts"
    __table_args__ = table_args(UniqueConstraint("complaint_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaints.id"))
    body: Mapped[str]
    saved_at: Mapped[datetime]


class RevocationState(StrEnum):
    """opened: the store may defend itself; defended: an officer decides; revoked: decided so, may be appealed;
    kept: the seal stands; appealed: another officer decides; confirmed: revoked for good; restored: the appeal was
    won; fallen: the count fell back, by time or by a ruling."""

    opened = "opened"
    defended = "defended"
    revoked = "revoked"
    kept = "kept"
    appealed = "appealed"
    confirmed = "confirmed"
    restored = "restored"
    fallen = "fallen"


OPEN_CASE = text("state IN ('opened', 'defended', 'revoked', 'appealed')")


class RevocationCase(Base):
    """The seal of a store with more than seven counted complaints, from its suspension to the last word."""

    __tablename__ = "revocation_cases"
    __table_args__ = table_args(
        Index(
            "uq_revocation_cases_open",
            "store_id",
            unique=True,
            sqlite_where=OPEN_CASE,
            postgresql_where=OPEN_CASE,
        ),
        Index("ix_revocation_cases_store_id", "store_id", "id"),
        Index("ix_revocation_cases_state", "state", "defence_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    state: Mapped[RevocationState] = one_of(RevocationState, default=RevocationState.opened)
    complaints: Mapped[list[Any]]
    opened_at: Mapped[datetime]
    defence_until: Mapped[datetime]
    defence: Mapped[str | None]
    defended_at: Mapped[datetime | None]
    decision: Mapped[str | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
    appeal_until: Mapped[datetime | None]
    appeal: Mapped[str | None]
    appealed_at: Mapped[datetime | None]
    appeal_decision: Mapped[str | None]
    appeal_decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    appeal_decided_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class StarLoss(Base):
    """A star that repeated lateness cost, named by the third late complaint; given back when that falls away."""

    __tablename__ = "star_losses"
    __table_args__ = table_args(UniqueConstraint("complaint"), Index("ix_star_losses_store_id", "store_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    complaint: Mapped[str]
    stars_before: Mapped[int]
    lost_at: Mapped[datetime]
    given_back_at: Mapped[datetime | None]
