"""Reading the audit log: filtered pages, ranges for an export, the digests. Each page asks the same few statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text

from marketplace.core.audit import ZERO
from marketplace.core.dates import day_begins, parse_date
from marketplace.core.db import AnySelect, db
from marketplace.core.errors import Invalid
from marketplace.core.models import AuditDigest, AuditEntry
from marketplace.core.paging import Page, decode_cursor, page_of

PER_PAGE = 50
MOST_EXPORTED = 50_000
WHY = ("why", "reason", "reasons", "note", "words", "letter")
"""Names under which verbs tell their reason."""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What a reader looks for; empty words look for everything. Days are those of Tehran, the last one is in it."""

    role: str = ""
    action: str = ""
    subject: str = ""
    person: int | None = None
    first: date | None = None
    last: date | None = None

    @classmethod
    def parse(cls, form: Mapping[str, str]) -> AuditFilter:
        """From the words of a query. Raises Invalid for a day that is none, or a person that is no number."""
        errors: dict[str, str] = {}
        days: dict[str, date | None] = {}
        for name in ("first", "last"):
            raw = form.get(name, "").strip()
            days[name] = parse_date(raw) if raw else None
            if raw and days[name] is None:
                errors[name] = "bad_date"
        person = form.get("person", "").strip()
        if person and not (person.isascii() and person.isdecimal() and len(person) < 16):
            errors["person"] = "bad_number"
        if errors:
            raise Invalid("bad_filter", fields=errors)
        words = {name: form.get(name, "").strip()[:80] for name in ("role", "action", "subject")}
        return cls(**words, person=int(person) if person else None, first=days["first"], last=days["last"])

    def narrow(self, query: AnySelect) -> AnySelect:
        """A select of entries narrowed to these."""
        if self.role:
            query = query.where(AuditEntry.actor_role == self.role)
        if self.action:
            query = query.where(AuditEntry.action == self.action)
        if self.subject:
            query = query.where(AuditEntry.subject == self.subject)
        if self.person is not None:
            query = query.where(AuditEntry.actor_id == self.person)
        if self.first is not None:
            query = query.where(AuditEntry.at >= day_begins(self.first))
        if self.last is not None:
            query = query.where(AuditEntry.at < day_begins(self.last + timedelta(days=1)))
        return query


@dataclass(frozen=True, slots=True)
class EntryShown:
    """One entry: who, under which role, what, of what, why, what changed, when, from where."""

    id: int
    at: datetime
    actor_id: int | None
    role: str
    label: str
    action: str
    subject: str
    place: str
    why: str
    details: tuple[tuple[str, str], ...]
    changes: tuple[tuple[str, str, str, str], ...]
    hash: str


_ENTRY: AnySelect = select(
    AuditEntry.id,
    AuditEntry.at,
    AuditEntry.actor_id,
    AuditEntry.actor_role,
    AuditEntry.actor_label,
    AuditEntry.action,
    AuditEntry.subject,
    AuditEntry.details,
    AuditEntry.place,
    AuditEntry.changes,
    AuditEntry.hash,
)


def list_entries(wanted: AuditFilter, cursor: str | None) -> Page[EntryShown]:
    """A page of entries, the newest first. Raises Malformed for a bad cursor."""
    query = wanted.narrow(_ENTRY)
    after = decode_cursor(cursor, (int,))
    if after is not None:
        query = query.where(AuditEntry.id < after[0])
    rows = db.session.execute(query.order_by(AuditEntry.id.desc()).limit(PER_PAGE + 1)).all()
    return page_of([_shown(row) for row in rows], PER_PAGE, lambda row: (row.id,))


_KNOWN_ACTIONS = text(
    "WITH RECURSIVE known(word) AS (SELECT min(action) FROM audit_entries UNION ALL "
    "SELECT (SELECT min(action) FROM audit_entries WHERE action > word) FROM known WHERE word IS NOT NULL) "
    "SELECT word FROM known WHERE word IS NOT NULL"
)


def known_actions() -> list[str]:
    """The acts that stand in the log, by as many steps along its index as there are kinds of acts."""
    return list(db.session.scalars(_KNOWN_ACTIONS))


def exported(first: date, last: date) -> tuple[str, list[dict[str, Any]], list[dict[str, Any]]]:
    """(hash before, entries, digests) of all entries between the first and the last one of some days, without gaps.

    Raises Invalid where there are more than 50,000.
    """
    span = AuditFilter(first=first, last=last)
    edges = db.session.execute(span.narrow(select(func.min(AuditEntry.id), func.max(AuditEntry.id)))).one()
    if edges[0] is None:
        return ZERO, [], []
    inside = (AuditEntry.id >= edges[0], AuditEntry.id <= edges[1])
    count = db.session.scalar(select(func.count()).select_from(AuditEntry).where(*inside)) or 0
    if count > MOST_EXPORTED:
        raise Invalid("audit_span_too_long", params={"most": MOST_EXPORTED})
    before = db.session.scalar(
        select(AuditEntry.hash).where(AuditEntry.id < edges[0]).order_by(AuditEntry.id.desc()).limit(1)
    )
    entries = [
        entry_document(row) for row in db.session.execute(_ENTRY.where(*inside).order_by(AuditEntry.id))
    ]
    told = select(AuditDigest).where(AuditDigest.last_entry >= edges[0]).order_by(AuditDigest.id)
    return before or ZERO, entries, [digest_document(one) for one in db.session.scalars(told)]


def entry_document(row: Any) -> dict[str, Any]:
    """An entry as it is exported: with everything that its hash covers."""
    return {
        "id": row.id,
        "at": row.at.isoformat(timespec="microseconds"),
        "actor_id": row.actor_id,
        "actor_role": row.actor_role,
        "actor_label": row.actor_label,
        "action": row.action,
        "subject": row.subject,
        "details": row.details,
        "place": row.place,
        "changes": row.changes,
        "hash": row.hash,
    }


def digest_document(digest: AuditDigest) -> dict[str, Any]:
    """A digest as it is published."""
    return {
        "day": digest.day_on.isoformat(),
        "last_entry": digest.last_entry,
        "entry_count": digest.entry_count,
        "head": digest.head,
        "hash": digest.hash,
        "key": digest.key,
        "signature": digest.signature,
    }


def _shown(row: Any) -> EntryShown:
    why = [str(row.details[name]) for name in WHY if row.details.get(name)]
    rest = tuple((name, _said(value)) for name, value in row.details.items() if name not in WHY)
    changes: Sequence[Any] = row.changes or ()
    return EntryShown(
        row.id,
        row.at,
        row.actor_id,
        row.actor_role,
        row.actor_label,
        row.action,
        row.subject,
        row.place or "",
        "; ".join(why),
        rest,
        tuple((str(what), str(field), _said(old), _said(new)) for what, field, old, new in changes),
        row.hash,
    )


def _said(value: Any) -> str:
    return "—" if value is None or value == "" else str(value)
