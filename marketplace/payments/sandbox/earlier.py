"""What was paid before the sandbox ran: entered as it would have kept it, without events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from marketplace.payments.sandbox import objects
from marketplace.payments.sandbox.state import State


@dataclass(frozen=True, slots=True)
class EarlierRefund:
    """Money that went back. `amount` in the currency's smallest units, `made` in Unix seconds."""

    id: str
    amount: int
    reference: str
    made: int


@dataclass(frozen=True, slots=True)
class EarlierDispute:
    """Money that the payer's bank asked for; `status` as Stripe names it."""

    id: str
    amount: int
    reason: str
    status: str
    made: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """One paid page; what of it went back, and what its payer's bank asked for."""

    session: str
    intent: str
    reference: str
    description: str
    amount: int
    paid: int
    refunds: tuple[EarlierRefund, ...] = field(default=())
    disputes: tuple[EarlierDispute, ...] = field(default=())


def take_over(path: str | Path, currency: str, payments: Iterable[Earlier]) -> int:
    """Writes all into the sandbox's memory, those that it knows already as they are there; gives their number."""
    state, count = State(path), 0
    try:
        with state.turn():
            for each in payments:
                if state.get("intent", each.intent) is None:
                    _enter(state, currency, each)
                    count += 1
    finally:
        state.close()
    return count


def _enter(state: State, currency: str, each: Earlier) -> None:
    fields = {
        "amount": each.amount,
        "cancel_url": "/",
        "success_url": "/",
        "reference": each.reference,
        "currency": currency,
        "locale": "auto",
        "metadata": {"reference": each.reference},
        "description": each.description,
        "intent_metadata": {"reference": each.reference},
    }
    page = objects.session(fields, base="", created=each.paid, expires_at=each.paid + 1800)
    intent = objects.intent(page, each.paid) | {"id": each.intent, "status": "succeeded"}
    charge = objects.charge(intent, each.paid, each.intent)
    intent |= {"amount_received": each.amount, "latest_charge": charge["id"]}
    page |= {
        "id": each.session,
        "payment_intent": each.intent,
        "payment_status": "paid",
        "status": "complete",
        "url": None,
    }
    charge["amount_refunded"] = sum(refund.amount for refund in each.refunds)
    charge["refunded"] = charge["amount_refunded"] == each.amount
    charge["disputed"] = bool(each.disputes)
    state.put("session", page, label="complete")
    state.put("intent", intent)
    state.put("charge", charge)
    for refund in each.refunds:
        made = objects.refund(
            charge,
            refund.amount,
            status="succeeded",
            reason=None,
            metadata={"reference": refund.reference},
            created=refund.made,
        )
        state.put("refund", made | {"id": refund.id})
    for dispute in each.disputes:
        asked = objects.dispute(charge, dispute.made)
        asked |= {
            "id": dispute.id,
            "amount": dispute.amount,
            "reason": dispute.reason,
            "status": dispute.status,
        }
        state.put("dispute", asked)
