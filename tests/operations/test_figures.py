"""The kept sums equal a recount of the rows, whatever happened to them and in whatever order they were looked at."""

from __future__ import annotations

import os
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import select, text

from marketplace.core.clock import tehran
from marketplace.core.db import db
from marketplace.core.unit_of_work import count_queries, unit_of_work
from marketplace.orders.models import (
    HygieneKit,
    Order,
    OrderLine,
    OrderState,
    StockState,
    StoreOrder,
    StoreOrderState,
)
from marketplace.stats.models import Figure, FigureChange, Source
from marketplace.stats.page import show_stats
from marketplace.stats.rollups import figures_are_whole, refresh_figures
from marketplace.stores.record_models import RecordCase
from marketplace.stores.record_rows import Filing, add_fact, file_in_record
from marketplace.stores.standing import Category, Fact
from tests.factories import AT, number, world
from tests.factories.buying import broken_invariants, paid, parts_of
from tests.factories.rows import writing
from tests.fakes.gateway import MemoryGateway, use_gateway

ROUNDS = int(os.environ.get("ROUNDS") or 1)
DAYS = st.integers(0, 3)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("sell"), DAYS, st.integers(0, 5), st.integers(1, 4)),
        st.tuples(st.just("pack"), st.integers(0, 20)),
        st.tuples(st.just("give_back"), st.integers(0, 20), st.integers(0, 99)),
        st.tuples(st.just("complain"), DAYS, st.sampled_from(list(Category))),
        st.tuples(
            st.just("judge"),
            st.integers(0, 20),
            st.sampled_from([Fact.answered, Fact.solved, Fact.not_solved, Fact.unfounded, Fact.withdrawn]),
            st.integers(0, 200),
        ),
        st.tuples(st.just("wait"), st.integers(1, 300)),
        st.tuples(st.just("look")),
    ),
    max_size=25,
)


class Bazaar:
    """Sells, packs, gives back and complains by plain rows; keeps nothing in mind but the hour."""

    def __init__(self, small):
        self.small, self.at = small, AT

    def sell(self, day, which, quantity):
        offer, moment = self.small.offers[which], AT + timedelta(days=day, minutes=number() % 1440)
        goods = offer.festival_toman * quantity
        free = goods > 100_000
        with writing():
            order = Order(
                number=f"F{number()}",
                person_id=self.small.shopper.id,
                festival_id=self.small.festival.id,
                submission_key=f"f{number()}",
                state=OrderState.paid,
                receiver="x",
                receiver_mobile="09120000000",
                province_id=self.small.provinces[0].id,
                city="x",
                address_line="x",
                postal_code="1111111111",
                goods_toman=goods,
                shipping_toman=0 if free else 30_000,
                total_toman=goods + (0 if free else 30_000),
                placed_at=moment,
                hold_until=moment,
                paid_at=moment,
            )
            db.session.add(order)
            db.session.flush()
            part = StoreOrder(
                order_id=order.id,
                store_id=offer.store_id,
                state=StoreOrderState.paid,
                stock=StockState.sold,
                goods_toman=goods,
                reference_goods_toman=goods,
                weight_grams=1,
                shipping_method="pishtaz",
                tariff_toman=30_000,
                borne_toman=30_000 if free else 0,
                shipping_toman=0 if free else 30_000,
                free_above_toman=100_000,
                entries=1,
                paid_at=moment,
            )
            db.session.add(part)
            db.session.flush()
            db.session.add(HygieneKit(store_order_id=part.id))
            db.session.add(
                OrderLine(
                    store_order_id=part.id,
                    offer_id=offer.id,
                    title_fa="x",
                    title_en="x",
                    quantity=quantity,
                    unit_toman=offer.festival_toman,
                    reference_toman=offer.reference_toman,
                )
            )

    def pack(self, which):
        if part := self._one(StoreOrder, which):
            with unit_of_work():
                kit = db.session.scalars(select(HygieneKit).where(HygieneKit.store_order_id == part)).one()
                kit.ticked_at, kit.ticked_by_id = self.at, self.small.shopper.id

    def give_back(self, which, share):
        if part := self._one(StoreOrder, which):
            with unit_of_work():
                row = db.session.get_one(StoreOrder, part)
                row.refunded_goods_toman = row.goods_toman * share // 100

    def complain(self, day, category):
        filed = AT + timedelta(days=day, minutes=number() % 1440)
        with unit_of_work():
            file_in_record(Filing(f"F{number()}", self.small.stores[0].id, category, 168), filed)

    def judge(self, which, fact, hours):
        if case := self._one(RecordCase, which):
            with unit_of_work():
                row = db.session.get_one(RecordCase, case)
                add_fact(row.complaint, fact, row.filed_at + timedelta(hours=hours))

    def wait(self, hours):
        self.at += timedelta(hours=hours)

    def look(self):
        refresh_figures(self.at)

    def _one(self, model, which):
        db.session.rollback()
        ids = list(db.session.scalars(select(model.id).order_by(model.id)))
        return ids[which % len(ids)] if ids else None


