"""Selects and locks of suspicions."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.suspicions.errors import UnknownSuspicion
from marketplace.suspicions.models import (
    Signal,
    SubjectKind,
    Suspicion,
    SuspicionFact,
    SuspicionState,
    SuspicionWord,
)

ASKED = Suspicion.asked_at.is_not(None)
"""What a subject knows of: it was asked."""


def lock_open(signal: Signal, kind: SubjectKind, subject_id: int) -> Suspicion | None:
    """The open case of a signal about a subject, locked."""
    column = Suspicion.person_id if kind is SubjectKind.person else Suspicion.store_id
    return db.session.scalar(
        select(Suspicion)
        .where(Suspicion.signal == signal, column == subject_id, Suspicion.state != SuspicionState.decided)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def suspicion_by_number(number: str, *, lock: bool = False) -> Suspicion:
    """Any case, for officials. Raises UnknownSuspicion."""
    query = select(Suspicion).where(Suspicion.number == number)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise UnknownSuspicion()
    return found


def suspicion_of_person(number: str, person_id: int, *, lock: bool = False) -> Suspicion:
    """A case about this shopper of which they were told. Raises UnknownSuspicion for every other."""
    found = suspicion_by_number(number, lock=lock)
    if found.person_id != person_id or found.asked_at is None:
        raise UnknownSuspicion()
    return found


def suspicion_of_store(number: str, store_id: int, *, lock: bool = False) -> Suspicion:
    """A case about this store of which it was told. Raises UnknownSuspicion for every other."""
    found = suspicion_by_number(number, lock=lock)
    if found.store_id != store_id or found.asked_at is None:
        raise UnknownSuspicion()
    return found


def facts_of(suspicion_id: int) -> Sequence[SuspicionFact]:
    """The evidence of a case, the oldest first."""
    return db.session.scalars(
        select(SuspicionFact)
        .where(SuspicionFact.suspicion_id == suspicion_id)
        .order_by(SuspicionFact.at, SuspicionFact.id)
    ).all()


def words_of(suspicion_id: int) -> Sequence[SuspicionWord]:
    """What the subject said, the oldest first."""
    return db.session.scalars(
        select(SuspicionWord).where(SuspicionWord.suspicion_id == suspicion_id).order_by(SuspicionWord.id)
    ).all()


def ids_in(facts: Collection[SuspicionFact], kind: str) -> list[int]:
    """The ids of what facts name: of `store-order:33` the 33."""
    named = (fact.key.partition(":") for fact in facts)
    return sorted({int(rest) for head, _, rest in named if head == kind and rest.isdecimal()})
