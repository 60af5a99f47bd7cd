"""What a buyer was promised, kept beside the house: prices, shipping and kit of each store order, computed by hand.

A price that drops afterwards, a cart that was split over stores, a parcel that left in parts, pieces that came back:
none of it changes what a store order was to cost, nor its one kit. Only what was not sent or came back is paid back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from marketplace.orders.models import StoreOrderState
from tests.faults.money_ground import Ground

FREE_ABOVE = 100_000
NOTHING_SENT = (StoreOrderState.cancelled, StoreOrderState.unavailable_refunded)
LEFT = (
    StoreOrderState.part_shipped,
    StoreOrderState.shipped,
    StoreOrderState.delivered,
    StoreOrderState.part_returned,
    StoreOrderState.returned,
)
_PARTS = """
    SELECT p.id, p.store_id, p.state, p.paid_at IS NOT NULL, p.goods_toman, p.tariff_toman, p.borne_toman,
        p.shipping_toman, p.refunded_goods_toman, p.refunded_shipping_toman,
        (SELECT count(*) FROM parcels c WHERE c.store_order_id = p.id),
        (SELECT count(*) FROM hygiene_kits k WHERE k.store_order_id = p.id),
        (SELECT count(k.ticked_at) FROM hygiene_kits k WHERE k.store_order_id = p.id),
        (SELECT sum(k.price_toman) FROM hygiene_kits k WHERE k.store_order_id = p.id),
        EXISTS (SELECT 1 FROM returns r WHERE r.store_order_id = p.id AND r.state IN ('asked', 'sent')),
        EXISTS (
            SELECT 1 FROM transfers t WHERE t.code = 'chargeback' AND t.subject = 'store-order:' || p.id
        )
    FROM store_orders p
"""
_LINES = """
    SELECT store_order_id, offer_id, quantity, unit_toman, shipped_count, cancelled_count, returned_count
    FROM order_lines
"""
READS = frozenset(("store_orders", "order_lines", "hygiene_kits", "parcels", "returns", "transfers"))
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


class Part(NamedTuple):
    """What a store order says of itself."""

    id: int
    store_id: int
    state: str
    is_paid: bool
    goods_toman: int
    tariff_toman: int
    borne_toman: int
    shipping_toman: int
    refunded_goods_toman: int
    refunded_shipping_toman: int
    parcels: int
    kits: int
    ticked: int
    price: int
    is_coming_back: bool
    is_charged_back: bool


class Promises:
    """The promises of one sequence, by store order."""

    def __init__(self) -> None:
        self.made: dict[int, Promise] = {}

    def copy(self) -> Promises:
        other = Promises()
        other.made = dict(self.made)
        return other

    def note(self, ground: Ground, order_id: int, cart: Iterable[tuple[int, int, int, int]]) -> None:
        """Notes an order that was just placed of a cart of (store, offer, pieces, price now)."""
        split: dict[int, dict[int, tuple[int, int]]] = {}
        for store, offer, quantity, unit in cart:
            split.setdefault(store, {})[offer] = (quantity, unit)
        found = ground.read(_PARTS + "WHERE p.order_id = :order_id", order_id=order_id)
        rows = {row.store_id: row for row in map(Part._make, found)}
        assert rows.keys() == split.keys(), "one store order for each store of the cart"
        for store, lines in split.items():
            self.made[rows[store].id] = Promise(lines, rows[store].tariff_toman)

    def broken(self, ground: Ground) -> Iterator[str]:
        """What a store order says that is not what was promised."""
        lines: dict[int, list[tuple[int, ...]]] = {}
        for line in ground.look(_LINES):
            lines.setdefault(line[0], []).append(line[1:])
        for row in map(Part._make, ground.look(_PARTS)):
            found = [*self._cost(row, lines[row.id]), *self._kit(row, lines[row.id])]
            found += self._back(row, lines[row.id])
            yield from (f"store order {row.id}: {each}" for each in found)

    def _cost(self, row: Part, lines: list[tuple[int, ...]]) -> Iterator[str]:
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

    def _kit(self, row: Part, lines: list[tuple[int, ...]]) -> Iterator[str]:
        if (row.kits, row.price) != (1, 0):
            yield f"{row.kits} kits for {row.price} toman"
        has_left = bool(row.parcels) or row.state in LEFT or any(line[3] for line in lines)
        if has_left and not row.ticked:
            yield f"{row.parcels} parcels left without the kit"

    def _back(self, row: Part, lines: list[tuple[int, ...]]) -> Iterator[str]:
        """To the toman: the pieces that were not sent or came back, and the shipping with the last of them alone.

        Where the payer's bank took money past us, the book alone says how much.
        """
        if not row.is_paid or row.is_coming_back or row.is_charged_back:
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
