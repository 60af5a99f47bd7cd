"""What is kept for good names no person: numbers that lead to one are cut, wherever they stand in a text. Pure."""

from __future__ import annotations

import re
from typing import Any

_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_SHEBA = re.compile(r"(?<!\w)IR[ ]?\d(?:[ ]?\d){23}(?!\w)", re.IGNORECASE)
_MOBILE = re.compile(r"(?<!\w)(?:\+98|0098|0)[ \-\u200c]?9\d{2}[ \-\u200c]?\d{3}[ \-\u200c]?\d{4}(?!\w)")
_LONG = re.compile(r"(?<!\w)\d{10,}(?!\w)")
"""A national id, a postal code, a card, an account: `\\d` and `\\w` know the digits of all scripts."""


def without_persons(value: Any) -> Any:
    """The same, every text in it masked; numbers and keys stay."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {key: without_persons(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [without_persons(one) for one in value]
    return value


def masked(text: str) -> str:
    """A text in which mail addresses, mobiles, Shebas and other numbers of ten digits and more are cut short."""
    text = _MAIL.sub("…@…", text)
    for pattern in (_SHEBA, _MOBILE, _LONG):
        text = pattern.sub(lambda found: f"{found[0][:3]}…{found[0][-2:]}", text)
    return text


def short_name(label: str) -> str:
    """`سارا نوری` -> `سارا ن.`: enough for a colleague, not enough for a stranger."""
    first, _, last = label.strip().partition(" ")
    return f"{first} {last[0]}." if last else masked(first)
