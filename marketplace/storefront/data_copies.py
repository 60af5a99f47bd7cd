"""The job that makes a copy of a person's data: a ZIP with each table as JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select

from marketplace.accounts.data_models import CopyState, DataCopy
from marketplace.accounts.personal_data import COPY_DAYS, COPY_JOB
from marketplace.core.db import db
from marketplace.core.jobs import JobKind
from marketplace.core.unit_of_work import unit_of_work
from marketplace.core.whole_files import write_whole
from marketplace.messages.outbox import tell
from marketplace.storefront.my_data import data_of

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def copy_path(key: str) -> Path:
    """Where a copy lies: beside the private files, never where pictures are served from."""
    folder: Path = current_app.config["SETTINGS"].evidence / "copies"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{key}.zip"


def _prepare(payload: dict[str, Any]) -> tuple[str, list[Any]] | None:
    copy = db.session.get(DataCopy, payload["copy"])
    if copy is None or copy.state is not CopyState.asked:
        return None
    return copy.key, list(data_of(copy.person_id))


def _call(request: tuple[str, list[Any]], patience: float) -> int:
    """Writes the file; nothing of it is seen before it is whole."""
    key, tables = request
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, columns, rows in tables:
            records = [dict(zip(columns, row, strict=True)) for row in rows]
            archive.writestr(
                f"{name}.json", json.dumps(records, ensure_ascii=False, indent=1, default=_plain)
            )
            archive.writestr(f"{name}.csv", _csv(columns, rows))
    write_whole(copy_path(key), [out.getbuffer()], mode=0o600)
    return len(out.getbuffer())


def _record(payload: dict[str, Any], size: int | None, at: datetime) -> None:
    copy = db.session.get(DataCopy, payload["copy"])
    if copy is None or size is None or copy.state is not CopyState.asked:
        return
    copy.state, copy.ready_at, copy.size_bytes = CopyState.ready, at, size
    copy.expires_at = at + timedelta(days=COPY_DAYS)
    tell(
        key=f"data-copy:{copy.id}",
        person=copy.person_id,
        template="data_ready",
        params={"until_on": copy.expires_at.date().isoformat(), "path": "/me/data"},
        subject=f"data-copy:{copy.id}",
        at=at,
    )


COPY_KIND = JobKind(COPY_JOB, record=_record, prepare=_prepare, call=_call, max_attempts=6)


def forget_old_copies(at: datetime) -> int:
    """Removes copies that expired; gives how many."""
    with unit_of_work():
        old = db.session.scalars(
            select(DataCopy).where(DataCopy.state == CopyState.ready, DataCopy.expires_at <= at)
        ).all()
        keys = [copy.key for copy in old]
        for copy in old:
            copy.state = CopyState.gone
    for key in keys:
        copy_path(key).unlink(missing_ok=True)
    return len(keys)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _csv(columns: list[str], rows: list[list[Any]]) -> str:
    """With a byte-order mark for spreadsheets; what would be read as a formula there is quoted."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return "\ufeff" + out.getvalue()


def _cell(value: Any) -> str:
    text = "" if value is None else _plain(value) if not isinstance(value, str) else value
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
