"""A month's end: what is free is shared among what waits, and the coverage takes its step; each once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.guarantee.book import write_book
from marketplace.guarantee.book_models import CoverageStep, FundMonth, FundMonthLine
from marketplace.guarantee.claim_models import ClaimState
from marketplace.guarantee.fund_rules import share_month
from marketplace.guarantee.month_end import share_waiting, step_coverage
from marketplace.guarantee.months import begins_at, first_day, month_before, month_of
from marketplace.guarantee.paying import pay_reserved
from marketplace.ledger.chart import GUARANTEE_FUND
from marketplace.ledger.transfers import balance, free_balance
from marketplace.policy.policy import policy_at
from tests.factories import world
from tests.factories.buying import broken_invariants, paid, run_jobs
from tests.factories.claiming import adjudicators, approved, claim, claim_id, fill_fund
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.together import at_once
from tests.unchanged import nothing_written

SECOND = timedelta(seconds=1)
APRIL = begins_at("1405-02")
"""The first moment of Ordibehesht 1405, 21 April 2026; AT is in Farvardin."""
MAY = begins_at("1405-03")


@pytest.fixture
def gateway(app):
    made = MemoryGateway()
    use_gateway(app, made)
    return made


def months() -> list[FundMonth]:
    db.session.rollback()
    return list(db.session.scalars(select(FundMonth).order_by(FundMonth.month)))


def test_months_are_those_of_the_jalali_calendar():
    assert month_of(APRIL) == "1405-02"
    assert month_of(APRIL - SECOND) == "1405-01"
    assert month_before("1405-01") == "1404-12"
    assert first_day("1405-01").isoformat() == "2026-03-21"


def test_an_insolvent_month_is_shared_pro_rata_and_the_rest_carried(ctx, app, gateway, at):
    small = world(at)
    adjudicators(4, at)
    names, moment = [], at
    for offer, loss in ((small.carpet, 1_500_001), (small.carpet, 1_000_000), (small.bowl, 250_000)):
        name, moment = approved(gateway, small.shopper, (offer, 1), at=at, loss=loss)
        names.append(name)
    assert [claim(name).state for name in names] == [ClaimState.waiting] * 3
    wanted = {claim_id(name): claim(name).approved_toman for name in names}
    assert list(wanted.values()) == [1_050_000, 700_000, 175_000]
    fill_fund(1_000_001, moment)
    with nothing_written():
        assert pay_reserved(moment) == 0
        assert share_waiting(APRIL - SECOND) == 0, "the month is not over"

    counts = at_once(app, 4, lambda index: share_waiting(APRIL))
    assert sorted(c for c in counts if isinstance(c, int)) == [0, 0, 0, 3]
    with nothing_written():
        assert share_waiting(APRIL + SECOND) == 0
    shares = share_month(1_000_001, wanted)
    given = [shares[claim_id(name)].given_toman for name in names]
    assert given == [545_455, 363_637, 90_909]
    assert sum(given) == 1_000_001
    assert [claim(name).reserved_toman for name in names] == given
    [month] = months()
    assert (month.month, month.free_toman, month.given_toman, month.carried_toman, month.claim_count) == (
        "1405-01",
        1_000_001,
        1_000_001,
        924_999,
        3,
    )
    assert free_balance(GUARANTEE_FUND) == 0
    pay_reserved(APRIL)
    run_jobs(APRIL)
    assert [claim(name).paid_toman for name in names] == given
    write_book(APRIL)
    assert broken_invariants() == {}

    fill_fund(2_000_000, APRIL)
    assert share_waiting(MAY) == 3, "the rest of each is carried, and there is enough now"
    pay_reserved(MAY)
    run_jobs(MAY)
    assert [claim(name).paid_toman for name in names] == list(wanted.values())
    assert [row.carried_toman for row in months()] == [924_999, 0]
    assert len(list(db.session.scalars(select(FundMonthLine)))) == 6
    write_book(MAY)
    assert broken_invariants() == {}


def test_a_fund_that_is_short_by_one_toman_waits_and_carries_it(ctx, gateway, at):
    small = world(at)
    adjudicators(2, at)
    fill_fund(699_999, at)
    name, _ = approved(gateway, small.shopper, (small.carpet, 1), at=at, loss=1_000_000)
    assert claim(name).state is ClaimState.waiting
    assert share_waiting(APRIL) == 1
    assert (claim(name).reserved_toman, claim(name).state) == (699_999, ClaimState.waiting)
    assert share_waiting(MAY) == 0, "nothing is free"
    assert [row.given_toman for row in months()] == [699_999, 0]
    fill_fund(1, MAY)
    assert share_waiting(begins_at("1405-04")) == 1
    assert claim(name).state is ClaimState.reserved
    assert balance(GUARANTEE_FUND) == 700_000
    assert broken_invariants() == {}


def test_the_coverage_steps_once_a_month_and_by_one_step(ctx, app, gateway, at):
    small = world(at)
    with nothing_written():
        assert step_coverage(at) == 0, "nothing was ever in the fund"
    fill_fund(5_000, at)
    write_book(at)
    paid(gateway, small.shopper, (small.carpet, 1), at=at)
    at_once(app, 4, lambda index: step_coverage(APRIL))
    assert [policy_at(m).fund_coverage_percent for m in (APRIL - SECOND, APRIL)] == [70, 60]
    with nothing_written():
        assert step_coverage(MAY - SECOND) == 0
    fill_fund(1_000_000_000, MAY - SECOND)
    assert step_coverage(MAY) == 1
    assert policy_at(MAY).fund_coverage_percent == 70
    db.session.rollback()
    steps = list(db.session.scalars(select(CoverageStep).order_by(CoverageStep.id)))
    assert [(s.percent, s.reason) for s in steps] == [(60, "moved"), (70, "moved")]
    assert broken_invariants() == {}
