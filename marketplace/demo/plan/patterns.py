"""Title patterns of goods: a few words with slots, and which values fill them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import gcd, log
from typing import Any

from marketplace.demo.picture_index import is_shown_in, pictures_for
from marketplace.demo.plan.source import data

Value = Mapping[str, str]
# Sizes that cost the same, and numbers that are no amount.
_SAME_PRICE = {"tip", "hardness", "age", "alcohol", "factor", "width", "gsm", "strap", "season"}
# What is more of these costs nearly that much more; of other sizes, half of it.
_FULL = {"size", "weight", "volume", "set", "count", "count2", "pieces", "volumes", "battery", "capacity"}
# Slots that shoppers choose by, in this order.
CHOSEN = (
    "size",
    "colour",
    "set",
    "volume",
    "length",
    "pack",
    "strap",
    "design",
    "motif",
    "format",
    "metal",
    "stone",
)
_UNITS = {
    "ml": 1,
    "l": 1000,
    "g": 1,
    "kg": 1000,
    "cm": 1,
    "m": 100,
    "w": 1,
    "gb": 1,
    "tb": 1000,
    "mah": 1,
    "mesqal": 4.6,
}
_WORDS = {
    "small": 1, "medium": 1.6, "large": 2.4, "short": 1, "long": 1.6, "thin": 1, "thick": 1.7, "fine": 1,
    "single": 1, "junior": 1.3, "double": 1.8, "pair": 2, "half a mesqal": 2.3, "three-piece set": 3,
    "set of two": 2, "set of four": 4, "set of six": 6, "one port": 1, "two ports": 2, "three ports": 3,
    "six-month replacement": 1, "twelve-month replacement": 1.15,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pattern:
    """One kind of goods of a category. `slots` are (name, values); the first `titled` of them are in the title."""

    key: str
    category: str
    shape: str
    title_fa: str
    title_en: str
    slots: tuple[tuple[str, tuple[Value, ...]], ...]
    titled: int
    rises: tuple[tuple[float, ...] | None, ...]
    titles: int
    step: int
    says_fa: tuple[str, ...]
    says_en: tuple[str, ...]
    price: tuple[int, int]
    weight: tuple[int, int]
    art: tuple[str, ...]
    art_of: Mapping[str, tuple[str, ...]]

    def shown(self, values: Sequence[Value]) -> tuple[str, ...]:
        """The objects to show for these values, best first: a copper pot is not a steel one."""
        return next((self.art_of[value["en"]] for value in values if value["en"] in self.art_of), self.art)

    def picks(self, number: int) -> list[int]:
        """Which value fills each titled slot in the title with this number; neighbours look unlike each other."""
        rest = (number * self.step + 1) % self.titles
        found = []
        for _, values in self.slots[: self.titled]:
            rest, place = divmod(rest, len(values))
            found.append(place)
        return found


@cache
def patterns(category: str) -> tuple[Pattern, ...]:
    """The patterns of a category of which there are pictures; all of them while there are none."""
    block = next(row for row in data("products")["categories"] if row["category"] == category)
    made = tuple(_pattern(category, row, block["lists"]) for row in block["patterns"])
    return tuple(pattern for pattern in made if pattern.art) or made


@cache
def likes(category: str, trade: str) -> frozenset[str]:
    """The shapes a trade mostly sells; empty when it sells everything of the category."""
    rows = data("store_names")[category]
    return frozenset(next((row["likes"] for row in rows if row["slug"] == trade), ()))


def amount(text: str) -> float | None:
    """The amount an English label names: `500 g` 500, `set of 6` 6, `medium` 1.6; None when it names none."""
    label = text.lower()
    if label in _WORDS:
        return _WORDS[label]
    numbers = [float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?:\.\d+)?", label)]
    words = re.findall(r"[a-z]+", label)
    if not numbers or not words:
        return None
    unit = next((_UNITS[word] for word in reversed(words) if word in _UNITS), 1)
    return numbers[0] * (numbers[1] if len(numbers) > 1 and " x " in label else 1) * unit


def _pattern(category: str, row: Any, lists: Mapping[str, Sequence[Value]]) -> Pattern:
    names = sorted(row["slots"], key=lambda name: ("{" + name + "}" not in row["title_en"], _late(name)))
    titled = sum("{" + name + "}" in row["title_en"] for name in names)
    art = _drawn(category, row["drawing"]["art"])
    slots = tuple((name, _pictured(category, art, lists[row["slots"][name]])) for name in names)
    titles = 1
    for _, values in slots[:titled]:
        titles *= len(values)
    return Pattern(
        key=row["id"],
        category=category,
        shape=row["drawing"]["shape"],
        title_fa=row["title_fa"],
        title_en=row["title_en"],
        slots=slots,
        titled=titled,
        rises=tuple(_rise(category, name, values) for name, values in slots),
        titles=titles,
        step=_step(titles),
        says_fa=tuple(row["desc_fa"]),
        says_en=tuple(row["desc_en"]),
        price=tuple(row["price_toman"]),
        weight=tuple(row["weight_g"]),
        art=art,
        art_of={value: _drawn(category, names) for value, names in row["drawing"].get("art_of", {}).items()},
    )


def _pictured(category: str, art: tuple[str, ...], values: Sequence[Value]) -> tuple[Value, ...]:
    """The values, but for colours that no picture of the thing shows."""
    if not art or not all("hex" in value for value in values):
        return tuple(values)
    seen = tuple(value for value in values if is_shown_in(category, art[0], value["hex"]))
    return seen if len(seen) > 1 else tuple(values)


def _drawn(category: str, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if pictures_for(category, name))


def _rise(category: str, name: str, values: Sequence[Value]) -> tuple[float, ...] | None:
    """Where each value lies between the smallest and the largest, 0 to 1; None when they cost the same."""
    if name in _SAME_PRICE or (category in ("shoes", "clothing") and name in ("size", "length")):
        return None
    found = [amount(value["en"]) for value in values]
    amounts = [value for value in found if value]
    if len(amounts) < len(values) or min(amounts) == max(amounts):
        return None
    low, high = log(min(amounts)), log(max(amounts))
    share = 1.0 if name in _FULL and values[0]["en"] not in _WORDS else 0.5
    return tuple(0.5 + share * ((log(value) - low) / (high - low) - 0.5) for value in amounts)


def _late(name: str) -> int:
    """Variants differ in the first slot that the title leaves out: in one that shoppers choose by, if there is one."""
    return CHOSEN.index(name) if name in CHOSEN else len(CHOSEN)


def _step(size: int) -> int:
    step = max(1, int(size * 0.618))
    while gcd(step, size) != 1:
        step += 1
    return step
