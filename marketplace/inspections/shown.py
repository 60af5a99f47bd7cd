"""Findings and visits as pages show them, in few statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.files.evidence import evidence_of
from marketplace.files.models import EvidenceFile, EvidenceKind
from marketplace.inspections.checklist import checklist_numbered
from marketplace.inspections.models import Finding, Mark, Visit, VisitAnswer, VisitState
from marketplace.inspections.queries import actions_of
from marketplace.inspections.rules import share_kept, status_of


@dataclass(frozen=True, slots=True)
class PictureShown:
    """A private file of a finding or of its mending."""

    url: str
    name: str
    is_picture: bool


@dataclass(frozen=True, slots=True)
class ActionShown:
    """What the store said that it did."""

    text: str
    at: datetime
    files: tuple[PictureShown, ...]


@dataclass(frozen=True, slots=True)
class FindingShown:
    """A finding with what is to be done about it. `line`: the words of the checklist, empty for one without."""

    id: int
    store_id: int
    line: str
    text: str
    severity: str
    status: str
    found_at: datetime
    due_at: datetime | None
    mended_at: datetime | None
    cleared_at: datetime | None
    files: tuple[PictureShown, ...]
    actions: tuple[ActionShown, ...]


@dataclass(frozen=True, slots=True)
class VisitShown:
    """A visit that was made: how many of the lines that apply were in order."""

    id: int
    kind: str
    is_met: bool
    at: datetime
    kept: int
    of: int
    found: int


def show_findings(findings: Sequence[Finding], at: datetime) -> list[FindingShown]:
    """Findings with their pictures and what the store said, in few statements."""
    ids = [finding.id for finding in findings]
    actions = actions_of(ids)
    subjects = [f"finding:{number}" for number in ids]
    subjects += [f"corrective-action:{action.id}" for said in actions.values() for action in said]
    files = evidence_of(subjects) if subjects else {}
    versions = _versions([f.visit_id for f in findings if f.visit_id is not None])
    return [
        FindingShown(
            id=f.id,
            store_id=f.store_id,
            line=_line(f, versions),
            text=f.text_fa,
            severity=f.severity.value,
            status=status_of(f.severity, f.due_at, f.mended_at, f.cleared_at, at).value,
            found_at=f.found_at,
            due_at=f.due_at,
            mended_at=f.mended_at,
            cleared_at=f.cleared_at,
            files=_pictures(files.get(f"finding:{f.id}", ())),
            actions=tuple(
                ActionShown(a.text, a.at, _pictures(files.get(f"corrective-action:{a.id}", ())))
                for a in actions[f.id]
            ),
        )
        for f in findings
    ]


def _versions(visit_ids: Sequence[int]) -> dict[int, int | None]:
    rows = db.session.execute(select(Visit.id, Visit.checklist_version).where(Visit.id.in_(visit_ids)))
    return {row.id: row.checklist_version for row in rows}


def _line(finding: Finding, versions: dict[int, int | None]) -> str:
    if finding.item_key is None or finding.visit_id is None:
        return ""
    item = checklist_numbered(versions.get(finding.visit_id)).item(finding.item_key)
    return item.words if item else ""


def _pictures(files: Sequence[EvidenceFile]) -> tuple[PictureShown, ...]:
    return tuple(PictureShown(f"/files/{f.key}", f.name, f.kind is not EvidenceKind.pdf) for f in files)


def show_visits(visits: Sequence[Visit]) -> list[VisitShown]:
    """Visits that were made or tried, each with its share of lines in order."""
    marks: dict[int, list[Mark]] = {visit.id: [] for visit in visits}
    rows = db.session.execute(
        select(VisitAnswer.visit_id, VisitAnswer.mark).where(VisitAnswer.visit_id.in_(marks))
    )
    for row in rows:
        marks[row.visit_id].append(row.mark)
    return [_visit(visit, marks[visit.id]) for visit in visits]


def _visit(visit: Visit, marks: Sequence[Mark]) -> VisitShown:
    kept, of = share_kept(marks)
    return VisitShown(
        id=visit.id,
        kind=visit.kind.value,
        is_met=visit.state is VisitState.done,
        at=visit.reported_at or visit.planned_at,
        kept=kept,
        of=of,
        found=of - kept,
    )
