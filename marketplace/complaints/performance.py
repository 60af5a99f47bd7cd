"""A store's performance record: computed from its complaints, orders, visits and marks, and kept until it changes.

What is kept is what would be computed: a page reads the kept figures while they are good, else it computes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from persiantools.jdatetime import JalaliDate
from sqlalchemy import and_, case, exists, func, or_, select

from marketplace.core.dates import day_begins
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Offer
from marketplace.inspections.models import Finding
from marketplace.orders.models import StoreOrder, StoreOrderState
from marketplace.policy.policy import policy_at
from marketplace.stores.models import Store
from marketplace.stores.record import (
    Period,
    as_document,
    figures,
    has_enough_data,
    months,
    months_before,
    orders_band,
    percentile,
)
from marketplace.stores.record_models import RecordCase, RecordMark, RecordRow, StoreRecord
from marketplace.stores.record_rows import cases_of_store, keep_record, version_of
from marketplace.stores.standing import Case, CountRules, next_change_at, standing

DELIVERED = (
    StoreOrderState.delivered,
    StoreOrderState.closed,
    StoreOrderState.part_returned,
    StoreOrderState.returned,
)
KEPT_FOR = timedelta(hours=1)
LEAST_PEERS = 5
BATCH = 50


def record_of(store_id: int, at: datetime) -> dict[str, Any]:
    """The record as a document: the kept one while it is good, else computed now."""
    kept = db.session.scalar(select(StoreRecord).where(StoreRecord.store_id == store_id))
    if kept is not None and kept.computed_at <= at < kept.good_until and kept.version == version_of(store_id):
        return kept.figures
    return compute_record(store_id, at)[0]


def compute_record(
    store_id: int, at: datetime, cases: Sequence[Case] | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(document, columns to keep beside it): everything from the rows there are, nothing from what was kept."""
    policy = policy_at(at)
    rules = CountRules.of(policy)
    lives = cases_of_store(store_id) if cases is None else cases
    found = standing(lives, rules, at)
    periods = {period: figures(lives, period, rules, at) for period in Period}
    orders = _orders(store_id)
    whole = periods[Period.whole]
    is_enough = has_enough_data(orders, whole.closed, policy.record_least_orders, policy.record_least_closed)
    by_month = _orders_by_month(store_id, at)
    document = {
        "as_of": at.isoformat(),
        "orders_band": list(orders_band(orders)),
        "has_enough_data": is_enough,
        "periods": {period.value: as_document(one) for period, one in periods.items()},
        "months": [
            {
                "month": month.key,
                "in_time": month.in_time,
                "late": month.late,
                "unanswered": month.unanswered,
                "running": month.running,
                "orders": by_month.get(month.key, 0),
            }
            for month in months(lives, at)
        ],
        "counted": found.counted,
        "warn_from": rules.warn_from,
        "limit": rules.limit,
        "next_drop_out_at": found.next_drop_out_at.isoformat() if found.next_drop_out_at else None,
        "statuses": dict(Counter(entry.status.value for entry in found.entries)),
        "stars_lost": len(found.star_losses),
        "findings": _findings(store_id),
        "marks": _marks(store_id),
    }
    judged = periods[Period.months_12].judged
    good_until = min(filter(None, (next_change_at(lives, rules, at), at + KEPT_FOR)))
    columns = {
        "store_id": store_id,
        "figures": document,
        "version": version_of(store_id),
        "lower": judged.lower if is_enough and judged.count else None,
        "closed_count": whole.closed,
        "counted": found.counted,
        "band": orders_band(orders)[0],
        "category_id": _main_category(store_id),
        "computed_at": at,
        "good_until": max(good_until, at + timedelta(microseconds=1)),
    }
    return document, columns


def refresh_records(at: datetime) -> int:
    """The sweep: computes and keeps the records that have grown old or whose rows changed. Gives their number."""
    newest = select(func.max(RecordRow.id)).where(RecordRow.store_id == Store.id).scalar_subquery()
    ids = db.session.scalars(
        select(Store.id)
        .outerjoin(StoreRecord, StoreRecord.store_id == Store.id)
        .where(
            exists().where(RecordCase.store_id == Store.id),
            or_(
                StoreRecord.id.is_(None),
                StoreRecord.good_until <= at,
                StoreRecord.computed_at > at,
                StoreRecord.version != newest,
            ),
        )
        .order_by(StoreRecord.good_until)
        .limit(BATCH)
    ).all()
    for store_id in ids:
        columns = compute_record(store_id, at)[1]
        with unit_of_work():
            keep_record(columns)
    return len(ids)


def peers_of(store_id: int, band: int) -> dict[str, int | None]:
    """The middle score of stores of the same size and main category, and how many they are; of the same size alone
    where they are fewer than five; none where those are."""
    category = _main_category(store_id)
    shared = and_(StoreRecord.band == band, StoreRecord.lower.is_not(None), StoreRecord.store_id != store_id)
    for condition in (and_(shared, StoreRecord.category_id == category), shared):
        lowers = db.session.scalars(select(StoreRecord.lower).where(condition).limit(2_000)).all()
        if len(lowers) >= LEAST_PEERS:
            return {"count": len(lowers), "median": percentile([n for n in lowers if n is not None], 50)}
    return {"count": 0, "median": None}


def _orders(store_id: int) -> int:
    return (
        db.session.scalar(
            select(func.count()).where(StoreOrder.store_id == store_id, StoreOrder.state.in_(DELIVERED))
        )
        or 0
    )


def _orders_by_month(store_id: int, at: datetime) -> dict[str, int]:
    keys = months_before(at)
    starts = [_begin(key) for key in (*keys, _following(keys[-1]))]
    sums = [
        func.sum(case((and_(StoreOrder.delivered_at >= a, StoreOrder.delivered_at < b), 1), else_=0))
        for a, b in pairwise(starts)
    ]
    row = db.session.execute(
        select(*sums).where(StoreOrder.store_id == store_id, StoreOrder.state.in_(DELIVERED))
    ).one()
    return {key: count or 0 for key, count in zip(keys, row, strict=True)}


def _following(key: str) -> str:
    year, month = int(key[:4]), int(key[5:])
    return f"{year + month // 12:04d}-{month % 12 + 1:02d}"


def _begin(key: str) -> datetime:
    return day_begins(JalaliDate(int(key[:4]), int(key[5:]), 1).to_gregorian())


def _findings(store_id: int) -> dict[str, int]:
    rows = db.session.execute(
        select(Finding.severity, func.count(), func.count(Finding.cleared_at))
        .where(Finding.store_id == store_id)
        .group_by(Finding.severity)
    )
    found = {"minor": 0, "major": 0, "critical": 0, "open": 0}
    for severity, count, cleared in rows:
        found[severity.value] = count
        found["open"] += count - cleared
    return found


def _marks(store_id: int) -> dict[str, int]:
    rows = db.session.execute(
        select(RecordMark.mark, func.count()).where(RecordMark.store_id == store_id).group_by(RecordMark.mark)
    )
    return {mark.value: count for mark, count in rows}


def _main_category(store_id: int) -> int | None:
    return db.session.scalar(
        select(Offer.category_id)
        .where(Offer.store_id == store_id)
        .group_by(Offer.category_id)
        .order_by(func.count().desc(), Offer.category_id)
        .limit(1)
    )
