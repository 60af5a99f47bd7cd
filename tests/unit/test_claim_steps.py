"""The lawful way of a claim, every pair of states, and what each group of states means."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import product

import pytest

from marketplace.guarantee.claim_models import ClaimState as S
from marketplace.guarantee.claim_models import Payer
from marketplace.guarantee.claim_rules import (
    DECIDED,
    KEEPS_GOODS,
    TRANSITIONS,
    UNDECIDED,
    Grant,
    Purchase,
    account_of,
    choose_seat,
    do_differ,
    full_loss,
    grant,
    loss_of,
    may_become,
    seats_needed,
)
from marketplace.ledger.chart import GUARANTEE_FUND, INSURER
from marketplace.policy.policy import Policy
from marketplace.stores.standing import Category

POLICY = Policy()
LAWFUL = {
    S.filed: {S.answered, S.withdrawn, S.stopped},
    S.answered: {S.assessed, S.withdrawn, S.stopped},
    S.assessed: {S.answered, S.approved, S.rejected, S.withdrawn, S.stopped},
    S.approved: {S.reserved, S.waiting, S.appealed, S.stopped},
    S.rejected: {S.appealed},
    S.appealed: {S.final, S.stopped},
    S.final: {S.reserved, S.waiting, S.paid, S.recourse_open, S.stopped},
    S.reserved: {S.paid, S.waiting, S.appealed, S.stopped, S.recourse_open},
    S.waiting: {S.reserved, S.paid, S.appealed, S.stopped, S.recourse_open},
    S.paid: {S.recourse_open, S.recovered, S.appealed},
    S.recourse_open: {S.recovered, S.written_off, S.appealed, S.waiting, S.reserved},
    S.recovered: {S.appealed, S.reserved, S.waiting},
    S.written_off: {S.appealed, S.recovered},
    S.withdrawn: set(),
    S.stopped: set(),
}
"""Written out a second time on purpose: a step added to the table by mistake is one that is missing here."""


@pytest.mark.parametrize(("state", "following"), list(product(S, S)), ids=str)
def test_a_claim_goes_its_lawful_way_and_no_other(state, following):
    assert may_become(state, following) is (following in LAWFUL[state])


def test_nothing_leads_out_of_an_end_or_back_before_a_decision():
    assert {state for state, steps in TRANSITIONS.items() if not steps} == {S.withdrawn, S.stopped}
    assert not any(following in UNDECIDED for state in DECIDED for following in TRANSITIONS[state])


def test_each_state_is_open_decided_in_appeal_or_over():
    assert set(UNDECIDED) == {S.filed, S.answered, S.assessed}
    assert set(DECIDED) == set(S) - UNDECIDED - {S.appealed, S.final, S.withdrawn, S.stopped}


def test_with_which_troubles_one_may_have_something_of_worth_in_hand():
    assert set(KEEPS_GOODS) == {
        Category.defective,
        Category.not_as_described,
        Category.counterfeit,
        Category.health,
        Category.other,
    }


def test_the_insurer_pays_from_its_own_account_and_the_fund_from_its():
    assert {payer: account_of(payer) for payer in Payer} == {
        payer: INSURER if payer is Payer.insurer else GUARANTEE_FUND for payer in Payer
    }
    assert account_of(Payer.fund) == GUARANTEE_FUND != INSURER == account_of(Payer.insurer)


def test_the_arithmetic_of_a_decision_is_kept_step_by_step_and_read_back():
    made = grant(8_000_001, 50, POLICY, order_used_toman=100_000, person_used_toman=9_000_000)
    assert made.facts() == {
        "loss_toman": 8_000_001,
        "least_toman": 50_000,
        "store_share_percent": 50,
        "share_toman": 4_000_000,
        "coverage_percent": 70,
        "covered_toman": 2_800_000,
        "order_cap_toman": 5_000_000,
        "order_used_toman": 100_000,
        "person_cap_toman": 10_000_000,
        "person_used_toman": 9_000_000,
        "amount_toman": 1_000_000,
    }
    assert Grant.of(made.facts()) == made


def test_a_used_up_cap_of_the_person_leaves_nothing_though_the_order_has_room():
    made = grant(8_000_000, 100, POLICY, order_used_toman=0, person_used_toman=10_000_001)
    assert made.amount_toman == 0
    assert grant(1_000_000, 100, POLICY, order_used_toman=5_000_000, person_used_toman=0).amount_toman == 0
    assert grant(1_000_000, 100, POLICY, order_used_toman=4_999_999, person_used_toman=0).amount_toman == 1


def test_choices_differ_by_the_loss_alone_and_by_the_share_alone():
    assert do_differ((True, 99, 100), (True, 100, 100)) is True
    assert do_differ((True, 100, 99), (True, 100, 100)) is True
    assert do_differ((False, 0, 0), (True, 0, 0)) is True
    assert do_differ((False, 1, 1), (False, 0, 0)) is False


@pytest.mark.parametrize("number", range(12))
def test_among_equals_anybody_recomputes_who_sits_next(number):
    loads = {5: 1, 6: 1, 7: 1, 8: 2}
    order = sorted((5, 6, 7), key=lambda person: hashlib.sha256(f"K-{number}:{person}".encode()).hexdigest())
    assert choose_seat(f"K-{number}", loads) == order[0]
    assert choose_seat(f"K-{number}", {**loads, order[0]: 2}) == order[1]


@pytest.mark.parametrize("cap", ["fund_cap_per_order_toman", "fund_cap_per_person_toman"])
def test_two_sit_where_a_whole_cap_may_be_granted_and_that_is_above_the_limit(cap):
    roomy = replace(POLICY, fund_cap_per_order_toman=9_000_000, fund_cap_per_person_toman=9_000_000)
    capped = replace(roomy, **{cap: 5_000_000}, claim_two_adjudicators_above_toman=4_999_999)
    assert seats_needed(100_000_000, capped) == 2
    assert seats_needed(100_000_000, replace(capped, claim_two_adjudicators_above_toman=5_000_000)) == 1


def test_what_is_still_worth_more_than_it_cost_leaves_no_loss():
    bought = Purchase(goods_toman=100_000, shipping_toman=30_000, line_toman=40_000)
    assert full_loss(Category.defective, bought) == 40_000
    assert loss_of(Category.defective, bought, 40_000) == loss_of(Category.defective, bought, 40_001) == 0
    assert loss_of(Category.defective, bought, 39_999) == 1
    assert full_loss(Category.not_delivered, bought) == 40_000
    assert full_loss(Category.not_delivered, replace(bought, line_toman=None)) == 130_000
