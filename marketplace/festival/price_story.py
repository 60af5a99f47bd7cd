"""The story of a price as it is drawn: the steps of sixty days, and the window before the reduction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from marketplace.catalog.models import PriceChange
from marketplace.core.money import percent_off
from marketplace.core.ready import Ready

STORY_DAYS = 60
WINDOW_DAYS = 30

_CHANGES = Ready(
    select(PriceChange.since_at, PriceChange.price_toman, PriceChange.is_told)
    .where(PriceChange.variant_id == bindparam("variant"))
    .order_by(PriceChange.since_at, PriceChange.id)
)


@dataclass(frozen=True, slots=True)
class PricePoint:
    at: datetime
    price_toman: int


@dataclass(frozen=True, slots=True)
class PriceStory:
    """Why this percent: the steps of 60 days, the 30-day window before the reduction and its lowest point."""

    points: tuple[PricePoint, ...]
    window_from: datetime
    reduced_at: datetime
    lowest_at: datetime
    regular_toman: int
    reference_toman: int
    festival_toman: int
    percent_off_regular: int
    percent_off_reference: int


def price_story(row: Any, at: datetime) -> PriceStory:
    """The steps of the price over 60 days up to now and the 30-day window before the reduction.

    Goods that were never on sale here show what their store told.
    `row`: an offer, or a row with its `variant_id`, `reduced_at` and three prices.
    """
    start = min(at, row.reduced_at) - timedelta(days=STORY_DAYS)
    changes = _CHANGES.all(variant=row.variant_id)
    changes = [c for c in changes if not c.is_told] or changes
    before = [c for c in changes if c.since_at <= start]
    points = [PricePoint(start, before[-1].price_toman)] if before else []
    points += [PricePoint(c.since_at, c.price_toman) for c in changes if c.since_at > start]
    window_from = row.reduced_at - timedelta(days=WINDOW_DAYS)
    inside = [p for p in points if window_from <= p.at < row.reduced_at]
    lowest = min(inside, key=lambda p: p.price_toman, default=None)
    return PriceStory(
        points=tuple(points),
        window_from=window_from,
        reduced_at=row.reduced_at,
        lowest_at=lowest.at if lowest else window_from,
        regular_toman=row.regular_toman,
        reference_toman=row.reference_toman,
        festival_toman=row.festival_toman,
        percent_off_regular=percent_off(row.festival_toman, row.regular_toman),
        percent_off_reference=percent_off(row.festival_toman, row.reference_toman),
    )
