"""What the desk of offers shows, as frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.festival.offer_words import FindingShown
from marketplace.festival.price_story import PriceStory


@dataclass(frozen=True, slots=True)
class QueuedOffer:
    """One offer of the queue with its findings beside it. `mark`: id and version, sent back by the tick box."""

    id: int
    version: int
    mark: str
    url: str
    title: str
    sort: str
    store: str
    store_stars: int | None
    category: str
    picture_src: str | None
    state: str
    state_label: str
    tone: str
    submitted_at: datetime | None
    regular_toman: int
    reference_toman: int
    festival_toman: int
    discount_percent: int
    findings: tuple[FindingShown, ...]
    needs_person: bool


@dataclass(frozen=True, slots=True)
class QueueShown:
    """The desk's list. `segments`: by state with counts; `kinds`: what may be narrowed to within the queue."""

    rows: tuple[QueuedOffer, ...]
    segments: tuple[dict[str, Any], ...]
    categories: tuple[tuple[str, str], ...]
    state: str
    query: str
    category: str
    finding: str
    finding_choices: tuple[tuple[str, str], ...]
    next_url: str | None
    next_cursor: str | None
    first_url: str | None
    reject_codes: tuple[tuple[str, str], ...]
    refusal: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class OfferCase:
    """One offer before an officer, with everything to decide by."""

    row: QueuedOffer
    store_id: int
    store_url: str
    store_reasons: tuple[str, ...]
    is_store_hidden: bool
    description: str
    sku: str
    permit_number: str | None
    permit_is_asked: bool
    health_code: str | None
    weight_grams: int
    stocked_count: int
    sold_count: int
    limit_per_buyer: int
    evidence_url: str | None
    evidence_toman: int | None
    needs_evidence: bool
    files: tuple[dict[str, Any], ...]
    pictures: tuple[dict[str, str], ...]
    story: PriceStory
    until: datetime
    history: tuple[dict[str, str], ...]
    next_url: str | None
    may_decide: bool
    may_freeze: bool
    may_unfreeze: bool
    reject_codes: tuple[tuple[str, str], ...]
    freeze_codes: tuple[tuple[str, str], ...]
    hide_codes: tuple[tuple[str, str], ...]
    errors: Mapping[str, str]
    refusal: Mapping[str, Any] | None = None
