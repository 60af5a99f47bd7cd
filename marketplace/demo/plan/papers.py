"""The papers of a store: seal, licence, clearance and pledges, in order but for what its outcome says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from marketplace.demo.plan.edition import EditionPlan
from marketplace.demo.plan.outcomes import Outcome
from marketplace.demo.plan.source import scattered, weighted

PLEDGES = ("free_shipping", "hygiene_kit", "lottery_share")
_STARS = ((5, 34), (4, 38), (3, 21), (2, 5), (1, 2))


@dataclass(frozen=True, slots=True)
class SealPlan:
    """A trust seal; stars are an attribute, `state` is active, suspended, revoked or expired."""

    code: str
    stars: int
    valid_from: datetime
    valid_until: datetime
    state: str


@dataclass(frozen=True, slots=True)
class LicencePlan:
    """A licence of the union of virtual businesses; `state` is active or expired."""

    number: str
    valid_from: datetime
    valid_until: datetime
    state: str


@dataclass(frozen=True, slots=True)
class ClearancePlan:
    """The police inquiry; `state` is clear, adverse, queued or asked, the last two without an answer."""

    state: str
    asked_at: datetime | None
    answered_at: datetime | None
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class PledgePlan:
    """One of the three promises; not accepted when `accepted_at` is None."""

    name: str
    accepted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Papers:
    """All papers of one store."""

    seal: SealPlan | None
    licence: LicencePlan | None
    clearance: ClearancePlan | None
    pledges: tuple[PledgePlan, ...]


def plan_papers(
    index: int,
    seed: int,
    rng: Random,
    outcome: Outcome,
    approved: bool,
    submitted_at: datetime,
    edition: EditionPlan,
) -> Papers:
    """The papers of the store with this number. When `approved`, what is wrong went wrong after the approval."""
    today = edition.live_from + timedelta(days=9)
    return Papers(
        seal=_seal(index, seed, rng, outcome, approved, today),
        licence=_licence(index, seed, rng, outcome, approved, today, edition.jalali_year),
        clearance=_clearance(rng, outcome, submitted_at),
        pledges=_pledges(rng, outcome, submitted_at),
    )


def _seal(
    index: int, seed: int, rng: Random, outcome: Outcome, approved: bool, today: datetime
) -> SealPlan | None:
    if outcome is Outcome.NO_SEAL:
        return None
    valid_from = today - timedelta(days=rng.randint(75, 640))
    state = {Outcome.SUSPENDED_SEAL: "suspended", Outcome.REVOKED_SEAL: "revoked"}.get(outcome, "active")
    if outcome is Outcome.EXPIRED_SEAL:
        state = "expired"
        valid_from = today - timedelta(days=730 + (rng.randint(1, 8) if approved else rng.randint(20, 160)))
    stars = weighted(rng, _STARS)
    if state in ("suspended", "revoked"):
        stars = rng.choice((0, 1, 1, 2))
    code = f"{10_000_000 + scattered(index, 89_999_999, seed, 'seal')}"
    return SealPlan(code, stars, valid_from, valid_from + timedelta(days=730), state)


def _licence(
    index: int, seed: int, rng: Random, outcome: Outcome, approved: bool, today: datetime, year: int
) -> LicencePlan | None:
    if outcome is Outcome.NO_LICENCE:
        return None
    term = rng.choice((365, 730, 1095))
    valid_from = today - timedelta(days=rng.randint(70, term - 40))
    if outcome is Outcome.EXPIRED_LICENCE:
        valid_from = today - timedelta(days=term + (rng.randint(1, 8) if approved else rng.randint(15, 200)))
    state = "expired" if outcome is Outcome.EXPIRED_LICENCE else "active"
    number = (
        f"0{year - 1 - (today - valid_from).days // 365}-{scattered(index, 1_000_000, seed, 'licence'):06d}"
    )
    return LicencePlan(number, valid_from, valid_from + timedelta(days=term), state)


def _clearance(rng: Random, outcome: Outcome, submitted_at: datetime) -> ClearancePlan:
    asked_at = submitted_at + timedelta(hours=rng.randint(3, 40))
    if outcome is Outcome.CLEARANCE_PENDING:
        return ClearancePlan("asked", asked_at, None, None)
    if outcome is Outcome.SUBMITTED:
        return ClearancePlan("queued", None, None, None)
    answered_at = asked_at + timedelta(days=rng.randint(2, 11), minutes=rng.randint(0, 400))
    if outcome is Outcome.CLEARANCE_ADVERSE:
        return ClearancePlan("adverse", asked_at, answered_at, None)
    return ClearancePlan("clear", asked_at, answered_at, answered_at + timedelta(days=365))


def _pledges(rng: Random, outcome: Outcome, submitted_at: datetime) -> tuple[PledgePlan, ...]:
    accepted_at = submitted_at - timedelta(minutes=rng.randint(4, 40))
    missing: tuple[str, ...] = ()
    if outcome is Outcome.PLEDGE_MISSING:
        missing = tuple(rng.sample(PLEDGES, rng.choice((1, 1, 1, 2))))
    return tuple(
        PledgePlan(name, None if name in missing else accepted_at + timedelta(seconds=25 * place))
        for place, name in enumerate(PLEDGES)
    )
