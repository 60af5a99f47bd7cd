"""Free shipping, recomputed: each paid store order once, from its lines, tariffs and policy of its moment.

What a store order says of itself is not believed: goods come from the lines, tariffs from the tables, the threshold
from the policy in force when the order was placed. Where no tariff of
that moment is on record, the order's own is taken.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select, union, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import aliased

from marketplace.core.db import AnyRow, AnySelect, changed_count, db, is_sqlite
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.models import Order, OrderLine, StoreOrder
from marketplace.orders.rules import TRACKED, zone_between
from marketplace.oversight.check_sums import add_to_sums
from marketplace.oversight.rules import due_shipping
from marketplace.oversight.watch_models import CheckMark, ShippingWrong
from marketplace.policy.models import PolicyRow, Province, ShippingMethod, Tariff
from marketplace.policy.policy import Policy, policy_at
from marketplace.policy.tariffs import Rates, rates_at
from marketplace.stores.models import Store

NAME = "free_shipping"
BATCH = 1000
SETTLED = timedelta(minutes=5)
"""Payments of the last minutes may still be committed; they are looked at by the next run."""


def check_shipping(at: datetime) -> int:
    """The sweep: recomputes the next paid store orders and keeps the sums by store. Gives their number."""
    mark = db.session.execute(
        select(CheckMark.reached_at, CheckMark.store_order_id).where(CheckMark.name == NAME)
    ).first()
    rows = db.session.execute(_next(mark, at)).all()
    if not rows:
        db.session.rollback()
        return 0
    changes, known = rule_changes(), dict[int, tuple[Rates, Policy]]()
    found = [_judge(row, _rules_of(row.placed_at, changes, known)) for row in rows]
    with unit_of_work():
        if not _advance(mark, rows[-1]):
            return 0
        _keep_sums(list(zip(rows, found, strict=True)), at)
    return len(rows)


def pending_by_store(at: datetime) -> dict[int, int]:
    """Paid store orders that wait for the sweep, by store: what is left of n of n."""
    mark = db.session.execute(
        select(CheckMark.reached_at, CheckMark.store_order_id).where(CheckMark.name == NAME)
    ).first()
    # The sum keeps SQLite from walking an index in the order of stores, through every order there ever was.
    store_id = StoreOrder.store_id + 0
    query = select(store_id, func.count()).where(*_after(mark)).group_by(store_id)
    return {row[0]: row[1] for row in db.session.execute(query)}


def _after(mark: AnyRow | None) -> tuple[ColumnElement[bool], ...]:
    paid = StoreOrder.paid_at.is_not(None)
    if mark is None:
        return (paid,)
    later = or_(StoreOrder.paid_at > mark.reached_at, StoreOrder.id > mark.store_order_id)
    return StoreOrder.paid_at >= mark.reached_at, later


def _next(mark: AnyRow | None, at: datetime) -> AnySelect:
    goods = (
        select(func.sum(OrderLine.quantity * OrderLine.unit_toman))
        .where(OrderLine.store_order_id == StoreOrder.id)
        .scalar_subquery()
    )
    home, away = aliased(Province), aliased(Province)
    return (
        select(
            StoreOrder.id,
            StoreOrder.store_id,
            StoreOrder.paid_at,
            StoreOrder.shipping_method,
            StoreOrder.weight_grams,
            StoreOrder.shipping_toman,
            StoreOrder.tariff_toman,
            goods.label("goods"),
            Order.placed_at,
            home.id.label("home_id"),
            home.zone.label("home_zone"),
            away.id.label("away_id"),
            away.zone.label("away_zone"),
        )
        .join(Order, Order.id == StoreOrder.order_id)
        .join(Store, Store.id == StoreOrder.store_id)
        .join(home, home.id == Store.province_id)
        .join(away, away.id == Order.province_id)
        .where(*_after(mark), StoreOrder.paid_at <= at - SETTLED)
        .order_by(StoreOrder.paid_at, StoreOrder.id)
        .limit(BATCH)
    )


def rule_changes() -> list[datetime]:
    """Every moment from which another number or tariff held, in order: between two of them nothing changes."""
    moments = union(select(PolicyRow.effective_from), select(Tariff.effective_from)).subquery()
    return sorted(row[0] for row in db.session.execute(select(moments)))


def _rules_of(
    moment: datetime, changes: list[datetime], known: dict[int, tuple[Rates, Policy]]
) -> tuple[Rates, Policy]:
    stretch = bisect_right(changes, moment)
    if stretch not in known:
        known[stretch] = rates_at(moment), policy_at(moment)
    return known[stretch]


def _judge(row: AnyRow, rules: tuple[Rates, Policy]) -> tuple[bool, int]:
    """(is above the threshold, what is due) of one store order."""
    rates, policy = rules
    threshold = policy.free_shipping_above_toman
    is_free = row.goods > threshold
    if row.shipping_method is ShippingMethod.pickup:
        return is_free, 0
    zone = zone_between(row.home_id, row.home_zone, row.away_id, row.away_zone)
    prices = {
        method: rates[method, zone].price(row.weight_grams)
        for method in ShippingMethod
        if (method, zone) in rates
    }
    tariff = prices.get(row.shipping_method, row.tariff_toman)
    cheapest = min((price for method, price in prices.items() if method in TRACKED), default=row.tariff_toman)
    return is_free, due_shipping(row.goods, tariff, cheapest, threshold)


def _keep_sums(judged: list[tuple[AnyRow, tuple[bool, int]]], at: datetime) -> None:
    insert = insert_sqlite if is_sqlite() else insert_postgresql
    sums: dict[int, list[int]] = {}
    wrong: list[dict[str, object]] = []
    for row, (is_free, due) in judged:
        sum_of = sums.setdefault(row.store_id, [0, 0, 0])
        is_wrong = row.shipping_toman != due
        sum_of[0] += 1
        sum_of[1] += is_free
        sum_of[2] += is_wrong
        if is_wrong:
            wrong.append(
                {
                    "store_id": row.store_id,
                    "store_order_id": row.id,
                    "charged_toman": row.shipping_toman,
                    "due_toman": due,
                    "found_at": at,
                }
            )
    if wrong:
        once = insert(ShippingWrong).on_conflict_do_nothing(index_elements=["store_order_id"])
        db.session.execute(once, wrong)
    add_to_sums(
        {
            store_id: {"checked_count": checked, "free_count": free, "wrong_count": wrong_count}
            for store_id, (checked, free, wrong_count) in sums.items()
        }
    )


def _advance(mark: AnyRow | None, last: AnyRow) -> bool:
    """Moves the mark on from where it was read; False when another run did so meanwhile."""
    values = {"reached_at": last.paid_at, "store_order_id": last.id}
    if mark is None:
        insert = insert_sqlite if is_sqlite() else insert_postgresql
        new = insert(CheckMark).values(name=NAME, **values)
        kept = new.on_conflict_do_nothing(index_elements=["name"]).returning(CheckMark.id)
        return db.session.scalar(kept) is not None
    moved = (
        update(CheckMark)
        .where(
            CheckMark.name == NAME,
            CheckMark.reached_at == mark.reached_at,
            CheckMark.store_order_id == mark.store_order_id,
        )
        .values(**values)
    )
    return changed_count(moved) == 1
