"""What the office's desk of the fund shows: solvency, what stores are exposed to, gifts, assessments, recourse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select

from marketplace.accounts.approvals import pending
from marketplace.core.db import db
from marketplace.core.language import current_language
from marketplace.guarantee.assessments import ACTION as ASSESS
from marketplace.guarantee.assessments import Outlook, assessment_outlook
from marketplace.guarantee.book_models import AssessmentShare, FundAssessment, FundGift
from marketplace.guarantee.claim_figures import Waiting, waiting_claims
from marketplace.guarantee.claim_models import Claim
from marketplace.guarantee.exposure import Asked, Exposure, asked_at, exposure_at, stores_by_exposure
from marketplace.guarantee.fund_rules import StoreLine, expected_of, ratio_percent
from marketplace.guarantee.gifts import ACTION as GIVE
from marketplace.guarantee.recourse import given_up_toman
from marketplace.guarantee.recourse_models import Recourse, RecourseState
from marketplace.ledger.chart import GUARANTEE_FUND
from marketplace.ledger.transfers import balance, free_balance
from marketplace.policy.policy import Policy, policy_at
from marketplace.stores.models import Store

SHOWN = 20
OPEN = (RecourseState.netting, RecourseState.overdue)


@dataclass(frozen=True, slots=True)
class GiftShown:
    """A gift in the office's words, the sponsor always by name."""

    giver: str
    is_named: bool
    amount_toman: int
    bank_reference: str
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class AssessmentShown:
    """An assessment and how much of it came."""

    number: str
    state: str
    amount_toman: int
    paid_toman: int
    store_count: int
    opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class ExposedStore:
    slug: str
    name: str
    order_count: int
    line: StoreLine


@dataclass(frozen=True, slots=True)
class DeskShown:
    """Solvency by the ledger of this moment; the public book follows within minutes."""

    balance_toman: int
    free_toman: int
    policy: Policy
    exposure: Exposure
    asked: Asked
    expected_toman: int
    ratio_percent: int | None
    waiting: Waiting
    outlook: Outlook
    proposed: frozenset[str]
    assessments: tuple[AssessmentShown, ...]
    gifts: tuple[GiftShown, ...]
    stores: tuple[ExposedStore, ...]


@dataclass(frozen=True, slots=True)
class RecourseShown:
    """What one store owes the fund for one claim."""

    id: int
    claim: str
    store: str
    slug: str
    state: str
    amount_toman: int
    recovered_toman: int
    open_toman: int
    given_up_toman: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class RecoursesShown:
    """Open recourses, the oldest deadline first, what they sum to, and the last ones that were given up."""

    rows: tuple[RecourseShown, ...]
    open_count: int
    open_toman: int
    overdue_count: int


def show_desk(at: datetime) -> DeskShown:
    """The desk of the fund. A constant number of statements."""
    policy = policy_at(at)
    free, exposure, asked = free_balance(GUARANTEE_FUND), exposure_at(at), asked_at(at)
    expected = expected_of(asked.toman, exposure.toman, policy)
    return DeskShown(
        balance_toman=balance(GUARANTEE_FUND),
        free_toman=free,
        policy=policy,
        exposure=exposure,
        asked=asked,
        expected_toman=expected,
        ratio_percent=ratio_percent(free, expected),
        waiting=waiting_claims(),
        outlook=assessment_outlook(at),
        proposed=frozenset(one.action for action in (GIVE, ASSESS) for one in pending(action)),
        assessments=_assessments(),
        gifts=_gifts(),
        stores=tuple(
            ExposedStore(one.slug, _word(one.name_fa, one.name_en), one.count, one.line)
            for one in stores_by_exposure(at, SHOWN)
        ),
    )


def show_recourses() -> RecoursesShown:
    """What stores owe the fund now, and what was given up and may still be found."""
    is_over = case((Recourse.state.in_(OPEN), 0), else_=1)
    rows = db.session.execute(
        select(Recourse, Claim.number, Store.slug, Store.name_fa, Store.name_en)
        .join(Claim, Claim.id == Recourse.claim_id)
        .join(Store, Store.id == Recourse.store_id)
        .where(Recourse.state.in_((*OPEN, RecourseState.written_off)))
        .order_by(is_over, Recourse.due_at, Recourse.id)
        .limit(SHOWN * 10)
    )
    shown = tuple(
        RecourseShown(
            row.Recourse.id,
            row.number,
            _word(row.name_fa, row.name_en),
            row.slug,
            row.Recourse.state.value,
            row.Recourse.amount_toman,
            row.Recourse.recovered_toman,
            row.Recourse.amount_toman
            - row.Recourse.recovered_toman
            - row.Recourse.written_off_toman
            - row.Recourse.clawed_toman,
            given_up_toman(row.Recourse) if row.Recourse.written_off_toman else 0,
            row.Recourse.due_at,
        )
        for row in rows
    )
    overdue = sum(1 for row in shown if row.state == RecourseState.overdue.value)
    standing = sum(1 for row in shown if row.open_toman)
    return RecoursesShown(shown, standing, sum(row.open_toman for row in shown), overdue)


def _assessments() -> tuple[AssessmentShown, ...]:
    of = FundAssessment
    rows = db.session.execute(
        select(
            of,
            func.sum(AssessmentShare.paid_toman).label("paid"),
            func.count(AssessmentShare.id).label("stores"),
        )
        .join(AssessmentShare, AssessmentShare.assessment_id == of.id)
        .group_by(of.id)
        .order_by(of.id.desc())
        .limit(SHOWN)
    )
    return tuple(
        AssessmentShown(
            row.FundAssessment.number,
            row.FundAssessment.state.value,
            row.FundAssessment.amount_toman,
            int(row.paid or 0),
            row.stores,
            row.FundAssessment.opened_at,
        )
        for row in rows
    )


def _gifts() -> tuple[GiftShown, ...]:
    rows = db.session.scalars(select(FundGift).order_by(FundGift.id.desc()).limit(SHOWN))
    return tuple(
        GiftShown(row.giver, row.is_named, row.amount_toman, row.bank_reference, row.booked_at)
        for row in rows
    )


def _word(fa: str, en: str) -> str:
    return fa if current_language() == "fa" else en