def _recounted(at):
    """The sums by a walk over the rows in Python, which knows nothing of the statements that keep them."""
    db.session.rollback()
    sums = Counter()
    lines = {row.store_order_id: row for row in db.session.scalars(select(OrderLine))}
    kits = {row.store_order_id: row for row in db.session.scalars(select(HygieneKit))}
    slugs = dict(
        db.session.execute(
            text("SELECT o.id, c.slug FROM offers o JOIN categories c ON c.id = o.category_id")
        ).all()
    )
    for part in db.session.scalars(select(StoreOrder)):
        day, line = tehran(part.paid_at).date(), lines[part.id]
        worth = {
            "goods_toman": line.quantity * line.unit_toman,
            "reference_toman": line.quantity * line.reference_toman,
            "pieces": line.quantity,
            "parts": 1,
        }
        whole = {
            "orders": 1,
            "store_orders": 1,
            "goods_toman": part.goods_toman,
            "reference_toman": part.reference_goods_toman,
            "shipping_toman": part.shipping_toman,
            "free_shippings": int(part.borne_toman > 0),
            "borne_toman": part.borne_toman,
            "kits": int(kits[part.id].ticked_at is not None),
            "refunded_toman": part.refunded_goods_toman,
            "entries": part.entries,
        }
        for dim, values in ((slugs[line.offer_id], worth), ("", whole)):
            for name, value in values.items():
                sums["trade", day, dim, name] += value
    for case in db.session.scalars(select(RecordCase)):
        day, dim = tehran(case.filed_at).date(), case.category.value
        if case.withdrawn_at or case.ruling in (Fact.unfounded, Fact.duplicate, Fact.referred):
            sums["cases", day, dim, "set_aside"] += 1
            continue
        is_answered = case.answered_at is not None
        told = {
            "filed": True,
            "in_time": is_answered and case.answered_at <= case.due_at,
            "late": is_answered and case.answered_at > case.due_at,
            "unanswered": not is_answered and case.due_at < at,
            "running": not is_answered and case.due_at >= at,
            "settled": is_answered and case.evaluation is Fact.solved and case.review is None,
            "solved": case.evaluation is Fact.solved,
            "not_solved": case.evaluation is Fact.not_solved,
        }
        for name, is_so in told.items():
            sums["cases", day, dim, name] += int(is_so)
    return {key: value for key, value in sums.items() if value}


def _kept():
    db.session.rollback()
    return {(f.source.value, f.day_on, f.dim, f.name): f.value for f in db.session.scalars(select(Figure))}


@pytest.fixture
def bazaar(ctx, at):
    return Bazaar(world(at))


def test_kept_sums_equal_a_recount(bazaar):
    @given(ACTS)
    @examples(max_examples=8 * ROUNDS, database=None)
    def whatever_happens(acts):
        for act, *how in acts:
            getattr(bazaar, act)(*how)
        refresh_figures(bazaar.at)
        assert _kept() == _recounted(bazaar.at)
        assert list(figures_are_whole()) == []

    whatever_happens()


def test_a_real_purchase_is_told_and_the_books_are_in_order(bazaar, app, at):
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    refresh_figures(at)
    small = bazaar.small
    made = paid(gateway, small.shopper, (small.soap, 2), (small.carpet, 1), at=at)
    assert db.session.scalar(select(FigureChange.id).limit(1)) is not None
    refresh_figures(at)
    with app.test_request_context("/"):
        page = show_stats(at)
    assert page.trade["orders"] == 1
    assert page.trade["store_orders"] == 2
    assert page.trade["goods_toman"] == made.goods_toman == 120_000 + 1_736_000
    assert page.trade["free_shippings"] == 2
    assert page.trade.get("kits", 0) == 0
    assert [part.state for part in parts_of(made)] == [StoreOrderState.paid] * 2
    assert broken_invariants() == {}


def test_a_changed_sum_is_named(bazaar):
    bazaar.sell(0, 0, 1)
    bazaar.look()
    with unit_of_work():
        db.session.execute(text("UPDATE figures SET value = value + 1 WHERE name = 'orders'"))
    assert "orders" in next(figures_are_whole())


def test_a_lost_trigger_is_noticed(bazaar):
    bazaar.sell(0, 0, 1)
    bazaar.look()
    with unit_of_work():
        db.session.execute(text("DELETE FROM figures"))
    assert "1 store orders were paid, the figures know of 0" in list(figures_are_whole())


def test_each_watched_table_has_its_triggers(ctx, database):
    """A table that a migration made anew loses them on SQLite: whoever does that writes them again."""
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if database.startswith("sqlite")
        else "SELECT tgname FROM pg_trigger"
    )
    there = set(db.session.scalars(text(query)))
    assert {
        "store_orders_figures_added",
        "store_orders_figures_changed",
        "record_cases_figures_added",
        "record_cases_figures_changed",
        "hygiene_kits_figures_changed",
    } <= there


@pytest.mark.databases("sqlite")
def test_the_page_asks_as_often_after_many_orders(bazaar, app):
    bazaar.sell(0, 0, 1)
    bazaar.look()
    few = _statements(app)
    for place in range(30):
        bazaar.sell(place % 3, place % 6, 1)
        bazaar.complain(place % 3, Category.other)
    bazaar.look()
    assert _statements(app) == few
    assert few <= 14


def _statements(app):
    seen = []
    db.session.rollback()
    stop = count_queries(seen)
    with app.test_request_context("/"):
        show_stats(AT)
    stop()
    return len([line for line in seen if not line.startswith(("BEGIN", "PRAGMA"))])


def test_sums_are_by_source(bazaar):
    bazaar.complain(0, Category.health)
    bazaar.look()
    assert {f.source for f in db.session.scalars(select(Figure))} == {Source.cases}
