"""The festival's black box: one archive with everything that proves how it went, signed, checked without us.

`build_box` reads; it writes no row. The archive lies under `instance/blackbox`; its row says what it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select

from marketplace.core.audit import Actor, record
from marketplace.core.box import BoxFolder, BoxPart
from marketplace.core.db import db
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.jobs import JobKind, enqueue
from marketplace.core.signing import public_key, sign
from marketplace.core.whole_files import write_whole
from marketplace.festival.queries import present_edition
from marketplace.oversight.models import BlackBox, BoxState
from marketplace.oversight.proof.box import BOX_FORMAT, MANIFEST, SIGNATURE, packed
from marketplace.oversight.proof.bundle import verify_program

PROGRAM = "verify.py"
JOB = "build_black_box"


def collect_parts(parts: Iterable[BoxPart | BoxFolder], at: datetime) -> dict[str, bytes]:
    """The bytes of every part by name, in the order of names."""
    found: dict[str, bytes] = {PROGRAM: verify_program()}
    for part in parts:
        if isinstance(part, BoxPart):
            found[part.name] = b"".join(part.write(at))
        else:
            found |= dict(part.write(at))
    return dict(sorted(found.items()))


def seal_box(parts: dict[str, bytes], at: datetime, festival: str) -> bytes:
    """The signed archive of these parts. The same parts, moment and key give the same bytes."""
    manifest: dict[str, Any] = {
        "format": BOX_FORMAT,
        "festival": festival,
        "made_at": at.astimezone(UTC).isoformat(timespec="seconds"),
        "parts": [
            {"name": name, "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
            for name, body in parts.items()
        ],
    }
    told = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
    signature = f"{public_key()} {sign(told)}\n".encode()
    return b"".join(packed({MANIFEST: told, SIGNATURE: signature, **parts}))


def build_box(at: datetime) -> bytes:
    """The black box of the present edition as everything stands now."""
    edition = present_edition(at)
    parts = collect_parts(current_app.extensions["bazargah"].black_box_parts, at)
    return seal_box(parts, at, edition.slug if edition else "")


def folder() -> Path:
    """Where the archives lie."""
    return Path(current_app.config["SETTINGS"].instance) / "blackbox"


def order_box(actor: Actor, at: datetime) -> int:
    """Notes that a box is to be built and gives its id; a worker builds it. Raises Conflict while one is waited for."""
    waiting = db.session.scalar(select(BlackBox.id).where(BlackBox.state == BoxState.ordered))
    if waiting is not None:
        raise Conflict("black_box_ordered")
    box = BlackBox(state=BoxState.ordered, ordered_at=at, ordered_by=actor.label, part_count=0, byte_count=0)
    db.session.add(box)
    db.session.flush()
    enqueue(JOB, {"box": box.id, "at": at.isoformat()}, key=f"black-box:{box.id}", at=at)
    record(actor, "order_black_box", f"black-box:{box.id}", at)
    return box.id


def _build(payload: dict[str, Any], patience: float) -> dict[str, Any]:
    """Outside any unit: reads, seals and puts the file in its place."""
    at = datetime.fromisoformat(payload["at"])
    data = build_box(at)
    db.session.rollback()
    name = f"bazargah-blackbox-{payload['box']}-{at:%Y%m%d}.tar"
    folder().mkdir(parents=True, exist_ok=True)
    write_whole(folder() / name, [data])
    digest = hashlib.sha256(data).hexdigest()
    return {"file": name, "sha256": digest, "bytes": len(data), "parts": data.count(b"ustar\x00")}


def _note(payload: dict[str, Any], made: Any, at: datetime) -> None:
    box = db.session.get(BlackBox, payload["box"])
    if box is None or box.state is not BoxState.ordered:
        return
    box.state, box.built_at = BoxState.built, at
    box.file_name, box.sha256, box.key = made["file"], made["sha256"], public_key()
    box.byte_count, box.part_count = made["bytes"], made["parts"]
    db.session.flush()
    record(
        Actor(None, "system", "system"), "build_black_box", f"black-box:{box.id}", at, sha256=made["sha256"]
    )


def _fail(payload: dict[str, Any], at: datetime) -> None:
    box = db.session.get(BlackBox, payload["box"])
    if box is not None and box.state is BoxState.ordered:
        box.state = BoxState.failed


def list_boxes() -> Sequence[BlackBox]:
    """All boxes, the newest first."""
    return db.session.scalars(select(BlackBox).order_by(BlackBox.id.desc()).limit(50)).all()


def file_of(box_id: int) -> Path:
    """The archive of a built box. Raises NotFound."""
    name = db.session.scalar(
        select(BlackBox.file_name).where(BlackBox.id == box_id, BlackBox.state == BoxState.built)
    )
    if not name or not (folder() / name).is_file():
        raise NotFound()
    return folder() / name


JOB_KINDS = (JobKind(JOB, _note, call=_build, give_up=_fail, lease_seconds=900, max_attempts=3),)
