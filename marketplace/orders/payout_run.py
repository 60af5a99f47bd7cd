"""What a store can be paid now, and the run that proposes it for all stores at once.

Due is what was settled; what it owes is netted first; the net of every settled store order on which a hold stands is
kept back, and everything while the store's seal is suspended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from marketplace.core.clock import tehran
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.ledger.chart import store_payable, store_receivable
from marketplace.ledger.models import LedgerAccount
from marketplace.ledger.transfers import balance, free_balance
from marketplace.orders.models import HoldReason, PayoutHold, StoreOrder
from marketplace.orders.settlement_models import SettlementLine
from marketplace.orders.statements import net_debts, week_end
from marketplace.payments.payout_models import PayoutAccount
from marketplace.payments.payout_queries import has_open_batch, last_proposed_at, payable_accounts
from marketplace.payments.payouts import PayoutWish, propose_batch
from marketplace.payments.shopper_transfers import waiting_transfers, waits_too_long
from marketplace.policy.policy import policy_at
from marketplace.stores.models import Seal, SealState


@dataclass(frozen=True, slots=True)
class Outlook:
    """What stands on a store's account in toman: due, owed, kept back by holds, already in a payout, and what a payout
    made now would bring. `reasons` are those of the holds, `is_suspended` that of the seal."""

    due_toman: int
    owed_toman: int
    held_toman: int
    in_payout_toman: int
    payable_toman: int
    reasons: tuple[HoldReason, ...]
    is_suspended: bool


def outlook(store_id: int) -> Outlook:
    """What a store can be paid now, and why not more."""
    due, owed = balance(store_payable(store_id)), balance(store_receivable(store_id))
    free = free_balance(store_payable(store_id))
    held, reasons = _held(store_id)
    is_suspended = store_id in suspended_stores()
    payable = 0 if is_suspended else max(free - owed - held, 0)
    return Outlook(due, owed, min(held, free), due - free, payable, reasons, is_suspended)


def propose_payouts(at: datetime) -> int:
    """Proposes one batch of payouts for every store that can be paid enough, and for every shopper who waits for a
    transfer; gives their number. While a batch waits to be signed or sent there is no other.
    """
    if has_open_batch() or not (waiting_transfers() or _something_is_due()):
        return 0
    with unit_of_work():
        return propose_now(at)


def propose_now(at: datetime) -> int:
    """The same inside a unit of the caller's."""
    if has_open_batch():
        return 0
    least = policy_at(at).payout_least_toman
    suspended, wishes = suspended_stores(), []
    for account in payable_accounts(at):
        amount = 0 if account.store_id in suspended else _payable_now(account, at)
        if amount >= least:
            wishes.append(PayoutWish(account, amount))
    transfers = waiting_transfers()
    propose_batch(wishes, at, transfers)
    return len(wishes) + len(transfers)


def propose_transfers(at: datetime) -> int:
    """Proposes a batch for shoppers alone, when one has waited for most of a day; gives their number."""
    if has_open_batch() or not waits_too_long(at):
        return 0
    with unit_of_work():
        transfers = () if has_open_batch() else waiting_transfers()
        propose_batch((), at, transfers)
    return len(transfers)


def weekly_payouts(at: datetime) -> int:
    """Proposes the week's payouts once its statements are written, in between what shoppers wait for; a sweep. The
    office may propose at any time."""
    last = last_proposed_at()
    if last is not None and tehran(last).date() >= week_end(at):
        return propose_transfers(at)
    return propose_payouts(at)


def suspended_stores() -> frozenset[int]:
    """Stores whose seal is suspended: nothing is paid out to them."""
    return frozenset(db.session.scalars(select(Seal.store_id).where(Seal.state == SealState.suspended)))


def _payable_now(account: PayoutAccount, at: datetime) -> int:
    store_id = account.store_id
    net_debts(store_id, f"payout-run:{store_id}:{at.isoformat()}", at)
    held, _ = _held(store_id)
    return max(free_balance(store_payable(store_id)) - balance(store_receivable(store_id)) - held, 0)


def _held(store_id: int) -> tuple[int, tuple[HoldReason, ...]]:
    standing = (
        select(PayoutHold.store_order_id)
        .join(StoreOrder, StoreOrder.id == PayoutHold.store_order_id)
        .where(StoreOrder.store_id == store_id, PayoutHold.held_until.is_(None))
    )
    reasons = db.session.scalars(
        select(PayoutHold.reason).where(
            PayoutHold.store_order_id.in_(standing), PayoutHold.held_until.is_(None)
        )
    )
    amount = db.session.scalar(
        select(func.coalesce(func.sum(SettlementLine.net_toman), 0)).where(
            SettlementLine.store_order_id.in_(standing)
        )
    )
    return int(amount or 0), tuple(sorted(set(reasons)))


def _something_is_due() -> bool:
    of = LedgerAccount
    return (
        db.session.scalar(
            select(of.id)
            .where(
                of.name.like("store_payable:%"), of.credits_toman - of.debits_toman - of.held_debits_toman > 0
            )
            .limit(1)
        )
        is not None
    )
