"""What a list may be narrowed by: read from the query, turned into conditions and back into addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Text, and_, bindparam, func, literal_column, select, text

from marketplace.catalog.models import Category
from marketplace.core.db import db, is_sqlite
from marketplace.core.errors import Malformed
from marketplace.core.ready import Ready
from marketplace.core.text import ascii_digits, fold
from marketplace.festival.admission import HAS_STOCK
from marketplace.festival.models import Offer
from marketplace.policy.models import Province
from marketplace.stores.models import Seal, Store

LONGEST_QUERY = 120
MOST_WORDS = 8
LARGEST_AMOUNT = 10**12
VALUED = ("category", "store", "min_toman", "max_toman", "min_discount", "province", "stars")
"""Filters with a value each, by the names of their parameters."""
ID_OF_ROW = (1 << 40) - 1
"""The part of a row's number in SQLite's index that is the offer's; the rest is its worth."""


class Sort(StrEnum):
    """Orders of a list; `best` is by rank of what was searched for, `discount` starts with the largest."""

    best = "best"
    popular = "popular"
    newest = "newest"
    price = "price"
    price_down = "-price"
    discount = "discount"


class Filters(NamedTuple):
    """A list's filters; all optional. Names are those of the address and of the API."""

    q: str = ""
    category: str | None = None
    store: str | None = None
    min_toman: int | None = None
    max_toman: int | None = None
    min_discount: int | None = None
    province: str | None = None
    stars: int | None = None
    free_shipping: bool = False
    in_stock: bool = False
    sort: Sort = Sort.popular

    @classmethod
    def parse(cls, values: Mapping[str, str]) -> Filters:
        """Filters of a query string. Raises Malformed naming the field that cannot be read."""
        q = " ".join(values.get("q", "")[:LONGEST_QUERY].replace("\x00", " ").split())
        usual = usual_sort(q)
        sort = values.get("sort") or usual
        if sort == "-discount":
            sort = Sort.discount
        if sort not in {s.value for s in Sort}:
            raise Malformed("bad_sort", fields={"sort": "bad_choice"})
        return cls(
            q=q,
            category=_word(values, "category"),
            store=_word(values, "store"),
            min_toman=_amount(values, "min_toman"),
            max_toman=_amount(values, "max_toman"),
            min_discount=_number(values, "min_discount", 0, 99),
            province=_word(values, "province"),
            stars=_number(values, "stars", 0, 5),
            free_shipping=_flag(values, "free_shipping"),
            in_stock=_flag(values, "in_stock"),
            sort=usual if sort == Sort.best else Sort(sort),
        )

    def with_(self, **changes: Any) -> Filters:
        return self._replace(**changes)

    def pairs(self, *, without: tuple[str, ...] = ()) -> list[tuple[str, str]]:
        """The set filters as (name, value), in a fixed order."""
        return [(name, value) for name, value in self._pairs() if name not in without]

    def query(self, *, without: tuple[str, ...] = ()) -> str:
        return "&".join(written(name, value) for name, value in self._pairs() if name not in without)

    @property
    def words(self) -> list[str]:
        """The folded words to look for."""
        return fold(self.q).split()[:MOST_WORDS]

    def _pairs(self) -> Iterator[tuple[str, str]]:
        for name in ("q", "category", "store", "min_toman", "max_toman", "min_discount", "province", "stars"):
            value = getattr(self, name)
            if value not in (None, ""):
                yield name, str(value)
        if self.free_shipping:
            yield "free_shipping", "1"
        if self.in_stock:
            yield "in_stock", "1"
        if self.sort is not usual_sort(self.q):
            yield "sort", self.sort.value


@lru_cache(maxsize=1_024)
def usual_sort(q: str) -> Sort:
    """The order of a list that was asked for without one."""
    return Sort.best if fold(q) else Sort.popular


@lru_cache(maxsize=4_096)
def written(name: str, value: str) -> str:
    """A filter as it stands in an address."""
    return urlencode({name: value})


def conditions(
    filters: Filters, *, without_words: bool = False, is_common: bool = False
) -> list[ColumnElement[bool]]:
    """SQL conditions over Offer, Store and Seal; their values are those of `values_of`.

    Two filters with the same `shape_of` have the same conditions. `is_common`: each row of a list is looked at in its
    order, for so many offers have the words, or are in the range of prices, that their index would give them all first.
    """
    toman = Offer.festival_toman + 0 if _passes_prices(filters, is_common) else Offer.festival_toman
    found = [*_places(filters), *_ranges(filters, toman)]
    if filters.words and not without_words:
        found += _in_row(len(filters.words)) if is_common else [_matches()]
    if filters.free_shipping:
        found.append(toman > bindparam("free_above"))
    if filters.in_stock:
        found.append(HAS_STOCK)
    return found


def values_of(filters: Filters, *, without_words: bool = False, is_common: bool = False) -> dict[str, Any]:
    """What fills the conditions of these filters, but for the numbers of the policy."""
    values = {name: getattr(filters, name) for name in VALUED if getattr(filters, name) not in (None, "")}
    if filters.words and not without_words:
        if is_common and is_sqlite():
            return values | {f"word{n}": " " + word for n, word in enumerate(filters.words)}
        values["words"] = _match_of(filters.words)
    return values


