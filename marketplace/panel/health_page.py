"""What a store sees of its health: guidelines to acknowledge, findings to mend, visits that were made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.language import current_language
from marketplace.files.evidence import evidence_of
from marketplace.files.models import EvidenceFile, EvidenceKind
from marketplace.inspections.checklist import checklist_numbered
from marketplace.inspections.guidelines import Asked, guidelines_of_store
from marketplace.inspections.models import Finding, Visit, VisitKind, VisitState
from marketplace.inspections.queries import actions_of, answers_of, findings_of_store, visits_of_store
from marketplace.inspections.rules import Status, share_kept, status_of
from marketplace.policy.document_editing import DiffLine, differences, versions_of
from marketplace.policy.models import Document


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
class GuidelineShown:
    """A guideline as the store has it. `changes` is what is new against the version that it acknowledged."""

    key: str
    title: str
    version: int
    since: datetime
    is_open: bool
    acknowledged: int | None
    acknowledged_at: datetime | None
    paragraphs: tuple[str, ...]
    changes: tuple[DiffLine, ...]


@dataclass(frozen=True, slots=True)
class VisitShown:
    """A visit that was made: how many of the lines that apply were in order."""

    kind: str
    is_met: bool
    at: datetime
    kept: int
    of: int
    found: int


@dataclass(frozen=True, slots=True)
class HealthPage:
    """The page `/panel/health`. `hides`: an open critical finding keeps the store hidden. `re_visit_on`: planned."""

    guidelines: tuple[GuidelineShown, ...]
    open: tuple[FindingShown, ...]
    cleared: tuple[FindingShown, ...]
    visits: tuple[VisitShown, ...]
    hides: bool
    re_visit_on: date | None

    @property
    def to_acknowledge(self) -> int:
        return sum(one.is_open for one in self.guidelines)


def show_health(store_id: int, at: datetime) -> HealthPage:
    """All that a store may know of its health."""
    findings = show_findings(findings_of_store(store_id), at)
    still = tuple(f for f in findings if f.status != Status.cleared)
    return HealthPage(
        guidelines=tuple(_guideline(asked) for asked in guidelines_of_store(store_id, at)),
        open=still,
        cleared=tuple(f for f in findings if f.status == Status.cleared),
        visits=tuple(_visit(visit) for visit in visits_of_store(store_id, 10)),
        hides=any(f.status == Status.hides for f in still),
        re_visit_on=db.session.scalar(
            select(Visit.planned_on).where(
                Visit.store_id == store_id,
                Visit.kind == VisitKind.re_visit,
                Visit.state == VisitState.planned,
            )
        ),
    )


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


def _visit(visit: Visit) -> VisitShown:
    answers = answers_of(visit.id)
    kept, of = share_kept(answer.mark for answer in answers)
    return VisitShown(
        kind=visit.kind.value,
        is_met=visit.state is VisitState.done,
        at=visit.reported_at or visit.planned_at,
        kept=kept,
        of=of,
        found=of - kept,
    )


def _guideline(asked: Asked) -> GuidelineShown:
    document = asked.document
    changes: tuple[DiffLine, ...] = ()
    if asked.is_open and asked.acknowledged is not None:
        before = next((d for d in versions_of(document.key) if d.version == asked.acknowledged), None)
        if before is not None:
            changes = tuple(differences(_body(before), _body(document)))
    return GuidelineShown(
        key=document.key,
        title=document.title_fa if current_language() == "fa" else document.title_en,
        version=document.version,
        since=document.effective_from,
        is_open=asked.is_open,
        acknowledged=asked.acknowledged,
        acknowledged_at=asked.acknowledged_at,
        paragraphs=tuple(_body(document).split("\n\n")),
        changes=changes,
    )


def _body(document: Document) -> str:
    return document.body_fa if current_language() == "fa" else document.body_en
