"""Health guidelines: texts in versions that each store acknowledges; a new version asks again.

The texts are documents of the group `guideline` (see `policy.documents`), written and changed at `/office/texts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from marketplace.core.audit import Actor, record
from marketplace.core.db import db, is_sqlite
from marketplace.core.errors import NotFound
from marketplace.core.unit_of_work import unit_of_work
from marketplace.inspections.errors import GuidelineChanged
from marketplace.inspections.models import Acknowledgement, AcknowledgementRound
from marketplace.inspections.notices import tell_guideline
from marketplace.inspections.queries import (
    acknowledged_by,
    acknowledged_counts,
    stores_asked,
    stores_without,
)
from marketplace.policy.documents import documents_in_force
from marketplace.policy.first_texts import first_texts
from marketplace.policy.models import Document

GROUP = "guideline"
BATCH = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """A guideline as one store has it: `acknowledged` is the last version it acknowledged, None for none."""

    document: Document
    acknowledged: int | None
    acknowledged_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.acknowledged != self.document.version


def guidelines_at(at: datetime) -> list[Document]:
    """The guidelines in force."""
    return list(documents_in_force((GROUP,), at))


def guideline(key: str, at: datetime) -> Document:
    """One guideline in force. Raises NotFound."""
    found = next((document for document in guidelines_at(at) if document.key == key), None)
    if found is None:
        raise NotFound()
    return found


def guidelines_of_store(store_id: int, at: datetime) -> list[Asked]:
    """Every guideline in force with what the store said of it."""
    said = acknowledged_by(store_id)
    return [Asked(d, *said.get(d.key, (None, None))) for d in guidelines_at(at)]


def acknowledge(store_id: int, key: str, seen_version: int, actor: Actor, at: datetime) -> bool:
    """A member of a store says that it has read a version and keeps to it. False when it had said so before.

    Raises NotFound, GuidelineChanged when the page showed another version than the one in force.
    """
    document = guideline(key, at)
    if document.version != seen_version:
        raise GuidelineChanged()
    if actor.id is None:
        raise NotFound()
    insert = insert_sqlite if is_sqlite() else insert_postgresql
    new = db.session.scalar(
        insert(Acknowledgement)
        .values(store_id=store_id, key=key, version=document.version, person_id=actor.id, at=at)
        .on_conflict_do_nothing(index_elements=["store_id", "key", "version"])
        .returning(Acknowledgement.id)
    )
    if new is None:
        return False
    record(actor, "acknowledge_guideline", f"store:{store_id}", at, guideline=key, version=document.version)
    return True


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of the stores that are asked have acknowledged a guideline's version in force."""

    document: Document
    count: int
    asked: int


def coverage_at(at: datetime) -> list[Coverage]:
    """The guidelines in force with how far they are acknowledged."""
    counts, asked = acknowledged_counts(), stores_asked()
    return [Coverage(d, counts.get((d.key, d.version), 0), asked) for d in guidelines_at(at)]


def remind_stores_of(key: str, actor: Actor, at: datetime) -> int:
    """Asks every store that has not acknowledged the version in force; at most once a day each. Gives their number."""
    document = guideline(key, at)
    waiting = stores_without(key, document.version)
    for store_id in waiting:
        tell_guideline(store_id, key, document.version, at, again=True)
    record(actor, "remind_of_guideline", f"text:{key}", at, version=document.version, stores=len(waiting))
    return len(waiting)


def ask_for_acknowledgements(at: datetime) -> int:
    """The sweep: tells each store once of a version that replaced one, or of a guideline that is new, some stores at
    a time. Gives their number.

    What the house comes with is no news: a store meets it with its application and in its panel.
    """
    newer = [(d.key, d.version) for d in guidelines_at(at) if d.version > 1 or d.key not in first_texts()]
    over = {
        (row.key, row.version)
        for row in db.session.execute(
            select(AcknowledgementRound.key, AcknowledgementRound.version).where(
                AcknowledgementRound.finished_at.is_not(None)
            )
        )
    }
    told = 0
    for key, version in newer:
        if (key, version) not in over:
            with unit_of_work():
                told += _tell_some(key, version, at)
    return told


def _tell_some(key: str, version: int, at: datetime) -> int:
    row = db.session.scalar(
        select(AcknowledgementRound)
        .where(AcknowledgementRound.key == key, AcknowledgementRound.version == version)
        .with_for_update()
    )
    if row is None:
        row = AcknowledgementRound(key=key, version=version, last_store_id=0, begun_at=at)
        db.session.add(row)
    waiting = stores_without(key, version, BATCH, after=row.last_store_id)
    for store_id in waiting:
        tell_guideline(store_id, key, version, at)
    if waiting:
        row.last_store_id = waiting[-1]
    if len(waiting) < BATCH:
        row.finished_at = at
    db.session.flush()
    return len(waiting)
