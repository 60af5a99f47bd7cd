"""What became of an application: admitted, or one of the ways a store is not in the festival."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from marketplace.demo.plan.scale import Scale
from marketplace.demo.plan.source import data


class Outcome(StrEnum):
    """The one thing that decides whether shoppers see the store; everything else of it is in order."""

    ADMITTED = "admitted"
    NO_SEAL = "no_seal"
    EXPIRED_SEAL = "expired_seal"
    SUSPENDED_SEAL = "suspended_seal"
    REVOKED_SEAL = "revoked_seal"
    NO_LICENCE = "no_licence"
    EXPIRED_LICENCE = "expired_licence"
    CLEARANCE_ADVERSE = "clearance_adverse"
    CLEARANCE_PENDING = "clearance_pending"
    REJECTED = "rejected"
    WAITING = "waiting"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    PLEDGE_MISSING = "pledge_missing"
    HIDDEN = "hidden"
    CRITICAL_FINDING = "critical_finding"
    SUBMITTED = "submitted"


@dataclass(frozen=True, slots=True)
class ReasonPlan:
    """A reason the office gave, as the applicant reads it."""

    code: str
    fa: str
    en: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The state of an application with its reasons."""

    state: str
    reasons: tuple[ReasonPlan, ...] = ()


SMALL = (Outcome.EXPIRED_SEAL, Outcome.REVOKED_SEAL, Outcome.CLEARANCE_ADVERSE, Outcome.WAITING)
FESTIVAL = {
    Outcome.REJECTED: 180,
    Outcome.WAITING: 120,
    Outcome.NO_SEAL: 120,
    Outcome.NO_LICENCE: 110,
    Outcome.CLEARANCE_PENDING: 60,
    Outcome.EXPIRED_LICENCE: 50,
    Outcome.EXPIRED_SEAL: 45,
    Outcome.SUBMITTED: 45,
    Outcome.PLEDGE_MISSING: 40,
    Outcome.SUSPENDED_SEAL: 30,
    Outcome.CLEARANCE_ADVERSE: 25,
    Outcome.WITHDRAWN: 25,
    Outcome.REVOKED_SEAL: 15,
    Outcome.SUSPENDED: 15,
    Outcome.HIDDEN: 10,
    Outcome.CRITICAL_FINDING: 10,
}
# How many of these had been approved and dropped out afterwards; the others were turned down for it.
_APPROVED_FIRST = {
    Outcome.EXPIRED_SEAL: 6,
    Outcome.SUSPENDED_SEAL: 5,
    Outcome.REVOKED_SEAL: 4,
    Outcome.EXPIRED_LICENCE: 5,
    Outcome.PLEDGE_MISSING: 4,
    Outcome.HIDDEN: 10,
    Outcome.CRITICAL_FINDING: 10,
}
_TURNED_DOWN: dict[Outcome, tuple[tuple[str, str], ...]] = {
    Outcome.NO_SEAL: (("rejected", "seal_missing"),),
    Outcome.EXPIRED_SEAL: (("revision", "seal_expiring"),),
    Outcome.SUSPENDED_SEAL: (("rejected", "complaints_open"),),
    Outcome.REVOKED_SEAL: (("rejected", "complaints_open"),),
    Outcome.NO_LICENCE: (
        ("rejected", "licence_missing"),
        ("rejected", "licence_missing"),
        ("revision", "licence_name"),
    ),
    Outcome.EXPIRED_LICENCE: (("rejected", "licence_missing"),),
    Outcome.CLEARANCE_ADVERSE: (("rejected", "clearance_adverse"),),
    Outcome.PLEDGE_MISSING: (("revision", "pledge_version"), ("rejected", "pledge_refused")),
    Outcome.REJECTED: (
        ("rejected", "discount_false"),
        ("rejected", "discount_false"),
        ("rejected", "capacity"),
        ("rejected", "capacity"),
        ("rejected", "capacity"),
        ("rejected", "late"),
        ("rejected", "duplicate"),
        ("rejected", "counterfeit"),
    ),
    Outcome.SUBMITTED: (
        ("submitted", ""),
        ("submitted", ""),
        ("revision", "price_evidence"),
        ("revision", "address_unclear"),
        ("revision", "photo_quality"),
        ("revision", "iban_owner"),
        ("revision", "domain_proof"),
        ("revision", "category_wrong"),
    ),
}
_STATES = {
    Outcome.ADMITTED: "approved",
    Outcome.CLEARANCE_PENDING: "submitted",
    Outcome.WAITING: "waitlisted",
    Outcome.SUSPENDED: "suspended",
    Outcome.WITHDRAWN: "withdrawn",
}


def others(scale: Scale) -> tuple[Outcome, ...]:
    """The outcomes of the stores that are not admitted, in the order of the plan."""
    if scale is Scale.SMALL:
        return SMALL
    return tuple(outcome for outcome, count in FESTIVAL.items() for _ in range(count))


def decision(outcome: Outcome, nth: int, rng: Random) -> Decision:
    """How the application of the nth store with this outcome stands."""
    if outcome in _STATES:
        return Decision(_STATES[outcome])
    if nth < _APPROVED_FIRST.get(outcome, 0):
        return Decision("approved")
    choices = _TURNED_DOWN[outcome]
    state, code = choices[nth % len(choices)] if nth < len(choices) else rng.choice(choices)
    return Decision(state, (reason(code),) if code else ())


def reason(code: str) -> ReasonPlan:
    """The office's wording for a reason code."""
    row = next(row for row in data("voices")["office_reasons"] if row["code"] == code)
    return ReasonPlan(code, row["fa"], row["en"])
