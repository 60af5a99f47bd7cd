"""What the cart and the checkout show, as frozen records. Money in toman."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.storefront.shown import Picture, ReasonShown


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
    is_perishable: bool
    reasons: tuple[ReasonShown, ...]
    guest_name: str | None = None


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
