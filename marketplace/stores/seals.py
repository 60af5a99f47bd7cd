"""The trust seal from its issue on. Each change is lawful, has a reason and an actor, and stands in the history.

Complaints, the fund and inspections act through these verbs; a store is named by its id, since it has one seal. What
an officer does and what ends by itself is told here; what a slice does in the platform's name, that slice tells.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.db import db
from marketplace.core.events import publish
from marketplace.policy.policy import policy_at
from marketplace.stores.case_models import SealHistory
from marketplace.stores.errors import WrongPaperState
from marketplace.stores.events import SealIssued, SealReinstated, SealRevoked, SealSuspended
from marketplace.stores.interest import ensure_disinterested
from marketplace.stores.models import Seal, SealState
from marketplace.stores.notices import tell_seal
from marketplace.stores.paper_queries import lock_seal
from marketplace.stores.rules import may_become

BATCH = 200


def issue_seal(
    store_id: int, domain: str, stars: int, actor: Actor, at: datetime, reason_code: str = "issued"
) -> Seal:
    """The seal that was applied for is valid from now on, for the policy's days. Raises NoPaper, WrongPaperState."""
    seal = _of_store(store_id, actor)
    _ensure(seal, SealState.active, only_from=SealState.applied)
    before, length = _facts(seal), timedelta(days=policy_at(at).seal_valid_days)
    seal.state, seal.stars, seal.domain = SealState.active, stars, domain
    seal.valid_from, seal.valid_until = at, at + length
    seal.revoked_at = None
    write_change(seal, before, reason_code, "", actor, at)
    tell_seal(seal, "seal_issued", at)
    publish(SealIssued(seal.id, store_id, at))
    return seal


def renew_seal(
    store_id: int,
    actor: Actor,
    at: datetime,
    reason_code: str = "renewed",
    reason_text: str = "",
    *,
    stars: int | None = None,
) -> Seal:
    """An active seal is prolonged from its end, an expired one begins anew. It keeps its stars unless told otherwise.

    Raises NoPaper, WrongPaperState for a seal in any other state.
    """
    seal = _of_store(store_id, actor)
    if seal.state not in (SealState.active, SealState.expired):
        raise WrongPaperState(params={"state": seal.state})
    before, length = _facts(seal), timedelta(days=policy_at(at).seal_valid_days)
    begins = seal.valid_until
    if seal.state is SealState.expired or begins is None or begins <= at:
        seal.valid_from = begins = at
    seal.state = SealState.active
    seal.valid_until = begins + length
    seal.stars = seal.stars if stars is None else stars
    write_change(seal, before, reason_code, reason_text, actor, at)
    tell_seal(seal, "seal_renewed", at)
    publish(SealIssued(seal.id, store_id, at))
    return seal


def suspend_seal(
    store_id: int,
    reason_code: str,
    actor: Actor,
    at: datetime,
    reason_text: str = "",
    *,
    until: datetime | None = None,
) -> Seal:
    """The seal does not count until it is reinstated or revoked; not before `until`, where that is known.

    Raises NoPaper, WrongPaperState.
    """
    seal = _step(store_id, SealState.suspended, reason_code, reason_text, actor, at)
    seal.suspended_until = until
    publish(SealSuspended(seal.id, store_id, reason_code, at))
    return seal


def reinstate_seal(
    store_id: int, reason_code: str, actor: Actor, at: datetime, reason_text: str = ""
) -> Seal:
    """A suspended seal counts again, within its old dates. Raises NoPaper, WrongPaperState."""
    seal = _step(
        store_id, SealState.active, reason_code, reason_text, actor, at, only_from=SealState.suspended
    )
    publish(SealReinstated(seal.id, store_id, reason_code, at))
    return seal


def revoke_seal(store_id: int, reason_code: str, actor: Actor, at: datetime, reason_text: str = "") -> Seal:
    """A suspended seal is lost; the store may ask for it again after six months.

    Raises NoPaper, and WrongPaperState for a seal that is not suspended: the store was not heard.
    """
    seal = _step(store_id, SealState.revoked, reason_code, reason_text, actor, at)
    publish(SealRevoked(seal.id, store_id, reason_code, at))
    return seal


