"""The sums of one day, counted from the rows themselves. Whatever is kept must equal what this gives."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import RowMapping, and_, case, distinct, func, or_, select

from marketplace.catalog.models import Category
from marketplace.core.dates import day_begins
from marketplace.core.db import db
from marketplace.festival.models import Offer
from marketplace.orders.models import HygieneKit, OrderLine, StoreOrder
from marketplace.stats.models import Source
from marketplace.stats.names import Cases, Trade
from marketplace.stores.record_models import RecordCase
from marketplace.stores.standing import Fact

WHOLE = ""
Sums = dict[tuple[str, str], int]
"""(dim, name) -> value, without zeros."""


def bounds(day: date) -> tuple[datetime, datetime]:
    """A day in Tehran as half-open moments."""
    return day_begins(day), day_begins(day + timedelta(days=1))


def count_day(source: Source, day: date, at: datetime) -> Sums:
    """The sums of a day; `at` decides which clocks of complaints have ended. At most two statements."""
    return count_trade(day) if source is Source.trade else count_cases(day, at)


def count_trade(day: date) -> Sums:
    """Of the store orders paid on a day."""
    begins, ends = bounds(day)
    paid = (StoreOrder.paid_at >= begins, StoreOrder.paid_at < ends)
    sums: Sums = {}
    worth = select(
        Category.slug,
        func.sum(OrderLine.quantity * OrderLine.unit_toman).label(Trade.goods_toman),
        func.sum(OrderLine.quantity * OrderLine.reference_toman).label(Trade.reference_toman),
        func.sum(OrderLine.quantity).label(Trade.pieces),
        func.count(distinct(StoreOrder.id)).label(Trade.parts),
    )
    joined = (
        worth.join(Offer, Offer.category_id == Category.id)
        .join(OrderLine, OrderLine.offer_id == Offer.id)
        .join(StoreOrder, StoreOrder.id == OrderLine.store_order_id)
    )
    for row in db.session.execute(joined.where(*paid).group_by(Category.slug)).mappings():
        _add(sums, row["slug"], row)
    whole = (
        select(
            func.count(distinct(StoreOrder.order_id)).label(Trade.orders),
            func.count().label(Trade.store_orders),
            func.sum(StoreOrder.goods_toman).label(Trade.goods_toman),
            func.sum(StoreOrder.reference_goods_toman).label(Trade.reference_toman),
            func.sum(StoreOrder.shipping_toman).label(Trade.shipping_toman),
            func.sum(case((StoreOrder.borne_toman > 0, 1), else_=0)).label(Trade.free_shippings),
            func.sum(StoreOrder.borne_toman).label(Trade.borne_toman),
            func.count(HygieneKit.id).label(Trade.kits),
            func.sum(StoreOrder.refunded_goods_toman).label(Trade.refunded_toman),
            func.sum(StoreOrder.entries).label(Trade.entries),
        )
        .outerjoin(
            HygieneKit,
            and_(HygieneKit.store_order_id == StoreOrder.id, HygieneKit.ticked_at.is_not(None)),
        )
        .where(*paid)
    )
    _add(sums, WHOLE, db.session.execute(whole).mappings().one())
    return sums


def count_cases(day: date, at: datetime) -> Sums:
    """Of the complaints filed on a day, by kind. The deadline itself is in time."""
    begins, ends = bounds(day)
    c = RecordCase
    is_aside = or_(
        c.withdrawn_at.is_not(None),
        func.coalesce(c.ruling, "").in_((Fact.unfounded, Fact.duplicate, Fact.referred)),
        and_(c.is_outside, func.coalesce(c.ruling, "") != Fact.admitted),
    )
    is_open = c.answered_at.is_(None)
    told = {
        Cases.filed: ~is_aside,
        Cases.in_time: and_(~is_aside, c.answered_at <= c.due_at),
        Cases.late: and_(~is_aside, c.answered_at > c.due_at),
        Cases.unanswered: and_(~is_aside, is_open, c.due_at < at),
        Cases.running: and_(~is_aside, is_open, c.due_at >= at),
        Cases.settled: and_(~is_aside, ~is_open, c.evaluation == Fact.solved, c.review.is_(None)),
        Cases.solved: and_(~is_aside, c.evaluation == Fact.solved),
        Cases.not_solved: and_(~is_aside, c.evaluation == Fact.not_solved),
        Cases.set_aside: is_aside,
    }
    columns = [func.sum(case((test, 1), else_=0)).label(name) for name, test in told.items()]
    query = select(c.category, *columns).where(c.filed_at >= begins, c.filed_at < ends).group_by(c.category)
    sums: Sums = {}
    for row in db.session.execute(query).mappings():
        _add(sums, str(row["category"]), row)
    return sums


def _add(sums: Sums, dim: str, row: RowMapping) -> None:
    """The columns of a row that are sums of something."""
    for name, value in row.items():
        if isinstance(value, int) or str(value or "").isdecimal():
            number = int(str(value))
            if number:
                sums[dim, str(name)] = number
