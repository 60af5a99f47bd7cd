"""Which column of a file is which, and what is wrong with its rows before the database is asked: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

from marketplace.core.errors import Invalid
from marketplace.core.tables import Row, UnreadableTable
from marketplace.core.text import fold
from marketplace.festival.offer_inputs import FIELDS, WORDS, CategoryRule, OfferWish

REQUIRED = (
    "sku",
    "title_fa",
    "category",
    "description_fa",
    "weight_grams",
    "regular_toman",
    "festival_toman",
    "stocked_count",
    "limit_per_buyer",
)
Fault = tuple[str, str]
"""(column, code)."""


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row of a file: its wish when it is good, else its faults."""

    number: int
    cells: tuple[str, ...]
    wish: OfferWish | None
    faults: tuple[Fault, ...]


@dataclass
class Seen:
    """What earlier rows of the same file said, as short marks: codes, and sorts of goods."""

    codes: set[int] = field(default_factory=set)
    goods: set[int] = field(default_factory=set)


@cache
def _columns_by_word() -> dict[str, str]:
    found = {fold(name): name for name in FIELDS}
    for name, words in WORDS["columns"].items():
        for word in words:
            found.setdefault(fold(word), name)
    return found


def match_columns(header: Sequence[str]) -> tuple[str | None, ...]:
    """The field of each column, None for those that are not looked at.

    Raises UnreadableTable: `column_in_rial`, `column_twice`, `offer_columns_missing`, with the columns in `params`.
    """
    rial = {fold(word) for word in WORDS["rial"]}
    found: list[str | None] = []
    for cell in header:
        words = set(fold(cell).split())
        if words & rial:
            raise UnreadableTable("column_in_rial", params={"column": cell[:40]})
        name = _columns_by_word().get(fold(cell))
        if name is not None and name in found:
            raise UnreadableTable("column_twice", params={"column": cell[:40]})
        found.append(name)
    missing = [name for name in REQUIRED if name not in found]
    if missing:
        raise UnreadableTable("offer_columns_missing", params={"columns": ",".join(missing)})
    return tuple(found)


def read_row(
    row: Row, columns: Sequence[str | None], categories: Mapping[str, CategoryRule], seen: Seen
) -> ReadRow:
    """One row judged by itself and by the rows before it."""
    values = {name: cell for name, cell in zip(columns, row.cells, strict=False) if name is not None}
    faults: list[Fault] = [
        (columns[place] or "", "formula")
        for place in sorted(row.formulas)
        if place < len(columns) and columns[place] is not None
    ]
    wish: OfferWish | None = None
    try:
        wish = OfferWish.parse(values, categories)
    except Invalid as wrong:
        faults += [(name, code) for name, code in wrong.fields.items() if (name, "formula") not in faults]
    code = hash(fold(values.get("sku", "")))
    if values.get("sku", "").strip() and code in seen.codes:
        faults.append(("sku", "sku_twice"))
    seen.codes.add(code)
    if wish is not None:
        goods = hash((wish.category_id, fold(wish.title_fa), fold(wish.variant_fa)))
        if goods in seen.goods:
            faults.append(("title_fa", "goods_twice"))
        seen.goods.add(goods)
    return ReadRow(row.number, row.cells, wish if not faults else None, tuple(faults))


def kept_wish(wish: OfferWish) -> dict[str, Any]:
    """A wish as it is kept between reading and writing."""
    return asdict(wish)
