"""What the pages of offers, stores, seals and texts show, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from marketplace.festival.price_story import PriceStory
from marketplace.storefront.shown import CategoryShown, ConditionShown, OfferCard, Picture, ReasonShown
from marketplace.stores.models import SealState


@dataclass(frozen=True, slots=True)
class VariantChoice:
    """Another sort of the same product; `is_on` for the one shown."""

    label: str
    swatch: str | None
    url: str
    is_on: bool
    in_stock: bool


@dataclass(frozen=True, slots=True)
class SellerShown:
    """Seller's identity before buying (e-commerce law, article 33)."""

    slug: str
    name: str
    url: str
    manager: str
    city: str
    province: str
    address: str
    phone: str
    kind: str
    founded_on: date
    seal_code: str
    seal_url: str
    seal_state: str
    seal_until: datetime | None
    stars: int


@dataclass(frozen=True, slots=True)
class OfferShown:
    """An offer page. `reasons` is empty when it can be bought; `conditions` are then all that hold."""

    card: OfferCard
    is_perishable: bool
    product_id: int
    category: CategoryShown
    description: str
    attributes: tuple[tuple[str, str], ...]
    variant_label: str
    variants: tuple[VariantChoice, ...]
    pictures: tuple[Picture, ...]
    story: PriceStory
    seller: SellerShown
    limit_per_buyer: int
    max_quantity: int
    saved_toman: int
    to_free_shipping_toman: int
    free_above_toman: int
    entries_explained: tuple[int, int]
    """(for the order, for its full steps): 1 and 17."""
    coverage_toman: int
    coverage_percent: int
    weight_grams: int
    permit_number: str | None
    health_code: str | None
    is_on_sale: bool
    reasons: tuple[ReasonShown, ...]
    conditions: tuple[ConditionShown, ...]
    live_until: datetime
    related: tuple[OfferCard, ...]


@dataclass(frozen=True, slots=True)
class StoreCard:
    """A store in the directory."""

    slug: str
    name: str
    url: str
    city: str
    province: str
    slogan: str
    stars: int
    seal_code: str
    offer_count: int


@dataclass(frozen=True, slots=True)
class StoresShown:
    stores: tuple[StoreCard, ...]
    count: int
    query: str
    next_url: str | None


@dataclass(frozen=True, slots=True)
class StoreShown:
    """A shop front; `reasons` says why it is not in the festival, empty when it is."""

    seller: SellerShown
    slogan: str
    is_admitted: bool
    reasons: tuple[ReasonShown, ...]
    cards: tuple[OfferCard, ...]
    count: int | None
    next_url: str | None


@dataclass(frozen=True, slots=True)
class SealLine:
    """A change of a seal as the public reads it: no person, no words of a case."""

    at: datetime
    state_before: SealState | None
    state_after: SealState
    stars_before: int | None
    stars_after: int
    valid_until: datetime | None
    reason_code: str


@dataclass(frozen=True, slots=True)
class SealShown:
    """Where a badge leads: the seal's data. `suspended_until` while the store may still defend a suspended one."""

    code: str
    state: str
    stars: int
    valid_from: datetime | None
    valid_until: datetime | None
    suspended_until: datetime | None
    domain: str | None
    seller: SellerShown
    is_valid: bool
    history: tuple[SealLine, ...]


@dataclass(frozen=True, slots=True)
class TextShown:
    """A public text with its version."""

    key: str
    title: str
    version: int
    since: datetime
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextsShown:
    title: str
    texts: tuple[TextShown, ...]
