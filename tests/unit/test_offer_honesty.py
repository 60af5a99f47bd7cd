"""Honesty of an offer: every rule at its boundary, and laws that hold for any history."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.core.money import percent_off
from marketplace.festival.honesty import (
    Claim,
    Weight,
    blocks,
    findings_about,
    needs_a_person,
    reference_of,
    reference_price,
)
from marketplace.festival.models import OfferState
from marketplace.festival.offer_rules import EDITABLE, SELLING, TRANSITIONS, may_become
from marketplace.policy.policy import Policy
from tests.factories import AT

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
POLICY = Policy()
START = AT


def claim(**facts):
    """Goods of a hundred days at 200, offered at 150, all in order."""
    known = {"regular_toman": 200_000, "festival_toman": 150_000, "reduced_at": START}
    return Claim(**{"history": [(START - 100 * DAY, 200_000)], **known, **facts})


def codes(of, weight=None):
    return {f.code for f in findings_about(of, POLICY) if weight is None or f.weight is weight}


def test_an_honest_offer_has_nothing_against_it():
    assert findings_about(claim(), POLICY) == []


@pytest.mark.parametrize(
    ("festival", "passes"), [(170_000, True), (170_001, False), (200_000, False), (1, True)]
)
def test_fifteen_percent_is_enough_and_a_toman_less_is_not(festival, passes):
    assert (not blocks(findings_about(claim(festival_toman=festival), POLICY))) is passes


def test_the_price_of_twenty_days_ago_is_the_reference():
    """Regular 200, price 150 twenty days ago, festival 150: 0 % against the reference."""
    history = [(START - 100 * DAY, 200_000), (START - 20 * DAY, 150_000), (START - 10 * DAY, 200_000)]
    assert codes(claim(history=history), Weight.block) == {"discount_below_reference"}


@pytest.mark.parametrize(
    ("low_until", "reference"),
    [(START - 30 * DAY, 200_000), (START - 30 * DAY + SECOND, 100_000), (START - SECOND, 100_000)],
)
def test_a_price_counts_while_it_was_asked_within_the_window(low_until, reference):
    history = [(START - 90 * DAY, 100_000), (low_until, 200_000)]
    assert reference_price(history, START, 30).toman == reference


@pytest.mark.parametrize(
    ("first", "is_seasoned"),
    [(START - 30 * DAY, True), (START - 30 * DAY + SECOND, False), (START - DAY, False)],
)
def test_goods_need_thirty_days_here_or_evidence(first, is_seasoned):
    young = claim(history=[(first, 200_000)])
    assert ("evidence_missing" in codes(young, Weight.block)) is not is_seasoned
    shown = claim(history=[(first, 200_000)], has_evidence=True)
    assert ("evidence_to_be_read" in codes(shown, Weight.person)) is not is_seasoned
    assert needs_a_person(findings_about(shown, POLICY)) is not is_seasoned


def test_a_new_store_that_inflates_its_regular_price_cannot_pass():
    """It tells 200 since yesterday and asks 150; the invoice says 160."""
    young = {"history": [(START - DAY, 200_000)]}
    assert codes(claim(**young), Weight.block) == {"evidence_missing"}
    assert codes(claim(**young, has_evidence=True), Weight.block) == set()
    read = claim(**young, has_evidence=True, evidence_toman=160_000)
    assert codes(read, Weight.block) == {"discount_below_reference"}
    honest = claim(**young, has_evidence=True, evidence_toman=200_000)
    assert codes(honest, Weight.block) == set()


@pytest.mark.parametrize(("percent", "needs"), [(59, False), (60, True)])
def test_from_which_discount_on_a_person_looks_is_a_number_of_the_policy(percent, needs):
    of = claim(festival_toman=200_000 * (100 - percent) // 100)
    assert needs_a_person(findings_about(of, POLICY)) is needs
    assert needs_a_person(findings_about(of, Policy(unusual_discount_percent=percent + 1))) is False
    assert needs_a_person(findings_about(of, Policy(unusual_discount_percent=percent))) is True


def test_without_any_history_the_story_of_the_store_is_no_proof():
    assert codes(claim(history=[]), Weight.block) == {"evidence_missing"}


@pytest.mark.parametrize(
    ("facts", "code", "weight"),
    [
        ({"needs_permit": True}, "permit_missing", Weight.block),
        ({"needs_permit": True, "permit_number": "56/1"}, "permit_to_be_checked", Weight.person),
        ({"asked_code": "health"}, "health_code_missing", Weight.block),
        ({"asked_code": "authenticity"}, "authenticity_code_missing", Weight.block),
        ({"same_goods": 1}, "same_goods", Weight.block),
        ({"same_pictures": 2}, "same_picture", Weight.person),
        ({"has_picture": False}, "picture_missing", Weight.note),
        ({"festival_toman": 80_000}, "discount_unusual", Weight.person),
    ],
)
def test_each_paper_and_twin_is_found(facts, code, weight):
    assert codes(claim(**facts)) == {code}
    assert codes(claim(**facts), weight) == {code}


def test_all_reasons_are_told_at_once():
    bad = claim(festival_toman=199_000, history=[], needs_permit=True, asked_code="health", same_goods=3)
    assert codes(bad, Weight.block) == {
        "discount_below_regular", "discount_below_reference", "evidence_missing", "permit_missing",
        "health_code_missing", "same_goods",
    }  # fmt: skip


prices = st.integers(1_000, 500_000)
histories = st.lists(st.tuples(st.integers(1, 120 * 24), prices), min_size=1, max_size=8).map(
    lambda points: [(START - timedelta(hours=hours), toman) for hours, toman in sorted(points, reverse=True)]
)


@given(histories, prices, prices)
@settings(max_examples=120, deadline=None)
def test_whatever_passes_is_fifteen_percent_under_every_price_of_the_window(history, regular, festival):
    offered = claim(history=history, regular_toman=regular, festival_toman=festival, has_evidence=True)
    if blocks(findings_about(offered, POLICY)):
        return
    start = START - 30 * DAY
    in_force = [p for since, p in history if since > start] + [p for since, p in history if since <= start][
        -1:
    ]
    assert all(percent_off(festival, price) >= 15 for price in [*in_force, regular])


@given(histories, prices, prices)
@settings(max_examples=60, deadline=None)
def test_evidence_never_raises_the_reference_and_old_prices_never_matter(history, read, old):
    plain, proven = claim(history=history), claim(history=history, evidence_toman=read)
    assert reference_of(proven, POLICY) == min(read, reference_of(plain, POLICY))
    if any(since <= START - 30 * DAY for since, _ in history):
        older = claim(history=[(START - 400 * DAY, old), *history])
        assert reference_of(older, POLICY) == reference_of(plain, POLICY)


def test_every_state_has_its_steps_and_ends_somewhere():
    assert set(TRANSITIONS) == set(OfferState)
    assert TRANSITIONS[OfferState.ended] == frozenset()
    assert all(any(may_become(s, f) for f in OfferState) for s in OfferState if s is not OfferState.ended)
    assert not EDITABLE & SELLING
    assert {s for s in OfferState if may_become(s, OfferState.live)} == {
        OfferState.approved,
        OfferState.frozen,
    }
    assert not may_become(OfferState.draft, OfferState.approved)
