"""What the machine can look at in an application, each with its evidence: facts in, checks out. Pure.

No answer never means yes: what was not answered is `wait`, and nothing is approved on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from marketplace.festival.application_models import MatchState
from marketplace.festival.models import CheckResult
from marketplace.festival.rules import Objection, StoreFacts, Why, reasons_against_store


class CheckKey(StrEnum):
    """The checks in the order in which they are shown."""

    seal = "seal"
    licence = "licence"
    clearance = "clearance"
    pledges = "pledges"
    identity = "identity"
    account = "account"
    health = "health"
    linked = "linked"


@dataclass(frozen=True, slots=True)
class Check:
    """One check with its result. `code` names the sentence `check.<code>` that `params` fill; `until`: when what
    it stands on lapses."""

    key: CheckKey
    result: CheckResult
    code: str
    until: datetime | None = None
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ApplicationFacts:
    """What checks and score ask of an application. `None` means: there is none."""

    application_id: int
    store: StoreFacts
    store_domain: str | None
    given_seal_code: str | None
    seal_code: str | None
    seal_domain: str | None
    stars: int
    given_licence: str | None
    licence_number: str | None
    has_consent: bool
    identity: MatchState | None
    account: MatchState | None
    has_health_answers: bool
    linked_count: int
    is_hard_hit_category: bool
    fall_percent: int | None
    has_evidence: bool
    age_years: int
    solved_percent: int | None


def checks_of(facts: ApplicationFacts, at: datetime) -> tuple[Check, ...]:
    """All checks of an application at a moment, in their order; `linked` only where there is a link."""
    against = {objection.code: objection for objection in reasons_against_store(facts.store, at)}
    found = [
        _seal(facts, against),
        _licence(facts, against),
        _clearance(facts, against),
        _simple(CheckKey.pledges, Why.pledge_missing in against, "pledge_missing", "pledges_accepted"),
        _match(CheckKey.identity, facts.identity),
        _match(CheckKey.account, facts.account),
        _health(facts, against),
    ]
    if facts.linked_count:
        found.append(
            Check(CheckKey.linked, CheckResult.look, "linked_found", params={"count": facts.linked_count})
        )
    return tuple(found)


def result_of(checks: Iterable[Check]) -> CheckResult:
    """What the checks come to: the worst of them."""
    results = {check.result for check in checks}
    for worst in (CheckResult.no, CheckResult.wait, CheckResult.look):
        if worst in results:
            return worst
    return CheckResult.ok


def _seal(facts: ApplicationFacts, against: dict[Why, Objection]) -> Check:
    key, no = CheckKey.seal, CheckResult.no
    for code in (
        Why.seal_missing,
        Why.seal_revoked,
        Why.seal_suspended,
        Why.seal_expired,
        Why.seal_not_issued,
    ):
        if code in against:
            return Check(key, no, code.value, against[code].until)
    if facts.given_seal_code is not None and facts.given_seal_code != facts.seal_code:
        return Check(key, no, "seal_of_another")
    if facts.seal_domain != facts.store_domain:
        return Check(key, no, "seal_other_domain")
    until = facts.store.seal.valid_until if facts.store.seal else None
    return Check(key, CheckResult.ok, "seal_active", until, {"stars": facts.stars})


def _licence(facts: ApplicationFacts, against: dict[Why, Objection]) -> Check:
    key, no = CheckKey.licence, CheckResult.no
    for code in (Why.licence_missing, Why.licence_not_active, Why.licence_expired):
        if code in against:
            return Check(key, no, code.value)
    if facts.given_licence is not None and facts.given_licence != facts.licence_number:
        return Check(key, no, "licence_other_number")
    until = facts.store.licence.valid_until if facts.store.licence else None
    return Check(key, CheckResult.ok, "licence_active", until)


def _clearance(facts: ApplicationFacts, against: dict[Why, Objection]) -> Check:
    key = CheckKey.clearance
    if Why.clearance_adverse in against:
        return Check(key, CheckResult.no, "clearance_adverse")
    if Why.clearance_expired in against:
        return Check(key, CheckResult.no, "clearance_expired")
    if Why.clearance_missing in against and not facts.has_consent:
        return Check(key, CheckResult.no, "clearance_not_agreed")
    if Why.clearance_missing in against or Why.clearance_pending in against:
        return Check(key, CheckResult.wait, "clearance_pending")
    return Check(key, CheckResult.ok, "clearance_clear", facts.store.clearance_until)


def _health(facts: ApplicationFacts, against: dict[Why, Objection]) -> Check:
    if Why.critical_finding in against:
        return Check(CheckKey.health, CheckResult.no, "critical_finding")
    return _simple(CheckKey.health, not facts.has_health_answers, "health_missing", "health_declared")


def _simple(key: CheckKey, is_wrong: bool, wrong: str, right: str) -> Check:
    return Check(key, CheckResult.no if is_wrong else CheckResult.ok, wrong if is_wrong else right)


_OF_MATCH = {
    MatchState.match: CheckResult.ok,
    MatchState.mismatch: CheckResult.no,
    MatchState.asked: CheckResult.wait,
    MatchState.unanswered: CheckResult.wait,
}


def _match(key: CheckKey, state: MatchState | None) -> Check:
    if state is None:
        return Check(key, CheckResult.wait, f"{key.value}_not_asked")
    return Check(key, _OF_MATCH[state], f"{key.value}_{state.value}")
