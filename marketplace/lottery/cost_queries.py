"""Selects of the cost of prizes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import case, func, select

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.festival.models import Application, ApplicationState, Festival
from marketplace.lottery.cost_models import (
    CostPlan,
    CostRelease,
    CostShare,
    GiftState,
    SponsorGift,
)
from marketplace.lottery.cost_rules import Terms
from marketplace.lottery.models import Draw, DrawState
from marketplace.lottery.queries import prizes_of
from marketplace.orders.models import Order, StoreOrder, StoreOrderState
from marketplace.orders.settlement_models import SettlementLine
from marketplace.policy.policy import Policy, policy_at

SHARES = (ApplicationState.approved, ApplicationState.suspended)
"""Stores that took part to the end; one that withdrew shares nothing."""
OVER = (
    StoreOrderState.closed,
    StoreOrderState.cancelled,
    StoreOrderState.unavailable_refunded,
    StoreOrderState.returned,
)


def terms_at(at: datetime) -> Terms:
    """The numbers of the rule in force at a moment."""
    policy = policy_at(at)
    return Terms(policy.cost_share_equal_percent, policy.cost_share_cap_times)


def deadline_of(draw: Draw, policy: Policy) -> datetime:
    """Until when sponsors decide whether the stores share: so many days before the live window."""
    return draw.opens_at - timedelta(days=policy.sponsor_deadline_days)


def cost_of(draw_id: int) -> int:
    """What all pieces of all prizes are worth."""
    return sum(prize.value_toman * prize.unit_count for prize in prizes_of(draw_id))


def gifts_of(draw_id: int) -> Sequence[SponsorGift]:
    return db.session.scalars(
        select(SponsorGift).where(SponsorGift.draw_id == draw_id).order_by(SponsorGift.id)
    ).all()


def lock_gift(gift_id: int) -> SponsorGift:
    """A gift's row, locked and fresh. Raises NotFound."""
    found = db.session.scalar(
        select(SponsorGift)
        .where(SponsorGift.id == gift_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("unknown_gift")
    return found


def given(draw_id: int, *states: GiftState) -> int:
    """Toman of the gifts in these states."""
    total = func.coalesce(func.sum(SponsorGift.amount_toman), 0)
    return int(
        db.session.scalar(select(total).where(SponsorGift.draw_id == draw_id, SponsorGift.state.in_(states)))
        or 0
    )


def plan_of(draw_id: int) -> CostPlan | None:
    return db.session.scalar(select(CostPlan).where(CostPlan.draw_id == draw_id))


def draws_without_plan() -> Sequence[Draw]:
    """Draws whose deadline was not looked at yet."""
    known = select(CostPlan.draw_id)
    return db.session.scalars(select(Draw).where(Draw.id.not_in(known), Draw.state != DrawState.voided)).all()


def shares_booked(draw_id: int) -> Sequence[CostShare]:
    return db.session.scalars(
        select(CostShare).where(CostShare.draw_id == draw_id).order_by(CostShare.store_id, CostShare.round)
    ).all()


def shares_of_store(store_id: int) -> Sequence[CostShare]:
    return db.session.scalars(
        select(CostShare).where(CostShare.store_id == store_id).order_by(CostShare.id.desc())
    ).all()


def releases_of(draw_id: int) -> Sequence[CostRelease]:
    return db.session.scalars(
        select(CostRelease).where(CostRelease.draw_id == draw_id).order_by(CostRelease.round)
    ).all()


def sharing_stores(festival_id: int) -> list[int]:
    """Stores of an edition that took part to the end, by id."""
    return sorted(
        db.session.scalars(
            select(Application.store_id).where(
                Application.festival_id == festival_id, Application.state.in_(SHARES)
            )
        )
    )


def net_sales(festival_id: int) -> dict[int, int]:
    """Final net sales in toman by store: goods of settled store orders of the edition, less what went back."""
    goods = SettlementLine.goods_toman - SettlementLine.refunded_toman
    total = func.sum(case((goods > 0, goods), else_=0))
    rows = db.session.execute(
        select(SettlementLine.store_id, total.label("net"))
        .join(StoreOrder, StoreOrder.id == SettlementLine.store_order_id)
        .join(Order, Order.id == StoreOrder.order_id)
        .where(Order.festival_id == festival_id)
        .group_by(SettlementLine.store_id)
    )
    return {row.store_id: int(row.net) for row in rows}


def unsettled_in(festival_id: int) -> int:
    """Paid store orders of an edition whose sum is not final yet."""
    is_settled = select(SettlementLine.store_order_id)
    is_open = StoreOrder.state.not_in(OVER) | (
        (StoreOrder.state == StoreOrderState.closed) & StoreOrder.id.not_in(is_settled)
    )
    return (
        db.session.scalar(
            select(func.count())
            .select_from(StoreOrder)
            .join(Order, Order.id == StoreOrder.order_id)
            .where(Order.festival_id == festival_id, StoreOrder.paid_at.is_not(None), is_open)
        )
        or 0
    )


def live_until(festival_id: int) -> datetime:
    return db.session.scalars(select(Festival.live_until).where(Festival.id == festival_id)).one()
