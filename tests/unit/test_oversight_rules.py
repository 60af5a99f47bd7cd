"""Risk of a visit, thresholds of missing kits, and what the pledge of free shipping asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from marketplace.oversight.rules import (
    TRANSITIONS,
    RiskFacts,
    due_shipping,
    kit_step,
    may_freeze,
    risk_of,
)
from marketplace.oversight.watch_models import KitCaseState as S
from marketplace.policy.policy import Policy

AT = datetime(2026, 3, 25, 10, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
OLD = timedelta(days=Policy().risk_visit_old_days)
CALM = RiskFacts(AT - timedelta(days=10), 0, 0, 0, sells_permits=False, sells_food=False)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"base": 1}),
        ({"last_visit_at": None}, {"base": 1, "never_visited": 3}),
        ({"last_visit_at": AT - OLD}, {"base": 1, "long_ago": 2}),
        ({"last_visit_at": AT - OLD + SECOND}, {"base": 1}),
        ({"open_findings": 1}, {"base": 1, "open_findings": 3}),
        ({"open_findings": 9}, {"base": 1, "open_findings": 9}),
        ({"health_complaints": 2}, {"base": 1, "health_complaints": 4}),
        ({"health_complaints": 50}, {"base": 1, "health_complaints": 8}),
        ({"kit_reports": 7}, {"base": 1, "kit_reports": 5}),
        ({"sells_permits": True, "sells_food": True}, {"base": 1, "permits": 2, "food": 2}),
    ],
)
def test_the_parts_of_a_weight(changes, expected):
    assert risk_of(replace(CALM, **changes), Policy(), AT) == expected


def test_weights_are_the_policys():
    facts = RiskFacts(None, 2, 2, 2, sells_permits=True, sells_food=True)
    policy = Policy(
        risk_never_visited=7, risk_each_finding=1, risk_most_complaints=3, risk_each_kit_report=0, risk_food=9
    )
    assert risk_of(facts, policy, AT) == {
        "base": 1, "never_visited": 7, "open_findings": 2, "health_complaints": 3, "permits": 2, "food": 9,
    }  # fmt: skip
    assert risk_of(replace(CALM, last_visit_at=AT - timedelta(days=3)), Policy(risk_visit_old_days=3), AT) == {
        "base": 1, "long_ago": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("reports", "state", "expected"),
    [
        (2, None, None),
        (3, None, S.warned),
        (4, S.warned, None),
        (5, S.warned, S.hearing),
        (5, None, S.hearing),
        (9, S.hearing, None),
        (9, S.heard, None),
        (9, S.frozen, None),
    ],
)
def test_thresholds_of_missing_kits(reports, state, expected):
    assert kit_step(reports, state, Policy()) is expected


def test_thresholds_are_the_policys():
    assert kit_step(1, None, Policy(kit_warning_reports=1)) is S.warned
    assert kit_step(2, S.warned, Policy(kit_freeze_reports=2)) is S.hearing


@pytest.mark.parametrize(
    ("state", "at", "expected"),
    [
        (S.warned, AT + SECOND, False),
        (S.hearing, AT, False),
        (S.hearing, AT + SECOND, True),
        (S.heard, AT - SECOND, True),
        (S.frozen, AT + SECOND, False),
    ],
)
def test_stopped_only_after_the_store_was_heard(state, at, expected):
    assert may_freeze(state, AT, at) is expected


def test_every_state_of_a_case_is_known():
    assert set(TRANSITIONS) == set(S)
    assert TRANSITIONS[S.closed] == frozenset()


@pytest.mark.parametrize(
    ("goods", "tariff", "cheapest", "expected"),
    [
        (100_000, 32_000, 32_000, 32_000),
        (100_001, 32_000, 32_000, 0),
        (100_001, 55_000, 32_000, 23_000),
        (60_000, 55_000, 32_000, 55_000),
        (500_000, 30_000, 32_000, 0),
    ],
)
def test_what_shipping_is_due(goods, tariff, cheapest, expected):
    assert due_shipping(goods, tariff, cheapest, 100_000) == expected
