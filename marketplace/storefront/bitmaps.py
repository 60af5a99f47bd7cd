"""The visible offers of an edition as bitmaps: one bit an offer, the cheapest first. Facets are counted from them.

A filter is a few ANDs, a count the size of one more, a range of prices a run of bits; the bitmaps are packed, so that a
million offers are counted as quickly as thousands. They are read in one statement and kept while the stamps of its
tables stand, and for a few seconds after: numbers may lag, rows of a list never do.

Reading a million offers takes seconds: then a job does it in a process of its own (`storefront/counting.py`) and leaves
them in a file, and no page waits for it.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import time
from array import array
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import TypeVar
from zlib import crc32

import structlog
from flask import current_app
from pyroaring import FrozenBitMap
from sqlalchemy import URL, and_, case, func, select

from marketplace.core.db import db
from marketplace.core.remembered import Late, lately
from marketplace.core.whole_files import write_whole
from marketplace.festival.admission import (
    ADMITTED_STORES,
    EDITION,
    FESTIVAL,
    HAS_STOCK,
    ON_SHELF,
    SHELF_STATE,
)
from marketplace.festival.models import Offer
from marketplace.festival.shelf_marks import Mark
from marketplace.storefront.postings import Words, words_of
from marketplace.storefront.shelf_bits import AT_ONCE, COLUMNS, Shelf
from marketplace.stores.models import Seal, Store

LAG_SECONDS = 5.0
MANY = 50_000
"""From so many offers on they are counted beside; fewer by the page that asks, in less time than a page takes."""
LOOKED_AFTER_SECONDS = 60.0
"""The job touches its file while it is as it should be. One not touched for so long is trusted after a start alone
where few offers are read in its place. Of many it is used as it is: numbers may lag, and no page waits for them."""
NOT_READ = (OSError, LookupError, ValueError, TypeError, AttributeError, OverflowError, RecursionError)
"""Whatever comes of reading what nobody wrote so."""
Name = TypeVar("Name", int, str)
_ROWS = (
    select(
        Offer.id,
        Offer.festival_toman,
        Offer.category_id,
        func.coalesce(Store.province_id, 0),
        func.coalesce(Seal.stars, 0),
        Offer.discount_percent,
        case((HAS_STOCK, 1), else_=0),
        Offer.store_id,
        case((and_(ON_SHELF, Offer.store_id.in_(ADMITTED_STORES)), 1), else_=0),
    )
    .join(Store, Store.id == Offer.store_id)
    .outerjoin(Seal, Seal.store_id == Offer.store_id)
    .where(EDITION == FESTIVAL, SHELF_STATE)
)
_LAST = select(func.max(Offer.id))
_WORDS = select(Offer.id, Offer.search_text).where(EDITION == FESTIVAL, SHELF_STATE)
_kept: dict[tuple[object, ...], Late] = {}
_loaded: dict[Path, tuple[int, Shelf]] = {}
log = structlog.get_logger(__name__)


UNCOUNTED = Shelf.of_rows([])
"""In place of very many offers that were never counted."""
UNCOUNTED.is_counted = False


def shelf_of(festival_id: int, at: datetime) -> Shelf:
    """The offers that shoppers see, as of now or of a few seconds ago; of very many, as they were counted last, or
    `UNCOUNTED`."""
    return counted_beside(festival_id) or lately(
        _kept, lambda: _read_few(festival_id, at), LAG_SECONDS, db.engine.url, festival_id
    )


def are_many() -> bool:
    """Whether there are so many offers that they are counted beside."""
    return (db.session.scalar(_LAST) or 0) >= MANY


def _read_few(festival_id: int, at: datetime) -> Shelf:
    return UNCOUNTED if are_many() else read_shelf(festival_id, at)


def read_shelf(festival_id: int, at: datetime) -> Shelf:
    """Reads them all."""
    rows = db.session.execute(
        _ROWS, {"festival": festival_id, "at": at}, execution_options={"yield_per": AT_ONCE}
    )
    return Shelf.of_rows(rows)


def read_words(festival_id: int, shelf: Shelf) -> dict[str, FrozenBitMap]:
    """Reads which of these offers have which word."""
    rows = db.session.execute(_WORDS, {"festival": festival_id}, execution_options={"yield_per": AT_ONCE})
    return words_of(rows, shelf.places)


def counted_beside(festival_id: int) -> Shelf | None:
    """What was written last by the job of a large edition; None where there is none, or where it is no longer looked
    after and something newer is read quickly. What is not as it was written is put away, so that the job counts
    anew; of very many offers the last one that was read is given meanwhile."""
    path = kept_path(festival_id)
    known = _loaded.get(path)
    last = known[1] if known is not None and len(known[1].places) > MANY else None
    try:
        state = path.stat()
    except OSError:
        return last
    if known is not None:
        if last is None and time.time() - state.st_mtime > LOOKED_AFTER_SECONDS:
            return None
        if known[0] == state.st_ino:
            return known[1]
    try:
        shelf = _load(path)
    except NOT_READ as error:
        log.warning("facets_unread", error=repr(error)[:200])
        with suppress(OSError):
            path.unlink()
        return last
    _loaded[path] = (state.st_ino, shelf)
    return shelf


def kept_path(festival_id: int) -> Path:
    """Where the job writes; of one database alone."""
    return _path(current_app.config["SETTINGS"].instance, db.engine.url, festival_id)


@lru_cache(maxsize=64)
def _path(folder: Path, url: URL, festival_id: int) -> Path:
    database = hashlib.sha256(str(url).encode()).hexdigest()[:12]
    return folder / f"facets-{festival_id}-{database}"


def write_shelf(
    shelf: Shelf, path: Path, words: Mapping[str, FrozenBitMap] | None = None, mark: Mark | None = None
) -> None:
    """As a line that says what follows, and what follows; whoever reads meanwhile has the one before.

    It is on the disk before it has its name, and each writer has a file of its own: neither a loss of power nor a
    second writer leaves half of one. Check sums tell a page what a disk has lost since.
    """
    parts = [shelf.prices.tobytes(), shelf.places.tobytes()]

    def sizes_of(bitmaps: Mapping[Name, FrozenBitMap]) -> dict[Name, int]:
        sizes = {}
        for name, bits in bitmaps.items():
            parts.append(bits.serialize())
            sizes[name] = len(parts[-1])
        return sizes

    fields = {name: sizes_of(values) for name, values in shelf.fields.items()}
    front = len(parts)
    sizes = sizes_of(words or {})
    sums = list(map(crc32, parts[front:]))
    parts += [array("i", shelf.ids).tobytes(), shelf.all.serialize()]
    head = {
        "prices": len(parts[0]),
        "places": len(parts[1]),
        "fields": fields,
        "sum": crc32(b"".join(parts[:front])),
        "words": sizes,
        "sums": sums,
        "ids": len(parts[-2]),
        "shown": len(parts[-1]),
        "last_sum": crc32(b"".join(parts[-2:])),
        "mark": mark,
    }
    write_whole(path, [json.dumps(head).encode() + b"\n", *parts])


def _load(path: Path) -> Shelf:
    """Raises where it is no such file or not as it was written. Words stay in it until they are asked for."""
    with path.open("rb") as file:
        whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    head, rest = json.loads(whole.readline()), memoryview(whole)[whole.tell() :]
    front = head["prices"] + head["places"] + sum(sum(values.values()) for values in head["fields"].values())
    if crc32(rest[:front]) != head["sum"]:
        raise ValueError("other content than was written")

    def take(size: int) -> memoryview:
        nonlocal rest
        found, rest = rest[:size], rest[size:]
        return found

    prices, places = array("q"), array("i")
    prices.frombytes(take(head["prices"]))
    places.frombytes(take(head["places"]))
    fields = {
        name: {int(value): FrozenBitMap.deserialize(bytes(take(size))) for value, size in values.items()}
        for name, values in head["fields"].items()
    }
    if tuple(fields) != COLUMNS:
        raise ValueError("other columns than are written now")
    sizes, sums = head["words"], head["sums"]
    ends = list(accumulate(sizes.values()))
    index = dict(zip(sizes, zip([0, *ends], ends, sums, strict=False), strict=True))
    words = take(len(rest) - head["ids"] - head["shown"])
    if crc32(rest) != head["last_sum"]:
        raise ValueError("other content than was written")
    ids = take(head["ids"]).cast("i")
    shelf = Shelf(prices, places, fields, ids, FrozenBitMap.deserialize(bytes(rest)))
    shelf.words = Words(index, words) if index else None
    shelf.mark = Mark(*head["mark"]) if head["mark"] and index else None
    return shelf
