"""Offers found by words, the best first: in stock before sold out, the words in the title before those of the store and
of the rest, then by popularity in steps, the newest first.

Few hits are ranked as a whole; of many the best are read from an index in this order, and the rest is not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import g
from sqlalchemy import ColumnElement, Integer, bindparam, case, column, func, literal_column, select, table

from marketplace.core.db import AnySelect, db, is_sqlite
from marketplace.core.errors import Malformed
from marketplace.core.ready import Ready
from marketplace.core.remembered import present
from marketplace.festival.admission import HAS_STOCK, SHELF_STATE, VISIBLE
from marketplace.festival.models import Offer
from marketplace.stores.models import Seal, Store

FEW = 500
Found = TypeVar("Found")
TITLE, STORE, REST = 3, 2, 1
FITS = (TITLE, STORE, REST)
STEPS = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
"""Popularity is compared in these steps; word for word those of the index."""
TOP = 100
"""From this popularity on PostgreSQL has a small index of its own, because a GIN index cannot stop early."""
IN_STOCK, ID_BITS = 32, 40
ID = (1 << ID_BITS) - 1

_INDEX = table("offer_search", column("rowid"))
_MATCH = literal_column("offer_search").op("MATCH")(bindparam("match"))
_ROWID: ColumnElement[int] = literal_column("offer_search.rowid")
_STEP = case(*[(Offer.popularity >= least, n) for n, least in reversed([*enumerate(STEPS, 1)])], else_=0)
_VECTOR: ColumnElement[Any] = literal_column("offers.offer_search_words")
_IS_TOP: ColumnElement[bool] = literal_column(f"offers.popularity >= {TOP}")
_ON_SHELF: ColumnElement[bool] = literal_column("offers.state IN ('approved', 'live')")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a hit stands; the largest first."""

    in_stock: int
    fit: int
    step: int
    id: int


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


def best_places(
    words: Sequence[str],
    conditions: Sequence[ColumnElement[bool]],
    binds: dict[str, Any],
    after: Place | None,
    limit: int,
) -> list[Place]:
    """The best visible hits behind `after` that meet the conditions, at most `limit`."""
    few = few_places(words)
    if few is None:
        return _best_of_many(words, conditions, binds, after, limit)
    wanted = sorted((place for place in few if after is None or place < after), reverse=True)
    if not wanted:
        return []
    shown = set(db.session.scalars(_offers(conditions).where(Offer.id.in_([p.id for p in wanted])), binds))
    return [place for place in wanted if place.id in shown][:limit]


def has_hits(words: Sequence[str]) -> bool:
    """Whether anything on the shelf has all these words, shown or not."""
    if present() is not None:
        hits = few_hits(words)
        return hits is None or bool(hits)
    if is_sqlite():
        return bool(_FEW_OF_INDEX.all(match=_fts(words, REST), most=1))
    return bool(_FEW_OF_TABLE.all(**_asked_of_table(words), most=1))


def few_hits(words: Sequence[str]) -> list[int] | None:
    """The offers with all these words, whether shown or not; None when there are more than 500."""
    if is_sqlite():
        keys = _few_keys(words)
        return None if keys is None else [key & ID for key in keys]
    places = _few_of_table(words)
    return None if places is None else [place.id for place in places]


def few_places(words: Sequence[str]) -> list[Place] | None:
    """All hits with their places, whether shown or not; None when there are more than 500."""
    if not is_sqlite():
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
        rows = _FEW_OF_TABLE.all(**_asked_of_table(words), most=FEW + 1)
        return [Place(*row) for row in rows] if len(rows) <= FEW else None

    return _once(words, find)


def _few_keys(words: Sequence[str]) -> list[int] | None:
    def find() -> list[int] | None:
        rows = _FEW_OF_INDEX.all(match=_fts(words, REST), most=FEW + 1)
        return [row[0] for row in rows] if len(rows) <= FEW else None

    return _once(words, find)


def _once(words: Sequence[str], find: Callable[[], Found]) -> Found:
    """What is found, asked once while a page is made."""
    if present() is None:
        return find()
    known: dict[tuple[str, ...], Found] = g.setdefault("found_by_words", {})
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


