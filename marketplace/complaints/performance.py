"""A store's performance record: computed from its complaints, orders, visits and marks, and kept until it changes.

What is kept is what would be computed: a page reads the kept figures while they are good, else it computes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, exists, func, or_, select, true

from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Offer
from marketplace.inspections.models import Finding
from marketplace.orders.models import StoreOrder, StoreOrderState
from marketplace.policy.policy import policy_at
from marketplace.stores.models import Store
from marketplace.stores.moving import all_pauses, first_unsettled, unsettled_lives
from marketplace.stores.record import (
    Crowd,
    Month,
    Period,
    as_document,
    figures,
    has_enough_data,
    months,
    months_before,
    orders_band,
    percentile,
)
from marketplace.stores.record_crowds import crowds_of, month_begins
from marketplace.stores.record_models import RecordCase, RecordMark, RecordRow, StoreRecord
from marketplace.stores.record_rows import cases_that_may_count, keep_records, version_of, versions_of
from marketplace.stores.standing import CountRules, Standing, may_count, standing, status_of

DELIVERED = (
    StoreOrderState.delivered,
    StoreOrderState.closed,
    StoreOrderState.part_returned,
    StoreOrderState.returned,
)
KEPT_FOR = timedelta(hours=1)
LEAST_PEERS = 5
BATCH = 50
LATER = datetime(9000, 1, 1, tzinfo=UTC)


def record_of(store_id: int, at: datetime) -> dict[str, Any]:
    """The record as a document: the kept one while it is good, else computed now."""
    kept = db.session.scalar(select(StoreRecord).where(StoreRecord.store_id == store_id))
    if kept is not None and kept.computed_at <= at < kept.good_until and kept.version == version_of(store_id):
        return kept.figures
    return compute_record(store_id, at)[0]


def compute_record(store_id: int, at: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    """(document, columns to keep beside it): everything from the rows there are, nothing from what was kept."""
    return compute_records([store_id], at)[store_id]


def compute_records(
    store_ids: Sequence[int], at: datetime
) -> dict[int, tuple[dict[str, Any], dict[str, Any]]]:
    """The same for several stores, in as many statements as for one; complaints are counted by the database."""
    policy = policy_at(at)
    rules = CountRules.of(policy)
    versions = versions_of(store_ids)  # first: a row that comes meanwhile makes these figures old, not good
    waiting = unsettled_lives(store_ids)
    crowds = crowds_of(store_ids, rules, at, waiting)
    lives = cases_that_may_count(store_ids, at, is_literal=rules.is_literal, waiting=waiting)
    categories = _main_categories(store_ids)
    orders, findings, marks = _orders(store_ids, at), _findings(store_ids), _marks(store_ids)
    made = {}
    for store_id in store_ids:
        mine = crowds[store_id]
        found = standing(lives.get(store_id, []), rules, at)
        periods = {period: figures(mine.crowds, period, rules, at, mine.timed) for period in Period}
        delivered, by_month = orders[store_id]
        closed = periods[Period.whole].closed
        is_enough = has_enough_data(delivered, closed, policy.record_least_orders, policy.record_least_closed)
        band = orders_band(delivered)
        judged = periods[Period.months_12].judged
        document = {
            "as_of": at.isoformat(),
            "orders_band": list(band),
            "has_enough_data": is_enough,
            "periods": {period.value: as_document(one) for period, one in periods.items()},
            "months": [_month(month, by_month) for month in months(mine.crowds, at)],
            "counted": found.counted,
            "warn_from": rules.warn_from,
            "limit": rules.limit,
            "next_drop_out_at": found.next_drop_out_at.isoformat() if found.next_drop_out_at else None,
            "statuses": _statuses(mine.crowds, found),
            "stars_lost": len(found.star_losses),
            "findings": findings[store_id],
            "marks": marks[store_id],
        }
        good_until = min(filter(None, (mine.next_change_at, at + KEPT_FOR)))
        columns = {
            "store_id": store_id,
            "figures": document,
            "version": versions.get(store_id, 0),
            "lower": judged.lower if is_enough and judged.count else None,
            "closed_count": closed,
            "counted": found.counted,
            "band": band[0],
            "category_id": categories.get(store_id),
            "computed_at": at,
            "good_until": max(good_until, at + timedelta(microseconds=1)),
        }
        made[store_id] = (document, columns)
    return made


def _month(month: Month, orders: Mapping[str, int]) -> dict[str, Any]:
    return {
        "month": month.key,
        "in_time": month.in_time,
        "late": month.late,
        "unanswered": month.unanswered,
        "running": month.running,
        "orders": orders.get(month.key, 0),
    }


def _statuses(crowds: Iterable[Crowd], found: Standing) -> dict[str, int]:
    """How many complaints stand where: those of the count one by one, the others by crowds."""
    counts = Counter(entry.status.value for entry in found.entries)
    for crowd in crowds:
        if not may_count(crowd.like, found.rules, found.at):
            counts[status_of(crowd.like, found.rules, found.at).value] += crowd.count
    return dict(counts)


def refresh_records(at: datetime) -> int:
    """The sweep: computes and keeps the records that have grown old or whose rows changed, of stores whose deadlines
    are all as the pauses say. Gives their number."""
    first = first_unsettled()
    is_settled = Store.id < first if first is not None else true()
    newest = select(func.max(RecordRow.id)).where(RecordRow.store_id == Store.id).scalar_subquery()
    ids = db.session.scalars(
        select(Store.id)
        .outerjoin(StoreRecord, StoreRecord.store_id == Store.id)
        .where(
            is_settled,
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
    if ids:
        pauses = all_pauses()
        made = compute_records(ids, at)
        with unit_of_work():
            if all_pauses() != pauses:
                return 0  # declared or ended meanwhile: the next look computes them by it
            keep_records([columns for _, columns in made.values()])
    return len(ids)


def peers_of(store_id: int, band: int) -> dict[str, int | None]:
    """The middle score of stores of the same size and main category, and how many they are; of the same size alone
    where they are fewer than five; none where those are."""
    category = _main_categories([store_id]).get(store_id)
    shared = and_(StoreRecord.band == band, StoreRecord.lower.is_not(None), StoreRecord.store_id != store_id)
    for condition in (and_(shared, StoreRecord.category_id == category), shared):
        lowers = db.session.scalars(select(StoreRecord.lower).where(condition).limit(2_000)).all()
        if len(lowers) >= LEAST_PEERS:
            return {"count": len(lowers), "median": percentile([n for n in lowers if n is not None], 50)}
    return {"count": 0, "median": None}


def _orders(store_ids: Sequence[int], at: datetime) -> dict[int, tuple[int, dict[str, int]]]:
    """By store: orders delivered so far, and in each of the last months."""
    keys = months_before(at)
    begins = [month_begins(key) for key in keys]
    ends = [*begins[1:], LATER]
    sums = [
        func.sum(case((and_(StoreOrder.delivered_at >= a, StoreOrder.delivered_at < b), 1), else_=0))
        for a, b in zip(begins, ends, strict=True)
    ]
    rows = db.session.execute(
        select(StoreOrder.store_id, func.count(), *sums)
        .where(StoreOrder.store_id.in_(store_ids), StoreOrder.state.in_(DELIVERED))
        .group_by(StoreOrder.store_id)
    )
    found: dict[int, tuple[int, dict[str, int]]] = {store_id: (0, {}) for store_id in store_ids}
    for store_id, count, *by_month in rows:
        found[store_id] = count, dict(zip(keys, by_month, strict=True))
    return found


def _findings(store_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    rows = db.session.execute(
        select(Finding.store_id, Finding.severity, func.count(), func.count(Finding.cleared_at))
        .where(Finding.store_id.in_(store_ids))
        .group_by(Finding.store_id, Finding.severity)
    )
    found = {store_id: {"minor": 0, "major": 0, "critical": 0, "open": 0} for store_id in store_ids}
    for store_id, severity, count, cleared in rows:
        found[store_id][severity.value] = count
        found[store_id]["open"] += count - cleared
    return found


def _marks(store_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    rows = db.session.execute(
        select(RecordMark.store_id, RecordMark.mark, func.count())
        .where(RecordMark.store_id.in_(store_ids))
        .group_by(RecordMark.store_id, RecordMark.mark)
    )
    found: dict[int, dict[str, int]] = {store_id: {} for store_id in store_ids}
    for store_id, mark, count in rows:
        found[store_id][mark.value] = count
    return found


def _main_categories(store_ids: Sequence[int]) -> dict[int, int]:
    """The category in which each store offers most; the first of several."""
    rows = db.session.execute(
        select(Offer.store_id, Offer.category_id)
        .where(Offer.store_id.in_(store_ids))
        .group_by(Offer.store_id, Offer.category_id)
        .order_by(Offer.store_id, func.count(), Offer.category_id.desc())
    )
    return {row.store_id: row.category_id for row in rows}
