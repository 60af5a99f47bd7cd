"""News of orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PaidPart:
    """One store's part that stands."""

    store_order_id: int
    store_id: int
    goods_toman: int
    entries: int


@dataclass(frozen=True, slots=True)
class OrderPaid:
    """The money of an order came; `parts` are the store orders that stand (the others went back)."""

    order_id: int
    number: str
    person_id: int
    festival_id: int
    parts: tuple[PaidPart, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class StoreOrderDelivered:
    """The shopper, the carrier or time said that a parcel arrived."""

    store_order_id: int
    store_id: int
    person_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class StoreOrderCancelled:
    """Nothing of a paid store order will be sent. `reason`: as `StoreOrder.ended_reason`."""

    store_order_id: int
    store_id: int
    person_id: int
    festival_id: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StoreOrderRefunded:
    """Money of a store order goes back. `is_whole`: all its goods are paid back by now."""

    store_order_id: int
    store_id: int
    person_id: int
    festival_id: int
    goods_toman: int
    shipping_toman: int
    is_whole: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class StoreOrderChargedBack:
    """The payer's bank took back money of a store order. `is_whole`: all its goods are paid back by now."""

    store_order_id: int
    store_id: int
    person_id: int
    festival_id: int
    goods_toman: int
    shipping_toman: int
    is_whole: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderChargedBack:
    """The payer's bank took back money of an order, in part or whole."""

    order_id: int
    number: str
    person_id: int
    amount_toman: int
    at: datetime


@dataclass(frozen=True, slots=True)
class StoreOrderClosed:
    """The withdrawal window of a delivered store order is over and nothing of it is on its way back."""

    store_order_id: int
    store_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class StoresSettled:
    """Closed store orders of these stores, each once here, were settled: the money is theirs, less the fund's share."""

    store_ids: tuple[int, ...]
    at: datetime
