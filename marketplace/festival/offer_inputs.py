"""What a store says of one offer, by form or by a row of a file: one parser for both."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from marketplace.core import text
from marketplace.core.errors import Invalid

LARGEST_TOMAN = 10_000_000_000
LARGEST_STOCK = 1_000_000
LARGEST_LIMIT = 999
HEAVIEST_GRAMS = 500_000
LONGEST_TITLE, LONGEST_LABEL, LONGEST_TEXT, LONGEST_URL = 120, 60, 4_000, 500
FIELDS = (
    "sku",
    "title_fa",
    "title_en",
    "category",
    "description_fa",
    "description_en",
    "variant_fa",
    "variant_en",
    "weight_grams",
    "regular_toman",
    "festival_toman",
    "stocked_count",
    "limit_per_buyer",
    "permit_number",
    "health_code",
    "evidence_url",
)
"""Names of form fields and of the columns of files alike."""
WORDS: dict[str, Any] = json.loads((Path(__file__).parent / "words.json").read_text(encoding="utf-8"))
"""How units and columns are written by people, in both languages."""

_UNSEEN = re.compile("[\\x00-\\x09\\x0b-\\x1f\\x7f\u202a-\u202e\u2066-\u2069\ufeff]")
_UNIT = re.compile(rf"\s*({'|'.join(map(re.escape, WORDS['toman']))})\s*$", re.IGNORECASE)
_RIAL = re.compile("|".join(map(re.escape, WORDS["rial"])), re.IGNORECASE)
_GROUPED = re.compile(r"[0-9]{1,3}(?:[,٬،’'/ ][0-9]{3})+")
_KEYBOARDS = {0x64A: 0x6CC, 0x643: 0x6A9}
"""Arabic yeh and kaf as a Persian keyboard writes them."""
_SKU = re.compile(r"[^\s\x00-\x1f]{1,40}")


@dataclass(frozen=True, slots=True)
class CategoryRule:
    """What parsing must know of a category."""

    id: int
    needs_permit: bool
    asked_code: str | None


@dataclass(frozen=True, slots=True)
class OfferWish:
    """One offer as its store wants it. Money in toman, weight in grams."""

    sku: str
    title_fa: str
    title_en: str
    category_id: int
    description_fa: str
    description_en: str
    variant_fa: str
    variant_en: str
    weight_grams: int
    regular_toman: int
    festival_toman: int
    stocked_count: int
    limit_per_buyer: int
    permit_number: str | None
    health_code: str | None
    evidence_url: str | None

    @classmethod
    def parse(cls, values: Mapping[str, str], categories: Mapping[str, CategoryRule]) -> OfferWish:
        """From a form or a row; digits of any script. `categories` by folded slug and names.

        Raises Invalid with the code of each wrong field.
        """
        reader = _Reader(values)
        category = categories.get(text.fold(values.get("category", "")))
        if category is None:
            reader.wrong["category"] = (
                "unknown_category" if values.get("category", "").strip() else "required"
            )
        wish = cls(
            sku=reader.sku(),
            title_fa=reader.words("title_fa", 3, LONGEST_TITLE, required=True),
            title_en=reader.words("title_en", 3, LONGEST_TITLE) or reader.words("title_fa", 3, LONGEST_TITLE),
            category_id=category.id if category else 0,
            description_fa=reader.words("description_fa", 10, LONGEST_TEXT, required=True),
            description_en=reader.words("description_en", 10, LONGEST_TEXT),
            variant_fa=reader.words("variant_fa", 1, LONGEST_LABEL),
            variant_en=reader.words("variant_en", 1, LONGEST_LABEL),
            weight_grams=reader.number("weight_grams", 1, HEAVIEST_GRAMS),
            regular_toman=reader.toman("regular_toman"),
            festival_toman=reader.toman("festival_toman"),
            stocked_count=reader.number("stocked_count", 0, LARGEST_STOCK),
            limit_per_buyer=reader.number("limit_per_buyer", 1, LARGEST_LIMIT),
            permit_number=reader.code("permit_number"),
            health_code=reader.code("health_code"),
            evidence_url=reader.url("evidence_url"),
        )
        if not reader.wrong and wish.festival_toman >= wish.regular_toman:
            reader.wrong["festival_toman"] = "not_below_regular"
        if reader.wrong:
            raise Invalid("bad_offer", fields=reader.wrong)
        return wish


class _Reader:
    """Reads fields and collects what is wrong with each."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        self.wrong: dict[str, str] = {}

    def _raw(self, name: str) -> str:
        value = self.values.get(name)
        return _UNSEEN.sub("", value).strip() if isinstance(value, str) else ""

    def words(self, name: str, least: int, most: int, *, required: bool = False) -> str:
        value = self._raw(name).translate(_KEYBOARDS)
        if most != LONGEST_TEXT:
            value = " ".join(value.split())
        if not value and required:
            self.wrong[name] = "required"
        elif value and len(value) < least:
            self.wrong[name] = "too_short"
        elif len(value) > most:
            self.wrong[name] = "too_long"
        return value

    def sku(self) -> str:
        value = text.ascii_digits(self._raw("sku"))
        if not _SKU.fullmatch(value):
            self.wrong["sku"] = "bad_sku" if value else "required"
        return value

    def code(self, name: str) -> str | None:
        value = text.ascii_digits(self._raw(name))
        if value and not re.fullmatch(r"[\w/\-. ]{3,40}", value):
            self.wrong[name] = "bad_code"
        return value or None

    def url(self, name: str) -> str | None:
        value = self._raw(name)
        if value:
            parts = _split(value)
            if parts is None or len(value) > LONGEST_URL:
                self.wrong[name] = "bad_url"
        return value or None

    def toman(self, name: str) -> int:
        """A whole number of toman, thousands parted or not; rial are refused by name, never turned."""
        value = text.ascii_digits(self._raw(name))
        if _RIAL.search(value):
            self.wrong[name] = "price_in_rial"
            return 0
        return self._whole(name, _UNIT.sub("", value), 1, LARGEST_TOMAN, "bad_price")

    def number(self, name: str, least: int, most: int) -> int:
        return self._whole(name, text.ascii_digits(self._raw(name)), least, most, "bad_number")

    def _whole(self, name: str, value: str, least: int, most: int, code: str) -> int:
        if _GROUPED.fullmatch(value):
            value = re.sub(r"[^0-9]", "", value)
        if re.fullmatch(r"[0-9]+[.٫/][0-9]+", value):
            self.wrong[name] = "not_whole"
        elif not re.fullmatch(r"[0-9]{1,15}", value):
            self.wrong[name] = code if value else "required"
        elif not least <= int(value) <= most:
            self.wrong[name] = "out_of_range"
        else:
            return int(value)
        return 0


def _split(value: str) -> object | None:
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    is_plain = parts.scheme in ("http", "https") and "." in (parts.hostname or "") and not parts.username
    return parts if is_plain and not re.search(r"\s", value) else None


def parse_whole(values: Mapping[str, str], name: str, *, money: bool = False) -> int:
    """One number of a small form: a new price or a new stock. Raises Invalid."""
    reader = _Reader(values)
    value = reader.toman(name) if money else reader.number(name, 0, LARGEST_STOCK)
    if reader.wrong:
        raise Invalid("bad_offer", fields=reader.wrong)
    return value
