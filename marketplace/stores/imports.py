"""Registry files of seals and union licences: read, shown as a dry run, written once somebody agrees.

A row names its store by the name in its address. A second upload of the same file changes nothing. Rows are judged
anew when they are written, so that what changed between is seen.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from marketplace.core import text
from marketplace.core.audit import Actor, record
from marketplace.core.db import changed_count, db
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.tables import Row, read_table
from marketplace.stores.case_models import RegistryUpload, UploadKind
from marketplace.stores.import_rules import (
    COLUMNS,
    Found,
    Known,
    header_of,
    judge,
    read_row,
)
from marketplace.stores.import_writing import write_licence_row, write_seal_row
from marketplace.stores.models import Seal, Store, StoreMember, UnionLicence

MOST_ROWS = 5_000
MOST_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an upload would do. Rows of action `new`, `change`, `same` or `error`; errors name their column."""

    rows: tuple[Found, ...]
    counts: Mapping[str, int] = field(default_factory=dict)


def read_upload(kind: UploadKind, content: bytes, name: str) -> list[dict[str, Any]]:
    """The rows of a file as facts by column; outside a unit of work.

    Raises UnreadableTable, TableTooLarge, and Invalid for a file that lacks a column or has no rows.
    """
    rows = read_table(io.BytesIO(content), name, most_rows=MOST_ROWS, most_bytes=MOST_BYTES)
    places: dict[str, int] | None = None
    found = []
    for row in rows:
        if places is None:
            places = header_of(kind.value, row.cells)
            missing = [column for column in COLUMNS[kind.value] if column not in places]
            if missing:
                raise Invalid("columns_missing", fields={"file": "columns_missing"})
            continue
        found.append(_facts(row, places))
    if not found:
        raise Invalid("file_without_rows", fields={"file": "file_without_rows"})
    return found


def _facts(row: Row, places: Mapping[str, int]) -> dict[str, Any]:
    facts: dict[str, Any] = {"row": row.number}
    for column, place in places.items():
        value = row.cells[place] if place < len(row.cells) else ""
        facts[column] = "" if place in row.formulas else text.ascii_digits(value).strip()[:300]
    return facts


def keep_upload(
    kind: UploadKind, content: bytes, name: str, rows: list[dict[str, Any]], actor: Actor, at: datetime
) -> RegistryUpload:
    """Keeps what was read, to be looked at and written; the same file that still waits is given again."""
    digest = hashlib.sha256(content).hexdigest()
    waiting = select(RegistryUpload).where(
        RegistryUpload.kind == kind, RegistryUpload.digest == digest, RegistryUpload.written_at.is_(None)
    )
    known = db.session.scalars(waiting.limit(1)).one_or_none()
    if known is not None:
        return known
    upload = RegistryUpload(
        kind=kind, name=name[:120], digest=digest, rows=rows, uploaded_by_id=actor.id, uploaded_at=at
    )
    db.session.add(upload)
    db.session.flush()
    record(actor, "upload_registry", f"upload:{upload.id}", at, kind=kind.value, rows=len(rows))
    return upload


def upload_of(upload_id: int, kind: UploadKind) -> RegistryUpload:
    """An upload of its kind. Raises NotFound."""
    upload = db.session.get(RegistryUpload, upload_id)
    if upload is None or upload.kind is not kind:
        raise NotFound()
    return upload


def uploads_of(kind: UploadKind, limit: int = 20) -> Sequence[RegistryUpload]:
    """The newest uploads of a kind."""
    newest = select(RegistryUpload).where(RegistryUpload.kind == kind).order_by(RegistryUpload.id.desc())
    return list(db.session.scalars(newest.limit(limit)))


def plan_import(upload: RegistryUpload, person_id: int | None) -> ImportPlan:
    """What writing the upload would do now; a constant number of statements."""
    known = _known(upload.kind, (row.get("store", "") for row in upload.rows), person_id)
    seen: set[str] = set()
    rows = tuple(
        judge(upload.kind.value, read_row(upload.kind.value, row), known, seen) for row in upload.rows
    )
    counts = {
        action: sum(row.action == action for row in rows) for action in ("new", "change", "same", "error")
    }
    return ImportPlan(rows, counts)


def write_import(
    upload_id: int, kind: UploadKind, actor: Actor, at: datetime, *, is_partial: bool = False
) -> ImportPlan:
    """Writes what the plan says, once. Rows with errors stop the whole, unless the caller chose to leave them out.

    Raises NotFound, Conflict for an upload that was written, Invalid where rows are wrong.
    """
    upload = upload_of(upload_id, kind)
    plan = plan_import(upload, actor.id)
    if plan.counts["error"] and not is_partial:
        raise Invalid("rows_wrong", fields={"rows": "rows_wrong"})
    is_first = changed_count(
        update(RegistryUpload)
        .where(RegistryUpload.id == upload_id, RegistryUpload.written_at.is_(None))
        .values(written_at=at)
    )
    if not is_first:
        raise Conflict("already_written")
    write = write_seal_row if kind is UploadKind.seal else write_licence_row
    for row in plan.rows:
        if row.action in ("new", "change"):
            write(row, actor, at)
    record(actor, "write_registry", f"upload:{upload_id}", at, **plan.counts)
    return plan


def _known(kind: UploadKind, slugs: Iterable[str], person_id: int | None) -> Known:
    """What is there of the stores and numbers that the rows name: stores, papers, and whose stores these are."""
    wanted = set(slugs)
    stores = {
        row.slug: row.id for row in db.session.execute(select(Store.slug, Store.id)) if row.slug in wanted
    }
    rows: Iterable[Any] = db.session.scalars(
        select(Seal) if kind is UploadKind.seal else select(UnionLicence)
    )
    papers: dict[int, Any] = {row.store_id: row for row in rows}
    numbers = {
        (row.code if isinstance(row, Seal) else row.number): store_id for store_id, row in papers.items()
    }
    own = select(StoreMember.store_id).where(StoreMember.person_id == person_id)
    return Known(stores, papers, numbers, frozenset(db.session.scalars(own)))
