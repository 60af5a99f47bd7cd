"""What must hold of the fund's book at any moment."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.guarantee.book_lines import Head, LineKind, Opening, broken_line, days_of, effect_of
from marketplace.guarantee.book_models import FundDay, FundMonth, FundMonthLine
from marketplace.guarantee.book_queries import all_lines, days_since, head, moves_after, sums_by_day
from marketplace.ledger.chart import GUARANTEE_FUND
from marketplace.ledger.models import LedgerAccount


def fund_book_equals_ledger() -> Iterator[str]:
    """The book's sums, and what is not in it yet, are what stands and what is held on the fund's account."""
    last = head()
    effects = [effect_of(move) for move in moves_after(last)]
    account = db.session.execute(
        select(
            LedgerAccount.credits_toman - LedgerAccount.debits_toman, LedgerAccount.held_debits_toman
        ).where(LedgerAccount.name == GUARANTEE_FUND.name)
    ).first()
    stands = (int(account[0]), int(account[1])) if account else (0, 0)
    told = (
        last.balance_toman + sum(change for change, _ in effects),
        last.reserved_toman + sum(reserved for _, reserved in effects),
    )
    if told != stands:
        yield f"the book tells {told[0]} and {told[1]} reserved, the ledger {stands[0]} and {stands[1]}"
    behind = [effect_of(move) for move in moves_after(Head(), until=last.transfer_id)]
    summed = (sum(change for change, _ in behind), sum(reserved for _, reserved in behind))
    if summed != (last.balance_toman, last.reserved_toman):
        yield f"line {last.number} tells {last.balance_toman}, the transfers behind it {summed[0]}"


def fund_book_is_sealed() -> Iterator[str]:
    """Every line of the book follows from the one before, digest and sums."""
    broken = broken_line(all_lines())
    if broken is not None:
        yield f"line {broken}"


def fund_days_are_their_lines() -> Iterator[str]:
    """Each day of the book is the sum of its lines."""
    days = days_since()
    if not days:
        return
    wanted = days_of(sums_by_day(), Opening(days[0].day_on), days[-1].day_on)
    if len(wanted) != len(days):
        yield f"{len(days)} days, the lines make {len(wanted)}"
    for row, day in zip(days, wanted, strict=False):
        if _told(row) != (
            day.day_on,
            day.balance_toman,
            day.reserved_toman,
            day.of(LineKind.contribution),
            day.of(LineKind.gift),
            day.of(LineKind.assessment),
            day.of(LineKind.recovered),
            day.paid_toman,
            day.lost_toman,
        ):
            yield f"{row.day_on}: {_told(row)}"


def fund_months_are_their_lines() -> Iterator[str]:
    """A month's end gave what its claims got, and each part of it was taken aside once."""
    of = FundMonthLine
    sums = (
        select(
            of.fund_month_id,
            func.sum(of.given_toman).label("given"),
            func.sum(of.carried_toman).label("carried"),
        )
        .group_by(of.fund_month_id)
        .subquery()
    )
    for row in db.session.execute(
        select(FundMonth.month)
        .outerjoin(sums, sums.c.fund_month_id == FundMonth.id)
        .where(
            (FundMonth.given_toman != func.coalesce(sums.c.given, 0))
            | (FundMonth.carried_toman != func.coalesce(sums.c.carried, 0))
        )
    ):
        yield f"month {row.month}"


def _told(row: FundDay) -> tuple[object, ...]:
    return (
        row.day_on,
        row.balance_toman,
        row.reserved_toman,
        row.contributed_toman,
        row.given_toman,
        row.assessed_toman,
        row.recovered_toman,
        row.paid_toman,
        row.lost_toman,
    )


CHECKS = {
    "fund_book_equals_ledger": fund_book_equals_ledger,
    "fund_book_is_sealed": fund_book_is_sealed,
    "fund_days_are_their_lines": fund_days_are_their_lines,
    "fund_months_are_their_lines": fund_months_are_their_lines,
}
