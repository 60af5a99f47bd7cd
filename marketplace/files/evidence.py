"""Private uploads: checked outside the unit of work, kept inside it.

    checked = take_uploads(request.files.getlist("files"))          # decoding, encoding, scanning: before the unit
    with unit_of_work():
        number = file_complaint(...)
        for one in checked:
            keep_evidence(one, f"complaint:{number}", actor, at)

What is accepted: JPEG, PNG and WebP pictures (encoded anew, nothing but pixels survives) and PDF documents without
anything that acts. Who may see a file is said by `Wiring.may_see_evidence` under the first word of its subject.
"""

from __future__ import annotations

import secrets
import shlex
import subprocess
import tempfile
import time
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import IO, Any, Protocol

import structlog
from flask import current_app
from sqlalchemy import func, select

from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.unit_of_work import is_open, on_violation
from marketplace.core.whole_files import UNFINISHED, write_whole
from marketplace.files.documents import RefusedDocument, check_document, is_document
from marketplace.files.errors import FileRefused, FilesRaced, ScannerAway
from marketplace.files.models import EvidenceFile, EvidenceKind
from marketplace.files.raster import RefusedPicture, clean_picture, kind_of

log = structlog.get_logger(__name__)
LARGEST_FILE = 8 * 1024 * 1024
MOST_FILES = 10
"""Of one subject, unless the caller's policy says otherwise; never above 100."""
LONGEST_NAME = 80
SCAN_SECONDS = 30
ACCEPT = ".jpg,.jpeg,.png,.webp,.pdf,image/jpeg,image/png,image/webp,application/pdf"
_ORPHAN_SECONDS = 86_400
_QUARANTINE = "quarantine-"

on_violation("uq_evidence_files_subject_place", FilesRaced)


class Upload(Protocol):
    """A file of a form, as Werkzeug hands it over."""

    stream: IO[bytes]
    filename: str | None


@dataclass(frozen=True, slots=True)
class Checked:
    """A file fit to be kept: its harmless bytes, what it is, and the name under which it came (for showing alone)."""

    content: bytes
    kind: EvidenceKind
    name: str
    sha256: str
    width: int | None = None
    height: int | None = None


def take_uploads(
    files: Iterable[Upload], *, most: int = MOST_FILES, field: str = "files"
) -> tuple[Checked, ...]:
    """Checks all files of a form's field; empty places of the form are passed over. Outside a unit of work.

    Raises FileRefused with the code under `field`: `files_many`, or what `take_upload` says of one of them.
    """
    sent = [file for file in files if file.filename]
    if len(sent) > most:
        raise FileRefused(fields={field: "files_many"})
    return tuple(take_upload(file.stream, file.filename or "", field=field) for file in sent)


def take_upload(stream: IO[bytes], filename: str, *, field: str = "files") -> Checked:
    """Checks one file by its content, whatever its name says, and makes it harmless. Outside a unit of work.

    Raises FileRefused (`file_empty`, `file_large` above 8 MB, `file_kind`, `file_broken`, `file_animated`,
    `file_pixels`, `file_polyglot`, `file_locked`, `file_active`, `file_harmful`) and ScannerAway.
    """
    if is_open():
        raise RuntimeError("files are decoded outside units of work")
    content = stream.read(LARGEST_FILE + 1)
    try:
        checked = _judge(content, _shown_name(filename))
    except (RefusedPicture, RefusedDocument) as refused:
        raise FileRefused(fields={field: str(refused.args[0])}) from None
    if not _is_clean(content):
        raise FileRefused(fields={field: "file_harmful"})
    return checked


