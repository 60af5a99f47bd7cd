"""The files of a case: private to its parties and the seal centre."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from marketplace.accounts.access import Visitor
from marketplace.accounts.models import Role
from marketplace.complaints.models import Complaint
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.files.evidence import LARGEST_FILE, MOST_FILES, Checked, keep_evidence

UPLOAD_BYTES = MOST_FILES * LARGEST_FILE + 65_536
"""A form with as many files as a case may have, each as large as it may be, and its words."""
READERS = frozenset({Role.seal_officer, Role.adjudicator, Role.auditor})


def keep_files(files: Iterable[Checked], number: str, owner: Actor, at: datetime) -> None:
    """Keeps checked files with a case, inside the unit of what they prove."""
    for one in files:
        keep_evidence(one, f"complaint:{number}", owner, at)


def may_see_complaint_file(reader: Visitor, subject: str) -> bool:
    """Whether somebody is a party of the case, or of the seal centre."""
    row = db.session.execute(
        select(Complaint.person_id, Complaint.store_id).where(Complaint.number == subject.partition(":")[2])
    ).first()
    if row is None:
        return False
    return row.person_id == reader.id or row.store_id in reader.store_ids or bool(reader.roles & READERS)
