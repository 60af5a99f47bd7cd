"""Lists walk an index in the order in which they are shown; nothing is sorted after the fact."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, func, select, text

from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.admission import VISIBLE
from marketplace.festival.models import Offer
from marketplace.orders.models import StoreOrder
from marketplace.oversight import pledge_page, shipping
from marketplace.oversight.watch_models import CheckMark
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


@pytest.mark.databases("sqlite")
def test_the_pledges_read_neither_all_orders_nor_all_of_a_store(ctx):
    """A million store orders would be walked for the few that wait for the sweep, or that left late."""
    with unit_of_work():
        db.session.add(CheckMark(name=shipping.NAME, reached_at=AT, store_order_id=1))
    [waiting] = [
        plan for sql, plan in plans_of(lambda: shipping.pending_by_store(AT)) if "store_orders" in sql
    ]
    assert any("ix_store_orders_paid_at" in step for step in waiting), waiting
    [late] = [plan for _, plan in plans_of(lambda: pledge_page._late_orders(1, AT))]
    assert any("ix_store_orders_late" in step for step in late), late
    assert not any("TEMP B-TREE" in step for step in late), late


@pytest.mark.databases("sqlite")
def test_a_walk_through_all_orders_is_noticed(ctx):
    """As the sum over stores was read before: in the order of an index that holds every order there ever was."""
    of = StoreOrder
    query = select(of.store_id, func.count()).where(of.paid_at >= AT).group_by(of.store_id)
    [(_, plan)] = plans_of(lambda: db.session.execute(query))
    assert not any("ix_store_orders_paid_at" in step for step in plan), plan


def plans_of(read: Callable[[], object]) -> list[tuple[str, list[str]]]:
    """What a function selects, and by which steps SQLite answers each."""
    seen: list[tuple[str, Any]] = []

    def heard(conn, cursor, statement, parameters, context, many) -> None:
        seen.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", heard)
    try:
        read()
    finally:
        event.remove(db.engine, "before_cursor_execute", heard)
    ask = db.session.connection().exec_driver_sql
    return [
        (statement, [row[3] for row in ask("EXPLAIN QUERY PLAN " + statement, parameters)])
        for statement, parameters in seen
        if statement.startswith("SELECT")
    ]


def plan_of(query) -> list[str]:
    """The steps by which SQLite would answer."""
    known = query.params(festival=1, at=AT)
    sql = str(known.compile(dialect=db.engine.dialect, compile_kwargs={"render_postcompile": True}))
    return [row[3] for row in db.session.execute(text("EXPLAIN QUERY PLAN " + sql.replace("?", "1")))]
