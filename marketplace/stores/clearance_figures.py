"""The published figures of inquiries: how long answers took in the last year, and what waits too long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.policy.policy import policy_at
from marketplace.stores.case_models import ClearanceHistory
from marketplace.stores.clearances import hours_of
from marketplace.stores.models import Clearance, ClearanceState
from marketplace.stores.rules import WAITING, Answered, ClearanceFigures, ClockHours, clearance_figures

FIGURES_OVER = timedelta(days=365)
ADVERSE = (ClearanceState.adverse, ClearanceState.final)


def figures_of_year(at: datetime, hours: ClockHours, waiting_from: Sequence[datetime]) -> ClearanceFigures:
    """The figures over the answers of the last 365 days and what waits now."""
    rows = db.session.execute(
        select(ClearanceHistory.clock_from, ClearanceHistory.at, ClearanceHistory.state_after).where(
            ClearanceHistory.clock_from.is_not(None), ClearanceHistory.at > at - FIGURES_OVER
        )
    )
    answers = [Answered(r.clock_from, r.at, r.state_after in ADVERSE) for r in rows if r.clock_from]
    return clearance_figures(answers, waiting_from, at, hours)


def public_figures(at: datetime) -> ClearanceFigures:
    """The figures as anybody may read them."""
    waiting = select(Clearance.clock_from).where(
        Clearance.state.in_(WAITING), Clearance.clock_from.is_not(None)
    )
    begun = [moment for moment in db.session.scalars(waiting) if moment is not None]
    return figures_of_year(at, hours_of(policy_at(at)), begun)
