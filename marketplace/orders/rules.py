"""The arithmetic of a store order and its lawful steps, as pure functions.

Sources: docs/reference/rules.md, "Free shipping and kit" and "Lottery". Free strictly above the threshold per store;
covers the cheapest tracked method, a dearer one costs the difference; shipping is never negative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.festival.policy import entries_for, ships_free, to_free_shipping
from marketplace.orders.models import StoreOrderState
from marketplace.policy.models import ShippingMethod
from marketplace.policy.policy import Policy
from marketplace.policy.tariffs import Rates

TRACKED = (ShippingMethod.pishtaz, ShippingMethod.tipax)
HIGHEST_QUANTITY = 999


@dataclass(frozen=True, slots=True)
class Parcel:
    """What decides the price of shipping: weight, zone, and whether the courier can walk there."""

    weight_grams: int
    zone: int
    is_same_city: bool


@dataclass(frozen=True, slots=True)
class Quote:
    """One way of shipping: `tariff_toman` = what the shopper pays + what the store bears."""

    method: ShippingMethod
    tariff_toman: int
    shipping_toman: int
    borne_toman: int


@dataclass(frozen=True, slots=True)
class PricedLine:
    """What the arithmetic needs of a line."""

    quantity: int
    unit_toman: int
    reference_toman: int
    weight_grams: int


@dataclass(frozen=True, slots=True)
class StoreQuote:
    """One store's part of a purchase: goods, all ways of shipping, the chosen one, entries. One kit, price 0."""

    goods_toman: int
    reference_goods_toman: int
    weight_grams: int
    free_above_toman: int
    to_free_shipping_toman: int
    is_free: bool
    quotes: tuple[Quote, ...]
    chosen: Quote
    entries: int
    kits: int = 1


def zone_between(from_province: int, from_zone: int, to_province: int, to_zone: int) -> int:
    """0 within one province, else the farther of the two provinces' zones."""
    return 0 if from_province == to_province else max(from_zone, to_zone)


def shipping_quotes(
    goods_toman: int, parcel: Parcel, rates: Rates, policy: Policy, *, has_counter: bool = False
) -> tuple[Quote, ...]:
    """Every way to ship a parcel, cheapest tariff first; empty when no tracked method has a tariff there.

    A shop on a street (`has_counter`) also offers pickup, last and for nothing, wherever the shopper lives.
    """
    counter = (Quote(ShippingMethod.pickup, 0, 0, 0),) if has_counter else ()
    prices = {
        method: rate.price(parcel.weight_grams)
        for method in ShippingMethod
        if (rate := rates.get((method, parcel.zone))) is not None
        and (method in TRACKED or (parcel.zone == 0 and parcel.is_same_city))
    }
    tracked = [price for method, price in prices.items() if method in TRACKED]
    if not tracked:
        return counter
    covered = min(tracked) if ships_free(goods_toman, policy) else 0
    quotes = (
        Quote(method, price, price - min(price, covered), min(price, covered))
        for method, price in prices.items()
    )
    return (*sorted(quotes, key=lambda q: (q.tariff_toman, q.method not in TRACKED, q.method)), *counter)


def quote_store(
    lines: Sequence[PricedLine],
    zone: int,
    is_same_city: bool,
    rates: Rates,
    policy: Policy,
    wanted: ShippingMethod | None = None,
    *,
    has_counter: bool = False,
) -> StoreQuote | None:
    """The arithmetic of one store's goods; the cheapest tracked method when none is wanted, and where nothing is
    tracked the counter of a shop that has one.

    None when nothing ships there, or the wanted method does not.
    """
    goods = sum(line.quantity * line.unit_toman for line in lines)
    parcel = Parcel(sum(line.quantity * line.weight_grams for line in lines), zone, is_same_city)
    quotes = shipping_quotes(goods, parcel, rates, policy, has_counter=has_counter)
    chosen = _choose(quotes, wanted)
    if chosen is None:
        return None
    return StoreQuote(
        goods_toman=goods,
        reference_goods_toman=sum(
            line.quantity * max(line.reference_toman, line.unit_toman) for line in lines
        ),
        weight_grams=parcel.weight_grams,
        free_above_toman=policy.free_shipping_above_toman,
        to_free_shipping_toman=to_free_shipping(goods, policy),
        is_free=ships_free(goods, policy),
        quotes=quotes,
        chosen=chosen,
        entries=entries_for(goods, policy),
    )


def _choose(quotes: Sequence[Quote], wanted: ShippingMethod | None) -> Quote | None:
    if wanted is not None:
        return next((q for q in quotes if q.method is wanted), None)
    return min(
        (q for q in quotes if q.method in TRACKED),
        key=lambda q: (q.shipping_toman, q.tariff_toman),
        default=next((q for q in quotes if q.method is ShippingMethod.pickup), None),
    )


S = StoreOrderState
TRANSITIONS: dict[StoreOrderState, frozenset[StoreOrderState]] = {
    S.placed: frozenset({S.paid, S.cancelled}),
    S.paid: frozenset({S.accepted, S.cancelled, S.unavailable_refunded}),
    S.accepted: frozenset({S.packed, S.cancelled, S.unavailable_refunded}),
    S.packed: frozenset({S.part_shipped, S.shipped, S.cancelled, S.unavailable_refunded}),
    S.part_shipped: frozenset({S.shipped}),
    S.shipped: frozenset({S.delivered}),
    S.delivered: frozenset({S.closed, S.part_returned, S.returned}),
    S.part_returned: frozenset({S.returned, S.closed}),
    S.returned: frozenset({S.closed}),
    S.closed: frozenset(),
    S.cancelled: frozenset(),
    S.unavailable_refunded: frozenset(),
}
"""Lawful steps of a store order; anything else is refused as a stale page."""


def may_become(state: StoreOrderState, following: StoreOrderState) -> bool:
    """Whether a store order may go from one state to the other."""
    return following in TRANSITIONS[state]
