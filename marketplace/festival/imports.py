"""A file of offers: kept, read in a dry run, then written in parts that a killed worker can take up again.

Nothing is written before the store has seen the outcome of the dry run. Each part is one unit of work with its place
in it, so that no row is written twice; a row whose code stands already with the same words changes nothing.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from flask import current_app
from sqlalchemy import delete, insert, select, update

from marketplace.core.audit import Actor
from marketplace.core.db import changed_count, db, is_sqlite
from marketplace.core.errors import MarketplaceError, NotFound, Unavailable
from marketplace.core.jobs import JobKind, enqueue
from marketplace.core.tables import TableTooLarge, UnreadableTable, read_table
from marketplace.core.unit_of_work import after_commit, unit_of_work
from marketplace.festival.errors import ImportNotReady, RowsAreWrong, WindowOver
from marketplace.festival.import_applying import apply_part
from marketplace.festival.import_columns import ReadRow, Seen, kept_wish, match_columns, read_row
from marketplace.festival.import_planning import plan_rows
from marketplace.festival.offer_models import ImportRow, ImportState, OfferImport
from marketplace.festival.offer_notices import tell_import
from marketplace.festival.offer_queries import category_rules, taking_festival

MOST_ROWS = 50_000
MOST_BYTES = 24 * 1024 * 1024
READ_AT_ONCE = 500
KEPT_DAYS = 14
UNREADABLE = (UnreadableTable, TableTooLarge)


def keep_file(stream: IO[bytes], name: str) -> tuple[str, int]:
    """Puts an upload beside the database and gives its key and size. Outside a unit. Raises TableTooLarge."""
    key, size = secrets.token_hex(20), 0
    path = path_of(key)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            while piece := stream.read(65_536):
                size += out.write(piece)
                if size > MOST_BYTES:
                    raise TableTooLarge(params={"name": name[:80], "most": MOST_BYTES // 1024 // 1024})
        if size == 0:
            raise UnreadableTable("table_empty", params={"name": name[:80]})
    except MarketplaceError:
        path.unlink(missing_ok=True)
        raise
    return key, size


@contextmanager
def gone_unless_written(key: str) -> Iterator[None]:
    """Around the unit that writes an upload down: where it fails, the file goes as well."""
    try:
        yield
    except BaseException:
        path_of(key).unlink(missing_ok=True)
        raise


def start_import(
    store_id: int, key: str, size: int, name: str, actor: Actor, at: datetime
) -> tuple[int, int]:
    """Writes down an upload and its dry run; gives the ids of both. Raises WindowOver."""
    festival = taking_festival(at)
    if festival is None:
        raise WindowOver()
    row = OfferImport(
        store_id=store_id,
        festival_id=festival.id,
        actor_id=actor.id,
        actor_role=actor.role,
        actor_label=actor.label,
        file_name=name.replace("\\", "/").rpartition("/")[2][-80:] or "file",
        file_key=key,
        size_bytes=size,
        state=ImportState.uploaded,
        columns=[],
        uploaded_at=at,
    )
    db.session.add(row)
    db.session.flush()
    return row.id, enqueue("check_import", {"import_id": row.id}, key=f"import:{row.id}:check", at=at)


def apply_import(
    import_id: int, store_id: int, at: datetime, *, only_good: bool = False, sends_for_check: bool = False
) -> int:
    """The store wants what the dry run showed; gives the id of the job that writes the first part.

    Raises NotFound, ImportNotReady, RowsAreWrong when some rows are wrong and the store did not choose the good ones.
    """
    found = import_of_store(import_id, store_id)
    if found.bad_count and not only_good:
        raise RowsAreWrong(params={"count": found.bad_count})
    begun = changed_count(
        update(OfferImport)
        .where(
            OfferImport.id == import_id, OfferImport.state == ImportState.checked, OfferImport.good_count > 0
        )
        .values(state=ImportState.applying, sends_for_check=sends_for_check)
    )
    if not begun:
        raise ImportNotReady()
    return enqueue("apply_import", {"import_id": import_id}, key=f"import:{import_id}:apply:0", at=at)


def drop_import(import_id: int, store_id: int) -> None:
    """The store gives an upload up before anything was written."""
    import_of_store(import_id, store_id)
    dropped = changed_count(
        update(OfferImport)
        .where(OfferImport.id == import_id, OfferImport.state == ImportState.checked)
        .values(state=ImportState.dropped)
    )
    if not dropped:
        raise ImportNotReady()
    db.session.execute(delete(ImportRow).where(ImportRow.import_id == import_id))


def import_of_store(import_id: int, store_id: int) -> OfferImport:
    """A store's own import. Raises NotFound for another's."""
    found = db.session.scalar(
        select(OfferImport)
        .where(OfferImport.id == import_id, OfferImport.store_id == store_id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("unknown_import")
    return found


def forget_imports(at: datetime) -> int:
    """Sweep: rows of files that came more than 14 days ago are forgotten; the counts stay. Inside a unit."""
    old = select(OfferImport.id).where(OfferImport.uploaded_at < at - timedelta(days=KEPT_DAYS))
    return changed_count(delete(ImportRow).where(ImportRow.import_id.in_(old)))


def path_of(key: str) -> Path:
    """Where an upload lies until it was read."""
    folder: Path = current_app.config["SETTINGS"].instance / "imports"
    return folder / key


# -- the dry run


def _prepare_check(payload: dict[str, Any]) -> dict[str, Any] | None:
    found = db.session.get(OfferImport, payload["import_id"])
    if found is None or found.state is not ImportState.uploaded:
        return None
    return {
        "id": found.id,
        "store_id": found.store_id,
        "festival_id": found.festival_id,
        "key": found.file_key,
        "name": found.file_name,
        "categories": category_rules(),
    }


def _check(request: dict[str, Any], patience: float) -> dict[str, Any]:
    """Reads the file row by row; rows are written in units of their own, anew if a worker was killed before."""
    with unit_of_work():
        db.session.execute(delete(ImportRow).where(ImportRow.import_id == request["id"]))
    outcome: dict[str, Any] = {"good": 0, "bad": 0, "columns": [], "refusal": None}
    try:
        with path_of(request["key"]).open("rb") as stream:
            rows = read_table(stream, request["name"], most_rows=MOST_ROWS, most_bytes=MOST_BYTES)
            header = next(rows).cells
            columns, seen, batch = match_columns(header), Seen(), []
            outcome["columns"] = list(header)
            for row in rows:
                batch.append(read_row(row, columns, request["categories"], seen))
                if len(batch) == READ_AT_ONCE:
                    _write_batch(request, batch, outcome)
            _write_batch(request, batch, outcome)
        if not outcome["good"] + outcome["bad"]:
            raise UnreadableTable("table_without_rows", params={"name": request["name"]})
    except Unavailable:
        raise  # it is no fault of the file: the job is tried again
    except (*UNREADABLE, MarketplaceError) as refused:
        outcome |= {"good": 0, "bad": 0, "refusal": {"code": refused.code, "params": refused.params}}
    except (FileNotFoundError, StopIteration):
        outcome["refusal"] = {"code": "table_empty", "params": {"name": request["name"]}}
    return outcome


def _write_batch(request: dict[str, Any], batch: list[ReadRow], outcome: dict[str, Any]) -> None:
    """Asks the database about the good rows and keeps all of them."""
    good = [row for row in batch if row.wish is not None]
    with unit_of_work():
        plans = plan_rows(request["store_id"], request["festival_id"], [r.wish for r in good if r.wish])
        found = {row.number: plan.faults for row, plan in zip(good, plans, strict=True)}
        values = [
            {
                "import_id": request["id"],
                "number": row.number,
                "cells": list(row.cells),
                "is_good": row.wish is not None and not found.get(row.number),
                "wish": kept_wish(row.wish) if row.wish else None,
                "faults": [list(fault) for fault in (*row.faults, *found.get(row.number, ()))],
            }
            for row in batch
        ]
        if values:
            db.session.execute(insert(ImportRow), values)
    outcome["good"] += sum(1 for v in values if v["is_good"])
    outcome["bad"] += sum(1 for v in values if not v["is_good"])
    batch.clear()


def _record_check(payload: dict[str, Any], outcome: Any, at: datetime) -> None:
    if outcome is None:
        return
    found = db.session.get_one(OfferImport, payload["import_id"])
    found.refusal, found.columns = outcome["refusal"], outcome["columns"]
    found.good_count, found.bad_count = outcome["good"], outcome["bad"]
    found.row_count, found.checked_at = outcome["good"] + outcome["bad"], at
    found.state = ImportState.refused if outcome["refusal"] else ImportState.checked
    if outcome["refusal"]:
        db.session.execute(delete(ImportRow).where(ImportRow.import_id == found.id))
    path = path_of(found.file_key)
    after_commit(lambda: path.unlink(missing_ok=True))  # should this be undone, the file is read again


def _give_up_check(payload: dict[str, Any], at: datetime) -> None:
    _record_check(
        payload,
        {"good": 0, "bad": 0, "columns": [], "refusal": {"code": "import_failed", "params": {}}},
        at,
    )


# -- the writing


def _record_apply(payload: dict[str, Any], answer: Any, at: datetime) -> None:
    """The next part, and the job of the one after it, in the unit that marks this job done."""
    query = select(OfferImport).where(OfferImport.id == payload["import_id"])
    query = query.execution_options(populate_existing=True)
    found = db.session.scalars(query if is_sqlite() else query.with_for_update()).one()
    if found.state is not ImportState.applying:
        return
    if not apply_part(found, at):
        key = f"import:{found.id}:apply:{found.done_number}"
        enqueue("apply_import", payload, key=key, at=at)
        return
    found.state, found.applied_at = ImportState.applied, at
    tell_import(found, at)


JOB_KINDS = (
    JobKind(
        "check_import",
        _record_check,
        _prepare_check,
        _check,
        _give_up_check,
        lease_seconds=300,
        max_attempts=4,
    ),
    JobKind("apply_import", _record_apply, lease_seconds=60, max_attempts=20),
)
