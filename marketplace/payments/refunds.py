"""Giving money back: asked once per key, carried out by an errand, a refusal goes to a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.core.errors import Conflict
from marketplace.core.events import publish
from marketplace.core.jobs import enqueue
from marketplace.payments.disputes import lost_toman
from marketplace.payments.events import RefundRefused, RefundSucceeded
from marketplace.payments.gateways.port import GatewayRefund, RefundStatus
from marketplace.payments.models import Refund, RefundReason, RefundState
from marketplace.payments.queries import goes_by_transfer, lock_payment

REFUND = "refund-payment"
NO_ANSWER = "no_answer"
"""The problem of a refund about which the gateway never answered: it may have been made."""
OTHER_AMOUNT = "other_amount"
"""The problem of a refund that the gateway says it made, with another amount or currency than we asked for."""
UNSURE = frozenset({NO_ANSWER, OTHER_AMOUNT})
"""Money may have left: such a refund is asked about under its own key, and never paid another way as well."""


class RefundTooLarge(Conflict):
    """More would be given back than was taken."""

    code = "refund_too_large"


def ask_refund(payment_id: int, amount_toman: int, *, key: str, reason: RefundReason, at: datetime) -> int:
    """Writes a refund and its errand, once per key; gives the refund's id.

    Raises RefundTooLarge when all refunds, and what the payer's bank took, together would exceed the capture.
    """
    known = db.session.scalar(select(Refund).where(Refund.key == key))
    if known is not None:
        return known.id
    payment = lock_payment(payment_id)
    if promised_toman(payment_id) + amount_toman > payment.captured_toman:
        raise RefundTooLarge()
    refund = Refund(
        payment_id=payment_id,
        key=key,
        amount_toman=amount_toman,
        reason=reason.value,
        state=RefundState.asked,
        asked_at=at,
    )
    db.session.add(refund)
    db.session.flush()
    enqueue(REFUND, {"refund": refund.id}, key=f"{REFUND}:{refund.id}", at=at)
    return refund.id


def promised_toman(payment_id: int) -> int:
    """What of a payment went back, is asked for, or was taken back by the payer's bank."""
    asked = db.session.scalar(
        select(func.coalesce(func.sum(Refund.amount_toman), 0)).where(
            Refund.payment_id == payment_id, Refund.state.in_((RefundState.asked, RefundState.succeeded))
        )
    )
    return int(asked or 0) + lost_toman(payment_id)


def end_refused(payment_id: int, amount_toman: int, at: datetime) -> int:
    """Ends refunds that the gateway refused for good, of exactly an amount together; gives what was ended.

    The payer's bank gave the shopper that money. Inside the unit that books it.
    """
    taken = 0
    for refund in db.session.scalars(
        select(Refund)
        .where(Refund.payment_id == payment_id, Refund.state == RefundState.refused, ~goes_by_transfer())
        .order_by(Refund.id)
    ):
        if refund.problem not in UNSURE and taken + refund.amount_toman <= amount_toman:
            refund.state, refund.done_at = RefundState.charged_back, at
            taken += refund.amount_toman
    db.session.flush()
    return taken


def record_refund(
    refund_id: int, answer: GatewayRefund | None, at: datetime, *, problem: str | None = None
) -> None:
    """Records the gateway's answer (None: refused). Safe to repeat; a decided refund stays as it is.

    `problem`: what it said, or `NO_ANSWER` when nobody knows whether it did. What it made of another amount than ours
    is not booked: it waits for a person, and the next reconciliation tells the difference.
    """
    refund = db.session.get_one(Refund, refund_id)
    payment = lock_payment(refund.payment_id)
    db.session.refresh(refund)
    if refund.state is not RefundState.asked:
        return
    if answer is not None:
        refund.gateway_refund_id = answer.id
    if answer is not None and answer.status in (RefundStatus.PENDING, RefundStatus.REQUIRES_ACTION):
        db.session.flush()
        return
    is_done = answer is not None and answer.status is RefundStatus.SUCCEEDED
    if answer is not None and is_done and not _is_ours(answer, refund):
        is_done, problem = False, OTHER_AMOUNT
    refund.state = RefundState.succeeded if is_done else RefundState.refused
    refund.done_at = at
    refund.problem = None if is_done else (problem or (answer and answer.failure) or "refused")
    if is_done:
        payment.refunded_toman += refund.amount_toman
    db.session.flush()
    news = RefundSucceeded if is_done else RefundRefused
    publish(news(payment.id, payment.reference, refund.id, refund.amount_toman, at))


def _is_ours(answer: GatewayRefund, refund: Refund) -> bool:
    return answer.currency_ok and answer.amount_toman == refund.amount_toman
