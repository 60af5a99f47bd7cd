"""A store's health as the public sees it: guidelines acknowledged, visits, findings without anybody's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from marketplace.inspections.guidelines import guidelines_of_store
from marketplace.inspections.queries import findings_of_store, visits_of_store
from marketplace.inspections.rules import Status
from marketplace.inspections.shown import FindingShown, VisitShown, show_findings, show_visits
from marketplace.storefront.offer_shown import SellerShown
from marketplace.storefront.sellers import seller_of, seller_row
from marketplace.storefront.shown import words


@dataclass(frozen=True, slots=True)
class GuidelineLine:
    """A guideline in force and when the store acknowledged it, None while it has not."""

    key: str
    title: str
    version: int
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class PublicHealth:
    """The page `/stores/<slug>/health`."""

    seller: SellerShown
    guidelines: tuple[GuidelineLine, ...]
    visits: tuple[VisitShown, ...]
    open: tuple[FindingShown, ...]
    cleared: tuple[FindingShown, ...]
    hides: bool

    @property
    def acknowledged(self) -> int:
        return sum(line.acknowledged_at is not None for line in self.guidelines)


def public_health(slug: str, at: datetime) -> PublicHealth:
    """A known store's health. Raises NotFound."""
    row = seller_row(slug=slug)
    findings = show_findings(findings_of_store(row.id, 60), at)
    still = tuple(f for f in findings if f.status != Status.cleared)
    return PublicHealth(
        seller=seller_of(row, at),
        guidelines=tuple(
            GuidelineLine(
                asked.document.key,
                words(asked.document.title_fa, asked.document.title_en),
                asked.document.version,
                None if asked.is_open else asked.acknowledged_at,
            )
            for asked in guidelines_of_store(row.id, at)
        ),
        visits=tuple(show_visits(visits_of_store(row.id, 12))),
        open=still,
        cleared=tuple(f for f in findings if f.status == Status.cleared),
        hides=any(f.status == Status.hides for f in still),
    )
