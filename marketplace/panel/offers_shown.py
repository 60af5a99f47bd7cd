"""What the store's pages of offers show, as frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.festival.offer_pictures import MOST_PICTURES
from marketplace.festival.offer_words import FindingShown
from marketplace.festival.price_story import PriceStory


@dataclass(frozen=True, slots=True)
class OfferRow:
    """One line of the list."""

    id: int
    url: str
    title: str
    sort: str
    sku: str
    picture_src: str | None
    state: str
    state_label: str
    tone: str
    regular_toman: int
    festival_toman: int
    discount_percent: int
    left_count: int
    sold_count: int
    is_draft: bool


@dataclass(frozen=True, slots=True)
class OffersShown:
    """The list of a store's offers; `segments`: by state, with their counts."""

    store_name: str
    rows: tuple[OfferRow, ...]
    segments: tuple[dict[str, Any], ...]
    state: str
    query: str
    is_empty: bool
    next_url: str | None
    first_url: str | None
    sent_count: int | None = None
    kept_count: int | None = None


@dataclass(frozen=True, slots=True)
class OfferPage:
    """One offer for its store, or the empty form of a new one (`id` None). `values`: what stands in the form."""

    store_name: str
    id: int | None
    version: int | None
    title: str
    state: str
    state_label: str
    tone: str
    values: Mapping[str, str]
    errors: Mapping[str, str]
    categories: tuple[tuple[str, str], ...]
    row: OfferRow | None = None
    public_url: str | None = None
    findings: tuple[FindingShown, ...] = ()
    pictures: tuple[dict[str, str], ...] = ()
    most_pictures: int = MOST_PICTURES
    files: tuple[dict[str, Any], ...] = ()
    history: tuple[dict[str, str], ...] = ()
    decision: tuple[str, ...] = ()
    decision_note: str = ""
    story: PriceStory | None = None
    may_edit: bool = True
    may_withdraw: bool = False
    may_sell: bool = False
    may_reprice: bool = False
    stocked_count: int = 0
    taken_count: int = 0
    until: datetime | None = None
    refusal: Mapping[str, Any] | None = None
