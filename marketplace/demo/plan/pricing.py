"""Prices as shops write them, sixty days and more of their history, and discounts that are what they say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from marketplace.demo.plan.edition import EditionPlan

WINDOW_DAYS = 30
_DISCOUNTS = (
    15,
    16,
    17,
    18,
    18,
    20,
    20,
    20,
    20,
    22,
    22,
    24,
    25,
    25,
    25,
    25,
    27,
    28,
    30,
    30,
    30,
    33,
    35,
    35,
    38,
    40,
    45,
)
_OLDEST = 96

PricePoint = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class Price:
    """A regular price, what it is measured against, and the festival price with its percent of the reference."""

    regular: int
    reference: int
    festival: int
    percent: int
    history: tuple[PricePoint, ...]


def shop_price(toman: float) -> int:
    """The nearest price a shop would write: whole 500s, then thousands, five and ten thousands."""
    step = 500 if toman < 100_000 else 1000 if toman < 1_000_000 else 5000 if toman < 5_000_000 else 10_000
    return max(step, round(toman / step) * step)


def reduced(reference: int, percent: int) -> int:
    """At least this percent below the reference, in whole 500s."""
    return reference * (100 - percent) // 100 // 500 * 500


class Pricer:
    """Makes prices for one edition; the moments of past price changes are shared by all goods."""

    def __init__(self, edition: EditionPlan) -> None:
        start = edition.live_from
        self._moments = tuple(
            start - timedelta(days=day) + timedelta(hours=4 + day * 7 % 13, minutes=day * 17 % 60)
            for day in range(_OLDEST + 1)
        )

    def honest(self, rng: Random, toman: float) -> Price:
        """A regular price near this, with small moves behind it, and a discount honest by both rules."""
        regular = shop_price(toman)
        history, reference = self._past(rng, regular)
        percent = _DISCOUNTS[int(rng.random() * len(_DISCOUNTS))]
        festival = reduced(reference, percent)
        return Price(regular, reference, festival, (reference - festival) * 100 // reference, history)

    def dishonest(self, rng: Random, toman: float) -> Price:
        """A price raised a week before the festival, so that the discount is mostly make-believe."""
        regular = shop_price(toman)
        before = shop_price(regular * rng.uniform(0.78, 0.86))
        festival = min(before, shop_price(regular * rng.uniform(0.76, 0.82)))
        history = (
            (self._moments[61 + rng.randrange(30)], before),
            (self._moments[5 + rng.randrange(6)], regular),
        )
        return Price(regular, before, festival, max(0, (before - festival) * 100 // before), history)

    def _past(self, rng: Random, regular: int) -> tuple[tuple[PricePoint, ...], int]:
        """Price changes from the oldest to the last, and the lowest price of the thirty days before the start."""
        moments, day = self._moments, 1 + int(rng.random() * 50)
        first = 61 + int(rng.random() * 35)
        points: list[PricePoint] = []
        price = reference = regular
        while day < 60 and len(points) < 4 and rng.random() < 0.62:
            points.append((moments[day], price))
            earlier = shop_price(price * (0.915 + 0.11 * rng.random()))
            if day <= WINDOW_DAYS:
                reference = min(reference, earlier)
            price = earlier
            day += 6 + int(rng.random() * 30)
        points.append((moments[first], price))
        points.reverse()
        return tuple(points), reference
