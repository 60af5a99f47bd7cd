"""The list that a freeze writes: everybody's chances hidden behind salts, sorted, numbered, and hashed on the way.

Made for a million entries: what is kept of each until all are sorted is one row of bytes, and the rows go to the
database in bulk, while digest and root are taken from the same stream.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from sqlalchemy import text

from marketplace.core.db import db, is_sqlite, room_for_indexes
from marketplace.lottery.models import Draw
from marketplace.lottery.publishing import Summary, Told, entry_id_of, pseudonym_of, salt_of, summary_of
from marketplace.lottery.queries import ROWS_AT_ONCE, grants_taking_part

RECORD = struct.Struct(">16s32sQQQ")
"""Entry id, pseudonym, weight, grant, person: sorted as bytes they stand in the published order."""
COLUMNS = ("draw_id", "place", "entry_id", "pseudonym", "weight", "grant_id", "person_id")
VALUES = """
    INSERT INTO published_entries (draw_id, place, entry_id, pseudonym, weight, grant_id, person_id)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""
ARRAYS = text(
    """
    INSERT INTO published_entries (draw_id, place, entry_id, pseudonym, weight, grant_id, person_id)
    SELECT * FROM unnest(
        CAST(:draw_id AS bigint[]), CAST(:place AS bigint[]), CAST(:entry_id AS text[]), CAST(:pseudonym AS text[]),
        CAST(:weight AS bigint[]), CAST(:grant_id AS bigint[]), CAST(:person_id AS bigint[])
    )
    """
)
CACHE_KIB = 65_536
Row = tuple[int, int, str, str, int, int, int]


def write_list(draw: Draw, secret: bytes) -> Summary:
    """Writes the published list of a draw, in its order, and sums it up. Inside the unit that freezes."""
    records, persons = _records(draw, secret)
    records.sort()
    with room_for_indexes(CACHE_KIB):
        return summary_of(_written(draw.id, records), persons=persons)


def _records(draw: Draw, secret: bytes) -> tuple[list[bytes], int]:
    """The entries, packed, and how many persons hold them."""
    found: list[bytes] = []
    persons, before, pseudonym = 0, None, b""
    pack, slug = RECORD.pack, draw.slug
    for grant, person, store_order, mobile, weight in grants_taking_part(draw.festival_id):
        if person != before:
            before, persons = person, persons + 1
            salt = salt_of(secret, "person", str(person))
            pseudonym = bytes.fromhex(pseudonym_of(salt, slug, mobile))
        order = str(store_order)
        entry_id = entry_id_of(salt_of(secret, "entry", order), slug, order)
        found.append(pack(bytes.fromhex(entry_id), pseudonym, weight, grant, person))
    return found, persons


def _written(draw_id: int, records: list[bytes]) -> Iterator[Told]:
    """Writes the rows, as many at once as are worth a statement, and gives their entries on."""
    unpack = RECORD.unpack
    for start in range(0, len(records), ROWS_AT_ONCE):
        rows = [
            (draw_id, place, entry_id.hex(), pseudonym.hex(), weight, grant, person)
            for place, (entry_id, pseudonym, weight, grant, person) in enumerate(
                map(unpack, records[start : start + ROWS_AT_ONCE]), start
            )
        ]
        _insert(rows)
        yield from [row[2:5] for row in rows]


def _insert(rows: list[Row]) -> None:
    connection = db.session.connection()
    if is_sqlite():
        connection.exec_driver_sql(VALUES, list(rows))
        return
    connection.execute(ARRAYS, dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True)))
