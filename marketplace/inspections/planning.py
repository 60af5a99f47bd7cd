"""Planning visits: which store, on which day, by whom."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.accounts.queries import people_with_role
from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.clock import tehran
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotFound
from marketplace.inspections.errors import VisitOver
from marketplace.inspections.inputs import PlannedVisit
from marketplace.inspections.models import Visit, VisitKind, VisitState
from marketplace.inspections.notices import tell_assigned
from marketplace.inspections.queries import lock_visit
from marketplace.inspections.rules import may_become
from marketplace.policy.calendar import add_working_days
from marketplace.stores.interest import ensure_disinterested, has_interest
from marketplace.stores.models import Store


def plan_visit(
    store_id: int, wanted: PlannedVisit, actor: Actor, at: datetime, *, origin: str | None = None
) -> Visit:
    """Puts a visit on the plan. Raises NotFound, OwnStore, Invalid for somebody who is no disinterested inspector."""
    if db.session.get(Store, store_id) is None:
        raise NotFound("unknown_store")
    ensure_disinterested(actor, store_id)
    _ensure_inspector(wanted.inspector_id, store_id)
    visit = _put(store_id, wanted.kind, wanted.planned_on, at, wanted.inspector_id, wanted.note, origin)
    tell_assigned(visit, at)
    record(
        actor, "plan_visit", f"visit:{visit.id}", at,
        store=store_id, kind=visit.kind.value, planned_on=visit.planned_on.isoformat(),
    )  # fmt: skip
    return visit


def plan_picked(store_id: int, planned_on: date, origin: str, at: datetime) -> Visit:
    """The visit that a draw picked; by the platform, nobody chose it."""
    visit = _put(store_id, VisitKind.spot_check, planned_on, at, None, "", origin)
    record(
        SYSTEM, "plan_visit", f"visit:{visit.id}", at, store=store_id, kind=visit.kind.value, origin=origin
    )
    return visit


def plan_re_visit(store_id: int, at: datetime) -> Visit | None:
    """A re-visit on the next working day, unless one is planned; None then."""
    planned = select(Visit.id).where(
        Visit.store_id == store_id, Visit.kind == VisitKind.re_visit, Visit.state == VisitState.planned
    )
    if db.session.scalar(planned.limit(1)) is not None:
        return None
    day = tehran(add_working_days(at, 1)).date()
    visit = _put(store_id, VisitKind.re_visit, day, at, None, "", None)
    record(SYSTEM, "plan_visit", f"visit:{visit.id}", at, store=store_id, kind=visit.kind.value)
    return visit


def move_visit(
    visit_id: int, planned_on: date, inspector_id: int | None, actor: Actor, at: datetime
) -> Visit:
    """Another day or another inspector for a planned visit. Raises NotFound, VisitOver, OwnStore, Invalid."""
    visit = lock_visit(visit_id)
    if visit.state is not VisitState.planned:
        raise VisitOver(params={"state": visit.state.value})
    ensure_disinterested(actor, visit.store_id)
    _ensure_inspector(inspector_id, visit.store_id)
    before = {"planned_on": visit.planned_on.isoformat(), "inspector": visit.inspector_id}
    visit.planned_on, visit.inspector_id = planned_on, inspector_id
    db.session.flush()
    tell_assigned(visit, at)
    after = {"planned_on": planned_on.isoformat(), "inspector": inspector_id}
    record(actor, "move_visit", f"visit:{visit.id}", at, before=before, after=after)
    return visit


def cancel_visit(visit_id: int, reason: str, actor: Actor, at: datetime) -> Visit:
    """Takes a visit off the plan, with the reason; one that a draw picked, or a re-visit, must be made.

    Raises NotFound, VisitOver, Invalid('visit_must_be_made'), OwnStore.
    """
    visit = lock_visit(visit_id)
    if not may_become(visit.state, VisitState.cancelled):
        raise VisitOver(params={"state": visit.state.value})
    if visit.kind in (VisitKind.spot_check, VisitKind.re_visit):
        raise Invalid("visit_must_be_made")
    ensure_disinterested(actor, visit.store_id)
    visit.state, visit.cancelled_reason = VisitState.cancelled, reason
    db.session.flush()
    record(actor, "cancel_visit", f"visit:{visit.id}", at, reason=reason)
    return visit


def _put(
    store_id: int,
    kind: VisitKind,
    planned_on: date,
    at: datetime,
    inspector_id: int | None,
    note: str,
    origin: str | None,
) -> Visit:
    visit = Visit(
        store_id=store_id,
        kind=kind,
        state=VisitState.planned,
        planned_on=planned_on,
        inspector_id=inspector_id,
        note=note,
        origin=origin,
        planned_at=at,
    )
    db.session.add(visit)
    db.session.flush()
    return visit


def _ensure_inspector(person_id: int | None, store_id: int) -> None:
    if person_id is None:
        return
    if person_id not in people_with_role(Role.health_inspector) or has_interest(person_id, store_id):
        raise Invalid("bad_visit", fields={"inspector_id": "choose_one"})
