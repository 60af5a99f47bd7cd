"""What a buyer was promised, kept beside the house: prices, shipping and kit of each store order, computed by hand.

A price that drops afterwards, a cart that was split over stores, a parcel that left in parts, pieces that came back:
none of it changes what a store order was to cost, nor its one kit. Only what was not sent or came back is paid back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.orders.after_models import OPEN_RETURN, Parcel, Return
from marketplace.orders.models import HygieneKit, OrderLine, StoreOrder, StoreOrderState

FREE_ABOVE = 100_000
NOTHING_SENT = (StoreOrderState.cancelled, StoreOrderState.unavailable_refunded)
LEFT = (
    StoreOrderState.part_shipped,
    StoreOrderState.shipped,
    StoreOrderState.delivered,
    StoreOrderState.part_returned,
    StoreOrderState.returned,
)
_PARCELS = (
    select(Parcel.store_order_id, func.count().label("parcels"))
    .group_by(Parcel.store_order_id)
    .subquery("sent")
)
_KITS = (
    select(
        HygieneKit.store_order_id,
        func.count().label("kits"),
        func.count(HygieneKit.ticked_at).label("ticked"),
        func.sum(HygieneKit.price_toman).label("price"),
    )
    .group_by(HygieneKit.store_order_id)
    .subquery("packed")
)
_COMING_BACK = select(Return.id).where(Return.store_order_id == StoreOrder.id, OPEN_RETURN).exists()
_PARTS = (
    select(
        StoreOrder.id,
        StoreOrder.order_id,
        StoreOrder.store_id,
        StoreOrder.state,
        StoreOrder.paid_at,
        StoreOrder.goods_toman,
        StoreOrder.tariff_toman,
        StoreOrder.borne_toman,
        StoreOrder.shipping_toman,
        StoreOrder.refunded_goods_toman,
        StoreOrder.refunded_shipping_toman,
        _PARCELS.c.parcels,
        _KITS.c.kits,
        _KITS.c.ticked,
        _KITS.c.price,
        _COMING_BACK.label("is_coming_back"),
    )
    .outerjoin(_PARCELS, _PARCELS.c.store_order_id == StoreOrder.id)
    .outerjoin(_KITS, _KITS.c.store_order_id == StoreOrder.id)
)
_LINES = select(
    OrderLine.store_order_id,
    OrderLine.offer_id,
    OrderLine.quantity,
    OrderLine.unit_toman,
    OrderLine.shipped_count,
    OrderLine.cancelled_count,
    OrderLine.returned_count,
)
READS = frozenset(("store_orders", "order_lines", "hygiene_kits", "parcels", "returns"))
"""Tables on which the answer depends."""


@dataclass(frozen=True)
class Promise:
    """One store order as it was bought: pieces and prices by offer, and what its way costs by the tariff."""

    lines: Mapping[int, tuple[int, int]]
    tariff_toman: int

    @property
    def goods_toman(self) -> int:
        return sum(quantity * unit for quantity, unit in self.lines.values())

    @property
    def shipping_toman(self) -> int:
        """Nothing strictly above 100,000 toman of one store's goods."""
        return 0 if self.goods_toman > FREE_ABOVE else self.tariff_toman


class Promises:
    """The promises of one sequence, by store order."""

    def __init__(self) -> None:
        self.made: dict[int, Promise] = {}

    def copy(self) -> Promises:
        other = Promises()
        other.made = dict(self.made)
        return other

    def note(self, order_id: int, cart: Iterable[tuple[int, int, int, int]]) -> None:
        """Notes an order that was just placed of a cart of (store, offer, pieces, price now)."""
        split: dict[int, dict[int, tuple[int, int]]] = {}
        for store, offer, quantity, unit in cart:
            split.setdefault(store, {})[offer] = (quantity, unit)
        rows = {r.store_id: r for r in db.session.execute(_PARTS.where(StoreOrder.order_id == order_id))}
        assert rows.keys() == split.keys(), "one store order for each store of the cart"
        for store, lines in split.items():
            self.made[rows[store].id] = Promise(lines, rows[store].tariff_toman)

    def broken(self) -> Iterator[str]:
        """What a store order says that is not what was promised."""
        lines: dict[int, list[tuple[int, ...]]] = {}
        for line in db.session.execute(_LINES):
            lines.setdefault(line[0], []).append(tuple(line[1:]))
        for row in db.session.execute(_PARTS):
            found = [*self._cost(row, lines[row.id]), *self._kit(row, lines[row.id])]
            found += self._back(row, lines[row.id])
            yield from (f"store order {row.id}: {each}" for each in found)

    def _cost(self, row: Any, lines: list[tuple[int, ...]]) -> Iterator[str]:
        promise, said = self.made[row.id], {line[0]: (line[1], line[2]) for line in lines}
        if said != promise.lines:
            yield f"pieces and prices are {said}, promised were {promise.lines}"
        told = (row.goods_toman, row.tariff_toman, row.shipping_toman, row.borne_toman)
        due = (
            promise.goods_toman,
            promise.tariff_toman,
            promise.shipping_toman,
            promise.tariff_toman - promise.shipping_toman,
        )
        if told != due or not promise.tariff_toman:
            yield f"goods, tariff, shipping and what the store bears are {told}, promised were {due}"

    def _kit(self, row: Any, lines: list[tuple[int, ...]]) -> Iterator[str]:
        if (row.kits, row.price) != (1, 0):
            yield f"{row.kits} kits for {row.price} toman"
        has_left = bool(row.parcels) or row.state in LEFT or any(line[3] for line in lines)
        if has_left and not row.ticked:
            yield f"{row.parcels} parcels left without the kit"

    def _back(self, row: Any, lines: list[tuple[int, ...]]) -> Iterator[str]:
        """To the toman: the pieces that were not sent or came back, and the shipping with the last of them alone."""
        if row.paid_at is None or row.is_coming_back:
            return
        promise = self.made[row.id]
        is_nothing_kept = row.state in NOTHING_SENT or all(
            q == gone + back for _, q, _, _, gone, back in lines
        )
        goods = sum(unit * (gone + back) for _, _, unit, _, gone, back in lines)
        due = (
            promise.goods_toman if row.state in NOTHING_SENT else goods,
            promise.shipping_toman if is_nothing_kept else 0,
        )
        if (row.refunded_goods_toman, row.refunded_shipping_toman) != due:
            told = (row.refunded_goods_toman, row.refunded_shipping_toman)
            yield f"goods and shipping back are {told}, due are {due}"
