"""The audit log: every act of staff, chained by hash so that a changed row is found and named."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text

from marketplace.core.db import db, is_sqlite
from marketplace.core.models import AuditEntry

ZERO = "0" * 64
CHAIN_LOCK = 7_301


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person under a role, or the platform itself (`SYSTEM`)."""

    id: int | None
    role: str
    label: str


SYSTEM = Actor(None, "system", "system")


def record(actor: Actor, action: str, subject: str, at: datetime, **details: Any) -> None:
    """Appends one entry; `subject` reads `store:17`. Call it inside the unit of the act."""
    if not is_sqlite():
        db.session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": CHAIN_LOCK})
    last = db.session.scalar(select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)) or ZERO
    entry = AuditEntry(
        at=at,
        actor_id=actor.id,
        actor_role=actor.role,
        actor_label=actor.label,
        action=action,
        subject=subject,
        details=json.loads(json.dumps(details)),
        hash="",
    )
    entry.hash = seal(last, entry)
    db.session.add(entry)
    db.session.flush()


def seal(before: str, entry: AuditEntry) -> str:
    """SHA-256 over the hash before and the entry's facts in canonical JSON."""
    facts = [
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor_id,
        entry.actor_role,
        entry.actor_label,
        entry.action,
        entry.subject,
        entry.details,
    ]
    body = json.dumps([before, *facts], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(body.encode()).hexdigest()


def broken_entries() -> Iterator[int]:
    """Ids of entries that do not fit the chain; none when the log is whole."""
    before = ZERO
    for entry in db.session.scalars(
        select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=500)
    ):
        if seal(before, entry) != entry.hash:
            yield entry.id
        before = entry.hash
