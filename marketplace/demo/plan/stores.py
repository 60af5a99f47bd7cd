"""The stores that applied to the festival, admitted or not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from random import Random

from persiantools.jdatetime import JalaliDate

from marketplace.demo.plan.edition import EditionPlan
from marketplace.demo.plan.names import Identity, invented, named
from marketplace.demo.plan.outcomes import (
    Decision,
    Outcome,
    ReasonPlan,
    decision,
    others,
)
from marketplace.demo.plan.papers import (
    ClearancePlan,
    LicencePlan,
    PledgePlan,
    SealPlan,
    plan_papers,
)
from marketplace.demo.plan.people import PersonPlan, plan_owner
from marketplace.demo.plan.places import plan_address
from marketplace.demo.plan.scale import Scale
from marketplace.demo.plan.source import data, stream


@dataclass(frozen=True, slots=True)
class StorePlan:
    """One store with its owner, papers and application. `pull` (1 to 100) is how much shoppers like it."""

    key: str
    slug: str
    name_fa: str
    name_en: str
    kind: str
    category_slug: str
    trade: str
    province_fa: str
    city_fa: str
    address_fa: str
    address_en: str
    postal_code: str
    phone: str
    domain: str
    slogan_fa: str
    slogan_en: str
    founded_on: date
    owner: PersonPlan
    outcome: Outcome
    application_state: str
    application_reasons: tuple[ReasonPlan, ...]
    submitted_at: datetime
    decided_at: datetime | None
    seal: SealPlan | None
    licence: LicencePlan | None
    clearance: ClearancePlan | None
    pledges: tuple[PledgePlan, ...]
    finding: ReasonPlan | None
    pull: int

    @property
    def was_approved(self) -> bool:
        """True when the store came as far as selling: approved, or suspended after it."""
        return self.application_state in ("approved", "suspended")


def plan_stores(scale: Scale, seed: int, edition: EditionPlan) -> tuple[StorePlan, ...]:
    """All applicants, the admitted ones first; the named stores of the data come before invented ones."""
    outcomes = [Outcome.ADMITTED] * scale.counts.admitted + list(others(scale))
    known = named(seed)
    new = invented(seed, {identity.slug for identity in known})
    identities = known[: len(outcomes)] + list(islice(new, max(0, len(outcomes) - len(known))))
    seen: Counter[Outcome] = Counter()
    plans = []
    for index, (identity, outcome) in enumerate(zip(identities, outcomes, strict=True)):
        plans.append(_store(index, seed, identity, outcome, seen[outcome], edition))
        seen[outcome] += 1
    return tuple(plans)


def _store(
    index: int, seed: int, identity: Identity, outcome: Outcome, nth: int, edition: EditionPlan
) -> StorePlan:
    rng = stream(seed, "store", identity.slug, outcome)
    stands = decision(outcome, nth, rng)
    submitted_at = _submitted_at(rng, stands, edition)
    papers = plan_papers(index, seed, rng, outcome, stands.state == "approved", submitted_at, edition)
    place = plan_address(identity.slug, seed, identity.province_fa, identity.city_fa)
    return StorePlan(
        key=f"store-{index + 1:05d}",
        slug=identity.slug,
        name_fa=identity.name_fa,
        name_en=identity.name_en,
        kind="offline" if outcome is Outcome.NO_SEAL and rng.random() < 0.5 else identity.kind,
        category_slug=identity.category_slug,
        trade=identity.trade,
        province_fa=identity.province_fa,
        city_fa=identity.city_fa,
        address_fa=place.address_fa,
        address_en=place.address_en,
        postal_code=place.postal_code,
        phone=place.phone,
        domain=f"{identity.slug}.example",
        slogan_fa=identity.slogan_fa,
        slogan_en=identity.slogan_en,
        founded_on=_founded_on(rng, identity.founded_year, submitted_at),
        owner=plan_owner(index, seed, identity.province_fa, identity.city_fa),
        outcome=outcome,
        application_state=stands.state,
        application_reasons=stands.reasons,
        submitted_at=submitted_at,
        decided_at=_decided_at(rng, stands, submitted_at, edition),
        seal=papers.seal,
        licence=papers.licence,
        clearance=papers.clearance,
        pledges=papers.pledges,
        finding=_finding(rng, outcome),
        pull=min(100, 1 + int(rng.paretovariate(0.9) * 4)),
    )


def _submitted_at(rng: Random, stands: Decision, edition: EditionPlan) -> datetime:
    late = any(reason.code == "late" for reason in stands.reasons)
    if late:
        return edition.applications_until + timedelta(hours=rng.randint(1, 90), seconds=rng.randrange(3600))
    days = (edition.applications_until - edition.applications_from).days - 1
    return edition.applications_from + timedelta(
        days=int(days * rng.random() ** 0.7), hours=rng.randint(8, 21), seconds=rng.randrange(3600)
    )


def _decided_at(
    rng: Random, stands: Decision, submitted_at: datetime, edition: EditionPlan
) -> datetime | None:
    if stands.state == "submitted":
        return None
    decided = submitted_at + timedelta(days=rng.randint(4, 20), minutes=rng.randrange(500))
    return min(decided, edition.live_from - timedelta(days=2, minutes=rng.randrange(600)))


def _founded_on(rng: Random, jalali_year: int, submitted_at: datetime) -> date:
    founded: date = JalaliDate(jalali_year, rng.randint(1, 12), rng.randint(1, 29)).to_gregorian()
    return min(founded, submitted_at.date() - timedelta(days=rng.randint(200, 360)))


def _finding(rng: Random, outcome: Outcome) -> ReasonPlan | None:
    if outcome is not Outcome.CRITICAL_FINDING:
        return None
    row = rng.choice([row for row in data("voices")["findings"] if row["severity"] == "critical"])
    return ReasonPlan("critical", row["fa"], row["en"])
