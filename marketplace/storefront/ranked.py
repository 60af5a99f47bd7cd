"""Offers found by words, the best first: in stock before sold out, the words in the title before those of the store and
of the rest, then by popularity in steps, the newest first.

Few hits are ranked as a whole; of many the best are read from an index in this order, and the rest is not looked at.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from flask import g
from sqlalchemy import (
    ColumnElement,
    Integer,
    bindparam,
    case,
    column,
    func,
    literal_column,
    select,
    table,
    text,
)

from marketplace.core.db import AnySelect, is_sqlite
from marketplace.core.errors import Malformed
from marketplace.core.ready import Ready
from marketplace.core.remembered import present
from marketplace.festival.admission import HAS_STOCK
from marketplace.festival.models import Offer
from marketplace.storefront import texts
from marketplace.storefront.among import AMONG, AMONG_ARRAY, AMONG_JSON, listed_ids
from marketplace.storefront.expected import is_many, known_among
from marketplace.storefront.texts import asked_of_texts, has_words

FEW = 500
MANY = 4 * FEW
"""Where so many hits were counted beside it is not asked again whether they are few."""
Found = TypeVar("Found")
TITLE, STORE, REST = 3, 2, 1
FITS = (TITLE, STORE, REST)
STEPS = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
"""Popularity is compared in these steps; word for word those of the index."""
TIERS = (
    "offers.popularity >= 100",
    "offers.popularity >= 30 AND offers.popularity < 100",
    "offers.popularity < 30",
)
"""The popular offers have small indexes of their own on PostgreSQL, because a GIN index cannot stop early. The bounds
are of `STEPS`, so that one tier stands before the next."""
OF_TITLE, OF_STORE = "\u064a", "\u0643"
"""Before words of titles and of store names PostgreSQL's index has these letters, which folding leaves in no word."""
IN_STOCK, ID_BITS = 32, 40
ID = (1 << ID_BITS) - 1

_INDEX = table("offer_search", column("rowid"))
_MATCH = literal_column("offer_search").op("MATCH")(bindparam("match"))
_ROWID: ColumnElement[int] = literal_column("offer_search.rowid")
_STEP = case(*[(Offer.popularity >= least, n) for n, least in reversed([*enumerate(STEPS, 1)])], else_=0)
_VECTOR: ColumnElement[Any] = literal_column("offers.offer_search_words")
_IN_TIER: tuple[ColumnElement[bool], ...] = tuple(literal_column(f"({tier})") for tier in TIERS)
_ON_SHELF: ColumnElement[bool] = literal_column("offers.state IN ('approved', 'live')")


class Place(NamedTuple):
    """Where a hit stands; the largest first."""

    in_stock: int
    fit: int
    step: int
    id: int


class Segment(NamedTuple):
    """A part of the list: one stock, one fit, on PostgreSQL one of `TIERS`; behind a place."""

    in_stock: int
    fit: int
    tier: int | None
    after: Place | None


def place_of(values: tuple[int, ...] | None) -> Place | None:
    """The place that stands in a cursor. Raises Malformed('bad_cursor')."""
    if values is None:
        return None
    place = Place(*values)
    if (
        place.in_stock not in (0, 1)
        or place.fit not in FITS
        or not 0 <= place.step < IN_STOCK
        or not 0 <= place.id <= ID
    ):
        raise Malformed("bad_cursor")
    return place


def has_hits(words: Sequence[str]) -> bool:
    """Whether anything on the shelf has all these words, shown or not."""
    if present() is not None or is_many(words):
        hits = few_hits(words)
        return hits is None or bool(hits)
    if is_sqlite():
        return bool(_FEW_OF_INDEX.all(match=_fts(words, REST), most=1))
    return bool(_FEW_OF_TABLE.all(**_asked_of_table(words), most=1))


def few_hits(words: Sequence[str]) -> list[int] | None:
    """The offers with all these words, whether shown or not; None when there are more than 500."""
    if is_sqlite() and known_among(words) is None:
        keys = _few_keys(words)
        return None if keys is None else [key & ID for key in keys]
    places = _few_of_table(words)
    return None if places is None else [place.id for place in places]


