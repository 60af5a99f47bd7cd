"""A file of offers sent by a program: taken from the body, refused while nothing is written, read and written once.

A small file is read while the program waits; a larger one by the worker, and the program looks at the import again.
The row of the caller's key carries the import's id while its answer is still being found, so that the same call sent
again after a lost one goes on with the same import.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from flask import g, request
from sqlalchemy import select

from marketplace.accounts.access import visitor
from marketplace.api.answers import written
from marketplace.api.errors import NotAFile
from marketplace.api.once import this_call
from marketplace.api.shapes.imports import import_document
from marketplace.core import clock, errands
from marketplace.core.db import db
from marketplace.core.errors import Invalid, Malformed
from marketplace.core.idempotency import RUNNING, Asked, Kept, begin, keep, recall, settle
from marketplace.core.models import Job
from marketplace.core.tables import UnreadableTable, read_table
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.errors import ImportNotReady, RowsAreWrong
from marketplace.festival.import_columns import match_columns
from marketplace.festival.imports import (
    MOST_BYTES,
    MOST_ROWS,
    apply_import,
    gone_unless_written,
    import_of_store,
    keep_file,
    path_of,
    start_import,
)
from marketplace.festival.offer_models import ImportState

SMALL_BYTES = 256 * 1024
MOST_PARTS = 8
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NAMES = {"text/csv": "offers.csv", XLSX: "offers.xlsx", "application/octet-stream": "offers"}
FLAGS = {"": False, "0": False, "false": False, "1": True, "true": True}


@dataclass(frozen=True, slots=True)
class ImportWish:
    """`is_dry`: only tell what would happen; `only_good`: write the good rows beside wrong ones; `sends`: on to the
    office's check."""

    is_dry: bool
    only_good: bool
    sends: bool

    @classmethod
    def parse(cls) -> ImportWish:
        """From the query. Raises Malformed for a word that is neither true nor false."""
        wrong = {
            n: "bad_choice" for n in ("dry_run", "only_good", "send") if request.args.get(n, "") not in FLAGS
        }
        if wrong:
            raise Malformed("bad_filter", fields=wrong)
        dry, good, send = (FLAGS[request.args.get(n, "")] for n in ("dry_run", "only_good", "send"))
        return cls(dry, good, send)


def take_import(store_id: int, wish: ImportWish) -> tuple[Kept, bool]:
    """The import of this call and its answer; True beside it when it was given before.

    Raises NotAFile, TableTooLarge, UnreadableTable (nothing is written then), WindowOver, KeyReused, StillRunning.
    """
    key, size, name = _kept_file()
    asked, at = this_call(), clock.now()
    with gone_unless_written(key):
        kept, is_new = _begin(store_id, key, size, name, asked, at)
    if not is_new:
        path_of(key).unlink(missing_ok=True)
    if not kept.is_running:
        return kept, True
    import_id = int(kept.body)
    _go_on(import_id, store_id, wish, at)
    body = written(import_document(import_id, store_id)).decode()
    if asked is None:
        return Kept(201, body), False
    with unit_of_work():
        return settle(asked, 201, body), not is_new


def _kept_file() -> tuple[str, int, str]:
    """(key, size, name) of the file in the body, kept beside the database; what it says is said by this call."""
    stream, name = _sent()
    key, size = keep_file(stream, name)
    with path_of(key).open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    g.said = {"file": digest, "query": sorted(request.args.items(multi=True))}
    return key, size, name


def _begin(
    store_id: int, key: str, size: int, name: str, asked: Asked | None, at: datetime
) -> tuple[Kept, bool]:
    """The import's id under the caller's key, or what was kept there before; True beside it when it is new."""
    kept = recall(asked) if asked else None
    if kept is not None:
        return kept, False
    _ensure_table(key, size, name)
    with unit_of_work():
        kept = begin(asked) if asked else None
        if kept is not None:
            return kept, False
        import_id, _ = start_import(store_id, key, size, name, visitor().actor("store"), at)
        return (keep(asked, RUNNING, str(import_id), at) if asked else Kept(RUNNING, str(import_id))), True


def _sent() -> tuple[IO[bytes], str]:
    if request.mimetype == "multipart/form-data":
        upload = request.files.get("table")
        if upload is None:
            raise Invalid("no_file", fields={"table": "required"})
        return upload.stream, upload.filename or "offers"
    if request.mimetype not in NAMES:
        raise NotAFile()
    return request.stream, NAMES[request.mimetype]


def _ensure_table(key: str, size: int, name: str) -> None:
    """A file that is no table of offers is refused at once; of a large one only its beginning is read here."""
    with path_of(key).open("rb") as source:
        rows = read_table(source, name, most_rows=MOST_ROWS, most_bytes=MOST_BYTES)
        header = next(rows, None)
        if header is None:
            raise UnreadableTable("table_empty", params={"name": name[:80]})
        match_columns(header.cells)
        if next(rows, None) is None:
            raise UnreadableTable("table_without_rows", params={"name": name[:80]})
        if size <= SMALL_BYTES:
            for _ in rows:
                pass


def _go_on(import_id: int, store_id: int, wish: ImportWish, at: datetime) -> None:
    """Reads a small file now, and writes it where that was asked and no wrong row stands against it."""
    if import_of_store(import_id, store_id).size_bytes > SMALL_BYTES:
        return
    _run(f"import:{import_id}:check")
    if wish.is_dry or import_of_store(import_id, store_id).state is not ImportState.checked:
        return
    with suppress(RowsAreWrong, ImportNotReady):
        with unit_of_work():
            apply_import(import_id, store_id, at, only_good=wish.only_good, sends_for_check=wish.sends)
        write_parts(import_id, store_id)


def write_parts(import_id: int, store_id: int) -> None:
    """Writes the parts of a file one after the other while the program waits; the worker goes on with what is left."""
    for _ in range(MOST_PARTS):
        found = import_of_store(import_id, store_id)
        if found.state is not ImportState.applying or not _run(
            f"import:{import_id}:apply:{found.done_number}"
        ):
            return


def _run(key: str) -> bool:
    job_id = db.session.scalar(select(Job.id).where(Job.key == key))
    return job_id is not None and errands.run(job_id)