def change_stars(
    store_id: int, stars: int, reason_code: str, actor: Actor, at: datetime, reason_text: str = ""
) -> Seal:
    """Gives the seal another number of stars, 0 to 5; the same number changes nothing.

    Raises NoPaper, ValueError, and WrongPaperState for a seal that is neither active nor suspended.
    """
    if not 0 <= stars <= 5:
        raise ValueError("a seal has 0 to 5 stars")
    seal = _of_store(store_id, actor)
    if seal.state not in (SealState.active, SealState.suspended):
        raise WrongPaperState(params={"state": seal.state})
    if seal.stars == stars:
        return seal
    before = _facts(seal)
    seal.stars = stars
    write_change(seal, before, reason_code, reason_text, actor, at)
    if actor != SYSTEM:
        tell_seal(seal, "seal_stars", at)
    return seal


def overturn_revocation(
    store_id: int, reason_code: str, actor: Actor, at: datetime, reason_text: str = ""
) -> Seal:
    """A revocation that was wrong is undone: the seal counts again, within its old dates.

    Raises NoPaper, and WrongPaperState for a seal that is not revoked.
    """
    seal = _step(store_id, SealState.active, reason_code, reason_text, actor, at, only_from=SealState.revoked)
    publish(SealReinstated(seal.id, store_id, reason_code, at))
    return seal


def expire_seals(at: datetime) -> int:
    """Sweep: active seals past their end are expired. Gives their number; run in a unit of work."""
    due = db.session.scalars(
        select(Seal.store_id)
        .where(Seal.state == SealState.active, Seal.valid_until <= at)
        .order_by(Seal.valid_until)
        .limit(BATCH)
    ).all()
    for store_id in due:
        _step(store_id, SealState.expired, "expired", "", SYSTEM, at)
    return len(due)


def _step(
    store_id: int,
    following: SealState,
    reason_code: str,
    reason_text: str,
    actor: Actor,
    at: datetime,
    only_from: SealState | None = None,
) -> Seal:
    seal = _of_store(store_id, actor)
    _ensure(seal, following, only_from)
    before = _facts(seal)
    seal.state = following
    seal.revoked_at = at if following is SealState.revoked else None
    seal.suspended_until = None
    write_change(seal, before, reason_code, reason_text, actor, at)
    if actor != SYSTEM or following is SealState.expired:
        tell_seal(seal, f"seal_{'reinstated' if following is SealState.active else following.value}", at)
    return seal


def _of_store(store_id: int, actor: Actor) -> Seal:
    ensure_disinterested(actor, store_id)
    return lock_seal(store_id)


def _ensure(seal: Seal, following: SealState, only_from: SealState | None = None) -> None:
    is_lawful = may_become(seal.state, following) and only_from in (None, seal.state)
    if not is_lawful:
        raise WrongPaperState(params={"state": seal.state})


def _facts(seal: Seal) -> tuple[SealState, int]:
    return seal.state, seal.stars


def write_change(
    seal: Seal,
    before: tuple[SealState | None, int | None],
    reason_code: str,
    reason_text: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Puts a change of a seal into its history and the audit log, in the unit of the change."""
    db.session.flush()
    db.session.add(
        SealHistory(
            seal_id=seal.id,
            at=at,
            actor_id=actor.id,
            actor_role=actor.role,
            actor_label=actor.label,
            state_before=before[0],
            state_after=seal.state,
            stars_before=before[1],
            stars_after=seal.stars,
            valid_until=seal.valid_until,
            reason_code=reason_code,
            reason_text=reason_text,
        )
    )
    record(
        actor,
        "change_seal",
        f"store:{seal.store_id}",
        at,
        seal=seal.code,
        state=seal.state.value,
        stars=seal.stars,
        reason=reason_code,
    )
