"""What the public pages show, as frozen records. Money in toman, moments aware, words in the page's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from marketplace.core.language import current_language


def words(fa: str, en: str) -> str:
    """The text of the page's language."""
    return fa if current_language() == "fa" else en


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in three widths (240, 480, 712), 4:5, as AVIF and WebP."""

    key: str
    alt: str
    width: int = 712
    height: int = 890

    def src(self, width: int, ext: str = "webp") -> str:
        return f"/media/{self.key}-{width}.{ext}"


@dataclass(frozen=True, slots=True)
class OfferCard:
    """An offer in a list. `guest_name`: for whom the store sells it, where it does not sell for itself."""

    id: int
    slug: str
    url: str
    title: str
    store_name: str
    store_slug: str
    store_city: str
    store_url: str
    seal_code: str
    seal_state: str
    stars: int
    regular_toman: int
    reference_toman: int
    festival_toman: int
    discount_percent: int
    in_stock: bool
    stock_left: int
    ships_free: bool
    entries: int
    picture: Picture | None
    guest_name: str | None = None


@dataclass(frozen=True, slots=True)
class CategoryShown:
    """A category with the number of its visible offers; None where they were never counted."""

    slug: str
    name: str
    icon: str
    url: str
    count: int | None
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class HomeShown:
    """The home page. `best`: the largest honest discounts of different stores; `popular`: the most bought
    ones. `fund_free_toman`: what the guarantee fund may still promise, by its book; None while nothing is in it."""

    categories: tuple[CategoryShown, ...]
    best: tuple[OfferCard, ...]
    popular: tuple[OfferCard, ...]
    offer_count: int
    store_count: int
    fund_free_toman: int | None


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One choice of a facet: `url` switches it on, or off when `is_on`."""

    value: str
    label: str
    count: int
    is_on: bool
    url: str


@dataclass(frozen=True, slots=True)
class Facet:
    """A group of choices; `key`: category, price, discount, province, stars, shipping, stock."""

    key: str
    values: tuple[FacetValue, ...]

    def is_on_from(self, place: int) -> bool:
        """Whether one of the choices from this place on is on."""
        return any(value.is_on for value in self.values[place:])


@dataclass(frozen=True, slots=True)
class Chip:
    """An applied filter and the address without it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class SortChoice:
    value: str
    label: str
    is_on: bool
    url: str


@dataclass(frozen=True, slots=True)
class ListShown:
    """A list of offers. `hidden` are the query's other fields for the price form, as (name, value); `meant`: what was
    searched for instead of a query that finds nothing; `count` is None where offers were never counted."""

    title: str
    query: str
    category: CategoryShown | None
    cards: tuple[OfferCard, ...]
    count: int | None
    facets: tuple[Facet, ...]
    chips: tuple[Chip, ...]
    sorts: tuple[SortChoice, ...]
    min_toman: int | None
    max_toman: int | None
    hidden: tuple[tuple[str, str], ...]
    action_url: str
    clear_url: str
    next_url: str | None
    first_url: str | None
    meant: str | None = None


@dataclass(frozen=True, slots=True)
class ReasonShown:
    """One reason of a refusal; `until`: when it lapses by itself."""

    code: str
    message: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConditionShown:
    """One condition of admission that holds; `until` where it has an end. `label`: e.g. "نماد فعال"."""

    code: str
    label: str
    until: datetime | None = None
