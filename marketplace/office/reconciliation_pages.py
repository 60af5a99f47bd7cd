"""What differs between us and the gateway, and the runs that looked, as the desk shows them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select

from marketplace.core.db import db
from marketplace.payments.reconciliation_models import Finding, FindingState, ReconciliationRun

MOST_SHOWN = 100
MOST_RUNS = 10


def open_differences() -> Sequence[Finding]:
    """Those that nobody settled, the newest first."""
    return _findings(Finding.state == FindingState.open)


def ended_differences() -> Sequence[Finding]:
    """Those that ended lately."""
    return _findings(Finding.state != FindingState.open)


def difference_counts() -> dict[FindingState, int]:
    """How many there are in each state."""
    rows = db.session.execute(select(Finding.state, func.count()).group_by(Finding.state))
    return {row[0]: row[1] for row in rows}


def last_runs() -> Sequence[ReconciliationRun]:
    """The last runs, the newest first."""
    return db.session.scalars(
        select(ReconciliationRun).order_by(ReconciliationRun.id.desc()).limit(MOST_RUNS)
    ).all()


def _findings(where: ColumnElement[bool]) -> Sequence[Finding]:
    return db.session.scalars(
        select(Finding).where(where).order_by(Finding.id.desc()).limit(MOST_SHOWN)
    ).all()
