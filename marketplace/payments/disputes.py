"""Disputes: the payer's bank takes money back past us. Heard of by an event or a list, asked about, kept.

An event says only that there is something to ask. What the gateway answers decides: while it is undecided the money is
held back from the stores, what is won is free again, what is lost is booked by those who hear of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from marketplace.core.audit import SYSTEM, record
from marketplace.core.db import db
from marketplace.core.errors import Conflict
from marketplace.core.events import publish
from marketplace.core.jobs import JobKind, enqueue
from marketplace.core.unit_of_work import unit_of_work
from marketplace.payments.dispute_models import Dispute, DisputeState
from marketplace.payments.events import DisputeLost, DisputeWon, PaymentDisputed
from marketplace.payments.gateway import gateway
from marketplace.payments.gateways.port import GatewayDispute
from marketplace.payments.models import Payment
from marketplace.payments.queries import lock_payment

LOOK_AT_DISPUTE = "look-at-dispute"
DAY = timedelta(hours=20)
WON = frozenset({"won", "warning_closed", "prevented"})
LOST = frozenset({"lost"})
UNCLEAR = "dispute_unclear"
"""Another amount or currency than ours: nothing is concluded from it."""
TOO_LARGE = "dispute_too_large"
"""More than is left of the payment, for now: a refund may be on its way."""


class ChargebackTooLarge(Conflict):
    """More was taken back than is left of what was paid."""

    code = TOO_LARGE


def hear_of_dispute(payment_id: int, gateway_dispute_id: str, cause: str, at: datetime) -> int:
    """Has the gateway asked about a dispute, once per cause; gives the errand's id."""
    return enqueue(
        LOOK_AT_DISPUTE,
        {"payment": payment_id, "dispute": gateway_dispute_id},
        key=f"{LOOK_AT_DISPUTE}:{gateway_dispute_id}:{cause}",
        at=at,
    )


def record_dispute(payment_id: int, told: GatewayDispute, at: datetime) -> None:
    """Records what the gateway told of a dispute when asked. Safe to repeat, and to hear of the end alone.

    A decided one stays as it is. One that cannot be booked stays open with its problem and is tried again each day.
    """
    payment = lock_payment(payment_id)
    found = _known(payment, told, at)
    if found is None or found.state is not DisputeState.open:
        return
    found.status, found.asked_at = told.status[:80], at
    if told.amount_toman != found.amount_toman or told.intent_id not in (None, payment.intent_id):
        found.problem = UNCLEAR
    elif told.status in WON:
        _decide(found, DisputeState.won, at)
        publish(DisputeWon(payment.id, payment.reference, found.id, found.amount_toman, at))
    elif told.status in LOST:
        _take(found, payment, at)
    db.session.flush()


def _take(found: Dispute, payment: Payment, at: datetime) -> None:
    """All that hear of it book their part, or none of it is booked and a person looks."""
    try:
        with db.session.begin_nested():
            if lost_toman(payment.id) + payment.refunded_toman + found.amount_toman > payment.captured_toman:
                raise ChargebackTooLarge()
            _decide(found, DisputeState.lost, at)
            publish(DisputeLost(payment.id, payment.reference, found.id, found.amount_toman, at))
    except ChargebackTooLarge:
        db.session.refresh(found)
        found.problem = TOO_LARGE


def _known(payment: Payment, told: GatewayDispute, at: datetime) -> Dispute | None:
    """The row of a dispute, made and told of when it is new; None for one whose amount is not to be understood."""
    found = db.session.scalar(
        select(Dispute).where(Dispute.gateway == payment.gateway, Dispute.gateway_dispute_id == told.id)
    )
    if found is not None or told.amount_toman is None:
        return found
    found = Dispute(
        payment_id=payment.id,
        gateway=payment.gateway,
        gateway_dispute_id=told.id,
        amount_toman=told.amount_toman,
        status=told.status[:80],
        reason=(told.reason or "")[:80],
        state=DisputeState.open,
        opened_at=at,
        asked_at=at,
    )
    db.session.add(found)
    db.session.flush()
    record(SYSTEM, "hear_dispute", f"dispute:{found.id}", at, amount_toman=found.amount_toman)
    publish(PaymentDisputed(payment.id, payment.reference, found.id, found.amount_toman, at))
    return found


def _decide(found: Dispute, state: DisputeState, at: datetime) -> None:
    found.state, found.decided_at, found.problem = state, at, None
    db.session.flush()
    record(SYSTEM, f"dispute_{state.value}", f"dispute:{found.id}", at, amount_toman=found.amount_toman)


def lost_toman(payment_id: int) -> int:
    """What payers' banks took back of a payment."""
    return int(
        db.session.scalar(
            select(func.coalesce(func.sum(Dispute.amount_toman), 0)).where(
                Dispute.payment_id == payment_id, Dispute.state == DisputeState.lost
            )
        )
        or 0
    )


def ask_open_disputes(at: datetime) -> int:
    """Has the gateway asked about every undecided dispute once a day, whatever events came; a sweep."""
    found = db.session.execute(
        select(Dispute.id, Dispute.payment_id, Dispute.gateway_dispute_id)
        .where(Dispute.state == DisputeState.open, Dispute.asked_at < at - DAY)
        .order_by(Dispute.id)
        .limit(200)
    ).all()
    if found:
        with unit_of_work():
            for row in found:
                hear_of_dispute(row.payment_id, row.gateway_dispute_id, at.date().isoformat(), at)
    return len(found)


def _prepare(payload: dict[str, Any]) -> str:
    return str(payload["dispute"])


def _call(dispute_id: str, patience: float) -> GatewayDispute:
    return gateway().with_patience(patience).fetch_dispute(dispute_id)


def _record(payload: dict[str, Any], answer: GatewayDispute, at: datetime) -> None:
    record_dispute(payload["payment"], answer, at)


JOB_KINDS = (JobKind(LOOK_AT_DISPUTE, prepare=_prepare, call=_call, record=_record, lease_seconds=30),)
