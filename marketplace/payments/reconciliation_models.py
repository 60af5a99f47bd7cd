"""Tables of reconciliation: runs over the gateway's lists, and the differences that they found."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args


class RunState(StrEnum):
    """asked: the lists are being fetched; done: compared; failed: the gateway did not give its lists."""

    asked = "asked"
    done = "done"
    failed = "failed"


class ReconciliationRun(Base):
    """One comparison of everything since a moment with the gateway's own lists."""

    __tablename__ = "reconciliation_runs"
    __table_args__ = table_args(Index("ix_reconciliation_runs_begun_at", "begun_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    gateway: Mapped[str]
    state: Mapped[RunState] = one_of(RunState, default=RunState.asked)
    since_at: Mapped[datetime]
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    capture_count: Mapped[int] = mapped_column(default=0)
    refund_count: Mapped[int] = mapped_column(default=0)
    deposit_count: Mapped[int] = mapped_column(default=0)
    transfer_count: Mapped[int] = mapped_column(default=0)
    found_count: Mapped[int] = mapped_column(default=0)
    healed_count: Mapped[int] = mapped_column(default=0)


class DifferenceKind(StrEnum):
    """capture_missing_here: taken there, unknown here; capture_missing_there: taken here alone; amount_differs;
    currency_differs; reference_differs: taken for something else; double_capture: taken twice;
    refunded_above_capture: more went back than came; late_success: paid there, not yet here;
    duplicate_reference: two payments here of one there; refund_missing_here, refund_missing_there,
    refund_amount_differs, refund_state_differs; refund_stuck and page_stuck: undecided for more than a day;
    deposit_missing_here: paid to our bank, not booked; deposit_above_clearing: more than lies there;
    dispute_missing_here: begun there, never heard of here; transfer_missing_here: sent on there, unknown here;
    transfer_missing_there: paid here alone; transfer_amount_differs; transfer_state_differs: paid, refused or
    come back there, another here; transfer_stuck: sent on more than a day ago, and neither told nor listed."""

    capture_missing_here = "capture_missing_here"
    capture_missing_there = "capture_missing_there"
    amount_differs = "amount_differs"
    currency_differs = "currency_differs"
    reference_differs = "reference_differs"
    double_capture = "double_capture"
    refunded_above_capture = "refunded_above_capture"
    late_success = "late_success"
    duplicate_reference = "duplicate_reference"
    refund_missing_here = "refund_missing_here"
    refund_missing_there = "refund_missing_there"
    refund_amount_differs = "refund_amount_differs"
    refund_state_differs = "refund_state_differs"
    refund_stuck = "refund_stuck"
    page_stuck = "page_stuck"
    deposit_missing_here = "deposit_missing_here"
    deposit_above_clearing = "deposit_above_clearing"
    dispute_missing_here = "dispute_missing_here"
    transfer_missing_here = "transfer_missing_here"
    transfer_missing_there = "transfer_missing_there"
    transfer_amount_differs = "transfer_amount_differs"
    transfer_state_differs = "transfer_state_differs"
    transfer_stuck = "transfer_stuck"


class FindingState(StrEnum):
    """open: a person looks; healed: the rule was clear and the house acted; gone: a later run found it no more;
    closed: a person settled it, with a note."""

    open = "open"
    healed = "healed"
    gone = "gone"
    closed = "closed"


OPEN = text("state = 'open'")


class Finding(Base):
    """One difference, from the run that found it first to the one that saw it last."""

    __tablename__ = "reconciliation_findings"
    __table_args__ = table_args(
        Index(
            "uq_reconciliation_findings_open",
            "kind",
            "subject",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index("ix_reconciliation_findings_state", "state", "id"),
        CheckConstraint("state <> 'closed' OR note IS NOT NULL", name="closed_with_note"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("reconciliation_runs.id"))
    last_run_id: Mapped[int] = mapped_column(ForeignKey("reconciliation_runs.id"))
    kind: Mapped[DifferenceKind] = one_of(DifferenceKind, "kind")
    subject: Mapped[str]
    here_toman: Mapped[int | None]
    there_toman: Mapped[int | None]
    detail: Mapped[str]
    state: Mapped[FindingState] = one_of(FindingState, default=FindingState.open)
    note: Mapped[str | None]
    found_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
