"""Reading wishes."""

from __future__ import annotations

from sqlalchemy import exists, func, select

from marketplace.core.db import db
from marketplace.core.paging import Page, decode_cursor, page_of
from marketplace.festival.models import Offer, OfferState
from marketplace.reviews.models import Wish
from marketplace.reviews.shown import WishShown
from marketplace.reviews.wording import offer_path, word
from marketplace.stores.models import Store


def has_wish(person_id: int, offer_id: int) -> bool:
    """Whether an offer is on a person's list."""
    return bool(
        db.session.scalar(select(exists().where(Wish.person_id == person_id, Wish.offer_id == offer_id)))
    )


def wish_count(person_id: int) -> int:
    """How many offers are on a person's list."""
    return db.session.scalar(select(func.count()).where(Wish.person_id == person_id)) or 0


def wishes_of(person_id: int, cursor: str | None = None, limit: int = 24) -> Page[WishShown]:
    """A person's wishes, the newest first, with what became of their offers; one statement."""
    query = (
        select(Wish, Offer, Store.name_fa, Store.name_en)
        .join(Offer, Offer.id == Wish.offer_id)
        .join(Store, Store.id == Offer.store_id)
        .where(Wish.person_id == person_id)
    )
    after = decode_cursor(cursor, (int,))
    if after is not None:
        query = query.where(Wish.id < after[0])
    rows = db.session.execute(query.order_by(Wish.id.desc()).limit(limit + 1)).all()
    page = page_of(rows, limit, lambda row: (row.Wish.id,))
    shown = [
        WishShown(
            row.Offer.id,
            word(row.Offer.title_fa, row.Offer.title_en),
            offer_path(row.Offer.id, row.Offer.slug),
            word(row.name_fa, row.name_en),
            row.Offer.picture_key,
            row.Wish.seen_toman,
            row.Offer.festival_toman,
            row.Offer.left_count,
            row.Offer.state in (OfferState.approved, OfferState.live),
            row.Wish.tells_price,
            row.Wish.tells_stock,
            row.Wish.wished_at,
        )
        for row in page.items
    ]
    return Page(shown, page.next_cursor)
