"""How long cases are kept: some time after the verdict facts, words and files go, and the bare verdict stays."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update

from marketplace.core.db import db
from marketplace.files.models import EvidenceFile
from marketplace.policy.policy import policy_at
from marketplace.suspicions.models import Suspicion, SuspicionFact, SuspicionState, SuspicionWord

GONE = "-"
AT_ONCE = 200


def forget_suspicions(at: datetime) -> int:
    """A sweep: empties what was decided longer ago than the policy keeps it. Gives how many."""
    before = at - timedelta(days=policy_at(at).suspicion_keep_days)
    return _forget([Suspicion.decided_at < before], at)


def forget_suspicions_of(person_id: int, at: datetime) -> int:
    """Empties all cases about a person whose account is deleted, and ends those that nobody had decided."""
    open_ones = (Suspicion.person_id == person_id) & (Suspicion.state != SuspicionState.decided)
    _drop(list(db.session.scalars(select(Suspicion.id).where(open_ones))))
    return _forget([Suspicion.person_id == person_id], at)


def is_asked(person_id: int) -> bool:
    """Whether the office waits for a shopper's answer, or weighs it."""
    asked = (SuspicionState.hearing, SuspicionState.heard)
    query = select(Suspicion.id).where(Suspicion.person_id == person_id, Suspicion.state.in_(asked)).limit(1)
    return db.session.scalar(query) is not None


def _forget(which: Collection[ColumnElement[bool]], at: datetime) -> int:
    rows = db.session.execute(
        select(Suspicion.id, Suspicion.number)
        .where(*which, Suspicion.forgotten_at.is_(None))
        .order_by(Suspicion.id)
        .limit(AT_ONCE)
    ).all()
    ids = [row.id for row in rows]
    _empty(ids, [f"suspicion:{row.number}" for row in rows])
    db.session.execute(
        update(Suspicion)
        .where(Suspicion.id.in_(ids))
        .values(measures=[], question=GONE, reason=GONE, forgotten_at=at, version=Suspicion.version + 1)
    )
    return len(ids)


def _drop(ids: list[int]) -> None:
    """What a signal filed and nobody acted on leaves nothing."""
    numbers = db.session.scalars(select(Suspicion.number).where(Suspicion.id.in_(ids)))
    _empty(ids, [f"suspicion:{number}" for number in numbers])
    db.session.execute(delete(Suspicion).where(Suspicion.id.in_(ids)))


def _empty(ids: list[int], subjects: list[str]) -> None:
    for model in (SuspicionFact, SuspicionWord):
        db.session.execute(delete(model).where(model.suspicion_id.in_(ids)))
    db.session.execute(delete(EvidenceFile).where(EvidenceFile.subject.in_(subjects)))
