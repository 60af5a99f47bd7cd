"""Who pays what of the prizes, as pure functions. Source: docs/reference/cost-share.md.

A part is shared equally, the rest by net sales, nobody above so many times the mean, exact to the toman. What a capped
store does not pay falls on the others by the same weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marketplace.core.money import split


@dataclass(frozen=True, slots=True)
class Terms:
    """The policy's numbers: what is shared equally, in percent, and how many times the mean is the most."""

    equal_percent: int = 30
    cap_times: int = 3


@dataclass(frozen=True, slots=True)
class Share:
    """What one store pays, of which net sales, and whether the cap held it down."""

    store_id: int
    net_toman: int
    amount_toman: int
    is_capped: bool


def cap_of(missing: int, stores: int, times: int) -> int:
    """The most that one store pays: so many times the mean, rounded up so that the whole can be paid."""
    return -(-times * missing // stores) if stores else 0


def shares_of(missing: int, sales: Mapping[int, int], terms: Terms) -> tuple[Share, ...]:
    """The shares of all stores, in the order of their ids; their sum is what is missing, to the toman.

    `sales`: net festival sales in toman by store, 0 for one that sold nothing. Nobody to share with, or nothing
    missing, gives no share but zeros.
    """
    stores = sorted(sales)
    cap = cap_of(missing, len(stores), terms.cap_times)
    amounts = _filled(missing, weights_of([sales[s] for s in stores], terms), [cap] * len(stores))
    return tuple(
        Share(store, sales[store], amount, amount >= cap > 0 and len(stores) > terms.cap_times)
        for store, amount in zip(stores, amounts, strict=True)
    )


def released_shares(
    released: int, paid: Mapping[int, int], sales: Mapping[int, int], terms: Terms
) -> dict[int, int]:
    """What the others pay in addition when a store falls away that was to pay `released`.

    `paid`: what each of the others pays so far, `sales` its net sales. The same weights share it; the cap, counted
    anew over those who are left, holds for both together.
    """
    stores = sorted(paid)
    cap = cap_of(released + sum(paid.values()), len(stores), terms.cap_times)
    rooms = [max(0, cap - paid[store]) for store in stores]
    amounts = _filled(released, weights_of([sales.get(s, 0) for s in stores], terms), rooms)
    return dict(zip(stores, amounts, strict=True))


def weights_of(sales: Sequence[int], terms: Terms) -> list[int]:
    """Whole weights in the proportion of the exact shares; where nobody sold anything, all alike."""
    total, count, equal = sum(sales), len(sales), terms.equal_percent
    if total <= 0:
        return [1] * count
    return [equal * total + (100 - equal) * count * max(each, 0) for each in sales]


def _filled(amount: int, weights: Sequence[int], rooms: Sequence[int]) -> list[int]:
    """Shares by weights, nobody above their room; what is over goes to those with room left, by their weights."""
    given = [0] * len(weights)
    is_open = [room > 0 for room in rooms]
    left = amount
    while left and any(is_open):
        places = [place for place, still in enumerate(is_open) if still]
        among = [weights[place] for place in places]
        parts = split(left, among if sum(among) else [1] * len(among))
        full = [p for p, part in zip(places, parts, strict=True) if part > rooms[p]]
        if not full:
            for place, part in zip(places, parts, strict=True):
                given[place] = part
            return given
        for place in full:
            given[place], is_open[place] = rooms[place], False
            left -= rooms[place]
    if left:
        raise ValueError("nobody is left to share with")
    return given
