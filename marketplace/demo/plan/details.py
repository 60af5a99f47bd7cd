"""The particulars of a product: how big it is, what it weighs, in which variants it comes, its codes and its stock."""

from __future__ import annotations

import re
from functools import cache
from random import Random

from marketplace.demo.plan.patterns import CHOSEN, Pattern, Value, amount

STANDARD: Value = {"fa": "استاندارد", "en": "Standard"}
_STOCKS = (5, 6, 8, 8, 10, 10, 12, 12, 15, 20, 20, 24, 25, 30, 36, 40, 50, 60, 80, 100, 120)
_WEIGHED = ("nuts", "food", "beauty", "hygiene")
_CONTENT = ("size", "weight", "volume")
_TIMES = ("set", "count")


def choose_values(rng: Random, pattern: Pattern, room: int) -> tuple[list[int], int]:
    """Which values fill the slots that are not in the title, and how many variants the first of them makes."""
    picks = [int(rng.random() * len(values)) for _, values in pattern.slots[pattern.titled :]]
    draw = rng.random()
    wanted = 3 if draw < 0.09 else 2 if draw < 0.24 else 1
    if wanted == 1 or not picks or pattern.slots[pattern.titled][0] not in CHOSEN:
        return picks, 1
    values = pattern.slots[pattern.titled][1]
    count = min(wanted, room, len(values))
    picks[0] = min(picks[0], len(values) - count)
    return picks, count


def levels(rng: Random, pattern: Pattern, picks: list[int], count: int) -> list[float]:
    """Where each variant lies between the smallest and dearest of its kind, 0 to 1; smaller ones are commoner."""
    turn = rng.random()
    rises = [rise[pick] for rise, pick in zip(pattern.rises, picks, strict=True) if rise]
    if not rises:
        return [turn**1.8 * 0.92] * count
    found = []
    varying = pattern.rises[pattern.titled] if count > 1 else None
    for step in range(count):
        shift = varying[picks[pattern.titled] + step] - varying[picks[pattern.titled]] if varying else 0.0
        found.append(0.03 + 0.72 * (sum(rises) + shift) / len(rises) + 0.2 * turn * turn)
    return found


def between(bounds: tuple[int, int], level: float) -> float:
    """The amount at this level, each step the same number of times more."""
    low, high = bounds
    return float(low * (high / low) ** level)


def weight(pattern: Pattern, chosen: list[Value], level: float) -> int:
    """Grams with packing: what the labels say is inside and a little more, or what such things weigh."""
    grams = between(pattern.weight, 0.15 + 0.7 * level)
    if pattern.category in _WEIGHED:
        inside = _content(tuple(slot for slot, _ in pattern.slots), tuple(value["en"] for value in chosen))
        grams = inside * 1.06 + 20 if inside else grams
    step = 1 if grams < 50 else 5 if grams < 500 else 10 if grams < 2000 else 50
    return max(1, round(grams / step) * step)


def slug(title_en: str, key: str) -> str:
    """A readable address that the key makes unique."""
    return f"{_NOT_WORD.sub('-', title_en.lower().replace(chr(39), '')).strip('-')}-{key}"


def health_code(rng: Random, category: str) -> str | None:
    """The sixteen digits of a health or authenticity code, where the category asks for one."""
    if category not in ("food", "nuts", "beauty"):
        return None
    return f"{1000 + int(rng.random() * 8999)}{int(rng.random() * 10**12):012d}"


def permit_number(rng: Random, category: str) -> str | None:
    """The permit that masks and disinfectants are sold under."""
    return f"56/{10_000 + int(rng.random() * 89_999)}" if category == "hygiene" else None


def stock(rng: Random, state: str, pull: int) -> tuple[int, int]:
    """How many were put on sale and how many went: more in liked stores, a few sold out, a few with one left."""
    stocked = _STOCKS[int(rng.random() * len(_STOCKS))]
    if state not in ("live", "frozen"):
        return stocked, 0
    turn = rng.random()
    if turn < 0.025:
        return stocked, stocked
    if turn < 0.05:
        return stocked, stocked - 1
    liked = min(1.0, 0.25 + pull / 60)
    return stocked, int(stocked * liked * rng.random() ** 2.4 * 0.95)


def limit(rng: Random, toman: int) -> int:
    """How many one buyer may have: fewer of what is dear."""
    choices = (3, 5, 5, 10) if toman < 200_000 else (3, 3, 4, 5) if toman < 1_500_000 else (2, 3, 3)
    return choices[int(rng.random() * len(choices))]


_NOT_WORD = re.compile(r"[^a-z0-9]+")


@cache
def _content(names: tuple[str, ...], labels: tuple[str, ...]) -> float:
    inside, times = 0.0, 1.0
    for name, text in zip(names, labels, strict=True):
        found = amount(text)
        if name in _CONTENT and found and re.search(r"\d\s*(g|kg|ml|l|mesqal)\b|mesqal", text):
            inside = found
        elif name in _TIMES and found:
            times = found
    return inside * times
