"""Settling closed store orders: from what is held to what the store is due, the fund's share aside; each once.

In batches of a bounded size, each a unit of its own, so that a run over any number needs the same memory, can be
stopped anywhere and goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, insert, select
from sqlalchemy.orm import aliased

from marketplace.core.audit import SYSTEM, record
from marketplace.core.db import AnyRow, AnySelect, db, is_sqlite
from marketplace.core.events import publish
from marketplace.core.money import permille_of
from marketplace.core.unit_of_work import unit_of_work
from marketplace.ledger.chart import (
    GUARANTEE_FUND,
    Account,
    store_held,
    store_payable,
    store_receivable,
)
from marketplace.ledger.models import LedgerAccount, Step, Transfer
from marketplace.ledger.transfers import Posting, lock_accounts, post_transfers
from marketplace.orders.events import StoresSettled
from marketplace.orders.models import StoreOrder, StoreOrderState
from marketplace.orders.settlement_models import SettlementLine
from marketplace.policy.policy import Policy, policy_at

BATCH = 500
Progress = Callable[[int], None]


def settle_closed_store_orders(at: datetime, *, batch: int = BATCH, progress: Progress | None = None) -> int:
    """Settles every closed store order that is not settled yet; gives their number.

    `progress` is told the number of each batch. Ended anywhere, the next call does the rest, and only that.
    """
    settled, after = 0, 0
    while True:
        with unit_of_work():
            count, after = settle_batch(after, batch, at)
        if not count:
            return settled
        settled += count
        if progress is not None:
            progress(count)


def settle_batch(after: int, limit: int, at: datetime) -> tuple[int, int]:
    """Settles up to `limit` closed store orders with ids above `after`; gives (how many, the last id)."""
    parts = _unsettled(after, limit)
    if not parts:
        return 0, after
    stores = {part.store_id for part in parts}
    lock_accounts(GUARANTEE_FUND, *map(store_held, stores), *map(store_payable, stores))
    held = held_by_part([part.id for part in parts])
    policy = policy_at(at)
    lines = [_line(part, held.get(part.id, 0), policy, at) for part in parts]
    post_transfers([posting for line in lines for posting in _postings(line)], at)
    db.session.execute(insert(SettlementLine), lines)
    total = sum(line["net_toman"] for line in lines)
    first, last = parts[0].id, parts[-1].id
    record(
        SYSTEM, "settle_store_orders", f"store-orders:{first}-{last}", at, count=len(parts), net_toman=total
    )
    publish(StoresSettled(tuple(sorted(stores)), at))
    return len(parts), last


def unsettled_count() -> int:
    """How many closed store orders wait for their settlement."""
    return db.session.scalar(select(func.count()).select_from(_waiting().subquery())) or 0


def account_to_take_from(store_order_id: int, store_id: int) -> Account:
    """Where money of a store order is taken from when it goes back: what is held, or, once settled, the store's debt.

    Lock the store order first: it decides between this and its settlement.
    """
    is_settled = db.session.scalar(
        select(SettlementLine.id).where(SettlementLine.store_order_id == store_order_id)
    )
    return store_held(store_id) if is_settled is None else store_receivable(store_id)


def held_by_part(store_order_ids: Sequence[int]) -> dict[int, int]:
    """Toman that lie on `store_held` for each of these store orders, by their transfers; in one statement."""
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    subjects = {f"store-order:{number}": number for number in store_order_ids}
    into = case((credit.name.like("store_held:%"), Transfer.amount_toman), else_=0)
    out = case((debit.name.like("store_held:%"), Transfer.amount_toman), else_=0)
    rows = db.session.execute(
        select(Transfer.subject, func.sum(into - out).label("held"))
        .join(debit, debit.id == Transfer.debit_account_id)
        .join(credit, credit.id == Transfer.credit_account_id)
        .where(Transfer.subject.in_(subjects), Transfer.step.in_((Step.single, Step.post)))
        .group_by(Transfer.subject)
    )
    return {subjects[row.subject]: int(row.held) for row in rows}


def _waiting() -> AnySelect:
    return (
        select(StoreOrder.id)
        .outerjoin(SettlementLine, SettlementLine.store_order_id == StoreOrder.id)
        .where(StoreOrder.state == StoreOrderState.closed, SettlementLine.id.is_(None))
    )


def _unsettled(after: int, limit: int) -> Sequence[AnyRow]:
    """The next closed ones, locked against refunds where the database has row locks."""
    query = (
        select(
            StoreOrder.id,
            StoreOrder.store_id,
            StoreOrder.reference_goods_toman,
            StoreOrder.goods_toman,
            StoreOrder.shipping_toman,
            StoreOrder.borne_toman,
        )
        .where(
            StoreOrder.id.in_(_waiting().where(StoreOrder.id > after).order_by(StoreOrder.id).limit(limit))
        )
        .order_by(StoreOrder.id)
    )
    return db.session.execute(query if is_sqlite() else query.with_for_update()).all()


def _line(part: AnyRow, held: int, policy: Policy, at: datetime) -> dict[str, Any]:
    """The fund's share is of the goods that stand, whatever was paid for shipping."""
    fund = permille_of(max(held - part.shipping_toman, 0), policy.fund_contribution_permille)
    return {
        "store_order_id": part.id,
        "store_id": part.store_id,
        "reference_toman": part.reference_goods_toman,
        "goods_toman": part.goods_toman,
        "shipping_toman": part.shipping_toman,
        "borne_toman": part.borne_toman,
        "refunded_toman": part.goods_toman + part.shipping_toman - held,
        "fund_toman": fund,
        "net_toman": held - fund,
        "settled_at": at,
    }


def _postings(line: dict[str, Any]) -> list[Posting]:
    subject, held = f"store-order:{line['store_order_id']}", store_held(line["store_id"])
    wanted = (
        ("fund", GUARANTEE_FUND, line["fund_toman"], "fund_contribution"),
        ("payable", store_payable(line["store_id"]), line["net_toman"], "settled"),
    )
    return [
        Posting(f"{subject}:settle:{name}", held, account, amount, code, subject)
        for name, account, amount, code in wanted
        if amount
    ]
