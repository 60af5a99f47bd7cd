"""Money is a whole number of toman. No floats; shares by largest remainder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NewType

Toman = NewType("Toman", int)

LARGEST_TOMAN = 10**15


def toman(value: int) -> Toman:
    """Checks and types an amount. Raises ValueError on anything but an integer in +-10^15."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("money is a whole number of toman")
    if abs(value) > LARGEST_TOMAN:
        raise ValueError("amount out of range")
    return Toman(value)


def percent_of(amount: int, percent: int) -> Toman:
    """`percent` of an amount, rounded down to the toman."""
    return Toman(amount * percent // 100)


def permille_of(amount: int, permille: int) -> Toman:
    """`permille` thousandths of an amount, rounded down to the toman."""
    return Toman(amount * permille // 1000)


def percent_off(price: int, reference: int) -> int:
    """Whole percent by which `price` lies under `reference`, rounded down; 0 if it does not."""
    if reference <= 0 or price >= reference:
        return 0
    return (reference - price) * 100 // reference


def split(amount: int, weights: Sequence[int]) -> list[Toman]:
    """Shares `amount` by `weights`, exact to the toman (largest remainder; ties: the earlier).

    Raises ValueError when there is nobody to share with or a weight is negative.
    """
    total = sum(weights)
    if not weights or total <= 0 or min(weights) < 0:
        raise ValueError("weights must be non-negative and not all zero")
    sign = -1 if amount < 0 else 1
    size = abs(amount)
    shares = [size * w // total for w in weights]
    rest = size - sum(shares)
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(size * weights[i] % total), i))
    for i in by_remainder[:rest]:
        shares[i] += 1
    return [Toman(sign * s) for s in shares]
