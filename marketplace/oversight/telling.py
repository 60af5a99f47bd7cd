"""Figures for operators: holds, messages, sweeps, and when the invariants and the backup were last seen to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.core.health import Figure, one
from marketplace.messages.models import Message, MessageState
from marketplace.orders.models import Order, OrderState
from marketplace.oversight.chores import list_sweeps
from marketplace.oversight.models import SweepRun

INVARIANTS = "invariants"
"""Under this name the command `invariants` notes its last run beside those of the sweeps; `backup` likewise."""
BACKUP = "backup"
NEVER = 10.0 * 365 * 86_400
"""Seconds told for what never happened: an alert must see it, and `NaN` compares with nothing."""


def tell_figures(at: datetime) -> Iterator[Figure]:
    """Every gauge of the slices; reads a few rows."""
    waiting = Order.state == OrderState.awaiting_payment
    holds, first = db.session.execute(select(func.count(), func.min(Order.hold_until)).where(waiting)).one()
    late = (at - first).total_seconds() if first else 0.0
    yield one("holds", "Orders that hold stock until they are paid", holds)
    yield one("holds_overdue_seconds", "How long the oldest hold is over and not given back", max(late, 0.0))
    queued = db.session.scalar(select(func.count()).where(Message.state == MessageState.queued))
    yield one("messages_queued", "Messages that wait to be sent", queued or 0)
    yield from _sweeps(at)
    yield from _last_looks(at)


def _sweeps(at: datetime) -> Iterator[Figure]:
    shown = list_sweeps(at)
    lags = tuple(({"sweep": s.name}, float(NEVER if s.lag_seconds is None else s.lag_seconds)) for s in shown)
    troubled = tuple(({"sweep": s.name}, float(s.state in ("failed", "late"))) for s in shown)
    yield Figure("sweep_lag_seconds", "Since a sweep last ended well", lags)
    yield Figure("sweep_troubled", "1 for a sweep that fails or is three periods late", troubled)


def _last_looks(at: datetime) -> Iterator[Figure]:
    runs = {row.name: row for row in db.session.scalars(select(SweepRun))}
    for name in (INVARIANTS, BACKUP):
        run = runs.get(name)
        ended = run.ended_at if run else None
        age = (at - ended).total_seconds() if ended else NEVER
        yield one(f"{name}_age_seconds", f"Since `bazargah {name}` last ended well", age)
    looked = runs.get(INVARIANTS)
    failed, well = (looked.failed_at, looked.ended_at) if looked else (None, None)
    is_broken = failed is not None and (well is None or failed > well)
    yield one("invariants_broken", "1 when the last look found rows that break an invariant", is_broken)
