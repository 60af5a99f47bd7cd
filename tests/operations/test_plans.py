"""Lists walk an index in the order in which they are shown; nothing is sorted after the fact."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from marketplace.core.db import db
from marketplace.festival.admission import VISIBLE
from marketplace.festival.models import Offer
from marketplace.storefront.cards import card_select
from tests.factories.rows import AT

ORDERS = {
    "ix_offers_shelf_price": (Offer.festival_toman, Offer.id),
    "ix_offers_shelf_discount": (Offer.discount_percent.desc(), Offer.id.desc()),
    "ix_offers_shelf_popular": (Offer.popularity.desc(), Offer.id.desc()),
}


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("index", ORDERS)
def test_a_list_walks_its_index(ctx, index):
    plan = plan_of(card_select().where(VISIBLE).order_by(*ORDERS[index]).limit(25))
    assert any(index in step for step in plan), plan
    assert not any("TEMP B-TREE" in step for step in plan), plan


@pytest.mark.databases("sqlite")
def test_a_list_of_a_category_walks_its_index(ctx):
    query = (
        card_select()
        .where(VISIBLE, Offer.category_id == 1)
        .order_by(Offer.festival_toman, Offer.id)
        .limit(25)
    )
    plan = plan_of(query)
    assert any("ix_offers_shelf_category_price" in step for step in plan), plan
    assert not any("TEMP B-TREE" in step for step in plan), plan


@pytest.mark.databases("sqlite")
def test_an_order_without_an_index_is_noticed(ctx):
    plan = plan_of(select(Offer.id).order_by(Offer.limit_per_buyer).limit(25))
    assert any("TEMP B-TREE" in step for step in plan)


def plan_of(query) -> list[str]:
    """The steps by which SQLite would answer."""
    known = query.params(festival=1, at=AT)
    sql = str(known.compile(dialect=db.engine.dialect, compile_kwargs={"render_postcompile": True}))
    return [row[3] for row in db.session.execute(text("EXPLAIN QUERY PLAN " + sql.replace("?", "1")))]
