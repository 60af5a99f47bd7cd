"""What must hold in the book at any moment, as named checks; each gives the rows that break it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import case, func, select, union_all
from sqlalchemy.orm import aliased

from marketplace.core.audit import broken_entries
from marketplace.core.db import db
from marketplace.ledger.chart import CHART, LAWFUL, pattern_of
from marketplace.ledger.models import LedgerAccount, Step, Transfer


def books_sum_to_zero() -> Iterator[str]:
    """All debits equal all credits, posted and held."""
    row = db.session.execute(
        select(
            func.coalesce(func.sum(LedgerAccount.debits_toman - LedgerAccount.credits_toman), 0),
            func.coalesce(func.sum(LedgerAccount.held_debits_toman - LedgerAccount.held_credits_toman), 0),
        )
    ).one()
    if row[0] or row[1]:
        yield f"debits exceed credits by {row[0]} posted, {row[1]} held"


def balances_equal_transfers() -> Iterator[str]:
    """Stored totals are the sums of the transfers."""
    posted = Transfer.step.in_((Step.single, Step.post))
    amount = case((posted, Transfer.amount_toman), else_=0)
    sides = union_all(
        select(
            Transfer.debit_account_id.label("account"), amount.label("debit"), (amount * 0).label("credit")
        ),
        select(
            Transfer.credit_account_id.label("account"), (amount * 0).label("debit"), amount.label("credit")
        ),
    ).subquery()
    sums = (
        select(
            sides.c.account,
            func.sum(sides.c.debit).label("debits"),
            func.sum(sides.c.credit).label("credits"),
        )
        .group_by(sides.c.account)
        .subquery()
    )
    rows = db.session.execute(
        select(
            LedgerAccount.name,
            LedgerAccount.debits_toman,
            LedgerAccount.credits_toman,
            sums.c.debits,
            sums.c.credits,
        )
        .outerjoin(sums, sums.c.account == LedgerAccount.id)
        .where(
            (LedgerAccount.debits_toman != func.coalesce(sums.c.debits, 0))
            | (LedgerAccount.credits_toman != func.coalesce(sums.c.credits, 0))
        )
    )
    for row in rows:
        yield f"{row.name}: stored {row[1]}/{row[2]}, transfers {row.debits}/{row.credits}"


def no_limited_account_below_zero() -> Iterator[str]:
    """Limited accounts cover their holds."""
    of = LedgerAccount
    short = case(
        (of.side == "credit", of.credits_toman - of.debits_toman - of.held_debits_toman),
        else_=of.debits_toman - of.credits_toman - of.held_credits_toman,
    )
    for row in db.session.execute(select(of.name, short.label("left")).where(of.is_limited, short < 0)):
        yield f"{row.name}: {row.left}"


def holds_equal_open_holds() -> Iterator[str]:
    """What is held on an account is the sum of its holds that were neither posted nor voided."""
    ended = aliased(Transfer)
    is_open = ~select(ended.id).where(ended.hold_id == Transfer.id).exists()
    for column, total in (
        (Transfer.debit_account_id, LedgerAccount.held_debits_toman),
        (Transfer.credit_account_id, LedgerAccount.held_credits_toman),
    ):
        sums = (
            select(column.label("account"), func.sum(Transfer.amount_toman).label("held"))
            .where(Transfer.step == Step.hold, is_open)
            .group_by(column)
            .subquery()
        )
        rows = db.session.execute(
            select(LedgerAccount.name, total.label("stored"), sums.c.held)
            .outerjoin(sums, sums.c.account == LedgerAccount.id)
            .where(total != func.coalesce(sums.c.held, 0))
        )
        for row in rows:
            yield f"{row.name}: {row.stored} held, open holds {row.held or 0}"


def accounts_follow_the_chart() -> Iterator[str]:
    """Every account is one of the chart, on its side and with its limit."""
    for account in db.session.execute(
        select(LedgerAccount.name, LedgerAccount.side, LedgerAccount.is_limited)
    ):
        known = CHART.get(pattern_of(account.name))
        if known is None or known.side is not account.side or known.is_limited != account.is_limited:
            yield f"{account.name}: {account.side}, {'limited' if account.is_limited else 'not limited'}"


def transfers_follow_the_chart() -> Iterator[str]:
    """Money is moved between accounts alone between which the chart lets it move."""
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    rows = db.session.execute(
        select(debit.name.label("debit"), credit.name.label("credit"), func.count().label("n"))
        .select_from(Transfer)
        .join(debit, debit.id == Transfer.debit_account_id)
        .join(credit, credit.id == Transfer.credit_account_id)
        .group_by(debit.name, credit.name)
    )
    for row in rows:
        if (pattern_of(row.debit), pattern_of(row.credit)) not in LAWFUL:
            yield f"{row.n} transfers from {row.credit} to {row.debit}"


def audit_chain_is_whole() -> Iterator[str]:
    """Every audit entry seals the one before."""
    for entry_id in broken_entries():
        yield f"audit entry {entry_id}"


CHECKS = {
    "books_sum_to_zero": books_sum_to_zero,
    "balances_equal_transfers": balances_equal_transfers,
    "no_limited_account_below_zero": no_limited_account_below_zero,
    "holds_equal_open_holds": holds_equal_open_holds,
    "audit_chain_is_whole": audit_chain_is_whole,
}

CHART_CHECKS = {
    "accounts_follow_the_chart": accounts_follow_the_chart,
    "transfers_follow_the_chart": transfers_follow_the_chart,
}
"""Apart, since tests of the book itself move money between accounts of their own."""
