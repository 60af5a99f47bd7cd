"""The police inquiry on a store's applicant: queued, asked, answered, objected to. Nothing is approved by silence.

Of an answer only the outcome is kept, and of an adverse one its category; the file stays with the police. A clear
answer holds until its end, also while it is asked for anew; an adverse one ends it at once.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import exists, select

from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.events import publish
from marketplace.policy.policy import Policy, policy_at
from marketplace.stores.case_models import ClearanceHistory
from marketplace.stores.errors import SameOfficer, TooLateToObject, WrongPaperState
from marketplace.stores.events import ClearanceAnswered
from marketplace.stores.inputs import Outcome
from marketplace.stores.inquiry import send_inquiry
from marketplace.stores.interest import ensure_disinterested
from marketplace.stores.models import Clearance, ClearanceState
from marketplace.stores.notices import tell_clearance, tell_clearance_officers
from marketplace.stores.paper_queries import clearance_of_store, lock_clearance, lock_clearance_of
from marketplace.stores.rules import HOLDING, WAITING, ClockHours, Colour, clock_colour, may_become

C = ClearanceState


def hours_of(policy: Policy) -> ClockHours:
    """The clock's hours under a policy."""
    return ClockHours(policy.clearance_amber_hours, policy.clearance_red_hours, policy.clearance_hours)


def ask_for_clearance(store_id: int, person_id: int, actor: Actor, at: datetime) -> Clearance:
    """Queues the inquiry on the person who answers for a store, and gives it; it is on its way already: unchanged.

    A clear one is asked anew when its end is near or past, and holds until then; an adverse one is not asked again.
    """
    known = clearance_of_store(store_id)
    if known is None:
        known = Clearance(store_id=store_id, person_id=person_id, state=C.queued)
        db.session.add(known)
        return _queue(known, None, person_id, actor, at)
    clearance = lock_clearance(known.id)
    if not may_renew(clearance, at):
        return clearance
    return _queue(clearance, clearance.state, person_id, actor, at)


def renew_clearance(store_id: int, person_id: int, actor: Actor, at: datetime) -> Clearance:
    """The store asks for the inquiry anew, near its end or after it. Raises NoPaper, WrongPaperState."""
    clearance = lock_clearance_of(store_id)
    if not may_renew(clearance, at):
        raise WrongPaperState(params={"state": clearance.state})
    return _queue(clearance, clearance.state, person_id, actor, at)


def may_renew(clearance: Clearance, at: datetime) -> bool:
    """Whether a clear answer may be asked for anew: from the first reminder of its end on."""
    if clearance.state is not C.clear:
        return False
    near = timedelta(days=policy_at(at).expiry_first_reminder_days)
    return clearance.valid_until is None or clearance.valid_until <= at + near


def add_information(store_id: int, words: str, actor: Actor, at: datetime) -> Clearance:
    """The applicant gave what was missing: the inquiry is queued again, its clock anew. Raises WrongPaperState.

    The words stay until the next answer, for the officer alone; files belong to `clearance:<id>`.
    """
    clearance = lock_clearance_of(store_id)
    _ensure(clearance, C.queued, C.more_information)
    clearance.information = words
    return _queue(clearance, clearance.state, clearance.person_id, actor, at)


def _queue(
    clearance: Clearance, before: ClearanceState | None, person_id: int | None, actor: Actor, at: datetime
) -> Clearance:
    clearance.state, clearance.person_id, clearance.clock_from = C.queued, person_id, at
    clearance.reference = f"Q-{secrets.token_hex(8)}"
    clearance.reason_category = clearance.officer_id = clearance.second_officer_id = None
    clearance.objected_at = clearance.asked_at = clearance.answered_at = None
    if clearance.valid_until is not None and clearance.valid_until <= at:
        clearance.valid_until = None
    _write(clearance, before, actor, at)
    send_inquiry(clearance, at)
    return clearance


def mark_asked(clearance_id: int, actor: Actor, at: datetime) -> Clearance:
    """The inquiry went to the police. Raises OwnStore, WrongPaperState."""
    clearance = _of_officer(clearance_id, actor)
    _ensure(clearance, C.asked)
    before, clearance.state, clearance.asked_at = clearance.state, C.asked, at
    _write(clearance, before, actor, at)
    return clearance


