"""The file of a case as one archive, for an insurer: facts and words as JSON, the letter as PDF, the evidence.

Reproducible: the same case gives the same bytes, so that a copy can be compared by its digest.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from marketplace.files.evidence import evidence_of, path_of
from marketplace.guarantee.claim_shown import ClaimShown
from marketplace.guarantee.letter import letter_pdf

LEFT_OUT = frozenset(
    {
        "version",
        "url",
        "complaint_url",
        "tone",
        "files",
        "complaint_files",
        "can_add",
        "can_answer",
        "can_appeal",
        "can_withdraw",
        "can_inspect",
        "needs_account",
        "steps",
        "turn",
    }
)
"""What belongs to a page and not to a case."""
OLDEST = (1980, 1, 1, 0, 0, 0)


def case_file(case: ClaimShown, language: str) -> bytes:
    """The archive: `case.json`, `letter.pdf` once decided, `evidence/claim/` and `evidence/complaint/`, and
    `SHA256SUMS` over all of them. Outside units of work."""
    parts: dict[str, bytes] = {}
    facts = {name: value for name, value in asdict(case).items() if name not in LEFT_OUT}
    parts["case.json"] = json.dumps(
        facts, ensure_ascii=False, indent=1, sort_keys=True, default=_plain
    ).encode()
    if case.decisions:
        parts["letter.pdf"] = letter_pdf(case, case.decisions[-1], language)
    for folder, subject in (
        ("claim", f"claim:{case.number}"),
        ("complaint", f"complaint:{case.complaint_number}"),
    ):
        for place, file in enumerate(evidence_of([subject])[subject], 1):
            suffix = path_of(file).suffix or f".{file.name.rpartition('.')[2]}"
            parts[f"evidence/{folder}/{place:02d}{suffix}"] = path_of(file).read_bytes()
    sums = "".join(f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, body in sorted(parts.items()))
    parts["SHA256SUMS"] = sums.encode()
    return _zipped(parts)


def _zipped(parts: dict[str, bytes]) -> bytes:
    held = BytesIO()
    with ZipFile(held, "w", ZIP_DEFLATED) as archive:
        for name, body in sorted(parts.items()):
            info = ZipInfo(name, OLDEST)
            info.compress_type = ZIP_DEFLATED
            archive.writestr(info, body)
    return held.getvalue()


def _plain(value: Any) -> str:
    """Moments in ISO form, states by their names."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    return str(value)
