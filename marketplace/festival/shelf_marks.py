"""Which offers changed since all of them were read: the log of the shelf between two marks and now.

Whoever reads all offers writes a mark into the log before and one behind. What a later reader misses in that reading
is then exactly what the log holds behind the first mark, as long as both marks stand in it: the first says that nothing
behind it was taken away, for the oldest go first, and the second that this database, a replica or one that was brought
back from a backup, has all that was read.
"""

from __future__ import annotations

import secrets
import time
from typing import NamedTuple

from sqlalchemy import Integer, bindparam, insert, select, text

from marketplace.core.db import db, is_sqlite
from marketplace.core.ready import Ready
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.shelf_models import ShelfChange

MOST = 1_000
"""Of more changes a reading is too old to be mended."""
PATIENCE_SECONDS = 30.0
TURN_SECONDS = 0.05
_TOKENS = 2**62


class Mark(NamedTuple):
    """The numbers of two rows of the log, and what stands in both in place of an offer, negative."""

    begin: int
    end: int
    token: int


def mark_begin() -> Mark | None:
    """Before all offers are read: everything that the reading will not see is written behind this mark.

    On PostgreSQL numbers of the log are drawn before their transactions end: those that were open at the mark are
    waited for. None where one of them lasts too long.
    """
    token = secrets.randbelow(_TOKENS) + 1
    begin = _leave(token)
    return Mark(begin, begin, token) if is_sqlite() or _are_ended() else None


def mark_end(mark: Mark) -> Mark:
    """When all offers have been read."""
    return mark._replace(end=_leave(mark.token))


def changed_since(mark: Mark) -> list[int] | None:
    """The offers that may be otherwise than they were read. None where the log does not tell, or too many."""
    rows = _SINCE.all(begin=mark.begin, most=MOST + 1)
    marks = [number for number, offer in rows if offer == -mark.token]
    if len(rows) > MOST or marks != [mark.begin, mark.end]:
        return None
    return sorted({offer for _, offer in rows if offer > 0})


def _leave(token: int) -> int:
    with unit_of_work():
        row = insert(ShelfChange).values(offer_id=-token).returning(ShelfChange.id)
        return int(db.session.execute(row).scalar_one())


def _are_ended() -> bool:
    """Waits for all transactions that had begun to write."""
    with unit_of_work():
        newest = db.session.scalar(text("SELECT txid_current()")) or 0
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        oldest = db.session.scalar(text("SELECT txid_snapshot_xmin(txid_current_snapshot())")) or 0
        db.session.rollback()
        if oldest >= newest:
            return True
        if time.monotonic() > until:
            return False
        time.sleep(TURN_SECONDS)


_SINCE = Ready(
    select(ShelfChange.id, ShelfChange.offer_id)
    .where(ShelfChange.id >= bindparam("begin", type_=ShelfChange.id.type))
    .order_by(ShelfChange.id)
    .limit(bindparam("most", type_=Integer()))
)
