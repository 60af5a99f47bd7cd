"""Wishes: an offer that somebody keeps an eye on, and the news about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from marketplace.accounts.models import Person
from marketplace.core.db import AnyRow, db, is_sqlite
from marketplace.core.errors import Conflict, NotFound
from marketplace.festival.events import OfferRepriced, OfferRestocked
from marketplace.festival.models import Offer, OfferState
from marketplace.messages.outbox import tell
from marketplace.reviews.models import Wish

PUBLIC = (OfferState.approved, OfferState.live, OfferState.frozen, OfferState.ended)
MOST_WISHES = 200


def add_wish(person_id: int, offer_id: int, at: datetime) -> None:
    """Puts an offer on a person's list, once. Raises NotFound; Conflict above 200 wishes."""
    offer = db.session.execute(select(Offer.festival_toman, Offer.state).where(Offer.id == offer_id)).first()
    if offer is None or offer.state not in PUBLIC:
        raise NotFound("unknown_offer")
    kept = db.session.scalar(select(func.count()).where(Wish.person_id == person_id)) or 0
    if kept >= MOST_WISHES:
        raise Conflict("wishes_full")
    insert = insert_sqlite if is_sqlite() else insert_postgresql
    db.session.execute(
        insert(Wish)
        .values(
            person_id=person_id,
            offer_id=offer_id,
            seen_toman=offer.festival_toman,
            tells_price=True,
            tells_stock=True,
            wished_at=at,
        )
        .on_conflict_do_nothing(index_elements=[Wish.person_id, Wish.offer_id])
    )


def remove_wish(person_id: int, offer_id: int) -> None:
    """Takes an offer off a person's list; one that is not on it is passed over."""
    db.session.execute(delete(Wish).where(Wish.person_id == person_id, Wish.offer_id == offer_id))


def change_wish(person_id: int, offer_id: int, *, tells_price: bool, tells_stock: bool) -> None:
    """Says which news of an own wish are wanted. Raises NotFound."""
    changed = db.session.scalars(
        update(Wish)
        .where(Wish.person_id == person_id, Wish.offer_id == offer_id)
        .values(tells_price=tells_price, tells_stock=tells_stock)
        .returning(Wish.id)
    ).all()
    if not changed:
        raise NotFound()


def tell_price_drop(news: OfferRepriced) -> None:
    """Whoever wished for a price drop of this offer hears of it, once for each price."""
    if news.new_toman >= news.old_toman:
        return
    for wish in _wishes(news.offer_id, Wish.tells_price):
        tell(
            key=f"wish:{wish.id}:price:{news.new_toman}",
            person=wish.person_id,
            template="price_dropped",
            params={
                "title": wish.title_en if wish.language == "en" else wish.title_fa,
                "old_toman": news.old_toman,
                "new_toman": news.new_toman,
                "path": f"/offers/{news.offer_id}-{wish.slug}",
            },
            subject=f"offer:{news.offer_id}",
            at=news.at,
        )


def tell_restock(news: OfferRestocked) -> None:
    """Whoever waits for an offer of which nothing was left hears that it is back, once a day at most."""
    if news.left_before > 0 or news.left_count <= 0:
        return
    for wish in _wishes(news.offer_id, Wish.tells_stock):
        tell(
            key=f"wish:{wish.id}:stock:{news.at.date().isoformat()}",
            person=wish.person_id,
            template="back_in_stock",
            params={
                "title": wish.title_en if wish.language == "en" else wish.title_fa,
                "left_count": news.left_count,
                "path": f"/offers/{news.offer_id}-{wish.slug}",
            },
            subject=f"offer:{news.offer_id}",
            at=news.at,
        )


def _wishes(offer_id: int, is_wanted: Any) -> Sequence[AnyRow]:
    return db.session.execute(
        select(Wish.id, Wish.person_id, Person.language, Offer.slug, Offer.title_fa, Offer.title_en)
        .join(Person, Person.id == Wish.person_id)
        .join(Offer, Offer.id == Wish.offer_id)
        .where(Wish.offer_id == offer_id, is_wanted, Person.disabled_at.is_(None))
        .order_by(Wish.id)
    ).all()
