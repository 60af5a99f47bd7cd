"""Figures over all claims, for everybody: by category and outcome, how long decisions took, what waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select

from marketplace.core.db import AnySelect, db
from marketplace.core.language import t
from marketplace.guarantee.claim_models import Claim, ClaimState, Payer
from marketplace.guarantee.fund_shown import CategoryShown

OPEN = (ClaimState.filed, ClaimState.answered, ClaimState.assessed, ClaimState.appealed)
REJECTED = (ClaimState.rejected, ClaimState.final)
ENDED = (ClaimState.withdrawn, ClaimState.stopped)
YEAR = timedelta(days=365)
MOST_DECISIONS = 2_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """Approved claims that wait for a month's end: what is not reserved of them, and how many."""

    toman: int
    count: int


def categories() -> list[CategoryShown]:
    """Claims by category, the most frequent first. A final decision that granted nothing is a refusal."""
    of = Claim
    is_granted = of.approved_toman > 0
    outcome = case(
        (of.state.in_(OPEN), "open"),
        (of.state.in_(ENDED), "ended"),
        (of.state.in_(REJECTED) & ~is_granted, "rejected"),
        else_="granted",
    )
    query: AnySelect = select(
        of.category,
        *(
            func.sum(case((outcome == name, 1), else_=0)).label(name)
            for name in ("open", "granted", "rejected")
        ),
        func.sum(case((outcome == "ended", 1), else_=0)).label("ended"),
        func.sum(case((outcome == "granted", of.approved_toman), else_=0)).label("approved"),
        func.sum(of.paid_toman).label("paid"),
    ).group_by(of.category)
    rows = [
        CategoryShown(
            row.category.value,
            t(f"complaint_category.{row.category.value}"),
            int(row.open),
            int(row.granted),
            int(row.rejected),
            int(row.ended),
            int(row.approved),
            int(row.paid),
        )
        for row in db.session.execute(query)
    ]
    return sorted(rows, key=lambda row: (-row.count, row.category))


def decision_hours(at: datetime) -> list[int]:
    """Hours from a complete file to its decision, over the newest decisions of twelve months, sorted."""
    rows = db.session.execute(
        select(Claim.complete_at, Claim.decided_at)
        .where(Claim.decided_at > at - YEAR, Claim.complete_at.is_not(None))
        .order_by(Claim.decided_at.desc())
        .limit(MOST_DECISIONS)
    )
    return sorted(max(int((row.decided_at - row.complete_at).total_seconds()), 0) // 3600 for row in rows)


def waiting_claims(payer: Payer = Payer.fund) -> Waiting:
    """What waits: on the fund for a month's end, on the insurer for its money."""
    row = db.session.execute(
        select(
            func.sum(Claim.approved_toman - Claim.reserved_toman).label("toman"), func.count().label("number")
        ).where(Claim.state == ClaimState.waiting, Claim.payer == payer)
    ).one()
    return Waiting(int(row.toman or 0), int(row.number))
