"""What the public pages show, as frozen records. Money in toman, moments aware, words in the page's language."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

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
    """An offer in a list."""

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


@dataclass(frozen=True, slots=True)
class CategoryShown:
    """A category with the number of its visible offers."""

    slug: str
    name: str
    icon: str
    url: str
    count: int
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class HomeShown:
    """The home page. `best`: the largest honest discounts of different stores; `fresh`: the newest offers."""

    categories: tuple[CategoryShown, ...]
    best: tuple[OfferCard, ...]
    fresh: tuple[OfferCard, ...]
    offer_count: int
    store_count: int


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
    """A list of offers. `hidden` are the query's other fields for the price form, as (name, value)."""

    title: str
    query: str
    category: CategoryShown | None
    cards: tuple[OfferCard, ...]
    count: int
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
    count: int
    next_url: str | None


@dataclass(frozen=True, slots=True)
class SealShown:
    """Where a badge leads: the seal's data."""

    code: str
    state: str
    stars: int
    valid_from: datetime
    valid_until: datetime
    domain: str | None
    seller: SellerShown
    is_valid: bool


@dataclass(frozen=True, slots=True)
class ShippingChoice:
    """A way of shipping for one store's parcel: what the shopper pays, of what it costs."""

    method: str
    label: str
    shipping_toman: int
    tariff_toman: int
    is_on: bool


@dataclass(frozen=True, slots=True)
class CartLineShown:
    """A line. `old_toman` is the price last seen when it has changed; `reasons` say why it cannot be paid."""

    offer_id: int
    url: str
    title: str
    variant_label: str
    picture: Picture | None
    quantity: int
    max_quantity: int
    unit_toman: int
    reference_toman: int
    discount_percent: int
    line_toman: int
    old_toman: int | None
    is_payable: bool
    reasons: tuple[ReasonShown, ...]


@dataclass(frozen=True, slots=True)
class CartStoreShown:
    """One store's part of the cart. Sums count payable lines alone. `meter_percent`: 0 to 100, whole."""

    store_slug: str
    store_name: str
    store_url: str
    store_city: str
    stars: int
    lines: tuple[CartLineShown, ...]
    goods_toman: int
    reference_goods_toman: int
    shipping_toman: int
    borne_toman: int
    ships_free: bool
    to_free_shipping_toman: int
    free_above_toman: int
    meter_percent: int
    has_kit: bool
    entries: int
    methods: tuple[ShippingChoice, ...]
    province: str | None
    """Where the tariff was computed to; None: the cheapest within the store's own province, as a guess."""


@dataclass(frozen=True, slots=True)
class CartShown:
    """The whole cart."""

    stores: tuple[CartStoreShown, ...]
    line_count: int
    item_count: int
    goods_toman: int
    reference_goods_toman: int
    discount_toman: int
    shipping_toman: int
    total_toman: int
    entries: int
    entries_cap: int
    is_payable: bool
    hold_minutes: int
    has_changes: bool


@dataclass(frozen=True, slots=True)
class CheckoutShown:
    """The checkout page: the cart, the address form's values and errors, one submission key against double clicks."""

    cart: CartShown
    values: dict[str, str]
    errors: dict[str, str]
    """Field -> sentence. Fields: receiver, mobile, province, city, line, postal_code, shipping-<store slug>."""
    provinces: tuple[tuple[str, str], ...]
    """(value sent, label)."""
    submission_key: str


@dataclass(frozen=True, slots=True)
class OrderLineShown:
    title: str
    url: str
    picture: Picture | None
    quantity: int
    unit_toman: int
    reference_toman: int
    line_toman: int


@dataclass(frozen=True, slots=True)
class TimelineStep:
    """A step of a store order: `state` done, now, next or off; `at` when it happened."""

    code: str
    label: str
    state: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class StoreOrderShown:
    """One store's part of an order with its arithmetic: goods, threshold, tariff, what the store bears."""

    id: int
    store_slug: str
    store_name: str
    store_url: str
    stars: int
    state: str
    state_label: str
    lines: tuple[OrderLineShown, ...]
    goods_toman: int
    tariff_toman: int
    borne_toman: int
    shipping_toman: int
    free_above_toman: int
    shipping_method: str
    shipping_label: str
    entries: int
    entries_granted: int | None
    entries_note: str | None
    kit_is_packed: bool
    carrier: str | None
    tracking_code: str | None
    steps: tuple[TimelineStep, ...]
    can_confirm: bool
    ended_note: str | None


@dataclass(frozen=True, slots=True)
class OrderShown:
    """An order page. `payment`: waiting (page open at the gateway), opening (gateway not reached yet), paid,
    expired, refunded. `pay_url` leads to the gateway; `can_retry`: a new attempt may be made."""

    number: str
    url: str
    state: str
    state_label: str
    payment: str
    pay_url: str | None
    can_retry: bool
    is_confirming: bool
    placed_at: datetime
    paid_at: datetime | None
    hold_until: datetime
    receiver: str
    mobile: str
    province: str
    city: str
    address_line: str
    postal_code: str
    store_orders: tuple[StoreOrderShown, ...]
    goods_toman: int
    shipping_toman: int
    borne_toman: int
    total_toman: int
    refunded_toman: int
    entries: int


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order in the person's list."""

    number: str
    url: str
    state: str
    state_label: str
    placed_at: datetime
    total_toman: int
    store_names: tuple[str, ...]
    pictures: tuple[Picture, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class OrdersShown:
    orders: tuple[OrderRow, ...]
    next_url: str | None


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry grant of the person with its reason in words."""

    order_number: str
    order_url: str
    store_name: str
    goods_toman: int
    earned: int
    weight: int
    state: str
    reason: str
    granted_at: datetime


@dataclass(frozen=True, slots=True)
class EntriesShown:
    rows: tuple[EntryRow, ...]
    total: int
    cap: int
    draw_at: datetime | None


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