def _best_of_many(
    words: Sequence[str],
    conditions: Sequence[ColumnElement[bool]],
    binds: dict[str, Any],
    after: Place | None,
    limit: int,
) -> list[Place]:
    """Segment after segment in the order of the list, until there are enough."""
    find = _segment_of_index if is_sqlite() else _segment_of_table
    found: list[Place] = []
    for in_stock in (1, 0):
        for fit in FITS:
            begun = after is not None and (after.in_stock, after.fit) == (in_stock, fit)
            if after is not None and not begun and (after.in_stock, after.fit) < (in_stock, fit):
                continue
            for place in find(
                words, conditions, binds, in_stock, fit, after if begun else None, limit - len(found)
            ):
                found.append(place)
            if len(found) >= limit:
                return found[:limit]
    return found


def _segment_of_index(
    words: Sequence[str],
    conditions: Sequence[ColumnElement[bool]],
    binds: dict[str, Any],
    in_stock: int,
    fit: int,
    after: Place | None,
    limit: int,
) -> Iterator[Place]:
    worth = in_stock * IN_STOCK
    upto = ((worth + after.step) << ID_BITS | after.id) - 1 if after else ((worth + IN_STOCK) << ID_BITS) - 1
    query = (
        _joined(
            select(_ROWID)
            .select_from(_INDEX)
            .join(Offer, Offer.id == literal_column(f"(offer_search.rowid & {ID})"))
        )
        .where(_MATCH, _ROWID.between(bindparam("least"), bindparam("upto")), VISIBLE, *conditions)
        .order_by(_ROWID.desc())
        .limit(limit)
    )
    asked = {**binds, "match": _fts_segment(words, fit), "least": worth << ID_BITS, "upto": upto}
    yield from (_place(key, fit) for key in db.session.scalars(query, asked))


def _segment_of_table(
    words: Sequence[str],
    conditions: Sequence[ColumnElement[bool]],
    binds: dict[str, Any],
    in_stock: int,
    fit: int,
    after: Place | None,
    limit: int,
) -> Iterator[Place]:
    """The popular ones first, by the index that has them alone."""
    has_stock = HAS_STOCK if in_stock else ~HAS_STOCK
    for is_top in (_IS_TOP, ~_IS_TOP):
        query = _offers(conditions).add_columns(_STEP).where(_has(bindparam("match")), has_stock, is_top)
        asked = {**binds, "match": _tsquery_segment(words, fit)}
        if after is not None:
            query = query.where(func.row(_STEP, Offer.id) < func.row(bindparam("step"), bindparam("last")))
            asked |= {"step": after.step, "last": after.id}
        rows = db.session.execute(query.order_by(_STEP.desc(), Offer.id.desc()).limit(limit), asked).all()
        limit -= len(rows)
        yield from (Place(in_stock, fit, row[1], row[0]) for row in rows)
        if limit <= 0:
            return


def _offers(conditions: Sequence[ColumnElement[bool]]) -> AnySelect:
    return _joined(select(Offer.id).select_from(Offer)).where(SHELF_STATE, VISIBLE, *conditions)


def _joined(query: AnySelect) -> AnySelect:
    return query.join(Store, Store.id == Offer.store_id).join(Seal, Seal.store_id == Offer.store_id)


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
    weights = {TITLE: "A", STORE: "AB", REST: ""}[fit]
    return " & ".join(f"'{word}':*{weights}" for word in words)


def _tsquery_segment(words: Sequence[str], fit: int) -> str:
    return (
        _tsquery(words, fit) if fit == TITLE else f"({_tsquery(words, fit)}) & !({_tsquery(words, fit + 1)})"
    )


_FEW_OF_INDEX = Ready(
    select(_ROWID).select_from(_INDEX).where(_MATCH).limit(bindparam("most", type_=Integer()))
)
_FEW_OF_TABLE = Ready(
    select(
        case((HAS_STOCK, 1), else_=0),
        case((_has(bindparam("title")), TITLE), (_has(bindparam("store")), STORE), else_=REST),
        _STEP,
        Offer.id,
    )
    .where(_ON_SHELF, _has(bindparam("match")))
    .limit(bindparam("most", type_=Integer()))
)
