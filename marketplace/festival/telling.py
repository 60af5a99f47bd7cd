"""What happens by itself after a decision: the stores are told, and what was not revised in its time is rejected."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from marketplace.core.audit import SYSTEM, record
from marketplace.core.db import changed_count, db
from marketplace.core.jobs import JobKind, enqueue
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.application_models import ApplicationDecision, ApplicationStep
from marketplace.festival.application_notices import tell_application
from marketplace.festival.application_queries import lock_application, lock_applications
from marketplace.festival.application_steps import move
from marketplace.festival.models import Application, ApplicationState
from marketplace.policy.policy import policy_at

TELL = "tell_application_decision"
STORES_PER_JOB = 25


def tell_decisions(at: datetime) -> int:
    """Sweep: when the time to take a decision back is over, its notices are queued. Gives the number of decisions."""
    due = select(ApplicationDecision.id).where(
        ApplicationDecision.tell_at <= at,
        ApplicationDecision.told_at.is_(None),
        ApplicationDecision.undone_at.is_(None),
    )
    ids = list(db.session.scalars(due.order_by(ApplicationDecision.id)))
    db.session.rollback()
    told = 0
    for decision_id in ids:
        with unit_of_work():
            told += _queue_notices(decision_id, at)
    return told


def _queue_notices(decision_id: int, at: datetime) -> int:
    is_ours = changed_count(
        update(ApplicationDecision)
        .where(
            ApplicationDecision.id == decision_id,
            ApplicationDecision.told_at.is_(None),
            ApplicationDecision.undone_at.is_(None),
        )
        .values(told_at=at)
    )
    if not is_ours:
        return 0
    rows = db.session.scalars(
        select(ApplicationStep.id)
        .where(ApplicationStep.decision_id == decision_id)
        .order_by(ApplicationStep.id)
    ).all()
    for start in range(0, len(rows), STORES_PER_JOB):
        part = list(rows[start : start + STORES_PER_JOB])
        enqueue(TELL, {"steps": part}, key=f"tell:{decision_id}:{start}", at=at)
    return 1


def _tell(payload: dict[str, Any], answer: None, at: datetime) -> None:
    """Puts the notices of some changes; what changed again meanwhile has news of its own."""
    steps = db.session.scalars(select(ApplicationStep).where(ApplicationStep.id.in_(payload["steps"]))).all()
    applications = {a.id: a for a in lock_applications(step.application_id for step in steps)}
    for step in steps:
        application = applications[step.application_id]
        if application.version == step.version:
            tell_application(application, step.to_state.value, at)


JOB_KINDS = (JobKind(TELL, _tell),)


def reject_unanswered_revisions(at: datetime) -> int:
    """Sweep: what was not revised in its time is rejected, with the reasons for which it went back."""
    late = select(Application.id).where(
        Application.state == ApplicationState.revision, Application.due_at < at
    )
    ids = list(db.session.scalars(late.order_by(Application.id)))
    db.session.rollback()
    done = 0
    for application_id in ids:
        with unit_of_work():
            done += _lapse(application_id, at)
    return done


def _lapse(application_id: int, at: datetime) -> int:
    application = lock_application(application_id)
    is_late = application.due_at is not None and application.due_at < at
    if application.state is not ApplicationState.revision or not is_late:
        return 0
    reasons = [*application.reasons, {"code": "revision_lapsed"}]
    due_at = at + timedelta(days=policy_at(at).application_appeal_days)
    move(application, ApplicationState.rejected, "lapse", SYSTEM, at, reasons=reasons, due_at=due_at)
    application.decided_at = at
    tell_application(application, ApplicationState.rejected.value, at)
    record(SYSTEM, "reject_unanswered_revision", f"application:{application.id}", at)
    return 1