def shape_of(filters: Filters, *, without_words: bool = False, is_common: bool = False) -> tuple[object, ...]:
    """Which conditions there are, and in which database."""
    has_words: object = bool(filters.words) and not without_words
    if has_words and is_common:
        has_words = ("in text", len(filters.words))
    named = (getattr(filters, name) not in (None, "") for name in VALUED)
    return (
        is_sqlite(),
        has_words,
        _passes_prices(filters, is_common),
        filters.free_shipping,
        filters.in_stock,
        *named,
    )


def _passes_prices(filters: Filters, is_common: bool) -> bool:
    """Whether prices are looked at row by row: SQLite takes their index before that of a list's order, however wide
    the range."""
    return is_common and is_sqlite() and filters.sort not in (Sort.price, Sort.price_down)


def found_ids(filters: Filters) -> Sequence[int]:
    """The offers with the words of a search, of the store; whether they are shown is not asked."""
    if is_sqlite() and filters.words and not filters.store:
        return [row[0] for row in _IDS_OF_INDEX.all(words=_match_of(filters.words))]
    query = select(Offer.id)
    if filters.words:
        query = query.where(_matches())
    if filters.store:
        query = query.where(_OF_STORE)
    return db.session.scalars(query, values_of(filters)).all()


_IDS_OF_INDEX = Ready(
    select(literal_column(f"rowid & {ID_OF_ROW}"))
    .select_from(text("offer_search"))
    .where(literal_column("offer_search").op("MATCH")(bindparam("words", type_=Text())))
)
_NAMED = bindparam("province", type_=Text())
_OF_CATEGORY: ColumnElement[bool] = (
    Offer.category_id == select(Category.id).where(Category.slug == bindparam("category")).scalar_subquery()
)
_OF_STORE: ColumnElement[bool] = (
    Offer.store_id == select(Store.id).where(Store.slug == bindparam("store")).scalar_subquery()
)
_OF_PROVINCE: ColumnElement[bool] = (
    Store.province_id
    == select(Province.id)
    .where((Province.name_fa == _NAMED) | (Province.name_en == _NAMED))
    .scalar_subquery()
)


def _places(filters: Filters) -> Iterator[ColumnElement[bool]]:
    """Where an offer stands: its category, its store, the store's province."""
    if filters.category:
        yield _OF_CATEGORY
    if filters.store:
        yield _OF_STORE
    if filters.province:
        yield _OF_PROVINCE


def _ranges(filters: Filters, toman: Any) -> Iterator[ColumnElement[bool]]:
    """From where to where: price, discount, stars."""
    if filters.min_toman is not None:
        yield toman >= bindparam("min_toman")
    if filters.max_toman is not None:
        yield toman <= bindparam("max_toman")
    if filters.min_discount is not None:
        yield Offer.discount_percent >= bindparam("min_discount")
    if filters.stars is not None:
        yield Seal.stars >= bindparam("stars")


def _matches() -> ColumnElement[bool]:
    """Every word begins a word of the offer's folded text."""
    wanted = bindparam("words", type_=Text())
    if is_sqlite():
        hits: Any = (
            select(literal_column(f"rowid & {ID_OF_ROW}"))
            .select_from(text("offer_search"))
            .where(literal_column("offer_search").op("MATCH")(wanted))
        )
        return Offer.id.in_(hits)
    asked = func.to_tsquery(literal_column("'simple'::regconfig"), wanted)
    return and_(literal_column("offers.offer_search_words").op("@@")(asked))


def _in_row(count: int) -> list[ColumnElement[bool]]:
    """The same of the row itself and of no index; on SQLite of the text, for words without a point."""
    if not is_sqlite():
        return [_matches().is_(True)]
    said = " " + func.replace(func.replace(Offer.search_text, "\n", " "), ".", " ")
    return [func.instr(said, bindparam(f"word{n}", type_=Text())) > 0 for n in range(count)]


def _match_of(words: list[str]) -> str:
    if is_sqlite():
        return " AND ".join(f'"{word}"*' for word in words)
    return " & ".join(f"'{word}':*" for word in words)


def _word(values: Mapping[str, str], name: str) -> str | None:
    value = values.get(name, "").strip()[:120].replace("\x00", "")
    return value or None


def _amount(values: Mapping[str, str], name: str) -> int | None:
    return _number(values, name, 0, LARGEST_AMOUNT)


def _number(values: Mapping[str, str], name: str, least: int, most: int) -> int | None:
    raw = re.sub(r"[\s,٬]", "", ascii_digits(values.get(name, "")))
    if not raw:
        return None
    if not re.fullmatch(r"\d{1,15}", raw) or not least <= int(raw) <= most:
        raise Malformed("bad_filter", fields={name: "bad_number"})
    return int(raw)


def _flag(values: Mapping[str, str], name: str) -> bool:
    raw = values.get(name, "").lower()
    if raw in ("", "0", "false"):
        return False
    if raw in ("1", "true", "on"):
        return True
    raise Malformed("bad_filter", fields={name: "bad_choice"})
