"""A month's end: what is free is shared among the approved claims that wait, and the coverage takes its step.

Both once a month, whatever runs at the same time: the fund's account is locked, and a constraint names the month.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from marketplace.core.audit import SYSTEM, record
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.guarantee.book_models import CoverageStep, FundLine, FundMonth, FundMonthLine
from marketplace.guarantee.claim_models import Claim, ClaimState, Payer
from marketplace.guarantee.claim_queries import lock_claim
from marketplace.guarantee.exposure import asked_at, exposure_at
from marketplace.guarantee.fund_rules import expected_of, next_coverage, ratio_percent, share_month
from marketplace.guarantee.months import begins_at, month_before, month_of
from marketplace.guarantee.reserving import reserve_part
from marketplace.ledger.chart import BANK, GUARANTEE_FUND
from marketplace.ledger.transfers import free_balance, lock_accounts
from marketplace.policy.editing import move_by_rule
from marketplace.policy.policy import policy_at

COVERAGE = "fund_coverage_percent"


def share_waiting(at: datetime) -> int:
    """Shares what is free among the claims that waited when the last month ended; gives how many got something.

    In full where it reaches, else pro rata by largest remainder; the rest is carried. A sweep; once a month. A month
    in which nothing waited has no row.
    """
    month = month_before(month_of(at))
    if _is_shared(month) or not _waiting(at):
        db.session.rollback()
        return 0
    with unit_of_work():
        return _share(month, at)


def _share(month: str, at: datetime) -> int:
    claims = [lock_claim(claim_id) for claim_id in _waiting(at)]
    lock_accounts(GUARANTEE_FUND, BANK)
    wanted = {
        claim.id: claim.approved_toman - claim.reserved_toman
        for claim in claims
        if claim.state is ClaimState.waiting and claim.approved_toman > claim.reserved_toman
    }
    if _is_shared(month) or not wanted:
        return 0
    free = free_balance(GUARANTEE_FUND)
    shares = share_month(free, wanted)
    given = sum(share.given_toman for share in shares.values())
    row = FundMonth(
        month=month,
        free_toman=free,
        wanted_toman=sum(wanted.values()),
        given_toman=given,
        carried_toman=sum(wanted.values()) - given,
        claim_count=len(wanted),
        run_at=at,
    )
    db.session.add(row)
    db.session.flush()
    for claim in claims:
        share = shares.get(claim.id)
        if share is None:
            continue
        db.session.add(
            FundMonthLine(
                fund_month_id=row.id,
                claim_id=claim.id,
                wanted_toman=share.wanted_toman,
                given_toman=share.given_toman,
                carried_toman=share.carried_toman,
            )
        )
        if share.given_toman:
            reserve_part(claim, share.given_toman, f"month:{month}:{claim.number}", at)
    record(SYSTEM, "share_fund_month", f"month:{month}", at, free_toman=free, given_toman=given)
    return sum(1 for share in shares.values() if share.given_toman)


def step_coverage(at: datetime) -> int:
    """Decides the coverage of a month from the book, once, and moves it by one step at most; 1 when it was decided.

    It holds for purchases from that moment on; earlier ones keep theirs. A sweep; nothing is decided before the
    book has a line.
    """
    begins = begins_at(month_of(at))
    if _is_stepped(begins) or db.session.scalar(select(FundLine.id).limit(1)) is None:
        db.session.rollback()
        return 0
    with unit_of_work():
        lock_accounts(GUARANTEE_FUND)
        if _is_stepped(begins):
            return 0
        policy, free = policy_at(at), free_balance(GUARANTEE_FUND)
        expected = expected_of(asked_at(at).toman, exposure_at(at).toman, policy)
        ratio = ratio_percent(free, expected)
        percent = next_coverage(policy.fund_coverage_percent, ratio, policy)
        reason = f"free {free}, expected {expected}"
        is_moved = move_by_rule(COVERAGE, percent, reason, at)
        db.session.add(
            CoverageStep(
                percent=percent,
                from_at=at,
                free_toman=free,
                expected_toman=expected,
                reason="moved" if is_moved else "kept",
                noted_at=at,
            )
        )
        record(SYSTEM, "decide_coverage", "fund:coverage", at, percent=percent, why=reason)
    return 1


def _is_shared(month: str) -> bool:
    return db.session.scalar(select(FundMonth.id).where(FundMonth.month == month)) is not None


def _is_stepped(begins: datetime) -> bool:
    return (
        db.session.scalar(select(CoverageStep.id).where(CoverageStep.from_at >= begins).limit(1)) is not None
    )


def _waiting(at: datetime) -> list[int]:
    """Claims on the fund that waited already when this month began, in the order of their ids."""
    return list(
        db.session.scalars(
            select(Claim.id)
            .where(
                Claim.state == ClaimState.waiting,
                Claim.payer == Payer.fund,
                Claim.waiting_from_at < begins_at(month_of(at)),
            )
            .order_by(Claim.id)
        )
    )
