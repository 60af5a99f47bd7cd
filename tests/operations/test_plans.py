"""The statements of lists walk the index of their order, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from marketplace.core.db import db, is_sqlite
from marketplace.core.ready import Ready, _Written
from marketplace.payments import queries as payments
from marketplace.storefront import offer_page, shelf
from marketplace.storefront.admitted import Stores
from marketplace.storefront.filters import Filters, Sort, values_of
from tests.factories import AT
from tests.worlds import database, the_world  # noqa: F401

INDEXES = {
    Filters(sort=Sort.price): "ix_offers_shelf_price",
    Filters(sort=Sort.price_down): "ix_offers_shelf_price",
    Filters(sort=Sort.popular): "ix_offers_shelf_popular",
    Filters(sort=Sort.discount): "ix_offers_shelf_discount",
    Filters(sort=Sort.popular, min_toman=90_000): "ix_offers_shelf_popular",
    Filters(category="crafts", sort=Sort.price): "ix_offers_shelf_category_price",
    Filters(category="crafts", sort=Sort.popular): "ix_offers_shelf_category_popular",
    Filters(category="crafts", sort=Sort.discount): "ix_offers_shelf_category_discount",
}


def plan_of(filters: Filters, festival: int, *, is_further: bool, is_joined: bool) -> str:
    query = shelf._list_query(filters, is_further=is_further, is_joined=is_joined)
    asked: dict[str, Any] = {"festival": festival, "most": 25, "at": AT, **values_of(filters)}
    if is_further:
        asked |= {"last": 1, "value": 1}
    if not is_joined:
        asked.pop("at")
        asked["admitted"] = Stores([(1,), (2,)]).listed
    return plan(query, asked)


ALL_WAYS = ("seqscan", "bitmapscan", "sort", "incremental_sort")


def plan(query: Ready, asked: dict[str, Any], *, without: tuple[str, ...] = ALL_WAYS) -> str:
    """How the database would go about it; PostgreSQL as with many rows."""
    written = _Written(query._statement, db.engine.dialect)
    connection = db.session.connection()
    if is_sqlite():
        rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + written.text, written.filled(asked))
        return "\n".join(str(row[3]) for row in rows)
    for way in without:
        connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
    rows = connection.exec_driver_sql("EXPLAIN " + written.text, written.filled(asked))
    return "\n".join(str(row[0]) for row in rows)


@pytest.mark.parametrize("is_further", [False, True], ids=["first page", "further page"])
@pytest.mark.parametrize("is_joined", [False, True], ids=["admitted known", "admission joined"])
def test_a_list_walks_the_index_of_its_order(ctx: Any, is_joined: bool, is_further: bool) -> None:
    festival = the_world().festival.id
    for filters, index in INDEXES.items():
        plan = plan_of(filters, festival, is_further=is_further, is_joined=is_joined)
        if is_further and filters.category and not is_sqlite():
            index = "ix_offers_shelf"  # of a few rows PostgreSQL likes every order as well
        assert index in plan, (filters, plan)
        assert "Seq Scan on offers" not in plan
        assert "TEMP B-TREE" not in plan


def test_the_other_variants_of_goods_are_found_by_the_goods_and_not_among_all_of_the_edition(
    ctx: Any,
) -> None:
    found = plan(offer_page._VARIANTS, {"product": 1, "festival": the_world().festival.id})
    assert "ix_offers_state" not in found
    if is_sqlite():
        assert "ix_offers_product_id" in found


def test_others_of_the_same_category_walk_the_index_of_their_order(ctx: Any) -> None:
    listed = Stores([(1,), (2,)]).listed
    asked = {"festival": the_world().festival.id, "category": 1, "product": 1, "most": 8, "admitted": listed}
    assert "ix_offers_shelf_category_popular" in plan(offer_page._RELATED, asked)


def test_a_payment_is_found_by_its_page_and_by_what_the_gateway_calls_it(ctx: Any) -> None:
    """Each notice of the gateway asks so while it holds the turn to write."""
    the_world()
    by_page = plan(payments._BY_SESSION, {"gateway": "stripe", "session": "cs_1"})
    assert "session_id" in by_page.partition("(gateway")[2], by_page
    by_intent = plan(payments._BY_INTENT, {"gateway": "stripe", "intent": "pi_1"})
    assert "ix_payments_intent_id" in by_intent, by_intent
