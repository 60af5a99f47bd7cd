"""The rules of risk and of the pledge monitor: values in, decision out. Source: docs/reference/oversight.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.oversight.watch_models import KitCaseState
from marketplace.policy.policy import Policy

RISK = "visit-risk/v1"
"""The name of the rule; another way to weigh gets another name. Its numbers are those of the policy in force when the
list is closed."""

S = KitCaseState
TRANSITIONS: dict[KitCaseState, frozenset[KitCaseState]] = {
    S.warned: frozenset({S.hearing, S.closed}),
    S.hearing: frozenset({S.heard, S.frozen, S.closed}),
    S.heard: frozenset({S.frozen, S.closed}),
    S.frozen: frozenset({S.closed}),
    S.closed: frozenset(),
}
"""Lawful steps of a case of missing kits."""


@dataclass(frozen=True, slots=True)
class RiskFacts:
    """What is known of a store. `sells_permits`: masks or disinfectants; `sells_food`: perishable goods."""

    last_visit_at: datetime | None
    open_findings: int
    health_complaints: int
    kit_reports: int
    sells_permits: bool
    sells_food: bool


def risk_of(facts: RiskFacts, policy: Policy, at: datetime) -> Mapping[str, int]:
    """The parts of a store's weight by name; their sum is the number of its chances, at least 1."""
    parts = {"base": 1}
    if facts.last_visit_at is None:
        parts["never_visited"] = policy.risk_never_visited
    elif facts.last_visit_at <= at - timedelta(days=policy.risk_visit_old_days):
        parts["long_ago"] = policy.risk_long_ago
    parts |= {
        "open_findings": min(facts.open_findings * policy.risk_each_finding, policy.risk_most_findings),
        "health_complaints": min(
            facts.health_complaints * policy.risk_each_complaint, policy.risk_most_complaints
        ),
        "kit_reports": min(facts.kit_reports * policy.risk_each_kit_report, policy.risk_most_kit_reports),
        "permits": policy.risk_permits if facts.sells_permits else 0,
        "food": policy.risk_food if facts.sells_food else 0,
    }
    return {name: value for name, value in parts.items() if value}


def kit_step(reports: int, state: KitCaseState | None, policy: Policy) -> KitCaseState | None:
    """The next state that so many reports of distinct delivered orders ask for; None where nothing changes."""
    if reports >= policy.kit_freeze_reports and state in (None, S.warned):
        return S.hearing
    if reports >= policy.kit_warning_reports and state is None:
        return S.warned
    return None


def may_freeze(state: KitCaseState, heard_by: datetime | None, at: datetime) -> bool:
    """Whether the offers may be stopped: the store was heard, or its time to speak is over."""
    return state is S.heard or (state is S.hearing and heard_by is not None and at > heard_by)


def due_shipping(goods_toman: int, tariff_toman: int, cheapest_toman: int, threshold_toman: int) -> int:
    """What a shopper pays for shipping by the pledge: nothing but the difference of a dearer method strictly above the
    threshold, the whole tariff up to it."""
    return max(0, tariff_toman - cheapest_toman) if goods_toman > threshold_toman else tariff_toman
