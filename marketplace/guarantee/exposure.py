"""What stands behind open protected store orders: the most that the fund might have to pay, by store and in all.

A store order is protected from its payment until its window for a claim is over (30 days after delivery or the latest
promised date); what went back to the shopper, and what is a claim already, is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, case, func, or_, select

from marketplace.core.db import AnySelect, db
from marketplace.guarantee.claim_models import Claim, ClaimState, Payer
from marketplace.guarantee.fund_rules import StoreLine, store_line
from marketplace.ledger.chart import GUARANTEE_FUND
from marketplace.ledger.transfers import free_balance
from marketplace.orders.models import StoreOrder, StoreOrderState
from marketplace.policy.policy import Policy, policy_at
from marketplace.stores.models import Store

PROTECTED = (
    StoreOrderState.paid,
    StoreOrderState.accepted,
    StoreOrderState.packed,
    StoreOrderState.part_shipped,
    StoreOrderState.shipped,
    StoreOrderState.delivered,
    StoreOrderState.part_returned,
    StoreOrderState.closed,
)
UNDECIDED = (ClaimState.filed, ClaimState.answered, ClaimState.assessed, ClaimState.appealed)
GRANTED = (ClaimState.approved, ClaimState.final, ClaimState.waiting)


@dataclass(frozen=True, slots=True)
class Exposure:
    """`toman` stands behind `count` open protected store orders."""

    toman: int
    count: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What open claims on the fund may bring at most, and how many are open."""

    toman: int
    count: int


@dataclass(frozen=True, slots=True)
class StoreExposure:
    """A store with its line."""

    slug: str
    name_fa: str
    name_en: str
    count: int
    line: StoreLine


def exposure_at(at: datetime) -> Exposure:
    """All open protected store orders. One statement over those of the last weeks."""
    row = db.session.execute(_exposure(policy_at(at), at)).one()
    return Exposure(int(row.toman or 0), int(row.number))


def exposure_of(store_id: int, at: datetime) -> Exposure:
    """Those of one store."""
    row = db.session.execute(_exposure(policy_at(at), at).where(StoreOrder.store_id == store_id)).one()
    return Exposure(int(row.toman or 0), int(row.number))


def exposures(at: datetime) -> dict[int, int]:
    """What stands behind each store's open protected orders, in toman; stores without one are missing. One
    statement."""
    rows = db.session.execute(
        _exposure(policy_at(at), at).add_columns(StoreOrder.store_id).group_by(StoreOrder.store_id)
    )
    return {row.store_id: int(row.toman or 0) for row in rows}


def stores_by_exposure(at: datetime, limit: int = 100) -> list[StoreExposure]:
    """Stores with open protected orders, the most exposed first."""
    policy, free = policy_at(at), free_balance(GUARANTEE_FUND)
    sums = _exposure(policy, at).add_columns(StoreOrder.store_id).group_by(StoreOrder.store_id).subquery()
    rows = db.session.execute(
        select(Store.slug, Store.name_fa, Store.name_en, sums.c.toman, sums.c.number)
        .join(sums, sums.c.store_id == Store.id)
        .order_by(sums.c.toman.desc(), Store.id)
        .limit(limit)
    )
    return [
        StoreExposure(
            row.slug, row.name_fa, row.name_en, row.number, store_line(int(row.toman or 0), free, policy)
        )
        for row in rows
    ]


def asked_at(at: datetime) -> Asked:
    """Open claims on the fund: undecided ones with their cover, granted ones with what is not reserved yet."""
    of, policy = Claim, policy_at(at)
    toman = case(
        (of.state.in_(UNDECIDED), _cover(of.loss_toman, policy)),
        (of.state.in_(GRANTED), of.approved_toman - of.reserved_toman),
        else_=0,
    )
    row = db.session.execute(
        select(func.sum(toman).label("toman"), func.count().label("number")).where(
            of.state.in_((*UNDECIDED, *GRANTED)), of.payer == Payer.fund
        )
    ).one()
    return Asked(int(row.toman or 0), int(row.number))


def _exposure(policy: Policy, at: datetime) -> AnySelect:
    of = StoreOrder
    loss = of.goods_toman - of.refunded_goods_toman + of.shipping_toman - of.refunded_shipping_toman
    return select(func.sum(_cover(loss, policy)).label("toman"), func.count().label("number")).where(
        protected_now(policy, at)
    )


def protected_now(policy: Policy, at: datetime) -> ColumnElement[bool]:
    """A condition on `StoreOrder`: the fund protects it at a moment, and no claim is about it."""
    of = StoreOrder
    window = timedelta(days=policy.claim_window_days)
    promised = at - window - timedelta(days=policy.delivered_after_days)
    is_open = or_(
        of.delivered_at > at - window,
        and_(of.delivered_at.is_(None), func.coalesce(of.ship_by_at, of.paid_at) > promised),
    )
    claimed = select(Claim.id).where(Claim.store_order_id == of.id).correlate(of).exists()
    return and_(of.state.in_(PROTECTED), of.paid_at <= at, is_open, ~claimed)


def _cover(loss: SQLColumnExpression[int], policy: Policy) -> ColumnElement[int]:
    """`fund_rules.cover_of` in SQL."""
    share = loss * policy.fund_coverage_percent // 100
    return case(
        (loss < policy.fund_least_loss_toman, 0),
        (share > policy.fund_cap_per_order_toman, policy.fund_cap_per_order_toman),
        else_=share,
    )