def keep_evidence(
    checked: Checked, subject: str, owner: Actor, at: datetime, *, most: int = MOST_FILES
) -> EvidenceFile:
    """Keeps a checked file for a subject (`complaint:17`) inside a unit of work; gives its row.

    The same file of the same owner for the same subject is kept once. Raises FileRefused(`files_many`) above `most`,
    FilesRaced.
    """
    same = db.session.scalar(
        select(EvidenceFile).where(
            EvidenceFile.subject == subject,
            EvidenceFile.owner_id == owner.id,
            EvidenceFile.sha256 == checked.sha256,
        )
    )
    if same is not None:
        return same
    taken = db.session.scalar(
        select(func.coalesce(func.max(EvidenceFile.place), 0)).where(EvidenceFile.subject == subject)
    )
    if (taken or 0) >= most:
        raise FileRefused(fields={"files": "files_many"})
    key = secrets.token_hex(20)
    row = EvidenceFile(
        key=key,
        subject=subject,
        place=(taken or 0) + 1,
        owner_id=owner.id,
        owner_role=owner.role,
        owner_label=owner.label,
        kind=checked.kind,
        name=checked.name,
        sha256=checked.sha256,
        size_bytes=len(checked.content),
        width=checked.width,
        height=checked.height,
        kept_at=at,
    )
    db.session.add(row)
    db.session.flush()
    path = path_of(row)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_whole(path, [checked.content], mode=0o600, once=True)
    return row


def evidence_of(subjects: Sequence[str]) -> dict[str, list[EvidenceFile]]:
    """The files of some subjects, the oldest first, in one statement."""
    found: dict[str, list[EvidenceFile]] = {subject: [] for subject in subjects}
    rows = db.session.scalars(
        select(EvidenceFile).where(EvidenceFile.subject.in_(subjects)).order_by(EvidenceFile.id)
    )
    for row in rows:
        found[row.subject].append(row)
    return found


def evidence_by_key(key: str) -> EvidenceFile | None:
    """One file's row."""
    return db.session.scalar(select(EvidenceFile).where(EvidenceFile.key == key))


def path_of(file: EvidenceFile) -> Path:
    """Where the bytes of a file lie."""
    return _folder() / file.key[:2] / file.key


def forget_orphans(at: datetime) -> int:
    """Removes files whose unit was rolled back, and what a process that was killed left: a day old and without a row.
    Gives how many."""
    before, gone = time.time() - _ORPHAN_SECONDS, 0
    folder = _folder()
    for path in chain(folder.glob("??/*"), folder.glob(f"{_QUARANTINE}*{UNFINISHED}")):
        if path.stat().st_mtime < before and evidence_by_key(path.name) is None:
            path.unlink(missing_ok=True)
            gone += 1
    db.session.rollback()
    return gone


def _judge(content: bytes, name: str) -> Checked:
    if not content:
        raise RefusedPicture("file_empty")
    if len(content) > LARGEST_FILE:
        raise RefusedPicture("file_large")
    if is_document(content):
        check_document(content)
        return Checked(content, EvidenceKind.pdf, name, sha256(content).hexdigest())
    kind = kind_of(content)
    if kind is None:
        raise RefusedPicture("file_kind")
    clean, width, height = clean_picture(content, kind)
    return Checked(clean, EvidenceKind(kind), name, sha256(clean).hexdigest(), width, height)


def _shown_name(filename: str) -> str:
    """The sender's name of the file, for showing: one line, no folders, no unseen signs, no wrong order of letters."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    seen = "".join(c for c in unicodedata.normalize("NFC", last) if c.isprintable() or c == "\u200c")
    return " ".join(seen.split())[-LONGEST_NAME:] or "file"


def _is_clean(content: bytes) -> bool:
    """Asks the scanner of the settings (`SCAN_COMMAND`): 0 is clean, 1 is harmful, anything else is a failure."""
    command = current_app.config["SETTINGS"].scan_command
    if not command:
        return True
    with tempfile.NamedTemporaryFile(dir=_folder(), prefix=_QUARANTINE, suffix=UNFINISHED) as quarantine:
        quarantine.write(content)
        quarantine.flush()
        try:
            done = subprocess.run(  # noqa: S603
                [*shlex.split(command), quarantine.name],
                capture_output=True,
                timeout=SCAN_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            log.error("scanner_away", error=type(error).__name__)
            raise ScannerAway() from None
    if done.returncode not in (0, 1):
        log.error("scanner_away", status=done.returncode)
        raise ScannerAway()
    return done.returncode == 0


def _folder() -> Path:
    settings: Any = current_app.config["SETTINGS"]
    folder: Path = settings.evidence
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
