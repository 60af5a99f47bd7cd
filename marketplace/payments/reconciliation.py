"""Asking the gateway about everything undecided, with or without its events."""

from __future__ import annotations

from datetime import datetime, timedelta

from marketplace.core.unit_of_work import unit_of_work
from marketplace.payments.payments import ask_about
from marketplace.payments.queries import undecided_payments

PATIENCE = timedelta(seconds=30)
BATCH = 200


def reconcile_payments(at: datetime) -> int:
    """Has the gateway asked about every open attempt older than half a minute, at most once a minute each.

    Gives the number of questions. The answers are recorded by the job runner.
    """
    minute = at.replace(second=0, microsecond=0).isoformat()
    ids = undecided_payments(at - PATIENCE, BATCH)
    if ids:
        with unit_of_work():
            for payment_id in ids:
                ask_about(payment_id, f"sweep-{minute}", at)
    return len(ids)
