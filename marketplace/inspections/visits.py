"""The report of a visit comes in: once, whole, and with everything that follows from it in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import insert, update

from marketplace.core.audit import Actor, record
from marketplace.core.db import changed_count, db
from marketplace.files.evidence import Checked, keep_evidence
from marketplace.inspections.errors import VisitOver
from marketplace.inspections.inputs import Line, Report
from marketplace.inspections.mending import clear_finding, make_worse, mark_breach
from marketplace.inspections.models import Finding, Mark, Severity, Visit, VisitAnswer, VisitState
from marketplace.inspections.notices import tell_report, tell_unmet
from marketplace.inspections.planning import plan_re_visit
from marketplace.inspections.queries import lock_finding, visit_of
from marketplace.inspections.rules import Outcome, due_at, inspected_moment, is_breach_at_once
from marketplace.policy.policy import policy_at
from marketplace.stores.interest import ensure_disinterested

MOST_PHOTOS = 5
"""Of one finding."""


def record_visit(
    visit_id: int,
    report: Report,
    photos: Mapping[str, Sequence[Checked]],
    actor: Actor,
    at: datetime,
) -> Visit:
    """Keeps an inspector's report and what follows: findings with their deadlines, earlier ones cleared or raised,
    the store told, and hidden by any critical finding from this very commit on. `photos` by key of the line.

    The same report sent again changes nothing and gives the visit. Of two different reports the first stands.
    Raises NotFound, OwnStore, VisitOver.
    """
    visit = visit_of(visit_id)
    if visit.submission_key == report.submission_key:
        return visit
    ensure_disinterested(actor, visit.store_id)
    is_ours = _take(visit_id, report, actor, at)
    db.session.refresh(visit)
    if not is_ours:
        if visit.submission_key == report.submission_key:
            return visit  # the same report came twice at once
        raise VisitOver(params={"state": visit.state.value})
    if not report.is_met:
        tell_unmet(visit, at)
        plan_re_visit(visit.store_id, at)
        record(actor, "record_visit", f"visit:{visit.id}", at, store=visit.store_id, met=False)
        return visit
    _keep_answers(visit.id, report.lines)
    _settle_earlier(visit, report.earlier, at)
    found = [
        _find(visit, line, photos.get(line.key, ()), actor, at)
        for line in report.lines
        if line.mark is Mark.not_ok
    ]
    hides = any(finding.severity is Severity.critical for finding in found)
    tell_report(visit, len(found), hides, at)
    record(
        actor, "record_visit", f"visit:{visit.id}", at,
        store=visit.store_id,
        findings=[{"line": f.item_key, "severity": f.severity.value} for f in found],
        earlier={str(number): outcome.value for number, outcome in report.earlier.items()},
    )  # fmt: skip
    return visit


def _take(visit_id: int, report: Report, actor: Actor, at: datetime) -> bool:
    """Whether this report is the one that ends the planned visit."""
    taken = changed_count(
        update(Visit)
        .where(Visit.id == visit_id, Visit.state == VisitState.planned)
        .values(
            state=VisitState.done if report.is_met else VisitState.unmet,
            submission_key=report.submission_key,
            checklist_version=report.checklist_version if report.is_met else None,
            met_name=report.met_name or None,
            summary=report.summary or None,
            inspected_at=inspected_moment(report.inspected_at, at),
            reported_at=at,
            reported_by_id=actor.id,
        )
        .execution_options(synchronize_session=False)
    )
    return taken == 1


def _keep_answers(visit_id: int, lines: Sequence[Line]) -> None:
    if lines:
        db.session.execute(
            insert(VisitAnswer),
            [{"visit_id": visit_id, "item_key": x.key, "mark": x.mark, "note": x.note} for x in lines],
        )


def _settle_earlier(visit: Visit, outcomes: Mapping[int, Outcome], at: datetime) -> None:
    """What became of the findings that were open before. One that another visit cleared meanwhile stays cleared."""
    stands = False
    for number, outcome in sorted(outcomes.items()):
        finding = lock_finding(number)
        if finding.store_id != visit.store_id or finding.cleared_at is not None:
            continue
        if outcome is Outcome.mended:
            clear_finding(finding, visit.id, at)
            continue
        stands = True
        if outcome is Outcome.worse:
            make_worse(finding, at)
        finding.mended_at = None
    db.session.flush()
    if stands:
        plan_re_visit(visit.store_id, at)


def _find(visit: Visit, line: Line, photos: Sequence[Checked], actor: Actor, at: datetime) -> Finding:
    severity = line.severity or Severity.minor
    finding = Finding(
        store_id=visit.store_id,
        severity=severity,
        text_fa=line.note,
        found_at=at,
        due_at=due_at(severity, at, policy_at(at)),
        visit_id=visit.id,
        item_key=line.key,
    )
    db.session.add(finding)
    db.session.flush()
    for photo in photos:
        keep_evidence(photo, f"finding:{finding.id}", actor, at, most=MOST_PHOTOS)
    if is_breach_at_once(severity):
        mark_breach(finding, at)
    return finding
