"""The licence of the union of virtual businesses: registered, renewed, suspended, revoked. Each change has a reason."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.stores.case_models import LicenceHistory
from marketplace.stores.errors import WrongPaperState
from marketplace.stores.interest import ensure_disinterested
from marketplace.stores.models import LicenceState, UnionLicence
from marketplace.stores.paper_queries import licence_of_store, lock_licence
from marketplace.stores.rules import may_become

BATCH = 200


def register_licence(
    store_id: int,
    number: str,
    valid_from: datetime,
    valid_until: datetime,
    actor: Actor,
    at: datetime,
    reason_code: str = "registered",
) -> UnionLicence:
    """The store's first licence, active within its dates. Raises WrongPaperState where there is one, Invalid."""
    ensure_disinterested(actor, store_id)
    if licence_of_store(store_id) is not None:
        raise WrongPaperState(params={"state": "active"})
    if valid_from >= valid_until:
        raise Invalid("bad_licence", fields={"valid_until": "ends_before_it_begins"})
    licence = UnionLicence(
        store_id=store_id,
        number=number,
        state=LicenceState.active,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    db.session.add(licence)
    write_change(licence, None, reason_code, "", actor, at)
    return licence


def renew_licence(
    store_id: int, valid_until: datetime, actor: Actor, at: datetime, reason_code: str = "renewed"
) -> UnionLicence:
    """An active or expired licence gets a later end. Raises NoPaper, WrongPaperState, Invalid for an earlier end."""
    licence = _of_store(store_id, actor)
    if licence.state not in (LicenceState.active, LicenceState.expired):
        raise WrongPaperState(params={"state": licence.state})
    if valid_until <= max(licence.valid_until, at):
        raise Invalid("bad_licence", fields={"valid_until": "not_later"})
    before = licence.state
    licence.state, licence.valid_until = LicenceState.active, valid_until
    write_change(licence, before, reason_code, "", actor, at)
    return licence


def suspend_licence(
    store_id: int, reason_code: str, actor: Actor, at: datetime, reason_text: str = ""
) -> UnionLicence:
    """The union suspended the licence. Raises NoPaper, WrongPaperState."""
    return _step(store_id, LicenceState.suspended, reason_code, reason_text, actor, at)


def reinstate_licence(
    store_id: int, reason_code: str, actor: Actor, at: datetime, reason_text: str = ""
) -> UnionLicence:
    """The union gave the licence back. Raises NoPaper, WrongPaperState for one that is not suspended."""
    licence = _of_store(store_id, actor)
    if licence.state is not LicenceState.suspended:
        raise WrongPaperState(params={"state": licence.state})
    return _step(store_id, LicenceState.active, reason_code, reason_text, actor, at)


def revoke_licence(
    store_id: int, reason_code: str, actor: Actor, at: datetime, reason_text: str = ""
) -> UnionLicence:
    """The union took a suspended licence away. Raises NoPaper, WrongPaperState."""
    return _step(store_id, LicenceState.revoked, reason_code, reason_text, actor, at)


def expire_licences(at: datetime) -> int:
    """Sweep: active licences past their end are expired. Gives their number; run in a unit of work."""
    due = db.session.scalars(
        select(UnionLicence.store_id)
        .where(UnionLicence.state == LicenceState.active, UnionLicence.valid_until <= at)
        .order_by(UnionLicence.valid_until)
        .limit(BATCH)
    ).all()
    for store_id in due:
        _step(store_id, LicenceState.expired, "expired", "", SYSTEM, at)
    return len(due)


def _step(
    store_id: int, following: LicenceState, reason_code: str, reason_text: str, actor: Actor, at: datetime
) -> UnionLicence:
    licence = _of_store(store_id, actor)
    if not may_become(licence.state, following):
        raise WrongPaperState(params={"state": licence.state})
    before = licence.state
    licence.state = following
    write_change(licence, before, reason_code, reason_text, actor, at)
    return licence


def _of_store(store_id: int, actor: Actor) -> UnionLicence:
    ensure_disinterested(actor, store_id)
    return lock_licence(store_id)


def write_change(
    licence: UnionLicence,
    before: LicenceState | None,
    reason_code: str,
    reason_text: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Puts a change of a licence into its history and the audit log, in the unit of the change."""
    db.session.flush()
    db.session.add(
        LicenceHistory(
            licence_id=licence.id,
            at=at,
            actor_id=actor.id,
            actor_role=actor.role,
            actor_label=actor.label,
            state_before=before,
            state_after=licence.state,
            valid_until=licence.valid_until,
            reason_code=reason_code,
            reason_text=reason_text,
        )
    )
    record(
        actor,
        "change_licence",
        f"store:{licence.store_id}",
        at,
        number=licence.number,
        state=licence.state.value,
        reason=reason_code,
    )
