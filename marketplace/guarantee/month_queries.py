"""Reading the months that shared what was free, and the steps of the coverage."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.guarantee.book_models import CoverageStep, FundMonth

SHOWN = 12


def months() -> Sequence[FundMonth]:
    """The newest months in which something had to wait."""
    return db.session.scalars(select(FundMonth).order_by(FundMonth.month.desc()).limit(SHOWN)).all()


def coverage_changes() -> Sequence[CoverageStep]:
    """The newest steps of the coverage."""
    return db.session.scalars(select(CoverageStep).order_by(CoverageStep.from_at.desc()).limit(SHOWN)).all()
