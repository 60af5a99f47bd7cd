"""A shop on a sealed store's shelf, another that waits for an answer, and a planned change of a number."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select

from marketplace.core.clock import tehran
from marketplace.core.dates import day_begins
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.admission import ADMITTED_STORES, EDITION, FESTIVAL
from marketplace.festival.guest_models import GuestOffer
from marketplace.festival.models import Offer
from marketplace.policy.models import PolicyRow
from marketplace.stores.hosting_models import Hosting, HostingHistory, HostingState
from marketplace.stores.models import Seal, Store, StoreKind

OFFERS = 6


def load_hosting(festival_id: int, now: datetime) -> None:
    """Writes two hostings and one planned number; nothing where the festival is too small for them."""
    with unit_of_work():
        since = now - timedelta(days=20)
        hosts = db.session.scalars(
            select(Store.id)
            .where(
                Store.kind == StoreKind.online,
                Store.id.in_(ADMITTED_STORES),
                exists().where(Offer.store_id == Store.id, EDITION == FESTIVAL),
            )
            .order_by(Store.id)
            .limit(2),
            {"festival": festival_id, "at": now},
        ).all()
        guests = db.session.scalars(
            select(Store.id)
            .where(Store.kind == StoreKind.offline, Store.id.not_in(select(Seal.store_id)))
            .order_by(Store.id)
            .limit(2)
        ).all()
        for n, (host, guest) in enumerate(zip(hosts, guests, strict=False)):
            _host(host, guest, is_active=n == 0, since=since)
        _plan_number(now)


def _host(host_id: int, guest_id: int, *, is_active: bool, since: datetime) -> None:
    made = Hosting(
        host_id=host_id,
        guest_id=guest_id,
        state=HostingState.active if is_active else HostingState.proposed,
        proposed_by_store_id=guest_id,
        proposed_at=since,
        guest_accepted_at=since,
        host_accepted_at=since + timedelta(days=1) if is_active else None,
    )
    db.session.add(made)
    db.session.flush()
    steps = [(HostingState.proposed, guest_id, since)]
    if is_active:
        steps.append((HostingState.active, host_id, since + timedelta(days=1)))
        for offer_id in db.session.scalars(
            select(Offer.id).where(Offer.store_id == host_id).order_by(Offer.id).limit(OFFERS)
        ).all():
            db.session.add(GuestOffer(offer_id=offer_id, hosting_id=made.id, named_at=since))
    for state, by, at in steps:
        db.session.add(
            HostingHistory(hosting_id=made.id, state=state, by_store_id=by, actor_label="", reason="", at=at)
        )
    db.session.flush()


def _plan_number(now: datetime) -> None:
    begins = day_begins(tehran(now + timedelta(days=60)).date())
    db.session.add(
        PolicyRow(
            name="min_discount_percent",
            value=20,
            effective_from=begins,
            entered_at=now - timedelta(days=3),
            reason="مصوبه اتحادیه برای دوره بعد",
        )
    )
    db.session.flush()
