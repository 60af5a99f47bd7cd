"""The waiting list moves by itself: a place that an approved store left goes to the best that waits."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from marketplace.core.audit import SYSTEM, record
from marketplace.core.db import changed_count, db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.application_facts import assess, rooms_of
from marketplace.festival.application_models import Vacancy
from marketplace.festival.application_notices import tell_application
from marketplace.festival.application_queries import lock_application, lock_edition
from marketplace.festival.application_steps import move
from marketplace.festival.models import Application, ApplicationState, CheckResult, Festival
from marketplace.policy.policy import policy_at

MOST_LOOKED_AT = 200
PASSES = (CheckResult.ok, CheckResult.look)
"""Results on which a store may be approved."""


def open_vacancy(application: Application, at: datetime) -> None:
    """Notes the place that this store left, to be filled within the hours of the policy; inside a unit."""
    hours = policy_at(at).waiting_list_hours
    db.session.add(
        Vacancy(
            festival_id=application.festival_id,
            left_application_id=application.id,
            opened_at=at,
            fill_by_at=at + timedelta(hours=hours),
        )
    )


def fill_vacancies(at: datetime) -> int:
    """Sweep: gives each open place to the waiting store with the best score whose checks pass and whose category has
    room; a place that nobody can take stays open. Each in a unit of its own. Gives the number of stores moved up."""
    open_ones = db.session.execute(
        select(Vacancy.id, Vacancy.festival_id)
        .join(Festival, Festival.id == Vacancy.festival_id)
        .where(Vacancy.filled_at.is_(None), Festival.live_until > at)
        .order_by(Vacancy.id)
    ).all()
    waiting = set(
        db.session.scalars(
            select(Application.festival_id).where(Application.state == ApplicationState.waitlisted).distinct()
        )
    )
    db.session.rollback()
    filled = 0
    for row in open_ones:
        if row.festival_id in waiting:
            with unit_of_work():
                filled += fill_vacancy(row.id, row.festival_id, at)
    return filled


def fill_vacancy(vacancy_id: int, festival_id: int, at: datetime) -> bool:
    """Fills one open place if somebody can take it and the edition has room; inside a unit."""
    lock_edition(festival_id)
    best = _best_waiting(festival_id, at)
    if best is None:
        return False
    is_ours = changed_count(
        update(Vacancy)
        .where(Vacancy.id == vacancy_id, Vacancy.filled_at.is_(None))
        .values(filled_at=at, filled_application_id=best)
    )
    if not is_ours:
        return False
    application = lock_application(best)
    move(application, ApplicationState.approved, "promote", SYSTEM, at)
    application.decided_at = at
    tell_application(application, "promoted", at)
    record(SYSTEM, "promote_application", f"application:{application.id}", at, vacancy=vacancy_id)
    return True


def _best_waiting(festival_id: int, at: datetime) -> int | None:
    policy = policy_at(at)
    rooms = rooms_of(festival_id, policy)
    if rooms.edition.left == 0:
        return None
    waiting = db.session.execute(
        select(Application.id, Application.category_id, Application.submitted_at)
        .where(Application.festival_id == festival_id, Application.state == ApplicationState.waitlisted)
        .order_by(Application.score.desc(), Application.submitted_at, Application.id)
        .limit(MOST_LOOKED_AT)
        .with_for_update(of=Application)
    ).all()
    seen = assess([row.id for row in waiting], festival_id, at, policy, rooms)
    able = [
        (-seen[row.id].score, place, row.id)
        for place, row in enumerate(waiting)
        if seen[row.id].result in PASSES and not rooms.is_full_for(row.category_id)
    ]
    return min(able)[2] if able else None


def refresh_scores(at: datetime) -> int:
    """Sweep: keeps score and check result of undecided applications as they would be now, for sorting and filters.

    Writes only what changed; gives how many did.
    """
    changed = []
    policy = policy_at(at)
    for festival_id in db.session.scalars(select(Festival.id).where(Festival.live_until > at)):
        stored = {
            row.id: (row.score, row.check_result)
            for row in db.session.execute(
                select(Application.id, Application.score, Application.check_result).where(
                    Application.festival_id == festival_id,
                    Application.state.in_(
                        (ApplicationState.submitted, ApplicationState.revision, ApplicationState.waitlisted)
                    ),
                )
            )
        }
        seen = assess(stored, festival_id, at, policy, rooms_of(festival_id, policy))
        changed += [
            {"id": key, "score": now.score, "check_result": now.result}
            for key, now in seen.items()
            if stored[key] != (now.score, now.result)
        ]
    db.session.rollback()
    if changed:
        with unit_of_work():
            db.session.execute(update(Application), changed)
    return len(changed)
