"""Messages to a store's members about its offers, put in the outbox with the decision they tell."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.festival.models import Offer
from marketplace.festival.offer_models import OfferImport
from marketplace.messages.models import Channel
from marketplace.messages.outbox import put_message
from marketplace.stores.models import StoreMember


def tell_decision(offer: Offer, template: str, at: datetime) -> None:
    """`offer_approved`, `offer_rejected`, `offer_frozen` or `offer_unfrozen`, to every member of the store."""
    for person_id in _members(offer.store_id):
        put_message(
            key=f"offer:{offer.id}:{template}:{offer.version}:{person_id}",
            person=person_id,
            channel=Channel.app,
            template=template,
            params={"title": offer.title_fa, "path": f"/panel/offers/{offer.id}"},
            subject=f"offer:{offer.id}",
            at=at,
        )


def _members(store_id: int) -> list[int]:
    return list(
        db.session.scalars(
            select(StoreMember.person_id).where(
                StoreMember.store_id == store_id, StoreMember.ended_at.is_(None)
            )
        )
    )


def tell_import(found: OfferImport, at: datetime) -> None:
    """Whoever sent a file reads what came of it."""
    if found.actor_id is None:
        return
    put_message(
        key=f"offer-import:{found.id}:over",
        person=found.actor_id,
        channel=Channel.app,
        template="offer_import_over",
        params={
            "created": found.created_count,
            "changed": found.changed_count,
            "same": found.same_count,
            "failed": found.failed_count + found.bad_count,
            "path": f"/panel/offers/imports/{found.id}",
        },
        subject=f"offer-import:{found.id}",
        at=at,
    )
