"""The files of a claim: private to its sides, the adjudicators and the auditor."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from marketplace.accounts.access import Visitor
from marketplace.accounts.models import Role
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.files.evidence import Checked, keep_evidence
from marketplace.guarantee.claim_models import Claim

READERS = frozenset({Role.adjudicator, Role.auditor})


def keep_files(files: Iterable[Checked], number: str, owner: Actor, at: datetime) -> None:
    """Keeps checked files with a claim, inside the unit of what they prove."""
    for one in files:
        keep_evidence(one, f"claim:{number}", owner, at)


def may_see_claim_file(reader: Visitor, subject: str) -> bool:
    """Whether somebody is a side of the claim, an adjudicator or the auditor."""
    row = db.session.execute(
        select(Claim.person_id, Claim.store_id).where(Claim.number == subject.partition(":")[2])
    ).first()
    if row is None:
        return False
    return row.person_id == reader.id or row.store_id in reader.store_ids or bool(reader.roles & READERS)
