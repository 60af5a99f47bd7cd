"""Claims on the fund: from an unanswered complaint to money back, and all that stands in between."""

from __future__ import annotations

import pytest

from marketplace.guarantee.claim_models import ClaimState
from marketplace.guarantee.claim_queries import payments_of, recourse_of
from marketplace.guarantee.paying import pay_reserved
from tests.factories import world
from tests.factories.buying import balances, broken_invariants, run_jobs
from tests.factories.claiming import adjudicators, approved, claim, fill_fund
from tests.fakes.gateway import MemoryGateway, use_gateway


@pytest.fixture
def gateway(app):
    made = MemoryGateway()
    use_gateway(app, made)
    return made


def test_an_unanswered_complaint_becomes_money_back_and_a_debt_of_the_store(ctx, gateway, at):
    small = world(at)
    adjudicators(2, at)
    fill_fund(10_000_000, at)
    name, moment = approved(gateway, small.shopper, (small.carpet, 1), at=at)
    assert claim(name).state is ClaimState.reserved
    assert broken_invariants() == {}
    assert pay_reserved(moment) == 1
    assert pay_reserved(moment) == 0
    run_jobs(moment)
    row = claim(name)
    assert row.state is ClaimState.recourse_open
    assert row.paid_toman == row.approved_toman == row.loss_toman * 70 // 100
    assert [p.state.value for p in payments_of(row.id)] == ["paid"]
    assert recourse_of(row.id).amount_toman == row.paid_toman
    assert balances()["guarantee_fund"] == 10_000_000 - row.paid_toman
    assert broken_invariants() == {}
