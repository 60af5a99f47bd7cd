"""Lists narrowed by what is the store's: the same whether its admission is remembered or asked, and of now."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.festival.models import Offer
from marketplace.policy.models import Province
from marketplace.policy.policy import Policy
from marketplace.storefront import shelf
from marketplace.storefront.filters import Filters, Sort
from marketplace.storefront.shelf import list_cards
from marketplace.stores.models import Seal, Store
from tests.factories import AT, World, change, writing
from tests.remembering import remembering
from tests.worlds import database, the_world  # noqa: F401

FIRST = Policy()
ASKED = [
    Filters(province=province, stars=stars, sort=sort, min_discount=discount)
    for province in ("تهران", "Isfahan", "Gilan", "آتلانتیس", None)
    for stars in (None, 0, 4, 5)
    for discount in (None, 16)
    for sort in (Sort.popular, Sort.price, Sort.discount, Sort.newest)
]


def listed(w: World, filters: Filters) -> list[int]:
    """Page after page of three."""
    ids, cursor = [], None
    while True:
        page = list_cards(filters, w.festival.id, FIRST, AT, cursor=cursor, limit=3)
        ids += [card.id for card in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return ids


def test_remembered_or_asked_a_list_of_a_province_and_of_stars_is_the_same(ctx: Any, app: Any) -> None:
    w = the_world()
    with writing():
        for seal, stars in zip(db.session.scalars(select(Seal).order_by(Seal.id)), (5, 4, 2), strict=False):
            seal.stars = stars
    found = []
    with app.test_request_context():
        for filters in ASKED:
            db.session.rollback()
            asked = listed(w, filters)
            with remembering():
                assert listed(w, filters) == asked, filters
            found.append(len(asked))
    assert len(set(found)) > 3


def test_a_store_that_moved_or_lost_a_star_is_in_the_next_list_as_it_is_now(ctx: Any, app: Any) -> None:
    w = the_world()
    with app.test_request_context():
        store = db.session.scalars(select(Store).join(Offer, Offer.store_id == Store.id)).first()
        assert store is not None
        seal = db.session.scalars(select(Seal).where(Seal.store_id == store.id)).one()
        change(seal, stars=5)
        other = db.session.scalars(select(Province).where(Province.id != store.province_id)).first()
        assert other is not None
        there = Filters(province=other.name_en)
        starred = Filters(stars=5)
        with remembering():
            before, shining = listed(w, there), listed(w, starred)
        change(store, province_id=other.id)
        change(seal, stars=1)
        with remembering():
            assert set(listed(w, there)) > set(before)
            assert set(listed(w, starred)) < set(shining)


def test_no_store_or_seal_is_joined_where_the_admitted_are_known(ctx: Any, app: Any) -> None:
    w = the_world()
    shelf._queries.clear()
    with app.test_request_context(), remembering():
        listed(w, Filters(province="Tehran", stars=1, min_discount=16))
    texts = [written.text for query in shelf._queries.values() for written in query._written.values()]
    assert texts
    assert not [text for text in texts if "JOIN seals" in text or "stores.province_id" in text]
