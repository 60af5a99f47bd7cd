"""The daily digest of the audit log: where the chain stood at the end of a day, signed, for everybody to keep.

Whoever has kept one can tell whether the log was rewritten later, also by somebody who made the whole chain anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from marketplace.core.audit import ZERO, broken_entries
from marketplace.core.clock import tehran
from marketplace.core.db import db
from marketplace.core.models import AuditDigest, AuditEntry
from marketplace.core.signing import public_key, sign
from marketplace.core.unit_of_work import unit_of_work


def publish_digest(at: datetime) -> int:
    """A sweep: writes the digest of the day that ended last, once; gives how many were written."""
    day = tehran(at).date() - timedelta(days=1)
    known = db.session.scalar(select(func.max(AuditDigest.day_on)))
    if known is not None and known >= day:
        return 0
    with unit_of_work():
        write_digest(day, at)
    return 1


def write_digest(day: date, at: datetime) -> None:
    """Writes the digest of a day over all entries there are. Inside a unit; a second one of a day is refused."""
    before = db.session.scalars(select(AuditDigest).order_by(AuditDigest.id.desc()).limit(1)).first()
    last = db.session.execute(
        select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)
    ).first()
    last_id, head = (last.id, last.hash) if last else (0, ZERO)
    since = before.last_entry if before else 0
    count = db.session.scalar(
        select(func.count()).select_from(AuditEntry).where(AuditEntry.id > since, AuditEntry.id <= last_id)
    )
    sealed = seal_digest(before.hash if before else ZERO, day, last_id, count or 0, head)
    db.session.add(
        AuditDigest(
            day_on=day,
            last_entry=last_id,
            entry_count=count or 0,
            head=head,
            hash=sealed,
            key=public_key(),
            signature=sign(sealed.encode()),
            published_at=at,
        )
    )
    db.session.flush()


def seal_digest(before: str, day: date, last_entry: int, entry_count: int, head: str) -> str:
    """SHA-256 over the digest before and this one's facts; what is signed."""
    return hashlib.sha256(
        f"bazargah-audit/1|{before}|{day.isoformat()}|{last_entry}|{entry_count}|{head}".encode()
    ).hexdigest()


def digests(limit: int | None = None) -> Sequence[AuditDigest]:
    """The digests, the newest first."""
    query = select(AuditDigest).order_by(AuditDigest.id.desc())
    return db.session.scalars(query.limit(limit) if limit else query).all()


def audit_log_is_whole() -> Iterator[str]:
    """Each entry fits the chain."""
    for entry in broken_entries():
        yield f"audit entry {entry} is not what was sealed, or an entry before it is missing"


def audit_digests_are_whole() -> Iterator[str]:
    """Each digest fits the one before, and the log still ends on that day where the digest says."""
    before, since = ZERO, 0
    for digest in reversed(digests()):
        if (
            seal_digest(before, digest.day_on, digest.last_entry, digest.entry_count, digest.head)
            != digest.hash
        ):
            yield f"audit digest of {digest.day_on} is not what was sealed"
        count = select(func.count()).select_from(AuditEntry)
        there = db.session.scalar(count.where(AuditEntry.id > since, AuditEntry.id <= digest.last_entry))
        if there != digest.entry_count:
            told = f"{digest.entry_count} entries up to {digest.last_entry}, there are {there}"
            yield f"audit digest of {digest.day_on} counts {told}"
        elif digest.last_entry and _hash_of(digest.last_entry) != digest.head:
            yield f"audit entry {digest.last_entry} is not the one that the digest of {digest.day_on} published"
        before, since = digest.hash, digest.last_entry


def _hash_of(entry_id: int) -> str | None:
    return db.session.scalar(select(AuditEntry.hash).where(AuditEntry.id == entry_id))


CHECKS = {
    "audit_log_is_whole": audit_log_is_whole,
    "audit_digests_are_whole": audit_digests_are_whole,
}
