"""Reading visits, findings and acknowledgements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.inspections.models import (
    Acknowledgement,
    CorrectiveAction,
    Finding,
    Severity,
    Visit,
    VisitAnswer,
    VisitState,
)
from marketplace.stores.models import Seal, SealState


def visit_of(visit_id: int) -> Visit:
    """A visit. Raises NotFound."""
    visit = db.session.get(Visit, visit_id, populate_existing=True)
    if visit is None:
        raise NotFound()
    return visit


def lock_visit(visit_id: int) -> Visit:
    """A visit, for this unit alone. Raises NotFound."""
    visit = db.session.get(Visit, visit_id, populate_existing=True, with_for_update=True)
    if visit is None:
        raise NotFound()
    return visit


def lock_finding(finding_id: int) -> Finding:
    """A finding, for this unit alone. Raises NotFound."""
    finding = db.session.get(Finding, finding_id, populate_existing=True, with_for_update=True)
    if finding is None:
        raise NotFound()
    return finding


def open_findings_of(store_id: int) -> Sequence[Finding]:
    """What is not cleared yet at a store, the gravest and oldest first."""
    rows = db.session.scalars(
        select(Finding).where(Finding.store_id == store_id, Finding.cleared_at.is_(None))
    ).all()
    return sorted(rows, key=lambda f: (-tuple(Severity).index(f.severity), f.found_at, f.id))


def findings_of_store(store_id: int, limit: int = 200) -> Sequence[Finding]:
    """All findings of a store, the newest first."""
    return db.session.scalars(
        select(Finding)
        .where(Finding.store_id == store_id)
        .order_by(Finding.found_at.desc(), Finding.id.desc())
        .limit(limit)
    ).all()


def findings_of_visit(visit_id: int) -> Sequence[Finding]:
    """What a visit found."""
    return db.session.scalars(select(Finding).where(Finding.visit_id == visit_id).order_by(Finding.id)).all()


def answers_of(visit_id: int) -> Sequence[VisitAnswer]:
    """The checklist as it was answered on a visit."""
    return db.session.scalars(
        select(VisitAnswer).where(VisitAnswer.visit_id == visit_id).order_by(VisitAnswer.id)
    ).all()


def visits_of_store(store_id: int, limit: int = 50) -> Sequence[Visit]:
    """Visits that were made or tried at a store, the newest first."""
    return db.session.scalars(
        select(Visit)
        .where(Visit.store_id == store_id, Visit.state.in_((VisitState.done, VisitState.unmet)))
        .order_by(Visit.reported_at.desc())
        .limit(limit)
    ).all()


def actions_of(finding_ids: Sequence[int]) -> dict[int, list[CorrectiveAction]]:
    """What the store said about some findings, the oldest first."""
    found: dict[int, list[CorrectiveAction]] = {number: [] for number in finding_ids}
    rows = db.session.scalars(
        select(CorrectiveAction)
        .where(CorrectiveAction.finding_id.in_(finding_ids))
        .order_by(CorrectiveAction.id)
    )
    for row in rows:
        found[row.finding_id].append(row)
    return found


def acknowledged_by(store_id: int) -> dict[str, tuple[int, datetime]]:
    """The newest version of each guideline that a store acknowledged, and when."""
    rows = db.session.execute(
        select(Acknowledgement.key, Acknowledgement.version, Acknowledgement.at)
        .where(Acknowledgement.store_id == store_id)
        .order_by(Acknowledgement.version)
    )
    return {row.key: (row.version, row.at) for row in rows}


def acknowledged_counts() -> dict[tuple[str, int], int]:
    """How many stores with an active seal acknowledged each version."""
    rows = db.session.execute(
        select(Acknowledgement.key, Acknowledgement.version, func.count())
        .join(Seal, (Seal.store_id == Acknowledgement.store_id) & (Seal.state == SealState.active))
        .group_by(Acknowledgement.key, Acknowledgement.version)
    )
    return {(key, version): count for key, version, count in rows}


def stores_asked() -> int:
    """Number of stores that are asked to acknowledge: those with an active seal."""
    return (
        db.session.scalar(select(func.count()).select_from(Seal).where(Seal.state == SealState.active)) or 0
    )


def stores_without(key: str, version: int, limit: int = 500, *, after: int = 0) -> Sequence[int]:
    """Ids of the stores with an active seal that have not acknowledged a version, from the one after `after` on."""
    said = select(Acknowledgement.store_id).where(
        Acknowledgement.key == key, Acknowledgement.version == version
    )
    return list(
        db.session.scalars(
            select(Seal.store_id)
            .where(Seal.state == SealState.active, Seal.store_id > after, Seal.store_id.not_in(said))
            .order_by(Seal.store_id)
            .limit(limit)
        )
    )
