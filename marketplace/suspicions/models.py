"""Tables of suspicions: the cases, their facts, and what was said in them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args


class Signal(StrEnum):
    """entry_farming: orders cut to the steps that earn entries, or undone once they had earned; refund_loop: most of
    what is bought is paid back, again and again; self_dealing: a store's own people buy in it; linked_accounts: many
    accounts behind one address, mobile, card or Sheba; claim_abuse: claims out of proportion, or one piece of evidence
    in several cases; review_ring: the same few judge the same stores within hours."""

    entry_farming = "entry_farming"
    refund_loop = "refund_loop"
    self_dealing = "self_dealing"
    linked_accounts = "linked_accounts"
    claim_abuse = "claim_abuse"
    review_ring = "review_ring"


class SubjectKind(StrEnum):
    """person: a shopper; store: a store, for which any of its members answers."""

    person = "person"
    store = "store"


class SuspicionState(StrEnum):
    """found: a signal filed it, and nobody was told or lost anything; hearing: the subject was asked and may answer;
    heard: it answered; decided: it ended with a verdict and its reason."""

    found = "found"
    hearing = "hearing"
    heard = "heard"
    decided = "decided"


class Verdict(StrEnum):
    """unfounded: nothing of it stands; warning: words and no more; the others take what they name."""

    unfounded = "unfounded"
    warning = "warning"
    entries_voided = "entries_voided"
    claims_refused = "claims_refused"
    reviews_hidden = "reviews_hidden"
    account_suspended = "account_suspended"
    store_suspended = "store_suspended"


OPEN = text("state <> 'decided'")


class Suspicion(Base):
    """A case about one subject by one signal; one of them is open at a time.

    `measures`: what was measured beside its thresholds, as the signal last saw it. `version` grows with every change:
    a page drawn from an older one is refused. `question`: what the official asks. `hold_*`: payouts kept back for a
    while. `second_id`: who agreed to a verdict that needs two. `forgotten_at`: facts and words are gone, by the policy.
    """

    __tablename__ = "suspicions"
    __table_args__ = table_args(
        UniqueConstraint("number"),
        Index(
            "uq_suspicions_person",
            "signal",
            "person_id",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index(
            "uq_suspicions_store", "signal", "store_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN
        ),
        Index("ix_suspicions_person_id", "person_id", "id"),
        Index("ix_suspicions_store_id", "store_id", "id"),
        Index("ix_suspicions_state", "state", "found_at", "id"),
        CheckConstraint("(person_id IS NULL) <> (store_id IS NULL)", name="one_subject"),
        CheckConstraint("(subject = 'store') = (store_id IS NOT NULL)", name="subject_kind"),
        CheckConstraint("(state = 'decided') = (verdict IS NOT NULL)", name="decided_with_verdict"),
        CheckConstraint("(verdict IS NULL) = (decided_at IS NULL)", name="decided_at"),
        CheckConstraint("(verdict IS NULL) = (reason = '')", name="decided_with_reason"),
        CheckConstraint("(asked_at IS NULL) = (answer_due_at IS NULL)", name="asked_with_deadline"),
        CheckConstraint("state NOT IN ('hearing', 'heard') OR asked_at IS NOT NULL", name="hearing_asked"),
        CheckConstraint(
            "verdict IS NULL OR verdict = 'unfounded' OR asked_at IS NOT NULL", name="heard_before_verdict"
        ),
        CheckConstraint("second_id IS NULL OR second_id <> decided_by_id", name="second_person"),
        CheckConstraint("(hold_at IS NULL) = (hold_reason IS NULL)", name="held_with_reason"),
        CheckConstraint("hold_at IS NULL OR asked_at IS NOT NULL", name="held_when_asked"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    signal: Mapped[Signal] = one_of(Signal, "signal")
    subject: Mapped[SubjectKind] = one_of(SubjectKind, "subject")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    store_id: Mapped[int | None] = mapped_column(ForeignKey("stores.id"))
    state: Mapped[SuspicionState] = one_of(SuspicionState, default=SuspicionState.found)
    version: Mapped[int] = mapped_column(default=1)
    measures: Mapped[list[Any]]
    found_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    question: Mapped[str] = mapped_column(default="")
    answer_due_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    hold_at: Mapped[datetime | None]
    hold_reason: Mapped[str | None]
    hold_until_at: Mapped[datetime | None]
    hold_ended_at: Mapped[datetime | None]
    verdict: Mapped[Verdict | None] = one_of(Verdict, "verdict", nullable=True)
    reason: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    second_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    forgotten_at: Mapped[datetime | None]

    @property
    def of(self) -> str:
        """The subject as facts name it: `person:17`, `store:3`."""
        return f"{self.subject.value}:{self.person_id or self.store_id}"


class SuspicionFact(Base):
    """One line of evidence, once in all cases of its signal and subject: what was decided is never held up again.

    `of`: the subject (`person:17`); `key`: what it is (`store-order:33`, `review:5`, `claim:8`); `what`: figures for
    everybody who reads the case; `inside`: what officials alone read, since it tells of others.
    """

    __tablename__ = "suspicion_facts"
    __table_args__ = table_args(
        UniqueConstraint("signal", "of", "key"),
        Index("ix_suspicion_facts_suspicion_id", "suspicion_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    suspicion_id: Mapped[int] = mapped_column(ForeignKey("suspicions.id"))
    signal: Mapped[Signal] = one_of(Signal, "signal")
    of: Mapped[str]
    key: Mapped[str]
    what: Mapped[dict[str, Any]]
    inside: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    joined_at: Mapped[datetime]


class SuspicionWord(Base):
    """What the subject said; written once."""

    __tablename__ = "suspicion_words"
    __table_args__ = table_args(Index("ix_suspicion_words_suspicion_id", "suspicion_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    suspicion_id: Mapped[int] = mapped_column(ForeignKey("suspicions.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    text: Mapped[str]
    at: Mapped[datetime]
