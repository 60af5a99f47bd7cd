"""News of offers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OfferRepriced:
    """The price of a running offer fell."""

    offer_id: int
    store_id: int
    old_toman: int
    new_toman: int
    at: datetime


@dataclass(frozen=True, slots=True)
class OfferRestocked:
    """The stock of a running offer was changed by its store; `left_before` 0 means that it is back."""

    offer_id: int
    store_id: int
    left_before: int
    left_count: int
    at: datetime
