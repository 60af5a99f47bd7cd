"""One visit: the checklist to be filled while it is planned, its report afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from secrets import token_hex

from marketplace.accounts.queries import person
from marketplace.inspections.checklist import Item, checklist_at, checklist_numbered
from marketplace.inspections.models import VisitAnswer, VisitKind, VisitState
from marketplace.inspections.queries import answers_of, findings_of_visit, open_findings_of, visit_of
from marketplace.inspections.rules import share_kept
from marketplace.inspections.shown import FindingShown, show_findings
from marketplace.office.inspection_pages import StoreFacts, stores_facts
from marketplace.stores.interest import has_interest


@dataclass(frozen=True, slots=True)
class VisitPage:
    """A visit. `groups`: the checklist under its guidelines, with the answers of a visit that was made.

    `submission_key` is new for each page, so that the report of one page is taken once. `is_own`: whoever looks
    belongs to the store.
    """

    id: int
    store: StoreFacts
    kind: str
    state: str
    planned_on: date
    note: str
    inspector: str
    inspector_id: int | None
    is_own: bool
    may_cancel: bool
    checklist_version: int
    groups: tuple[tuple[str, tuple[tuple[Item, VisitAnswer | None], ...]], ...]
    count: int
    kept: int
    of: int
    submission_key: str
    earlier: tuple[FindingShown, ...]
    found: tuple[FindingShown, ...]
    met_name: str
    summary: str
    inspected_at: datetime | None
    reported_at: datetime | None
    reported_by: str
    cancelled_reason: str


def show_visit(visit_id: int, person_id: int, at: datetime) -> VisitPage:
    """A visit by its number. Raises NotFound."""
    visit = visit_of(visit_id)
    is_planned = visit.state is VisitState.planned
    checklist = checklist_at(at) if is_planned else checklist_numbered(visit.checklist_version)
    answers = {answer.item_key: answer for answer in answers_of(visit.id)}
    kept, of = share_kept(answer.mark for answer in answers.values())
    earlier = show_findings(open_findings_of(visit.store_id), at) if is_planned else []
    return VisitPage(
        id=visit.id,
        store=stores_facts({visit.store_id})[visit.store_id],
        kind=visit.kind.value,
        state=visit.state.value,
        planned_on=visit.planned_on,
        note=visit.note,
        inspector=_name(visit.inspector_id),
        inspector_id=visit.inspector_id,
        is_own=has_interest(person_id, visit.store_id),
        may_cancel=visit.kind in (VisitKind.planned, VisitKind.complaint),
        checklist_version=checklist.number,
        groups=tuple(
            (group, tuple((item, answers.get(item.key)) for item in items))
            for group, items in checklist.by_group()
            if items
        ),
        count=len(checklist.items),
        kept=kept,
        of=of,
        submission_key=token_hex(16),
        earlier=tuple(earlier),
        found=tuple(show_findings(findings_of_visit(visit.id), at)),
        met_name=visit.met_name or "",
        summary=visit.summary or "",
        inspected_at=visit.inspected_at,
        reported_at=visit.reported_at,
        reported_by=_name(visit.reported_by_id),
        cancelled_reason=visit.cancelled_reason or "",
    )


def _name(person_id: int | None) -> str:
    known = person(person_id) if person_id is not None else None
    return known.display_name if known is not None else ""
