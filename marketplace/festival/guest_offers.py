"""Selling an offer for a guest: named before the offer is live, and then for good."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import aliased

from marketplace.core.audit import Actor, record
from marketplace.core.db import AnySelect, db, is_sqlite
from marketplace.core.errors import Conflict, NotFound
from marketplace.festival.guest_models import GuestOffer
from marketplace.festival.models import Offer, OfferState
from marketplace.stores.hosting_errors import HostingOver
from marketplace.stores.hosting_models import Hosting, HostingState
from marketplace.stores.models import Store

GUEST = aliased(Store)
GUEST_COLUMNS = (GUEST.name_fa.label("guest_fa"), GUEST.name_en.label("guest_en"))
NAMEABLE = frozenset({OfferState.draft, OfferState.checked, OfferState.rejected, OfferState.approved})


@dataclass(frozen=True, slots=True)
class OfferOfHost:
    """An offer of a host with the guest for whom it is sold, if any."""

    id: int
    slug: str
    title_fa: str
    title_en: str
    state: OfferState
    festival_toman: int
    guest_id: int | None
    guest_fa: str | None
    guest_en: str | None

    @property
    def may_be_named(self) -> bool:
        return self.state in NAMEABLE


def name_guest(offer_id: int, host_id: int, guest_id: int | None, actor: Actor, at: datetime) -> None:
    """Says for whom a host sells an offer; None: for itself. Once it is live nobody changes that.

    Raises NotFound for another store's offer, HostingOver when the guest is none, Conflict('offer_is_live').
    """
    query = select(Offer).where(Offer.id == offer_id, Offer.store_id == host_id)
    offer = db.session.scalar(query if is_sqlite() else query.with_for_update())
    if offer is None:
        raise NotFound("unknown_offer")
    if offer.state not in NAMEABLE:
        raise Conflict("offer_is_live")
    db.session.execute(delete(GuestOffer).where(GuestOffer.offer_id == offer_id))
    if guest_id is not None:
        hosting = db.session.scalar(
            select(Hosting.id).where(
                Hosting.host_id == host_id,
                Hosting.guest_id == guest_id,
                Hosting.state == HostingState.active,
            )
        )
        if hosting is None:
            raise HostingOver()
        db.session.add(GuestOffer(offer_id=offer_id, hosting_id=hosting, named_by_id=actor.id, named_at=at))
    db.session.flush()
    record(actor, "name_guest", f"offer:{offer_id}", at, guest=guest_id)


def join_guest(query: AnySelect) -> AnySelect:
    """The same rows of offers with the guest for whom each is sold, for `GUEST_COLUMNS`; none for most."""
    return (
        query.outerjoin(GuestOffer, GuestOffer.offer_id == Offer.id)
        .outerjoin(Hosting, Hosting.id == GuestOffer.hosting_id)
        .outerjoin(GUEST, GUEST.id == Hosting.guest_id)
    )


def guest_names(offer_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """(Persian, English) names of the guests behind offers; offers that a store sells for itself are left out."""
    ids = list(offer_ids)
    if not ids:
        return {}
    rows = db.session.execute(
        select(GuestOffer.offer_id, Store.name_fa, Store.name_en)
        .join(Hosting, Hosting.id == GuestOffer.hosting_id)
        .join(Store, Store.id == Hosting.guest_id)
        .where(GuestOffer.offer_id.in_(ids))
    )
    return {row.offer_id: (row.name_fa, row.name_en) for row in rows}


def offers_of_host(host_id: int, most: int = 200) -> list[OfferOfHost]:
    """A host's offers with their guests; those that can still be named first."""
    guest = aliased(Store)
    query: AnySelect = (
        select(
            Offer.id,
            Offer.slug,
            Offer.title_fa,
            Offer.title_en,
            Offer.state,
            Offer.festival_toman,
            guest.id,
            guest.name_fa,
            guest.name_en,
        )
        .outerjoin(GuestOffer, GuestOffer.offer_id == Offer.id)
        .outerjoin(Hosting, Hosting.id == GuestOffer.hosting_id)
        .outerjoin(guest, guest.id == Hosting.guest_id)
        .where(Offer.store_id == host_id)
        .order_by(Offer.state.in_(list(NAMEABLE)).desc(), guest.id.is_(None), Offer.id.desc())
        .limit(most)
    )
    return [OfferOfHost(*row) for row in db.session.execute(query)]
