"""From a cart's rows to sums: what can be paid, what it costs, and why the rest cannot be paid.

Cart page, checkout and API all read this one computation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select

from marketplace.core.db import AnyRow
from marketplace.core.errors import Reason
from marketplace.core.ready import Ready
from marketplace.core.text import fold
from marketplace.festival.admission import explain_offers
from marketplace.festival.rules import public_reasons
from marketplace.orders.models import Order, OrderLine, StockState, StoreOrder
from marketplace.orders.rules import PricedLine, StoreQuote, quote_store, zone_between
from marketplace.policy.models import ShippingMethod
from marketplace.policy.policy import Policy, policy_at
from marketplace.policy.tariffs import Rates, rates_at
from marketplace.stores.models import StoreKind


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a parcel goes, as far as its price needs it."""

    province_id: int
    zone: int
    city: str


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """A cart line and all reasons why it cannot be paid, in public words; none: it can."""

    row: AnyRow
    reasons: tuple[Reason, ...]
    max_quantity: int

    @property
    def is_payable(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True)
class QuotedStore:
    """One store's lines and the sums of its payable ones; no quote when none is, or nothing ships there.

    Where the wanted way does not go there, the cheapest tracked one is quoted and `goes_as_wanted` is False.
    """

    row: AnyRow
    lines: tuple[QuotedLine, ...]
    quote: StoreQuote | None
    goes_as_wanted: bool = True

    @property
    def payable(self) -> tuple[QuotedLine, ...]:
        return tuple(line for line in self.lines if line.is_payable)


_BOUGHT = Ready(
    select(
        OrderLine.offer_id,
        func.sum(OrderLine.quantity - OrderLine.cancelled_count - OrderLine.returned_count),
    )
    .join(StoreOrder, StoreOrder.id == OrderLine.store_order_id)
    .join(Order, Order.id == StoreOrder.order_id)
    .where(
        Order.person_id == bindparam("person"),
        OrderLine.offer_id.in_(bindparam("offers", expanding=True, type_=OrderLine.offer_id.type)),
        StoreOrder.stock != StockState.released,
    )
    .group_by(OrderLine.offer_id)
)


def quote_cart(
    rows: Sequence[AnyRow],
    person_id: int | None,
    destination: Destination | None,
    wanted: Mapping[str, ShippingMethod],
    at: datetime,
) -> list[QuotedStore]:
    """The cart by store, in the order in which its stores came in.

    Without a destination the parcels are priced within each store's own province. Statements do not grow with the
    number of lines.
    """
    if not rows:
        return []
    offers = [row.offer_id for row in rows]
    objections = explain_offers(offers, at)
    bought = _bought(person_id, offers)
    policy, rates = policy_at(at), rates_at(at)
    by_store: dict[int, list[QuotedLine]] = {}
    for row in rows:
        against = [Reason(o.code) for o in public_reasons(objections.get(row.offer_id, []))]
        by_store.setdefault(row.store_id, []).append(_line(row, against, bought.get(row.offer_id, 0)))
    return [_store(lines, destination, wanted, rates, policy) for lines in by_store.values()]


def _bought(person_id: int | None, offers: list[int]) -> dict[int, int]:
    if person_id is None:
        return {}
    rows = _BOUGHT.all(person=person_id, offers=offers)
    return {row[0]: int(row[1]) for row in rows}


def _line(row: AnyRow, against: list[Reason], bought: int) -> QuotedLine:
    room = max(0, row.limit_per_buyer - bought)
    if not against and row.quantity > row.left:
        against = [Reason("few_left", {"left": row.left})]
    if row.quantity > room:
        against = [*against, Reason("buyer_limit", {"limit": row.limit_per_buyer, "bought": bought})]
    return QuotedLine(row, tuple(against), max(0, min(room, row.left)))


def _store(
    lines: list[QuotedLine],
    destination: Destination | None,
    wanted: Mapping[str, ShippingMethod],
    rates: Rates,
    policy: Policy,
) -> QuotedStore:
    row = lines[0].row
    to = destination or Destination(row.province_id, row.zone, row.city_fa)
    zone = zone_between(row.province_id, row.zone, to.province_id, to.zone)
    is_same_city = zone == 0 and fold(to.city) in (fold(row.city_fa), fold(row.city_en))
    priced = [
        PricedLine(
            line.row.quantity, line.row.festival_toman, line.row.reference_toman, line.row.weight_grams
        )
        for line in lines
        if line.is_payable
    ]
    if not priced:
        return QuotedStore(row, tuple(lines), None)
    has_counter = row.store_kind is StoreKind.offline
    quote = quote_store(
        priced, zone, is_same_city, rates, policy, wanted.get(row.store_slug), has_counter=has_counter
    )
    if quote is not None:
        return QuotedStore(row, tuple(lines), quote)
    cheapest = quote_store(priced, zone, is_same_city, rates, policy, has_counter=has_counter)
    return QuotedStore(row, tuple(lines), cheapest, goes_as_wanted=False)
