"""What follows a finding: the store says that it is mended, the time runs out, a visit clears it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select

from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.unit_of_work import unit_of_work
from marketplace.files.evidence import Checked, keep_evidence
from marketplace.inspections.errors import FindingCleared
from marketplace.inspections.models import CorrectiveAction, Finding
from marketplace.inspections.notices import tell_cleared, tell_late, tell_mended
from marketplace.inspections.planning import plan_re_visit
from marketplace.inspections.queries import lock_finding
from marketplace.inspections.rules import due_at, is_late, one_worse
from marketplace.policy.policy import policy_at
from marketplace.stores.record_models import Mark
from marketplace.stores.record_rows import add_mark

BATCH = 100
MOST_FILES = 5
"""Of one corrective action."""


def correct_finding(
    finding_id: int, store_id: int, words: str, files: Sequence[Checked], actor: Actor, at: datetime
) -> CorrectiveAction:
    """The store tells what it did, with pictures; a re-visit is planned, and it alone clears the finding.

    Raises NotFound for another store's, FindingCleared.
    """
    finding = lock_finding(finding_id)
    if finding.store_id != store_id or actor.id is None:
        raise NotFound()
    if finding.cleared_at is not None:
        raise FindingCleared()
    action = CorrectiveAction(finding_id=finding.id, person_id=actor.id, text=words, at=at)
    db.session.add(action)
    finding.mended_at = finding.mended_at or at
    db.session.flush()
    for file in files:
        keep_evidence(file, f"corrective-action:{action.id}", actor, at, most=MOST_FILES)
    plan_re_visit(store_id, at)
    tell_mended(finding, at)
    record(actor, "correct_finding", f"finding:{finding.id}", at, store=store_id, files=len(files))
    return action


def clear_finding(finding: Finding, visit_id: int, at: datetime) -> None:
    """A visit has seen that a locked finding is mended; what hid the store hides it no longer."""
    finding.cleared_at, finding.cleared_by_visit_id = at, visit_id
    db.session.flush()
    tell_cleared(finding, at)


def make_worse(finding: Finding, at: datetime) -> None:
    """A locked finding that a visit still met is taken one step more seriously, with that step's time from now on."""
    finding.severity = one_worse(finding.severity)
    finding.due_at, finding.late_told_at = due_at(finding.severity, at, policy_at(at)), None
    mark_breach(finding, at)


def mark_breach(finding: Finding, at: datetime) -> None:
    """The store's record tells of a breach of a guideline, once per finding."""
    if finding.breached_at is None:
        finding.breached_at = at
        db.session.flush()
        add_mark(finding.store_id, Mark.guideline_breach, f"finding:{finding.id}", at)


def end_mending_time(at: datetime) -> int:
    """The sweep: findings whose time is over without a word of the store become breaches, the store is told, and a
    re-visit is planned. Gives their number."""
    ids = db.session.scalars(
        select(Finding.id)
        .where(
            Finding.cleared_at.is_(None),
            Finding.due_at < at,
            or_(Finding.mended_at.is_(None), Finding.mended_at > Finding.due_at),
            Finding.late_told_at.is_(None),
        )
        .order_by(Finding.due_at)
        .limit(BATCH)
    ).all()
    done = 0
    for finding_id in ids:
        with unit_of_work():
            done += _end(finding_id, at)
    return done


def _end(finding_id: int, at: datetime) -> bool:
    finding = lock_finding(finding_id)
    if finding.cleared_at is not None or finding.late_told_at is not None:
        return False
    if not is_late(finding.due_at, finding.mended_at, at):
        return False
    finding.late_told_at = at
    mark_breach(finding, at)
    tell_late(finding, at)
    plan_re_visit(finding.store_id, at)
    return True
