"""What must hold in the book at any moment, as named checks; each gives the rows that break it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import case, func, select, union_all

from marketplace.core.audit import broken_entries
from marketplace.core.db import db
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


def audit_chain_is_whole() -> Iterator[str]:
    """Every audit entry seals the one before."""
    for entry_id in broken_entries():
        yield f"audit entry {entry_id}"


CHECKS = {
    "books_sum_to_zero": books_sum_to_zero,
    "balances_equal_transfers": balances_equal_transfers,
    "no_limited_account_below_zero": no_limited_account_below_zero,
    "audit_chain_is_whole": audit_chain_is_whole,
}
