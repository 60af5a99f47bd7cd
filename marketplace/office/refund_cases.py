"""Refunds that the gateway refused, as the desk and programs show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from marketplace.accounts.approvals import pending
from marketplace.core.db import db
from marketplace.core.language import t
from marketplace.core.models import AuditEntry
from marketplace.payments.models import Refund
from marketplace.payments.queries import refused_refunds
from marketplace.payments.refund_cases import ACTION
from marketplace.payments.refunds import UNSURE


@dataclass(frozen=True, slots=True)
class RefundCase:
    """A refused refund on the desk. `waits`: a transfer waits for its second signature."""

    id: int
    key: str
    amount_toman: int
    reason: str
    problem: str
    asked_at: datetime
    can_transfer: bool
    waits: bool
    notes: tuple[tuple[str, str, datetime], ...]


def refund_cases() -> list[RefundCase]:
    """What waits for a person, each with its notes."""
    refunds = refused_refunds()
    subjects = [f"refund:{refund.id}" for refund in refunds]
    waiting = {approval.subject for approval in pending(ACTION)}
    notes: dict[str, list[tuple[str, str, datetime]]] = {}
    for entry in db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject.in_(subjects), AuditEntry.action == "note_refund")
        .order_by(AuditEntry.id)
    ):
        notes.setdefault(entry.subject, []).append(
            (entry.actor_label, str(entry.details.get("note", "")), entry.at)
        )
    return [_case(refund, waiting, notes) for refund in refunds]


def refund_case(refund_id: int) -> RefundCase | None:
    """One of them; None when it waits no more."""
    return next((case for case in refund_cases() if case.id == refund_id), None)


def _case(refund: Refund, waiting: set[str], notes: dict[str, list[tuple[str, str, datetime]]]) -> RefundCase:
    subject = f"refund:{refund.id}"
    is_unknown = refund.problem in UNSURE
    return RefundCase(
        id=refund.id,
        key=refund.key,
        amount_toman=refund.amount_toman,
        reason=t(f"state.refund_reason.{refund.reason}"),
        problem=t(f"office.refund_{refund.problem}") if is_unknown else refund.problem or "—",
        asked_at=refund.asked_at,
        can_transfer=not is_unknown,
        waits=subject in waiting,
        notes=tuple(notes.get(subject, ())),
    )
