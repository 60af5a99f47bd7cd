"""The names of the sums that are kept, by their source."""

from __future__ import annotations

from enum import StrEnum


class Trade(StrEnum):
    """Of store orders paid on a day. Of the whole day: orders, store_orders, shipping_toman (paid by shoppers),
    free_shippings and borne_toman (paid by stores), kits packed, refunded_toman (of goods, asked or done), entries.
    By category and whole: goods_toman, reference_toman, pieces, parts (store orders with goods of the category)."""

    orders = "orders"
    store_orders = "store_orders"
    goods_toman = "goods_toman"
    reference_toman = "reference_toman"
    pieces = "pieces"
    parts = "parts"
    shipping_toman = "shipping_toman"
    free_shippings = "free_shippings"
    borne_toman = "borne_toman"
    kits = "kits"
    refunded_toman = "refunded_toman"
    entries = "entries"


class Cases(StrEnum):
    """Of complaints filed on a day, by kind; those set aside stand in `set_aside` alone. settled: answered by the
    store and called solved without a review; running: the clock has not ended."""

    filed = "filed"
    in_time = "in_time"
    late = "late"
    unanswered = "unanswered"
    running = "running"
    settled = "settled"
    solved = "solved"
    not_solved = "not_solved"
    set_aside = "set_aside"
