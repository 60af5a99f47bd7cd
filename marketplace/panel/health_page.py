"""What a store sees of its health: guidelines to acknowledge, findings to mend, visits that were made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.language import current_language
from marketplace.inspections.guidelines import Asked, guidelines_of_store
from marketplace.inspections.models import Visit, VisitKind, VisitState
from marketplace.inspections.queries import findings_of_store, visits_of_store
from marketplace.inspections.rules import Status
from marketplace.inspections.shown import FindingShown, VisitShown, show_findings, show_visits
from marketplace.policy.document_editing import DiffLine, differences, versions_of
from marketplace.policy.models import Document


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
        visits=tuple(show_visits(visits_of_store(store_id, 10))),
        hides=any(f.status == Status.hides for f in still),
        re_visit_on=db.session.scalar(
            select(Visit.planned_on).where(
                Visit.store_id == store_id,
                Visit.kind == VisitKind.re_visit,
                Visit.state == VisitState.planned,
            )
        ),
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
