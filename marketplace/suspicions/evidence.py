"""The files of an answer: private to the subject, the office and the auditor."""

from __future__ import annotations

from sqlalchemy import select

from marketplace.accounts.access import Visitor
from marketplace.accounts.models import Role
from marketplace.core.db import db
from marketplace.suspicions.models import Suspicion

READERS = frozenset({Role.office, Role.auditor})


def may_see_suspicion_file(reader: Visitor, subject: str) -> bool:
    """Whether somebody is the subject of the case, a member of the store that is, or reads at the desk."""
    row = db.session.execute(
        select(Suspicion.person_id, Suspicion.store_id).where(Suspicion.number == subject.partition(":")[2])
    ).first()
    if row is None:
        return False
    is_own = reader.id == row.person_id or (row.store_id is not None and row.store_id in reader.store_ids)
    return is_own or bool(reader.roles & READERS)