def few_places(words: Sequence[str]) -> list[Place] | None:
    """All hits with their places, whether shown or not; None when there are more than 500."""
    if not is_sqlite() or known_among(words) is not None:
        return _few_of_table(words)
    keys = _few_keys(words)
    if not keys:
        return keys  # type: ignore[return-value]
    named, sold = (
        {row[0] for row in _FEW_OF_INDEX.all(match=_fts(words, fit), most=FEW + 1)} for fit in (TITLE, STORE)
    )
    return [_place(key, TITLE if key in named else STORE if key in sold else REST) for key in keys]


def _few_of_table(words: Sequence[str]) -> list[Place] | None:
    def find() -> list[Place] | None:
        offers = known_among(words)
        if offers is None:
            rows = _FEW_OF_TABLE.all(**_asked_of_table(words), most=FEW + 1)
        else:
            asked = {"among": listed_ids(offers), "most": FEW + 1}
            if is_sqlite():
                rows = _few_of_texts(len(words)).all(**asked_of_texts(list(words)), **asked)
            else:
                rows = _FEW_OF_THOSE.all(**_asked_of_table(words), **asked)
        return [Place(*row) for row in rows] if len(rows) <= FEW else None

    return _once(words, find)


def _few_keys(words: Sequence[str]) -> list[int] | None:
    def find() -> list[int] | None:
        rows = _FEW_OF_INDEX.all(match=_fts(words, REST), most=FEW + 1)
        return [row[0] for row in rows] if len(rows) <= FEW else None

    return _once(words, find)


def _once(words: Sequence[str], find: Callable[[], Found | None]) -> Found | None:
    """What is found, asked once while a page is made."""
    if is_many(words):
        return None
    if present() is None:
        return find()
    known: dict[tuple[str, ...], Found | None] = g.setdefault("found_by_words", {})
    asked = tuple(words)
    if asked not in known:
        known[asked] = find()
    return known[asked]


def _asked_of_table(words: Sequence[str]) -> dict[str, str]:
    return {
        "match": _tsquery(words, REST),
        "title": _tsquery(words, TITLE),
        "store": _tsquery(words, STORE),
    }


def segments(after: Place | None) -> Iterator[Segment]:
    """The parts of a list by rank behind a place, the best first."""
    for in_stock in (1, 0):
        for fit in FITS:
            begun = after is not None and (after.in_stock, after.fit) == (in_stock, fit)
            if after is not None and not begun and (after.in_stock, after.fit) < (in_stock, fit):
                continue
            for tier in (None,) if is_sqlite() else range(len(TIERS)):
                yield Segment(in_stock, fit, tier, after if begun else None)


def in_segment(query: AnySelect, segment: Segment) -> AnySelect:
    """A select of offers narrowed to a segment, in its order; filled by `values_of_segment`."""
    if is_sqlite():
        return (
            query.join(_INDEX, Offer.id == literal_column(f"(offer_search.rowid & {ID})"))
            .where(_MATCH, _ROWID.between(bindparam("least"), bindparam("upto")))
            .order_by(_ROWID.desc())
        )
    has_stock = HAS_STOCK if segment.in_stock else ~HAS_STOCK
    in_tier = _IN_TIER[segment.tier or 0]
    query = query.where(_ON_SHELF, _has(bindparam("match")), has_stock, in_tier)
    if segment.after is not None:
        query = query.where(func.row(_STEP, Offer.id) < func.row(bindparam("step"), bindparam("last")))
    return query.order_by(_STEP.desc(), Offer.id.desc())


