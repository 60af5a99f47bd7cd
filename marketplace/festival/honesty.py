"""Is this offer honest? A pure function: facts in, all findings out.

Sources: docs/reference/rules.md, "Offers". At least the least percent under the regular price AND under the
reference, the lowest price of the 30 days before the reduction. Goods that have no 30 days of history here are
measured by their whole life, and an officer looks at an invoice or a public price; what the officer read there
counts as a price that was asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from marketplace.core.money import percent_off
from marketplace.policy.policy import Policy


class Weight(StrEnum):
    """block: it cannot pass; person: an officer decides with open eyes; note: good to know."""

    block = "block"
    person = "person"
    note = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found. `figures` fill its sentence `finding.<code>`."""

    code: str
    weight: Weight
    figures: tuple[tuple[str, int], ...] = ()


PricePoint = tuple[datetime, int]
"""(since, toman)."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What is known of an offer. `history`: every price at which the goods were on sale here, oldest first, never one
    that a draft told;
    `reduced_at`: when its reduction begins; twins are other offers that show the same goods or the same picture."""

    regular_toman: int
    festival_toman: int
    history: Sequence[PricePoint]
    reduced_at: datetime
    has_evidence: bool = False
    evidence_toman: int | None = None
    needs_permit: bool = False
    permit_number: str | None = None
    asked_code: str | None = None
    health_code: str | None = None
    has_picture: bool = True
    same_goods: int = 0
    same_pictures: int = 0


@dataclass(frozen=True, slots=True)
class Reference:
    """The lowest price before a reduction; `is_seasoned`: the goods have the whole window of history here."""

    toman: int
    since: datetime
    is_seasoned: bool


def reference_price(history: Sequence[PricePoint], reduced_at: datetime, days: int) -> Reference | None:
    """The lowest price in force at any moment of [reduced_at - days, reduced_at); None without any history.

    A price counts from its own moment until the next one; one that was asked when the window began counts too.
    """
    start = reduced_at - timedelta(days=days)
    before = [point for point in history if point[0] < reduced_at]
    if not before:
        return None
    standing = [point for point in before if point[0] <= start][-1:]
    inside = [point for point in before if point[0] > start]
    since, toman = min([*standing, *inside], key=lambda point: (point[1], point[0]))
    return Reference(toman, since, bool(standing))


def reference_of(claim: Claim, policy: Policy) -> int:
    """What the discount is measured by: the reference price, or what an officer read in the evidence if that is less.

    Without any history it is the regular price that the store tells.
    """
    found = reference_price(claim.history, claim.reduced_at, policy.reference_days)
    prices = [found.toman if found else claim.regular_toman]
    if claim.evidence_toman is not None:
        prices.append(claim.evidence_toman)
    return min(prices)


def findings_about(claim: Claim, policy: Policy) -> list[Finding]:
    """Everything that was found, the heaviest first."""
    found = [
        *_discount(claim, policy),
        *_age(claim, policy),
        *_papers(claim),
        *_twins(claim),
        *_habits(claim, policy),
    ]
    order = list(Weight)
    return sorted(found, key=lambda finding: order.index(finding.weight))


def blocks(findings: Sequence[Finding]) -> list[Finding]:
    """Those with which an offer cannot pass."""
    return [finding for finding in findings if finding.weight is Weight.block]


def needs_a_person(findings: Sequence[Finding]) -> bool:
    """Whether an officer has to look at this offer by itself."""
    return any(finding.weight is Weight.person for finding in findings)


def _discount(claim: Claim, policy: Policy) -> Iterator[Finding]:
    reference = reference_of(claim, policy)
    for code, base in (
        ("discount_below_regular", claim.regular_toman),
        ("discount_below_reference", reference),
    ):
        percent = percent_off(claim.festival_toman, base)
        if percent < policy.min_discount_percent:
            figures = (("percent", percent), ("least", policy.min_discount_percent), ("toman", base))
            yield Finding(code, Weight.block, figures)


def _age(claim: Claim, policy: Policy) -> Iterator[Finding]:
    found = reference_price(claim.history, claim.reduced_at, policy.reference_days)
    if found is not None and found.is_seasoned:
        return
    first = claim.history[0][0] if claim.history else claim.reduced_at
    days = max(0, (claim.reduced_at - first).days)
    figures = (("days", days), ("needed", policy.reference_days))
    if not claim.has_evidence:
        yield Finding("evidence_missing", Weight.block, figures)
    elif claim.evidence_toman is None:
        yield Finding("evidence_to_be_read", Weight.person, figures)
    else:
        yield Finding("evidence_was_read", Weight.note, (("toman", claim.evidence_toman),))


def _papers(claim: Claim) -> Iterator[Finding]:
    if claim.needs_permit and not claim.permit_number:
        yield Finding("permit_missing", Weight.block)
    elif claim.needs_permit:
        yield Finding("permit_to_be_checked", Weight.person)
    if claim.asked_code and not claim.health_code:
        yield Finding(f"{claim.asked_code}_code_missing", Weight.block)


def _twins(claim: Claim) -> Iterator[Finding]:
    if claim.same_goods:
        yield Finding("same_goods", Weight.block, (("count", claim.same_goods),))
    if claim.same_pictures:
        yield Finding("same_picture", Weight.person, (("count", claim.same_pictures),))
    if not claim.has_picture:
        yield Finding("picture_missing", Weight.note)


def _habits(claim: Claim, policy: Policy) -> Iterator[Finding]:
    percent = percent_off(claim.festival_toman, claim.regular_toman)
    if percent >= policy.unusual_discount_percent:
        yield Finding("discount_unusual", Weight.person, (("percent", percent),))
    start = claim.reduced_at - timedelta(days=policy.reference_days)
    recent = [toman for since, toman in claim.history if start < since < claim.reduced_at]
    reference = reference_of(claim, policy)
    if recent and max(recent) > reference:
        yield Finding("raised_lately", Weight.note, (("low", reference), ("high", max(recent))))
