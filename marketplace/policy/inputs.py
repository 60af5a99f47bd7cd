"""Changes of numbers and tariffs as they are typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from marketplace.core.clock import tehran
from marketplace.core.dates import parse_date
from marketplace.core.errors import Invalid
from marketplace.core.text import ascii_digits
from marketplace.policy.errors import UnknownNumber
from marketplace.policy.models import ShippingMethod
from marketplace.policy.numbers import MOST, NUMBERS, Number, Unit

LONGEST_REASON = 500
SHORTEST_REASON = 5
FARTHEST_YEARS = 5
_SEPARATORS = re.compile("[\\s,٬،_\u200c-\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class NumberChange:
    """Another value of a number from a day on, and why. `seen` is the newest row that the page showed."""

    number: Number
    value: int
    effective_on: date
    reason: str
    seen: int

    @classmethod
    def parse(cls, name: str, values: Mapping[str, Any], at: datetime) -> NumberChange:
        """Raises UnknownNumber, or Invalid with the code of each wrong field."""
        number = NUMBERS.get(name)
        if number is None:
            raise UnknownNumber()
        errors: dict[str, str] = {}
        value = parse_whole(values.get("value"), errors, "value", number.least, number.most)
        day = parse_effective_day(values, errors, at)
        reason = parse_reason(values, errors)
        if errors or value is None or day is None:
            raise Invalid(fields=errors)
        return cls(number, value, day, reason, parse_seen(values))


@dataclass(frozen=True, slots=True)
class TariffChange:
    """Another price of a method into a zone from a day on, and why."""

    method: ShippingMethod
    zone: int
    first_kg_toman: int
    next_kg_toman: int
    effective_on: date
    reason: str
    seen: int

    @classmethod
    def parse(cls, method: str, zone: int, values: Mapping[str, Any], at: datetime) -> TariffChange:
        """Raises UnknownNumber for a method or zone that is none, or Invalid with the code of each wrong field."""
        if method not in ShippingMethod.__members__ or not 0 <= zone <= 4:
            raise UnknownNumber()
        errors: dict[str, str] = {}
        first = parse_whole(values.get("first_kg_toman"), errors, "first_kg_toman", 0, 10**8)
        following = parse_whole(values.get("next_kg_toman"), errors, "next_kg_toman", 0, 10**8)
        day = parse_effective_day(values, errors, at)
        reason = parse_reason(values, errors)
        if errors or first is None or following is None or day is None:
            raise Invalid(fields=errors)
        return cls(ShippingMethod(method), zone, first, following, day, reason, parse_seen(values))


def parse_whole(
    raw: Any, errors: dict[str, str], field: str, least: int = 0, most: int = MOST[Unit.toman]
) -> int | None:
    """A whole number within its bounds, digits and separators of any script; else the field's code in `errors`."""
    typed = _SEPARATORS.sub("", ascii_digits(str(raw or "")[:60]))
    if not typed:
        errors[field] = "required"
    elif not re.fullmatch(r"[0-9]{1,15}", typed):
        errors[field] = "bad_whole_number"
    elif not least <= int(typed) <= most:
        errors[field] = "out_of_bounds"
    else:
        return int(typed)
    return None


def parse_effective_day(values: Mapping[str, Any], errors: dict[str, str], at: datetime) -> date | None:
    """The day from which something holds: today (that is, at once) or later, within five years."""
    typed = str(values.get("effective_on") or "")[:40]
    day = parse_date(typed)
    today = tehran(at).date()
    if day is None:
        errors["effective_on"] = "bad_date" if typed.strip() else "required"
    elif day < today:
        errors["effective_on"] = "date_past"
    elif day.year > today.year + FARTHEST_YEARS:
        errors["effective_on"] = "date_far"
    else:
        return day
    return None


def parse_reason(values: Mapping[str, Any], errors: dict[str, str]) -> str:
    """Why, in words, of some length."""
    words = " ".join(_CONTROL.sub(" ", str(values.get("reason") or "")).split())
    if not words:
        errors["reason"] = "required"
    elif len(words) < SHORTEST_REASON:
        errors["reason"] = "too_short"
    elif len(words) > LONGEST_REASON:
        errors["reason"] = "too_long"
    return words


def parse_seen(values: Mapping[str, Any]) -> int:
    """The id that a page carries; 0 for what is none."""
    typed = str(values.get("seen") or "")
    return int(typed) if re.fullmatch(r"[0-9]{1,15}", typed) else 0
