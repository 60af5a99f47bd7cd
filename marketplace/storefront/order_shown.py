"""What the pages of orders and entries show, as frozen records. Money in toman, moments aware."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from marketplace.storefront.pickup_shown import PickupShown
from marketplace.storefront.shown import Picture


@dataclass(frozen=True, slots=True)
class OrderLineShown:
    title: str
    url: str
    picture: Picture | None
    quantity: int
    unit_toman: int
    reference_toman: int
    line_toman: int
    offer_id: int
    guest_name: str | None = None


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
    carrier_code: str | None
    ended_code: str | None
    pickup: PickupShown | None = None


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
    reason_code: str


@dataclass(frozen=True, slots=True)
class EntriesShown:
    rows: tuple[EntryRow, ...]
    total: int
    cap: int
    draw_at: datetime | None
    draw_slug: str | None = None
