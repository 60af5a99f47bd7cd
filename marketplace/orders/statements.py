"""Weekly statements: what moved on a store's account since the last one, summed from its lines and the ledger.

A statement is a cut through the book: the store's two accounts are locked, so that everything posted before is seen
and everything after belongs to the next. It is written once and never changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import aliased

from marketplace.core.audit import SYSTEM, record
from marketplace.core.clock import tehran
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.ledger.chart import store_payable, store_receivable
from marketplace.ledger.models import LedgerAccount, Step, Transfer
from marketplace.ledger.transfers import balance, free_balance, lock_accounts, post_transfer
from marketplace.orders.settlement_models import SettlementLine, Statement
from marketplace.orders.statement_notices import tell_statement

STORES_A_UNIT = 50
COLUMN_OF = {
    "store_held": "settled",
    "prize_pool": "lottery",
    "guarantee_fund": "recourse",
    "insurer": "recourse",
    "shopper_refundable": "late_refunded",
    "gateway_clearing": "late_refunded",
}
"""Which sum of a statement a movement belongs to, by the account on its other side; the rest is `other`."""


def week_end(at: datetime) -> date:
    """The Saturday with which the present week of Tehran began: statements run until its first moment."""
    day = tehran(at).date()
    return day - timedelta(days=(day.weekday() + 2) % 7)


def write_statements(at: datetime, *, progress: Callable[[int], None] | None = None) -> int:
    """Writes the statement of the week that ended for every store whose account moved since its last one.

    Gives the number written. Safe to repeat: a store has one statement a week.
    """
    until, written = week_end(at), 0
    stores = _stores_to_do(until)
    db.session.rollback()
    for start in range(0, len(stores), STORES_A_UNIT):
        chunk = stores[start : start + STORES_A_UNIT]
        with unit_of_work():
            new = [found for store_id in chunk if (found := write_statement(store_id, until, at)) is not None]
            if new:
                record(SYSTEM, "write_statements", f"statements:{new[0].id}-{new[-1].id}", at, count=len(new))
        written += len(new)
        if progress is not None:
            progress(len(chunk))
    return written


def write_statement(store_id: int, until: date, at: datetime) -> Statement | None:
    """Nets what the store owes and writes its statement; None when there is one for this week or nothing moved."""
    payable, receivable = store_payable(store_id), store_receivable(store_id)
    lock_accounts(payable, receivable)
    last = last_statement(store_id)
    if last is not None and last.until_on >= until:
        return None
    net_debts(store_id, f"statement:{store_id}:{until.isoformat()}", at)
    sums, last_transfer = _movements(store_id, last.last_transfer_id if last else 0)
    lines = _lines(store_id, last.last_line_id if last else 0)
    if last_transfer is None and not lines["line_count"]:
        return None
    opening = last.closing_toman if last else 0
    settled = sums.pop("settled", 0)
    named = lines["goods_toman"] + lines["shipping_toman"] - lines["refunded_toman"] - lines["fund_toman"]
    statement = Statement(
        store_id=store_id,
        number=last.number + 1 if last else 1,
        until_on=until,
        made_at=at,
        last_transfer_id=last_transfer or (last.last_transfer_id if last else 0),
        opening_toman=opening,
        lottery_toman=-sums.get("lottery", 0),
        recourse_toman=-sums.get("recourse", 0),
        late_refunded_toman=-sums.get("late_refunded", 0),
        paid_out_toman=-sums.get("paid_out", 0),
        returned_toman=sums.get("returned", 0),
        other_toman=sums.get("other", 0) + settled - named,
        closing_toman=opening + settled + sum(sums.values()),
        **{**lines, "last_line_id": lines["last_line_id"] or (last.last_line_id if last else 0)},
    )
    db.session.add(statement)
    db.session.flush()
    tell_statement(statement)
    return statement


def net_debts(store_id: int, key: str, at: datetime) -> int:
    """Takes what a store owes from what it is due, as far as that reaches; gives the amount. Inside a unit."""
    amount = min(free_balance(store_payable(store_id)), balance(store_receivable(store_id)))
    if amount > 0:
        post_transfer(
            key=f"{key}:net",
            debit=store_payable(store_id),
            credit=store_receivable(store_id),
            amount_toman=amount,
            code="netted",
            subject=f"store:{store_id}",
            at=at,
        )
    return max(amount, 0)


def store_balance(store_id: int) -> int:
    """What a store is due less what it owes; below zero it owes more."""
    return balance(store_payable(store_id)) - balance(store_receivable(store_id))


def last_statement(store_id: int) -> Statement | None:
    """A store's newest statement."""
    return db.session.scalar(
        select(Statement).where(Statement.store_id == store_id).order_by(Statement.number.desc()).limit(1)
    )


def _stores_to_do(until: date) -> Sequence[int]:
    """Stores with an account of either kind and no statement for this week, in the order of their ids."""
    done = set(db.session.scalars(select(Statement.store_id).where(Statement.until_on >= until)))
    names = db.session.scalars(
        select(LedgerAccount.name).where(
            or_(LedgerAccount.name.like("store_payable:%"), LedgerAccount.name.like("store_receivable:%"))
        )
    )
    return sorted({int(name.partition(":")[2]) for name in names} - done)


def _lines(store_id: int, after: int) -> dict[str, int]:
    of = SettlementLine
    row = db.session.execute(
        select(
            func.count().label("line_count"),
            func.coalesce(func.max(of.id), 0).label("last_line_id"),
            *(
                func.coalesce(func.sum(getattr(of, name)), 0).label(name)
                for name in (
                    "reference_toman",
                    "goods_toman",
                    "shipping_toman",
                    "borne_toman",
                    "refunded_toman",
                    "fund_toman",
                )
            ),
        ).where(of.store_id == store_id, of.id > after)
    ).one()
    return {name: int(value) for name, value in row._mapping.items()}


def _movements(store_id: int, after: int) -> tuple[dict[str, int], int | None]:
    """(sums by the statement's column, positive in the store's favour; the last transfer's id or None)."""
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    names = (store_payable(store_id).name, store_receivable(store_id).name)
    ours = list(db.session.scalars(select(LedgerAccount.id).where(LedgerAccount.name.in_(names))))
    is_debit, is_credit = Transfer.debit_account_id.in_(ours), Transfer.credit_account_id.in_(ours)
    other = case((is_debit, credit.name), else_=debit.name)
    rows = db.session.execute(
        select(
            other.label("other"),
            is_debit.label("is_debit"),
            func.sum(Transfer.amount_toman).label("toman"),
            func.max(Transfer.id).label("last"),
        )
        .join(debit, debit.id == Transfer.debit_account_id)
        .join(credit, credit.id == Transfer.credit_account_id)
        .where(
            Transfer.id > after,
            Transfer.step.in_((Step.single, Step.post)),
            or_(is_debit, is_credit),
            ~(is_debit & is_credit),
        )
        .group_by(other, is_debit)
    ).all()
    sums: dict[str, int] = {}
    for row in rows:
        kind = row.other.partition(":")[0]
        column = COLUMN_OF.get(kind, "other")
        if kind == "payouts_in_flight":
            column = "paid_out" if row.is_debit else "returned"
        sums[column] = sums.get(column, 0) + int(-row.toman if row.is_debit else row.toman)
    return sums, max((int(row.last) for row in rows), default=None)
