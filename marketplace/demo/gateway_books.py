"""The payment sandbox is told what the demo was paid, so that it can give money back and its lists are ours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.settings import Settings
from marketplace.payments.dispute_models import Dispute
from marketplace.payments.models import Payment, Refund, RefundState
from marketplace.payments.sandbox.earlier import Earlier, EarlierDispute, EarlierRefund, take_over


def hand_over(settings: Settings) -> int:
    """Writes every captured payment of the database into the sandbox's memory; gives the number of new ones."""
    found = take_over(settings.instance / "sandbox.db", settings.stripe_currency, _paid(settings))
    db.session.rollback()
    return found


def _paid(settings: Settings) -> Iterator[Earlier]:
    units = settings.stripe_units_per_toman
    refunds: dict[int, list[EarlierRefund]] = defaultdict(list)
    for refund in db.session.scalars(select(Refund).where(Refund.state == RefundState.succeeded)):
        moment = refund.done_at or refund.asked_at
        name = refund.gateway_refund_id or f"re_demo_{refund.id}"
        refunds[refund.payment_id].append(
            EarlierRefund(name, refund.amount_toman * units, refund.key, int(moment.timestamp()))
        )
    disputes: dict[int, list[EarlierDispute]] = defaultdict(list)
    for dispute in db.session.scalars(select(Dispute)):
        made = int(dispute.opened_at.timestamp())
        disputes[dispute.payment_id].append(
            EarlierDispute(
                dispute.gateway_dispute_id, dispute.amount_toman * units, dispute.reason, dispute.status, made
            )
        )
    for payment in db.session.scalars(select(Payment).where(Payment.captured_toman > 0).order_by(Payment.id)):
        moment = payment.captured_at or payment.opened_at
        yield Earlier(
            session=payment.session_id or f"cs_demo_{payment.id}",
            intent=payment.intent_id or f"pi_demo_{payment.id}",
            reference=payment.reference,
            description=payment.description,
            amount=payment.captured_toman * units,
            paid=int(moment.timestamp()),
            refunds=tuple(refunds[payment.id]),
            disputes=tuple(disputes[payment.id]),
        )
