"""Who opened whose personal data: written down by the pages that show it, read by the person themselves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from marketplace.accounts.reading_models import Reading
from marketplace.core.db import changed_count, db

ONCE = timedelta(hours=1)
"""The same page opened again by the same person within this time is one reading."""
KEPT = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class ReadingShown:
    """What a person sees of it: the role, not the name."""

    role: str
    what: str
    subject: str
    at: datetime


def new_readers_of(person_ids: Collection[int], reader_id: int, subject: str, at: datetime) -> frozenset[int]:
    """Of these persons those for whom this reading is still to be written down; never oneself."""
    others = frozenset(person_ids) - {reader_id}
    if not others:
        return others
    noted = db.session.scalars(
        select(Reading.person_id).where(
            Reading.person_id.in_(others),
            Reading.reader_id == reader_id,
            Reading.subject == subject,
            Reading.at > at - ONCE,
        )
    )
    return others - set(noted)


def note_readings(
    person_ids: Collection[int], reader_id: int, role: str, what: str, subject: str, at: datetime
) -> None:
    """Writes down that somebody opened a page that names these persons."""
    db.session.add_all(
        Reading(person_id=one, reader_id=reader_id, role=role, what=what, subject=subject, at=at)
        for one in sorted(person_ids)
    )
    db.session.flush()


def readings_of(person_id: int, most: int = 50) -> list[ReadingShown]:
    """Who opened a person's data, the newest first."""
    rows = db.session.execute(
        select(Reading.role, Reading.what, Reading.subject, Reading.at)
        .where(Reading.person_id == person_id)
        .order_by(Reading.id.desc())
        .limit(most)
    )
    return [ReadingShown(*row) for row in rows]


def forget_readings_of(person_id: int) -> None:
    """Deletes what was written down about a person whose account is deleted."""
    db.session.execute(delete(Reading).where(Reading.person_id == person_id))


def forget_old_readings(at: datetime) -> int:
    """Deletes what is older than a year; gives how many. A sweep."""
    return changed_count(delete(Reading).where(Reading.at <= at - KEPT))
