"""What stands against a decision over applications, told before it is made and asked again when it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.festival.application_facts import Rooms, assess
from marketplace.festival.application_models import Verdict
from marketplace.festival.models import Application, ApplicationState, CheckResult
from marketplace.festival.rules import may_become
from marketplace.festival.waiting_list import PASSES
from marketplace.policy.policy import Policy
from marketplace.stores.models import StoreMember

RESULT_OF = {
    Verdict.approve: ApplicationState.approved,
    Verdict.reject: ApplicationState.rejected,
    Verdict.revise: ApplicationState.revision,
    Verdict.waitlist: ApplicationState.waitlisted,
}
DECIDABLE = (ApplicationState.submitted, ApplicationState.waitlisted)


def problems_of(
    applications: Sequence[Application],
    verdict: Verdict,
    actor: Actor,
    at: datetime,
    policy: Policy,
    rooms: Rooms,
) -> dict[int, str]:
    """Why each of these cannot be decided so: not_waiting, own_store, checks_no, checks_wait, no_place, category_full.

    Approvals take places in the order of the score, so that the first ones fit where not all do.
    """
    problems = _standing(applications, RESULT_OF[verdict], actor)
    if verdict is not Verdict.approve or not applications:
        return problems
    seen = assess([a.id for a in applications], applications[0].festival_id, at, policy, rooms)
    left = rooms.edition.left
    left_of = {key: room.left for key, room in rooms.categories.items()}
    for application in sorted(applications, key=lambda a: (-seen[a.id].score, a.id)):
        if application.id in problems:
            continue
        category = application.category_id or 0
        if seen[application.id].result not in PASSES:
            is_no = seen[application.id].result is CheckResult.no
            problems[application.id] = "checks_no" if is_no else "checks_wait"
        elif left <= 0:
            problems[application.id] = "no_place"
        elif left_of.get(category, 1) <= 0:
            problems[application.id] = "category_full"
        else:
            left -= 1
            if category in left_of:
                left_of[category] -= 1
    return problems


def own_stores(person_id: int | None) -> set[int]:
    """Stores to which a person belongs or ever did: they decide nothing about them."""
    return set(db.session.scalars(select(StoreMember.store_id).where(StoreMember.person_id == person_id)))


def _standing(
    applications: Sequence[Application], following: ApplicationState, actor: Actor
) -> dict[int, str]:
    own = own_stores(actor.id)
    problems = {}
    for application in applications:
        if application.state not in DECIDABLE or not may_become(application.state, following):
            problems[application.id] = "not_waiting"
        elif application.store_id in own:
            problems[application.id] = "own_store"
    return problems
