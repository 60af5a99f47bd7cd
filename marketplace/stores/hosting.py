"""Hosting: an unsealed shop on a street sells on the shelf of a sealed online store, when both agreed.

The host answers for the orders and its admission decides; the guest has no shop front, badge or record of its own.
Either side proposes, the other accepts or refuses, and either side ends it, with effect on the next request.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from marketplace.core.audit import Actor, record
from marketplace.core.db import changed_count, db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.unit_of_work import on_violation
from marketplace.stores.hosting_errors import AlreadyHosted, HostingOver, NotForHosting
from marketplace.stores.hosting_models import Hosting, HostingHistory, HostingState
from marketplace.stores.models import Seal, SealState, Store, StoreKind

LONGEST_REASON = 500

on_violation("uq_hostings_guest", AlreadyHosted)


def propose_hosting(store_id: int, other_slug: str, as_host: bool, actor: Actor, at: datetime) -> Hosting:
    """One side asks the other: a host offers its shelf (`as_host`), or a guest asks for one.

    Raises Invalid('other': unknown_store), NotForHosting (no sealed online host, or the guest is no unsealed offline
    store), AlreadyHosted while the guest has a host or a proposal.
    """
    other = db.session.scalar(select(Store).where(Store.slug == other_slug.strip()[:80]))
    if other is None or other.id == store_id:
        raise Invalid(fields={"other": "unknown_store"})
    host, guest = (store_id, other.id) if as_host else (other.id, store_id)
    _ensure_fit(host, guest, at)
    if db.session.scalar(
        select(Hosting.id).where(
            Hosting.guest_id == guest, Hosting.state.in_((HostingState.proposed, HostingState.active))
        )
    ):
        raise AlreadyHosted()
    made = Hosting(
        host_id=host,
        guest_id=guest,
        state=HostingState.proposed,
        proposed_by_store_id=store_id,
        proposed_at=at,
        host_accepted_at=at if as_host else None,
        guest_accepted_at=None if as_host else at,
    )
    db.session.add(made)
    db.session.flush()
    _remember(made.id, HostingState.proposed, store_id, "", actor, at)
    return made


def accept_hosting(hosting_id: int, store_id: int, actor: Actor, at: datetime) -> None:
    """The other side agrees: from now on the guest's goods may be sold. Raises NotFound, HostingOver, NotForHosting."""
    found = _other_side(hosting_id, store_id)
    _ensure_fit(found.host_id, found.guest_id, at)
    mine = "host_accepted_at" if store_id == found.host_id else "guest_accepted_at"
    _settle(found.id, HostingState.proposed, {"state": HostingState.active, mine: at})
    _remember(found.id, HostingState.active, store_id, "", actor, at)


def refuse_hosting(hosting_id: int, store_id: int, actor: Actor, at: datetime) -> None:
    """The other side says no. Raises NotFound, HostingOver."""
    found = _other_side(hosting_id, store_id)
    _settle(found.id, HostingState.proposed, {"state": HostingState.refused, "ended_at": at})
    _remember(found.id, HostingState.refused, store_id, "", actor, at)


def end_hosting(hosting_id: int, store_id: int, reason: str, actor: Actor, at: datetime) -> None:
    """Either side ends it, or its proposer takes it back: the guest's offers cannot be bought from now on.

    Paid orders stay with the host. Raises NotFound, HostingOver, and Invalid without a reason.
    """
    found = _of_store(hosting_id, store_id)
    words = " ".join(reason.split())[:LONGEST_REASON]
    if not words:
        raise Invalid(fields={"reason": "required"})
    is_theirs_to_answer = found.state is HostingState.proposed and found.proposed_by_store_id != store_id
    if is_theirs_to_answer or found.state not in (HostingState.proposed, HostingState.active):
        raise HostingOver()
    _settle(found.id, found.state, {"state": HostingState.ended, "ended_at": at})
    _remember(found.id, HostingState.ended, store_id, words, actor, at)


def _ensure_fit(host_id: int, guest_id: int, at: datetime) -> None:
    """Raises NotForHosting naming what does not fit: one code for each side."""
    kinds = {
        row.id: row.kind for row in db.session.scalars(select(Store).where(Store.id.in_((host_id, guest_id))))
    }
    sealed = set(
        db.session.scalars(
            select(Seal.store_id).where(
                Seal.store_id.in_((host_id, guest_id)),
                Seal.state == SealState.active,
                Seal.valid_from <= at,
                Seal.valid_until > at,
            )
        )
    )
    against = []
    if kinds.get(host_id) is not StoreKind.online or host_id not in sealed:
        against.append("host_not_sealed")
    if kinds.get(guest_id) is not StoreKind.offline or guest_id in sealed:
        against.append("guest_not_unsealed")
    if against:
        raise NotForHosting(reasons=against)


def _of_store(hosting_id: int, store_id: int) -> Hosting:
    found = db.session.scalar(select(Hosting).where(Hosting.id == hosting_id))
    if found is None or store_id not in (found.host_id, found.guest_id):
        raise NotFound()
    return found


def _other_side(hosting_id: int, store_id: int) -> Hosting:
    found = _of_store(hosting_id, store_id)
    if found.proposed_by_store_id == store_id or found.state is not HostingState.proposed:
        raise HostingOver()
    return found


def _settle(hosting_id: int, state: HostingState, values: dict[str, object]) -> None:
    """The conditional UPDATE decides between two at once."""
    if not changed_count(
        update(Hosting).where(Hosting.id == hosting_id, Hosting.state == state).values(**values)
    ):
        raise HostingOver()


def _remember(
    hosting_id: int, state: HostingState, store_id: int, reason: str, actor: Actor, at: datetime
) -> None:
    db.session.add(
        HostingHistory(
            hosting_id=hosting_id,
            state=state,
            by_store_id=store_id,
            actor_id=actor.id,
            actor_label=actor.label,
            reason=reason,
            at=at,
        )
    )
    db.session.flush()
    record(actor, f"{state.value}_hosting", f"hosting:{hosting_id}", at, store=store_id, reason=reason)
