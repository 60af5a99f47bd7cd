"""Hostings: a guest on a host's shelf."""

from __future__ import annotations

from datetime import datetime

from marketplace.festival.guest_models import GuestOffer
from marketplace.festival.models import Offer
from marketplace.stores.hosting_models import Hosting, HostingHistory, HostingState
from marketplace.stores.models import Store
from tests.factories.rows import AT, put, writing
from tests.factories.stores import a_bare_store


def a_hosting(
    host: Store, guest: Store | None = None, *, at: datetime = AT, offer: Offer | None = None
) -> Hosting:
    """A hosting in force; with an offer of the host, that one is sold for the guest."""
    with writing():
        guest = guest or a_bare_store(kind="offline", at=at)
        made = put(
            Hosting,
            host_id=host.id,
            guest_id=guest.id,
            state=HostingState.active,
            proposed_by_store_id=guest.id,
            proposed_at=at,
            host_accepted_at=at,
            guest_accepted_at=at,
        )
        if offer is not None:
            put(GuestOffer, offer_id=offer.id, hosting_id=made.id, named_at=at)
    return made


def a_hosting_step(host: Store, *, at: datetime = AT) -> HostingHistory:
    """One step of a hosting of this store."""
    made = a_hosting(host, at=at)
    return put(
        HostingHistory,
        hosting_id=made.id,
        state=HostingState.active,
        by_store_id=host.id,
        actor_label="owner",
        at=at,
    )
