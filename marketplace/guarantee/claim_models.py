"""Tables of claims: the case, what was said in it, what was asked of its sides, and looks at the goods by a third."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args
from marketplace.core.sealed_columns import SEALED_FORM, sealed_column
from marketplace.stores.standing import Category


class ClaimState(StrEnum):
    """filed: the store may answer; answered: it did, or let its time pass; assessed: the file is complete and the clock
    of the decision runs; approved: decided for the shopper, nothing reserved yet; rejected: decided against; appealed:
    another adjudicator looks; final: decided on appeal, nothing reserved yet, or for good against; reserved: all that
    was approved lies ready; waiting: the fund lacks some of it until a month's end; paid: all of it was paid;
    recourse_open: the store owes it; recovered: the store paid it back; written_off: given up, in part or whole;
    withdrawn: by the shopper; stopped: the loss was made good elsewhere before a decision."""

    filed = "filed"
    answered = "answered"
    assessed = "assessed"
    approved = "approved"
    rejected = "rejected"
    appealed = "appealed"
    final = "final"
    reserved = "reserved"
    waiting = "waiting"
    paid = "paid"
    recourse_open = "recourse_open"
    recovered = "recovered"
    written_off = "written_off"
    withdrawn = "withdrawn"
    stopped = "stopped"


class Payer(StrEnum):
    """Who pays, by the policy of the day of filing. insurer: the same file goes to an insurer, whose money enters the
    same book."""

    fund = "fund"
    insurer = "insurer"


class Stop(StrEnum):
    """Why a claim stopped. chargeback: the payer's bank took the money back; repaid: it went back to the shopper;
    abuse: the office heard the shopper and found that it was made up."""

    chargeback = "chargeback"
    repaid = "repaid"
    abuse = "abuse"


OPEN_CLAIM = text("ended_at IS NULL AND paid_at IS NULL")
"""A claim before its last payment: one for each store order."""


class Claim(Base):
    """What a shopper asks of the fund after a complaint led to nothing.

    Money in toman: `loss_toman` as the rule computes it from the purchase when it was filed; `approved_toman` what the
    latest decision grants; of that `reserved_toman` was taken aside (what was paid included) and `paid_toman` has left.
    `made_good_toman` came back to the shopper in another way since. `version` grows with every step: a page that was
    drawn from an older one is refused. The clocks that do not run are empty. `stood_at`: when the decision was past
    appeal.
    """

    __tablename__ = "claims"
    __table_args__ = table_args(
        UniqueConstraint("number"),
        UniqueConstraint("complaint_id"),
        Index(
            "uq_claims_open",
            "store_order_id",
            unique=True,
            sqlite_where=OPEN_CLAIM,
            postgresql_where=OPEN_CLAIM,
        ),
        Index("ix_claims_person_id", "person_id", "festival_id"),
        Index("ix_claims_store_id", "store_id", "id"),
        Index("ix_claims_queue", "state", "decide_by_at"),
        Index("ix_claims_answers", "state", "answer_due_at"),
        Index("ix_claims_filed_at", "filed_at"),
        CheckConstraint("loss_toman > 0", name="loss"),
        CheckConstraint(
            "paid_toman >= 0 AND paid_toman <= reserved_toman AND reserved_toman <= approved_toman",
            name="paid_within_reserved_within_approved",
        ),
        CheckConstraint("made_good_toman >= 0", name="made_good"),
        CheckConstraint("(state = 'stopped') = (stop IS NOT NULL)", name="stopped_with_reason"),
        CheckConstraint("paid_at IS NULL OR paid_toman > 0", name="paid_something"),
        CheckConstraint(f"sheba {SEALED_FORM}", name="sheba_sealed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaints.id"))
    store_order_id: Mapped[int] = mapped_column(ForeignKey("store_orders.id"))
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    festival_id: Mapped[int] = mapped_column(ForeignKey("festivals.id"))
    category: Mapped[Category] = one_of(Category, "category")
    payer: Mapped[Payer] = one_of(Payer, "payer", default=Payer.fund)
    state: Mapped[ClaimState] = one_of(ClaimState, default=ClaimState.filed)
    version: Mapped[int] = mapped_column(default=1)
    loss_toman: Mapped[int]
    residual_toman: Mapped[int] = mapped_column(default=0)
    approved_toman: Mapped[int] = mapped_column(default=0)
    reserved_toman: Mapped[int] = mapped_column(default=0)
    paid_toman: Mapped[int] = mapped_column(default=0)
    made_good_toman: Mapped[int] = mapped_column(default=0)
    sheba: Mapped[str | None] = sealed_column("sheba")
    sheba_owner: Mapped[str | None]
    filed_at: Mapped[datetime]
    answer_due_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    complete_at: Mapped[datetime | None]
    decide_by_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    appeal_until_at: Mapped[datetime | None]
    stood_at: Mapped[datetime | None]
    waiting_from_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    stop: Mapped[Stop | None] = one_of(Stop, "stop", nullable=True)
    ended_at: Mapped[datetime | None]


class Party(StrEnum):
    """Who speaks in a claim."""

    shopper = "shopper"
    store = "store"
    office = "office"


class Said(StrEnum):
    """claim: the first text; answer: of the store; addition: more of either side; request: of an adjudicator; appeal;
    inspection: the report of one who looked at the goods; decision: its reasons, for both sides."""

    claim = "claim"
    answer = "answer"
    addition = "addition"
    request = "request"
    appeal = "appeal"
    inspection = "inspection"
    decision = "decision"


class ClaimMessage(Base):
    """Something said in a claim; never changed, only added to."""

    __tablename__ = "claim_messages"
    __table_args__ = table_args(
        Index("ix_claim_messages_claim_id", "claim_id", "id"),
        CheckConstraint("length(text) > 0", name="not_empty"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    side: Mapped[Party] = one_of(Party, "side")
    said: Mapped[Said] = one_of(Said, "said")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    text: Mapped[str]
    at: Mapped[datetime]


OPEN_REQUEST = text("ended_at IS NULL")


class ClaimRequest(Base):
    """More evidence that an adjudicator asks of one side; open to one side once at a time. `extended_at`: the side
    asked for more time, which it may do once. Ended by an answer (`answered_at`) or by its time."""

    __tablename__ = "claim_requests"
    __table_args__ = table_args(
        Index(
            "uq_claim_requests_open",
            "claim_id",
            "of",
            unique=True,
            sqlite_where=OPEN_REQUEST,
            postgresql_where=OPEN_REQUEST,
        ),
        Index("ix_claim_requests_due_at", "ended_at", "due_at"),
        CheckConstraint("length(text) > 0", name="not_empty"),
        CheckConstraint("answered_at IS NULL OR ended_at IS NOT NULL", name="answer_ends_it"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    of: Mapped[Party] = one_of(Party, "of")
    text: Mapped[str]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    extended_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class InspectionFinding(StrEnum):
    """What one who looked at the goods found: for the shopper, for the store, or neither."""

    for_shopper = "for_shopper"
    for_store = "for_store"
    unclear = "unclear"


class ClaimInspection(Base):
    """An independent look at the goods, asked for by one side or an adjudicator; once for a claim.

    Who bears its cost follows from the finding: the side that it speaks against; the fund where it is unclear.
    """

    __tablename__ = "claim_inspections"
    __table_args__ = table_args(
        UniqueConstraint("claim_id"),
        CheckConstraint("cost_toman >= 0", name="cost"),
        CheckConstraint("(finding IS NULL) = (reported_at IS NULL)", name="reported"),
        CheckConstraint("(finding IS NULL) = (borne_by IS NULL)", name="borne"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    asked_by: Mapped[Party] = one_of(Party, "asked_by")
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    inspector: Mapped[str | None]
    cost_toman: Mapped[int] = mapped_column(default=0)
    finding: Mapped[InspectionFinding | None] = one_of(InspectionFinding, "finding", nullable=True)
    borne_by: Mapped[Party | None] = one_of(Party, "borne_by", nullable=True)
    report: Mapped[str | None]
    reported_at: Mapped[datetime | None]
    cost_booked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Chargeback(Base):
    """The payer's bank took money of an order back, so much in all. It stops what was not decided."""

    __tablename__ = "chargebacks"
    __table_args__ = table_args(
        UniqueConstraint("order_id"), CheckConstraint("amount_toman > 0", name="amount")
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    amount_toman: Mapped[int]
    heard_at: Mapped[datetime]