def answer_clearance(clearance_id: int, outcome: Outcome, actor: Actor, at: datetime) -> Clearance:
    """The police answered: clear for the policy's days, adverse with a category, or more information is needed.

    The answer to an objection is final and never the first officer's. Raises OwnStore, SameOfficer, WrongPaperState.
    """
    clearance = _of_officer(clearance_id, actor)
    following = outcome.state
    if clearance.state is C.objected:
        if actor.id is not None and actor.id == clearance.officer_id:
            raise SameOfficer()
        following = C.final if following is C.adverse else following
    _ensure(clearance, following)
    before, begun = clearance.state, clearance.clock_from
    if before is C.objected:
        clearance.second_officer_id = actor.id
    else:
        clearance.officer_id = actor.id
    clearance.state, clearance.answered_at, clearance.clock_from = following, at, None
    clearance.reason_category = outcome.category
    clearance.information = None
    if following is C.clear:
        clearance.valid_until = at + timedelta(days=policy_at(at).clearance_valid_days)
    elif following is not C.more_information:
        clearance.valid_until = None
    _write(clearance, before, actor, at, clock_from=begun)
    tell_clearance(clearance, f"clearance_{following.value}", at)
    publish(ClearanceAnswered(clearance.store_id, following.value, at))
    return clearance


def object_to_clearance(store_id: int, actor: Actor, at: datetime) -> Clearance:
    """The applicant objects to an adverse answer; a second officer looks. Raises WrongPaperState, TooLateToObject."""
    clearance = lock_clearance_of(store_id)
    _ensure(clearance, C.objected)
    if clearance.answered_at is None or at > objection_until(clearance.answered_at, policy_at(at)):
        raise TooLateToObject()
    before, clearance.state = clearance.state, C.objected
    clearance.objected_at = clearance.clock_from = at
    _write(clearance, before, actor, at)
    return clearance


def objection_until(answered_at: datetime, policy: Policy) -> datetime:
    """The last moment at which an adverse answer may be objected to."""
    return answered_at + timedelta(days=policy.clearance_objection_days)


def watch_clearances(at: datetime) -> int:
    """Sweep: officers are reminded, once for each colour, of what became old. Gives the number of old inquiries."""
    hours = hours_of(policy_at(at))
    old = db.session.scalars(
        select(Clearance)
        .where(Clearance.state.in_(WAITING), Clearance.clock_from <= at - timedelta(hours=hours.amber))
        .order_by(Clearance.clock_from)
    ).all()
    for clearance in old:
        if clearance.clock_from is not None:
            colour = clock_colour(clearance.clock_from, at, hours)
            if colour is not Colour.green:
                tell_clearance_officers(clearance, colour.value, at)
    return len(old)


def is_clear(store_id: int, at: datetime) -> bool:
    """Whether a clear answer on the applicant is in date."""
    fits = exists().where(
        Clearance.store_id == store_id, Clearance.state.in_(HOLDING), Clearance.valid_until > at
    )
    return bool(db.session.scalar(select(fits)))


def holds(state: ClearanceState | None, valid_until: datetime | None, at: datetime) -> bool:
    """The same of facts that were read already."""
    return state in HOLDING and valid_until is not None and at < valid_until


def _of_officer(clearance_id: int, actor: Actor) -> Clearance:
    clearance = lock_clearance(clearance_id)
    ensure_disinterested(actor, clearance.store_id)
    return clearance


def _ensure(clearance: Clearance, following: ClearanceState, only_from: ClearanceState | None = None) -> None:
    if not may_become(clearance.state, following) or only_from not in (None, clearance.state):
        raise WrongPaperState(params={"state": clearance.state})


def _write(
    clearance: Clearance,
    before: ClearanceState | None,
    actor: Actor,
    at: datetime,
    clock_from: datetime | None = None,
) -> None:
    """Into the history, and into the audit log without a word about the person."""
    db.session.flush()
    db.session.add(
        ClearanceHistory(
            clearance_id=clearance.id,
            at=at,
            actor_id=actor.id,
            actor_role=actor.role,
            actor_label=actor.label,
            state_before=before,
            state_after=clearance.state,
            reason_category=clearance.reason_category,
            clock_from=clock_from,
        )
    )
    record(actor, "change_clearance", f"clearance:{clearance.id}", at, state=clearance.state.value)