def values_of_segment(words: Sequence[str], segment: Segment) -> dict[str, Any]:
    """What fills `in_segment`."""
    after = segment.after
    if is_sqlite():
        worth = segment.in_stock * IN_STOCK
        upto = (
            ((worth + after.step) << ID_BITS | after.id) - 1 if after else ((worth + IN_STOCK) << ID_BITS) - 1
        )
        return {"match": _fts_segment(words, segment.fit), "least": worth << ID_BITS, "upto": upto}
    asked: dict[str, Any] = {"match": _tsquery_segment(words, segment.fit)}
    return asked if after is None else asked | {"step": after.step, "last": after.id}


def kind_of_segment(segment: Segment) -> tuple[object, ...]:
    """Two segments of one kind are the same statement."""
    return () if is_sqlite() else (segment.in_stock, segment.tier, segment.after is not None)


def place_in(segment: Segment, offer_id: int, popularity: int) -> Place:
    """Where a hit of a segment stands."""
    return Place(segment.in_stock, segment.fit, bisect_right(STEPS, popularity), offer_id)


def _place(key: int, fit: int) -> Place:
    in_stock, step = divmod(key >> ID_BITS, IN_STOCK)
    return Place(in_stock, fit, step, key & ID)


def _fts(words: Sequence[str], fit: int) -> str:
    """Every word begins a word of the columns of this fit."""
    wanted = " AND ".join(f'"{word}"*' for word in words)
    return {TITLE: f"{{title}} : ({wanted})", STORE: f"{{title store}} : ({wanted})", REST: wanted}[fit]


def _fts_segment(words: Sequence[str], fit: int) -> str:
    """Those of this fit and no better one."""
    return _fts(words, fit) if fit == TITLE else f"({_fts(words, fit)}) NOT ({_fts(words, fit + 1)})"


def _has(query: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = _VECTOR.op("@@")(
        func.to_tsquery(literal_column("'simple'::regconfig"), query)
    )
    return found


def _tsquery(words: Sequence[str], fit: int) -> str:
    """Each word begins a word of the lines of this fit."""
    marks = {TITLE: (OF_TITLE,), STORE: (OF_TITLE, OF_STORE), REST: ()}[fit]
    return " & ".join(_begins(word, marks) for word in words)


def _begins(word: str, marks: Sequence[str]) -> str:
    """A number with a point is one word of the whole text, and two of a line."""
    if not marks:
        return f"'{word}':*"
    parts = [part for part in word.split(".") if part]
    found = (" | ".join(f"'{mark}{part}':*" for mark in marks) for part in parts)
    whole = [f"'{word}':*"] if len(parts) != 1 or parts[0] != word else []
    return " & ".join([*whole, *(f"({each})" for each in found)])


def _tsquery_segment(words: Sequence[str], fit: int) -> str:
    return (
        _tsquery(words, fit) if fit == TITLE else f"({_tsquery(words, fit)}) & !({_tsquery(words, fit + 1)})"
    )


_FEW_OF_INDEX = Ready(
    select(_ROWID).select_from(_INDEX).where(_MATCH).limit(bindparam("most", type_=Integer()))
)


def _places(title: ColumnElement[bool], store: ColumnElement[bool]) -> AnySelect:
    """Places of offers on the shelf, by whether their words are in the title, and in title or store's name."""
    fit = case((title, TITLE), (store, STORE), else_=REST)
    query = select(case((HAS_STOCK, 1), else_=0), fit, _STEP, Offer.id)
    return query.where(_ON_SHELF).limit(bindparam("most", type_=Integer()))


_OF_TABLE = _places(_has(bindparam("title")), _has(bindparam("store")))
_FEW_OF_TABLE = Ready(_OF_TABLE.where(_has(bindparam("match"))))
_FEW_OF_THOSE = Ready(
    _OF_TABLE.where(text(AMONG_ARRAY).bindparams(AMONG), _has(bindparam("match")).is_(True))
)
"""By no index of words, for the numbers are known."""


@lru_cache(maxsize=16)
def _few_of_texts(count: int) -> Ready:
    """The same on SQLite."""
    title, store, rest = (has_words(count, lines) for lines in (texts.TITLE, texts.STORE, texts.REST))
    return Ready(_places(title, store).where(text(AMONG_JSON).bindparams(AMONG), rest))
