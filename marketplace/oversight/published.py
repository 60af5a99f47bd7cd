"""The files of a spot check, in the lottery's forms: `verify.py DIR` of the lottery checks them."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.lottery.draw import Entry
from marketplace.lottery.proof.bundle import verify_program
from marketplace.lottery.publishing import as_file, csv_lines, result_document
from marketplace.oversight.spot_checks import signers_of
from marketplace.oversight.watch_models import SpotCheck, SpotCheckEntry

NAMES = ("manifest.json", "entries.csv", "result.json", "verify.py")


def published_file(check: SpotCheck, name: str) -> bytes:
    """One of the files. Raises NotFound for another name, and for the result before the draw."""
    if name == "manifest.json":
        signatures = [
            {"role": s.role, "signature": s.signature}
            for s in signers_of(check.id)
            if s.signature is not None
        ]
        return as_file({"draw": json.loads(check.manifest), "signatures": signatures})
    if name == "entries.csv":
        return b"".join(line + b"\n" for line in csv_lines(_entries(check.id)))
    if name == "result.json" and check.result is not None:
        return as_file(result_document(json.loads(check.manifest), [json.loads(check.result)]))
    if name == "verify.py":
        return verify_program()
    raise NotFound()


def write_files(check: SpotCheck, folder: Path) -> None:
    """All files of a drawn spot check."""
    for name in NAMES:
        (folder / name).write_bytes(published_file(check, name))


def _entries(check_id: int) -> list[Entry]:
    rows = db.session.scalars(
        select(SpotCheckEntry).where(SpotCheckEntry.spot_check_id == check_id).order_by(SpotCheckEntry.place)
    )
    return [Entry(row.entry_id, row.pseudonym, row.weight) for row in rows]
