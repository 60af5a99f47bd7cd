"""What the store's page of the fund shows: its line and headroom, what it brought, what it owes. Amounts in toman."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.guarantee.book_models import AssessmentShare, FundAssessment
from marketplace.guarantee.claim_models import Claim, Party
from marketplace.guarantee.clawback_models import Clawback, ClawbackState, StoreLineState
from marketplace.guarantee.clawbacks import left_toman
from marketplace.guarantee.exposure import Exposure, exposure_of
from marketplace.guarantee.fund_rules import StoreLine, store_line
from marketplace.guarantee.recourse_models import Recourse
from marketplace.ledger.chart import GUARANTEE_FUND
from marketplace.ledger.transfers import free_balance
from marketplace.orders.settlement_models import SettlementLine
from marketplace.policy.policy import Policy, policy_at

MOST = 50


@dataclass(frozen=True, slots=True)
class OwedShown:
    """A recourse or a share that is not paid in full: what it is for, what is left, by when (None: no date)."""

    kind: str
    number: str
    amount_toman: int
    left_toman: int
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class CoverShown:
    """`contributed_toman`: what the store's settled orders brought to the fund so far;
    `kept_toman`: what is kept back of payouts while the line is full."""

    line: StoreLine
    exposure: Exposure
    policy: Policy
    contributed_toman: int
    order_count: int
    kept_toman: int
    owed: tuple[OwedShown, ...]


def show_cover(store_id: int, at: datetime) -> CoverShown:
    """A store and the fund now."""
    policy, exposure = policy_at(at), exposure_of(store_id, at)
    brought = db.session.execute(
        select(func.coalesce(func.sum(SettlementLine.fund_toman), 0), func.count()).where(
            SettlementLine.store_id == store_id
        )
    ).one()
    return CoverShown(
        line=store_line(exposure.toman, free_balance(GUARANTEE_FUND), policy),
        exposure=exposure,
        policy=policy,
        contributed_toman=int(brought[0]),
        order_count=int(brought[1]),
        kept_toman=db.session.scalar(
            select(StoreLineState.kept_toman).where(StoreLineState.store_id == store_id)
        )
        or 0,
        owed=(*_recourses(store_id), *_costs(store_id), *_shares(store_id)),
    )


def _recourses(store_id: int) -> list[OwedShown]:
    rows = db.session.execute(
        select(Recourse, Claim.number)
        .join(Claim, Claim.id == Recourse.claim_id)
        .where(Recourse.store_id == store_id, Recourse.ended_at.is_(None))
        .order_by(Recourse.due_at)
        .limit(MOST)
    )
    return [
        OwedShown(
            "recourse",
            number,
            row.amount_toman,
            row.amount_toman - row.recovered_toman - row.written_off_toman - row.clawed_toman,
            row.due_at,
        )
        for row, number in rows
    ]


def _costs(store_id: int) -> list[OwedShown]:
    rows = db.session.execute(
        select(Clawback, Claim.number)
        .join(Claim, Claim.id == Clawback.claim_id)
        .where(
            Claim.store_id == store_id,
            Clawback.debtor == Party.store,
            Clawback.state == ClawbackState.open,
        )
        .order_by(Clawback.id)
        .limit(MOST)
    )
    return [OwedShown("cost", number, row.amount_toman, left_toman(row), None) for row, number in rows]


def _shares(store_id: int) -> list[OwedShown]:
    rows = db.session.execute(
        select(AssessmentShare, FundAssessment.number)
        .join(FundAssessment, FundAssessment.id == AssessmentShare.assessment_id)
        .where(AssessmentShare.store_id == store_id, AssessmentShare.ended_at.is_(None))
        .order_by(AssessmentShare.id)
        .limit(MOST)
    )
    return [
        OwedShown("share", number, row.amount_toman, row.amount_toman - row.paid_toman, None)
        for row, number in rows
    ]
