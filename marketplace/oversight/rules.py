"""The rules of risk and of the pledge monitor: values in, decision out. Source: docs/reference/oversight.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.oversight.watch_models import KitCaseState
from marketplace.policy.policy import Policy

RISK = "visit-risk/v1"
"""The name of the rule; another way to weigh gets another name."""
NEVER_VISITED, LONG_AGO, DELICATE, SENSITIVE = 3, 2, 2, 2
EACH_HEALTH_COMPLAINT, MOST_HEALTH_COMPLAINTS = 2, 8
EACH_OPEN_FINDING, MOST_OPEN_FINDINGS = 3, 9
EACH_KIT_REPORT, MOST_KIT_REPORTS = 1, 5
LONG = timedelta(days=180)
LEAD_LEAST, LEAD_MOST = timedelta(minutes=10), timedelta(days=7)
"""Between the freeze of a list and its randomness: time for two signatures."""
HEARING = timedelta(hours=72)
"""So long a store may explain missing kits before its offers can be stopped."""

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


def risk_of(facts: RiskFacts, at: datetime) -> Mapping[str, int]:
    """The parts of a store's weight by name; their sum is the number of its chances, at least 1."""
    parts = {"base": 1}
    if facts.last_visit_at is None:
        parts["never_visited"] = NEVER_VISITED
    elif facts.last_visit_at <= at - LONG:
        parts["long_ago"] = LONG_AGO
    counted = {
        "open_findings": min(facts.open_findings * EACH_OPEN_FINDING, MOST_OPEN_FINDINGS),
        "health_complaints": min(facts.health_complaints * EACH_HEALTH_COMPLAINT, MOST_HEALTH_COMPLAINTS),
        "kit_reports": min(facts.kit_reports * EACH_KIT_REPORT, MOST_KIT_REPORTS),
        "permits": DELICATE if facts.sells_permits else 0,
        "food": SENSITIVE if facts.sells_food else 0,
    }
    return {**parts, **{name: value for name, value in counted.items() if value}}


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
