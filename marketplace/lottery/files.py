"""The published files of a draw, written from what is kept: the same bytes every time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from marketplace.core.errors import NotFound
from marketplace.lottery.freezing import manifest_of
from marketplace.lottery.models import Draw
from marketplace.lottery.proof.bundle import verify_program
from marketplace.lottery.publishing import as_file, csv_lines, result_document
from marketplace.lottery.queries import published_entries, signers_of, stages_of

NAMES = ("manifest.json", "entries.csv", "result.json", "verify.py")


def manifest_file(draw: Draw) -> bytes:
    """manifest.json with the signatures that it has by now. Raises DrawNotOpen before the freeze."""
    signatures = [
        {"role": signer.role, "signature": signer.signature}
        for signer in signers_of(draw.id)
        if signer.signature
    ]
    return as_file({"draw": manifest_of(draw), "signatures": signatures})


def entries_csv(draw: Draw) -> Iterator[bytes]:
    """entries.csv line by line, however long."""
    return _ended(draw.id)


def _ended(draw_id: int) -> Iterator[bytes]:
    for line in csv_lines(published_entries(draw_id)):
        yield line + b"\n"


def result_file(draw: Draw) -> bytes:
    """result.json with the stages drawn by now. Raises NotFound while there is none."""
    stages = [json.loads(stage.result) for stage in stages_of(draw.id) if stage.result is not None]
    if not stages:
        raise NotFound("not_drawn_yet")
    return as_file(result_document(manifest_of(draw), stages))


def write_files(draw: Draw, folder: Path) -> None:
    """All files of a drawn draw into a folder, as `verify.py` wants them."""
    (folder / "manifest.json").write_bytes(manifest_file(draw))
    with (folder / "entries.csv").open("wb") as file:
        file.writelines(entries_csv(draw))
    (folder / "result.json").write_bytes(result_file(draw))
    (folder / "verify.py").write_bytes(verify_program())
