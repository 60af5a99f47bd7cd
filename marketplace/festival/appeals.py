"""The appeal against a rejection: once, in time, decided by another officer than the one who rejected."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.festival.application_errors import AppealClosed, SecondOfficerNeeded, StaleDecision
from marketplace.festival.application_facts import assess, rooms_of
from marketplace.festival.application_models import (
    AppealState,
    ApplicationAppeal,
    ApplicationDecision,
    ApplicationStep,
)
from marketplace.festival.application_notices import tell_application
from marketplace.festival.application_queries import lock_application, lock_edition
from marketplace.festival.application_steps import move
from marketplace.festival.models import Application, ApplicationState
from marketplace.festival.obstacles import own_stores
from marketplace.festival.waiting_list import PASSES
from marketplace.policy.policy import policy_at


def file_appeal(application_id: int, text: str, actor: Actor, at: datetime) -> ApplicationAppeal:
    """The store asks for another look. Raises AppealClosed when it was not rejected, not told yet, late, or before."""
    application = lock_application(application_id)
    if not may_appeal(application, at) or actor.id is None:
        raise AppealClosed()
    decision = _rejecting_decision(application)
    appeal = ApplicationAppeal(
        application_id=application.id,
        state=AppealState.filed,
        text=text,
        filed_by_id=actor.id,
        filed_at=at,
        rejected_by_id=decision.decided_by_id if decision else None,
    )
    db.session.add(appeal)
    db.session.flush()
    record(actor, "file_appeal", f"application:{application.id}", at)
    return appeal


def may_appeal(application: Application, at: datetime) -> bool:
    """Whether a rejection was told, its days are not over (the last moment counts), and no appeal was filed."""
    if application.state is not ApplicationState.rejected or application.due_at is None:
        return False
    decision = _rejecting_decision(application)
    is_told = decision is None or decision.told_at is not None
    return is_told and at <= application.due_at and appeal_of(application.id) is None


def appeal_of(application_id: int) -> ApplicationAppeal | None:
    """The appeal about an application."""
    return db.session.scalar(
        select(ApplicationAppeal).where(ApplicationAppeal.application_id == application_id)
    )


def decide_appeal(
    application_id: int, version: int, is_granted: bool, answer: str, actor: Actor, at: datetime
) -> ApplicationAppeal:
    """Another officer decides, and the store is told at once; it is final. `version`: as the page showed it.

    A granted one is approved where its checks pass and there is room, else it waits. Raises NotFound, StaleDecision,
    AppealClosed when it was decided already, SecondOfficerNeeded.
    """
    lock_edition(_festival_of(application_id))
    application = lock_application(application_id)
    appeal = appeal_of(application_id)
    if appeal is None:
        raise NotFound()
    if appeal.state is not AppealState.filed:
        raise AppealClosed()
    if application.version != version:
        raise StaleDecision(params={"changed": [application_id]})
    if actor.id == appeal.rejected_by_id or application.store_id in own_stores(actor.id):
        raise SecondOfficerNeeded()
    appeal.state = AppealState.granted if is_granted else AppealState.dismissed
    appeal.decided_by_id, appeal.decided_at, appeal.answer = actor.id, at, answer
    if is_granted:
        following = ApplicationState.approved if _has_room(application, at) else ApplicationState.waitlisted
        move(application, following, "grant", actor, at, note=answer)
        application.decided_at = at
        tell_application(application, following.value, at)
    else:
        application.due_at = None
        tell_application(application, "dismissed", at)
    db.session.flush()
    record(actor, "decide_appeal", f"application:{application.id}", at, granted=is_granted)
    return appeal


def _has_room(application: Application, at: datetime) -> bool:
    policy = policy_at(at)
    rooms = rooms_of(application.festival_id, policy)
    seen = assess([application.id], application.festival_id, at, policy, rooms)[application.id]
    return seen.result in PASSES and not rooms.is_full_for(application.category_id)


def _rejecting_decision(application: Application) -> ApplicationDecision | None:
    """The decision that rejected it last; None where time did."""
    return db.session.scalar(
        select(ApplicationDecision)
        .join(ApplicationStep, ApplicationStep.decision_id == ApplicationDecision.id)
        .where(
            ApplicationStep.application_id == application.id,
            ApplicationStep.version == application.version,
        )
    )


def _festival_of(application_id: int) -> int:
    found = db.session.scalar(select(Application.festival_id).where(Application.id == application_id))
    if found is None:
        raise NotFound()
    return found
