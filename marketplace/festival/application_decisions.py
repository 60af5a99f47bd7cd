"""Decisions over one or many applications: all or nothing, on the versions that the officer saw, to be taken back
until the stores are told."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from marketplace.core.audit import Actor, record
from marketplace.core.db import changed_count, db
from marketplace.core.errors import NotFound
from marketplace.festival.application_errors import DecisionTold, NotDecidable, StaleDecision
from marketplace.festival.application_facts import rooms_of
from marketplace.festival.application_models import ApplicationDecision, ApplicationStep
from marketplace.festival.application_queries import earlier_steps, lock_applications, lock_edition
from marketplace.festival.application_steps import move_all
from marketplace.festival.decision_inputs import Ruling
from marketplace.festival.models import Application, ApplicationState
from marketplace.festival.obstacles import RESULT_OF, problems_of
from marketplace.policy.policy import Policy, policy_at


def decide(
    festival_id: int, chosen: Mapping[int, int], ruling: Ruling, actor: Actor, at: datetime
) -> ApplicationDecision:
    """Decides applications of one edition alike. `chosen`: ids with the versions that were shown.

    Raises StaleDecision when one of them changed since, NotDecidable when one cannot be decided so; then nothing was.
    """
    lock_edition(festival_id)
    applications = [a for a in lock_applications(chosen) if a.festival_id == festival_id]
    changed = set(chosen) - {a.id for a in applications if a.version == chosen[a.id]}
    if changed:
        raise StaleDecision(params={"changed": sorted(changed)})
    policy = policy_at(at)
    problems = problems_of(applications, ruling.verdict, actor, at, policy, rooms_of(festival_id, policy))
    if problems:
        raise NotDecidable(params={"problems": problems})
    decision = _write(festival_id, len(applications), ruling, actor, at, policy)
    following = RESULT_OF[ruling.verdict]
    move_all(
        applications,
        following,
        ruling.verdict.value,
        actor,
        at,
        reasons=decision.reasons,
        note=ruling.note,
        due_at=_due(following, decision.tell_at, policy),
        decision_id=decision.id,
    )
    _audit(decision, applications, "decide_applications", actor, at)
    return decision


def undo_decision(decision_id: int, actor: Actor, at: datetime) -> tuple[ApplicationDecision, int]:
    """Takes a decision back before its stores are told; gives it with the number of applications that went back.

    What changed after it (a store that withdrew) stays as it is. Raises NotFound, DecisionTold.
    """
    decision = db.session.get(ApplicationDecision, decision_id)
    if decision is None:
        raise NotFound()
    lock_edition(decision.festival_id)
    is_ours = changed_count(
        update(ApplicationDecision)
        .where(
            ApplicationDecision.id == decision_id,
            ApplicationDecision.told_at.is_(None),
            ApplicationDecision.undone_at.is_(None),
            ApplicationDecision.tell_at > at,
        )
        .values(undone_at=at, undone_by_id=actor.id)
    )
    if not is_ours:
        raise DecisionTold()
    rows = db.session.scalars(select(ApplicationStep).where(ApplicationStep.decision_id == decision_id)).all()
    before = {row.application_id: row for row in rows}
    standing = [a for a in lock_applications(before) if a.version == before[a.id].version]
    _put_back(standing, before, earlier_steps(decision_id), actor, at)
    db.session.flush()
    _audit(decision, standing, "undo_decision", actor, at)
    return decision, len(standing)


def _put_back(
    applications: Sequence[Application],
    undone: Mapping[int, ApplicationStep],
    earlier: Mapping[int, ApplicationStep],
    actor: Actor,
    at: datetime,
) -> None:
    """State, reasons and deadline as they were: who waited reads again why."""
    groups: dict[tuple[ApplicationState, str], list[Application]] = {}
    for application in applications:
        reasons = earlier[application.id].reasons if application.id in earlier else []
        key = (undone[application.id].from_state, json.dumps(reasons))
        groups.setdefault(key, []).append(application)
    for (state, reasons_text), back in groups.items():
        move_all(back, state, "undo", actor, at, reasons=json.loads(reasons_text), is_undone=True)
    answer_days = timedelta(days=policy_at(at).application_answer_days)
    for application in applications:
        is_waiting = application.state is ApplicationState.submitted
        application.due_at = (application.submitted_at or at) + answer_days if is_waiting else None
        before = earlier.get(application.id)
        application.decided_at = before.at if before is not None and not is_waiting else None


def _write(
    festival_id: int, count: int, ruling: Ruling, actor: Actor, at: datetime, policy: Policy
) -> ApplicationDecision:
    decision = ApplicationDecision(
        festival_id=festival_id,
        verdict=ruling.verdict,
        reasons=[{"code": code} for code in ruling.reasons],
        note=ruling.note,
        letter_number=ruling.letter.number,
        letter_on=ruling.letter.on,
        count=count,
        decided_by_id=actor.id,
        decided_by=actor.label,
        decided_at=at,
        tell_at=at + timedelta(minutes=policy.decision_undo_minutes),
    )
    db.session.add(decision)
    db.session.flush()
    return decision


def _due(following: ApplicationState, tell_at: datetime, policy: Policy) -> datetime | None:
    """The store's next deadline, counted from the moment at which it is told."""
    if following is ApplicationState.revision:
        return tell_at + timedelta(days=policy.application_revision_days)
    if following is ApplicationState.rejected:
        return tell_at + timedelta(days=policy.application_appeal_days)
    return None


def _audit(
    decision: ApplicationDecision, applications: list[Application], action: str, actor: Actor, at: datetime
) -> None:
    subject = (
        f"application:{applications[0].id}"
        if len(applications) == 1
        else f"application-decision:{decision.id}"
    )
    record(
        actor,
        action,
        subject,
        at,
        decision=decision.id,
        verdict=decision.verdict.value,
        reasons=[reason["code"] for reason in decision.reasons],
        letter=decision.letter_number,
        applications=[a.id for a in applications],
    )
