"""How big the demo is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Scale(StrEnum):
    """Small for tests, festival for the demo and screenshots, large for measurements."""

    SMALL = "small"
    FESTIVAL = "festival"
    LARGE = "large"

    @property
    def counts(self) -> ScaleCounts:
        """How many of each noun this scale has."""
        return COUNTS[self]


@dataclass(frozen=True, slots=True)
class ScaleCounts:
    """Stores that applied, stores shoppers may see, offers of all stores; people and orders to aim at."""

    stores: int
    admitted: int
    offers: int
    shoppers: int
    orders: int


COUNTS = {
    Scale.SMALL: ScaleCounts(stores=12, admitted=8, offers=120, shoppers=30, orders=60),
    Scale.FESTIVAL: ScaleCounts(stores=1_200, admitted=300, offers=6_000, shoppers=1_500, orders=4_000),
    Scale.LARGE: ScaleCounts(stores=1_200, admitted=300, offers=1_000_000, shoppers=5_000, orders=20_000),
}
