"""Reading hostings: a store's own, who is a guest, and whom a host sells for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import aliased

from marketplace.core.db import AnySelect, db
from marketplace.stores.hosting_models import Hosting, HostingHistory, HostingState
from marketplace.stores.models import Store


@dataclass(frozen=True, slots=True)
class HostingShown:
    """A hosting as one of its stores sees it."""

    id: int
    state: HostingState
    host_id: int
    host_slug: str
    host_fa: str
    host_en: str
    guest_id: int
    guest_slug: str
    guest_fa: str
    guest_en: str
    proposed_by_store_id: int
    proposed_at: datetime
    host_accepted_at: datetime | None
    guest_accepted_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class StepShown:
    """One step of a hosting."""

    hosting_id: int
    state: HostingState
    name_fa: str
    name_en: str
    actor_label: str
    reason: str
    at: datetime


_IS_GUEST = (
    select(Hosting.id)
    .where(Hosting.guest_id == bindparam("store"), Hosting.state == HostingState.active)
    .limit(1)
)


def is_guest(store_id: int) -> bool:
    """Whether a store sells on another's shelf now, and so has no page of its own."""
    return db.session.scalar(_IS_GUEST, {"store": store_id}) is not None


def hostings_of(store_id: int) -> list[HostingShown]:
    """Hostings in which a store is host or guest, the newest first."""
    host, guest = aliased(Store), aliased(Store)
    query: AnySelect = (
        select(
            Hosting.id,
            Hosting.state,
            Hosting.host_id,
            host.slug,
            host.name_fa,
            host.name_en,
            Hosting.guest_id,
            guest.slug,
            guest.name_fa,
            guest.name_en,
            Hosting.proposed_by_store_id,
            Hosting.proposed_at,
            Hosting.host_accepted_at,
            Hosting.guest_accepted_at,
            Hosting.ended_at,
        )
        .join(host, host.id == Hosting.host_id)
        .join(guest, guest.id == Hosting.guest_id)
        .where((Hosting.host_id == store_id) | (Hosting.guest_id == store_id))
        .order_by(Hosting.id.desc())
    )
    return [HostingShown(*row) for row in db.session.execute(query)]


def steps_of(hosting_ids: list[int]) -> list[StepShown]:
    """What became of some hostings, the newest step first."""
    query: AnySelect = (
        select(
            HostingHistory.hosting_id,
            HostingHistory.state,
            Store.name_fa,
            Store.name_en,
            HostingHistory.actor_label,
            HostingHistory.reason,
            HostingHistory.at,
        )
        .join(Store, Store.id == HostingHistory.by_store_id)
        .where(HostingHistory.hosting_id.in_(hosting_ids))
        .order_by(HostingHistory.id.desc())
    )
    return [StepShown(*row) for row in db.session.execute(query)]


def guests_of(host_id: int) -> list[tuple[int, str, str]]:
    """(id, Persian name, English name) of the stores for which a host sells now."""
    rows = db.session.execute(
        select(Store.id, Store.name_fa, Store.name_en)
        .join(Hosting, Hosting.guest_id == Store.id)
        .where(Hosting.host_id == host_id, Hosting.state == HostingState.active)
        .order_by(Store.sort_key)
    )
    return [(row.id, row.name_fa, row.name_en) for row in rows]
