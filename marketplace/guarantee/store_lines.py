"""A store's line, watched: its owners are told when it changes, and while it is full its own money stands in for the
excess.

A full line stops nobody from selling. What stands behind the store's open orders above its line is kept back of what it
was settled for them, the newest first, until the line has room again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.guarantee.clawback_models import StoreLineState
from marketplace.guarantee.exposure import exposures, protected_now
from marketplace.guarantee.fund_notices import tell_line
from marketplace.guarantee.fund_rules import LineState, StoreLine, keep_back, store_line
from marketplace.ledger.chart import GUARANTEE_FUND
from marketplace.ledger.transfers import free_balance
from marketplace.orders.models import HoldReason, PayoutHold, StoreOrder
from marketplace.orders.payout_holds import hold_payout, release_payout
from marketplace.orders.settlement_models import SettlementLine
from marketplace.policy.policy import policy_at


def watch_lines(at: datetime) -> int:
    """Looks at every store's line; gives how many changed their state or what is kept back. A sweep."""
    policy, free = policy_at(at), free_balance(GUARANTEE_FUND)
    now = {store: store_line(toman, free, policy) for store, toman in exposures(at).items()}
    known = {row.store_id: row for row in db.session.scalars(select(StoreLineState))}
    due = []
    for store in sorted({*now, *known}):
        line, before = now.get(store) or store_line(0, free, policy), known.get(store)
        was_full = before is not None and before.state is LineState.full
        if line.state is LineState.full or was_full or line.state is not _state(before):
            due.append((store, line))
    db.session.rollback()
    changed = 0
    for store, line in due:
        with unit_of_work():
            changed += _watch(store, line, at)
    return changed


def _state(row: StoreLineState | None) -> LineState:
    return row.state if row is not None else LineState.free


def _watch(store_id: int, line: StoreLine, at: datetime) -> bool:
    row = db.session.scalar(select(StoreLineState).where(StoreLineState.store_id == store_id))
    before = _state(row)
    if row is None:
        row = StoreLineState(store_id=store_id, state=LineState.free, since_at=at)
        db.session.add(row)
    row.exposure_toman, row.line_toman, row.looked_at = line.exposure_toman, line.line_toman, at
    kept, is_other = _keep(store_id, max(line.exposure_toman - line.line_toman, 0), at)
    row.kept_toman = kept
    if line.state is not before:
        row.state, row.since_at = line.state, at
        tell_line(store_id, line, at)
    db.session.flush()
    return is_other or line.state is not before


def _keep(store_id: int, excess_toman: int, at: datetime) -> tuple[int, bool]:
    """Holds what is wanted and lets go what is not; gives how much is kept, and whether that changed."""
    nets = _settled(store_id, at)
    wanted = keep_back(excess_toman, [net for _, net in nets])
    keep = {order for order, _ in nets[:wanted]}
    held = set(
        db.session.scalars(
            select(PayoutHold.store_order_id)
            .join(StoreOrder, StoreOrder.id == PayoutHold.store_order_id)
            .where(
                StoreOrder.store_id == store_id,
                PayoutHold.reason == HoldReason.cover,
                PayoutHold.held_until.is_(None),
            )
        )
    )
    for order in sorted(held - keep):
        release_payout(order, f"cover:{order}", at)
    for order in sorted(keep - held):
        hold_payout(order, HoldReason.cover, f"cover:{order}", at)
    return sum(net for order, net in nets if order in keep), held != keep


def _settled(store_id: int, at: datetime) -> Sequence[tuple[int, int]]:
    """Settled store orders that the fund still protects, the newest first, with what they brought."""
    rows = db.session.execute(
        select(SettlementLine.store_order_id, SettlementLine.net_toman)
        .join(StoreOrder, StoreOrder.id == SettlementLine.store_order_id)
        .where(
            StoreOrder.store_id == store_id, protected_now(policy_at(at), at), SettlementLine.net_toman > 0
        )
        .order_by(SettlementLine.id.desc())
    )
    return [(row.store_order_id, row.net_toman) for row in rows]
