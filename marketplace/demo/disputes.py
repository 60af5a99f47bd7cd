"""Two payers' banks of the demo: one asks for the money back, one took it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.payments.disputes import record_dispute
from marketplace.payments.gateways.port import GatewayDispute
from marketplace.payments.models import Payment, PaymentState

TOLD = (
    ("dp_demo_1", "needs_response", "product_not_received", 1, timedelta(hours=7)),
    ("dp_demo_2", "lost", "fraudulent", 2, timedelta(days=1)),
)
"""Id, what the gateway says in the end, why, by what the payment is divided, how long ago it was decided."""


def load_disputes(at: datetime) -> None:
    """Two of the demo's settled orders are disputed. Needs the money of the demo."""
    payments = db.session.scalars(
        select(Payment)
        .where(Payment.state == PaymentState.captured, Payment.intent_id.like("pi_demo_%"))
        .order_by(Payment.id)
        .limit(len(TOLD))
    ).all()
    for payment, (name, end, reason, parts, ago) in zip(payments, TOLD, strict=False):
        amount = payment.captured_toman // parts
        for status, moment in (("needs_response", at - ago - timedelta(hours=9)), (end, at - ago)):
            with unit_of_work():
                told = GatewayDispute(name, status, amount, True, payment.intent_id, reason)
                record_dispute(payment.id, told, moment)
