"""The fund's rules on claims as tables: may one ask, what is lost, what is granted, who may decide."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.guarantee.claim_inputs import BadClaim, Choice, ClaimWish
from marketplace.guarantee.claim_models import ClaimState, InspectionFinding, Party
from marketplace.guarantee.claim_rules import (
    TRANSITIONS,
    Interests,
    Purchase,
    answer_due,
    appeal_until,
    bearer_of,
    choose_seat,
    conflicts,
    decide_by,
    do_differ,
    evidence_due,
    full_loss,
    grant,
    loss_of,
    pay_by,
    seats_needed,
)
from marketplace.guarantee.eligibility import ClaimFacts, Way, judge, way_in, window_closes
from marketplace.policy.calendar import add_working_days
from marketplace.policy.policy import Policy
from marketplace.stores.standing import Category
from tests.factories.rows import AT

POLICY = Policy()
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
FACTS = ClaimFacts(
    category=Category.defective,
    is_outside=False,
    is_withdrawn=False,
    is_unfounded=False,
    complained_at=AT,
    answer_due_at=AT + 7 * DAY,
    answered_at=None,
    is_refused=False,
    promise_due_at=None,
    is_solved=False,
    is_not_solved=False,
    evaluate_until_at=None,
    delivered_at=AT - DAY,
    promised_at=AT,
    loss_toman=500_000,
    granted_toman=0,
    earlier_claim=None,
    has_chargeback=False,
    is_member=False,
)
READY = FACTS.answer_due_at + SECOND


def codes(facts, at):
    return [check.code for check in judge(facts, POLICY, at).refusals]


@pytest.mark.parametrize(
    ("change", "at", "refused"),
    [
        ({}, READY, []),
        ({}, FACTS.answer_due_at, ["clock_ran.runs"]),
        ({"is_refused": True, "answered_at": AT}, AT + HOUR, []),
        ({"is_not_solved": True, "answered_at": AT}, AT + HOUR, []),
        (
            {"answered_at": AT, "evaluate_until_at": AT + 10 * DAY},
            AT + 10 * DAY,
            ["clock_ran.judge_first"],
        ),
        (
            {"answered_at": AT, "evaluate_until_at": AT + 10 * DAY},
            AT + 10 * DAY + SECOND,
            ["clock_ran.not_judged"],
        ),
        ({"answered_at": AT, "promise_due_at": AT + DAY}, AT + DAY, ["clock_ran.promised"]),
        ({"answered_at": AT, "promise_due_at": AT + DAY}, AT + DAY + SECOND, []),
        ({"is_solved": True, "answered_at": AT}, READY, ["clock_ran.solved"]),
        ({"is_outside": True}, READY, ["bought_here.no"]),
        ({"is_withdrawn": True}, READY, ["complaint_stands.withdrawn"]),
        ({"is_unfounded": True}, READY, ["complaint_stands.unfounded"]),
        ({"loss_toman": 0}, READY, ["not_made_good.no"]),
        ({"loss_toman": 49_999}, READY, ["large_enough.no"]),
        ({"loss_toman": 50_000}, READY, []),
        ({"category": Category.kit_missing, "loss_toman": 0}, READY, ["covered.no"]),
        ({"granted_toman": 9_999_999}, READY, []),
        ({"granted_toman": 10_000_000}, READY, ["below_cap.no"]),
        ({"earlier_claim": "K1"}, READY, ["first_claim.no"]),
        ({"has_chargeback": True}, READY, ["no_chargeback.no"]),
        ({"is_member": True}, READY, ["not_own_store.no"]),
        ({}, FACTS.delivered_at + 60 * DAY, []),
        ({}, FACTS.delivered_at + 60 * DAY + SECOND, ["in_window.over"]),
        (
            {"complained_at": AT + 40 * DAY, "answer_due_at": AT + 47 * DAY},
            AT + 48 * DAY,
            ["in_window.over"],
        ),
    ],
)
def test_every_condition_and_its_clock(change, at, refused):
    assert codes(replace(FACTS, **change), at) == refused


def test_all_conditions_are_told_whatever_fails_first():
    wrong = replace(FACTS, is_outside=True, is_withdrawn=True, has_chargeback=True, loss_toman=0)
    assert len(codes(wrong, AT)) == 5
    assert len(judge(wrong, POLICY, AT).checks) == 11


def test_the_window_counts_from_the_promise_while_nothing_came():
    waiting = replace(FACTS, delivered_at=None, promised_at=AT + 5 * DAY)
    assert window_closes(waiting, POLICY) == AT + 65 * DAY
    assert way_in(waiting, READY) is Way.unanswered


BOUGHT = Purchase(800_000, 40_000)


@pytest.mark.parametrize(
    ("category", "bought", "residual", "loss"),
    [
        (Category.not_delivered, BOUGHT, 0, 840_000),
        (Category.not_delivered, replace(BOUGHT, line_toman=300_000), 0, 300_000),
        (Category.defective, BOUGHT, 0, 800_000),
        (Category.defective, BOUGHT, 250_000, 550_000),
        (Category.defective, BOUGHT, 900_000, 0),
        (Category.not_as_described, replace(BOUGHT, line_toman=900_000), 0, 800_000),
        (Category.shipping_charged, BOUGHT, 0, 40_000),
        (Category.kit_missing, BOUGHT, 0, 0),
    ],
)
def test_the_loss_by_category(category, bought, residual, loss):
    assert loss_of(category, bought, residual) == loss
    assert full_loss(category, bought) >= loss


@pytest.mark.parametrize(
    ("loss", "share", "order_used", "person_used", "amount"),
    [
        (8_000_000, 100, 0, 0, 5_000_000),
        (6_000_000, 100, 0, 5_000_000, 4_200_000),
        (6_000_000, 100, 0, 9_200_000, 800_000),
        (1_000_000, 50, 0, 0, 350_000),
        (49_999, 100, 0, 0, 0),
        (50_000, 100, 0, 0, 35_000),
        (8_000_000, 100, 4_500_000, 4_500_000, 500_000),
        (8_000_000, 100, 6_000_000, 0, 0),
    ],
)
def test_the_grant_keeps_share_coverage_and_caps(loss, share, order_used, person_used, amount):
    made = grant(loss, share, POLICY, order_used_toman=order_used, person_used_toman=person_used)
    assert made.amount_toman == amount


@given(st.integers(0, 10**10), st.integers(0, 100), st.integers(0, 10**8), st.integers(0, 10**8))
def test_a_grant_is_never_above_the_loss_or_a_cap(loss, share, order_used, person_used):
    amount = grant(
        loss, share, POLICY, order_used_toman=order_used, person_used_toman=person_used
    ).amount_toman
    assert 0 <= amount <= loss * 70 // 100
    assert amount + order_used <= max(order_used, POLICY.fund_cap_per_order_toman)
    assert amount + person_used <= max(person_used, POLICY.fund_cap_per_person_toman)


def test_two_adjudicators_strictly_above_the_limit():
    at_limit = 2_857_142  # 70 % is 1,999,999
    assert seats_needed(at_limit, POLICY) == 1
    assert seats_needed(2_857_144, POLICY) == 1
    assert seats_needed(2_857_145, POLICY) == 2


def test_choices_differ_by_what_they_lead_to():
    assert not do_differ((True, 100, 100), (True, 100, 100))
    assert do_differ((True, 100, 100), (True, 100, 99))
    assert do_differ((True, 100, 100), (False, 0, 0))
    assert not do_differ((False, 0, 0), (False, 5, 7))


@pytest.mark.parametrize(
    ("who", "found"),
    [
        (Interests(7, False, frozenset(), False), []),
        (Interests(1, False, frozenset(), False), ["own_purchase"]),
        (Interests(7, True, frozenset(), False), ["store_member"]),
        (Interests(7, False, frozenset({"09120000000"}), False), ["family_mobile"]),
        (Interests(7, False, frozenset(), True), ["acted_before"]),
        (
            Interests(1, True, frozenset({"09120000000"}), True),
            ["own_purchase", "store_member", "family_mobile", "acted_before"],
        ),
    ],
)
def test_conflicts_of_interest(who, found):
    assert conflicts(who, 1, {"09120000000"}) == found


def test_seats_go_to_the_least_loaded_and_nobody_chooses_among_equals():
    assert choose_seat("K1", {}) is None
    assert choose_seat("K1", {1: 3, 2: 1, 3: 2}) == 2
    chosen = {choose_seat(f"K{n}", {1: 0, 2: 0, 3: 0}) for n in range(60)}
    assert chosen == {1, 2, 3}
    assert choose_seat("K9", {1: 0, 2: 0}) == choose_seat("K9", {2: 0, 1: 0})


def test_who_bears_the_cost_of_a_look():
    assert {f: bearer_of(f) for f in InspectionFinding} == {
        InspectionFinding.for_shopper: Party.store,
        InspectionFinding.for_store: Party.shopper,
        InspectionFinding.unclear: Party.office,
    }


def test_every_state_is_in_the_table_and_can_be_reached():
    assert set(TRANSITIONS) == set(ClaimState)
    reached, new = {ClaimState.filed}, {ClaimState.filed}
    while new:
        new = {following for state in new for following in TRANSITIONS[state]} - reached
        reached |= new
    assert reached == set(ClaimState)


WISH = {"text": "کالا هرگز نرسید و پاسخی نیامد."}


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({}, {"text": "required"}),
        ({"text": "کم"}, {"text": "too_short"}),
        ({**WISH, "residual_toman": "1000 ریال"}, {"residual_toman": "amount_in_words"}),
        ({**WISH, "residual_toman": "-5"}, {"residual_toman": "bad_amount"}),
        ({**WISH, "residual_toman": "1.5"}, {"residual_toman": "bad_amount"}),
        ({**WISH, "residual_toman": "1e3"}, {"residual_toman": "amount_in_words"}),
        ({**WISH, "sheba": "IR12"}, {"sheba": "bad_sheba", "sheba_owner": "required"}),
    ],
)
def test_what_a_claim_may_not_say(values, wrong):
    with pytest.raises(BadClaim) as refused:
        ClaimWish.parse(values)
    assert refused.value.fields == wrong


def test_sums_are_read_with_any_digits_and_separators():
    assert ClaimWish.parse({**WISH, "residual_toman": "۱٬۲۳۴٬۵۶۷"}).residual_toman == 1_234_567
    assert ClaimWish.parse({**WISH, "residual_toman": "1,000"}).residual_toman == 1_000


CHOICE = {
    "outcome": "approve",
    "loss_toman": "500000",
    "ground": "not_delivered",
    "text": "مدرکی از تحویل نیست.",
    "version": "3",
}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"outcome": ""}, {"outcome"}),
        ({"loss_toman": "600001"}, {"loss_toman"}),
        ({"loss_toman": "0"}, {"loss_toman"}),
        ({"store_share_percent": "101"}, {"store_share_percent"}),
        ({"ground": "delivered"}, {"ground"}),
        ({"outcome": "reject"}, {"ground"}),
        ({"ground": "whim"}, {"ground"}),
        ({"text": ""}, {"text"}),
        ({"summary": "خانم احمدی ۰۹۱۲۳۴۵۶۷۸۹"}, {"summary"}),
        ({"version": "x"}, {"version"}),
    ],
)
def test_what_a_choice_may_not_say(change, wrong):
    with pytest.raises(BadClaim) as refused:
        Choice.parse({**CHOICE, **change}, 600_000)
    assert set(refused.value.fields) == wrong


def test_the_clocks_of_a_claim():
    """72 hours to answer, 72 for more, ten working days to decide, seven to appeal, three working days to pay."""
    thursday = datetime(2026, 4, 30, 8, 0, tzinfo=UTC)
    assert answer_due(thursday, POLICY) - thursday == timedelta(hours=72)
    assert evidence_due(thursday, POLICY) - thursday == timedelta(hours=72)
    assert appeal_until(thursday, POLICY) - thursday == timedelta(days=7)
    assert decide_by(thursday, POLICY) == add_working_days(thursday, 10)
    assert pay_by(thursday, POLICY) == add_working_days(thursday, 3)
    assert (decide_by(thursday, POLICY) - thursday).days >= 11, "two Fridays at least stand between"
