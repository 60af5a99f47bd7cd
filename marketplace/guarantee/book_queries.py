"""Reading the book and what stands behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import aliased

from marketplace.core.db import db
from marketplace.guarantee.book_lines import DayKind, Head, Line, LineKind, Move
from marketplace.guarantee.book_models import FundDay, FundLine
from marketplace.ledger.chart import GUARANTEE_FUND, pattern_of
from marketplace.ledger.models import LedgerAccount, Transfer


def head() -> Head:
    """Where the book ends now."""
    row = db.session.scalar(select(FundLine).order_by(FundLine.number.desc()).limit(1))
    return line_of_row(row).head if row is not None else Head()


def free_in_book() -> int | None:
    """What may still be promised, by the last line; None for an empty book."""
    last = head()
    return last.balance_toman - last.reserved_toman if last.number else None


def moves_after(last: Head, limit: int | None = None, until: int | None = None) -> Iterator[Move]:
    """Transfers that touch the fund and are not in the book, in the order of their ids."""
    fund = db.session.scalar(select(LedgerAccount.id).where(LedgerAccount.name == GUARANTEE_FUND.name))
    if fund is None:
        return
    debit, credit, hold = aliased(LedgerAccount), aliased(LedgerAccount), aliased(Transfer)
    is_in = Transfer.credit_account_id == fund
    query = (
        select(
            Transfer,
            is_in.label("is_in"),
            case((is_in, debit.name), else_=credit.name).label("name"),
            hold.amount_toman.label("held"),
        )
        .join(debit, debit.id == Transfer.debit_account_id)
        .join(credit, credit.id == Transfer.credit_account_id)
        .outerjoin(hold, hold.id == Transfer.hold_id)
        .where(Transfer.id > last.transfer_id, or_(is_in, Transfer.debit_account_id == fund))
        .order_by(Transfer.id)
        .limit(limit)
        .execution_options(yield_per=1_000)
    )
    if until is not None:
        query = query.where(Transfer.id <= until)
    for row in db.session.execute(query):
        t = row.Transfer
        yield Move(
            t.id,
            t.step,
            bool(row.is_in),
            pattern_of(row.name),
            t.code,
            t.amount_toman,
            row.held or 0,
            t.subject,
            t.posted_at,
        )


def sums_by_day(since: date | None = None) -> list[DayKind]:
    """Sums of the lines by day and kind."""
    of = FundLine
    query = select(
        of.day_on,
        of.kind,
        func.sum(of.change_toman).label("change"),
        func.sum(of.reserved_change_toman).label("reserved"),
        func.sum(of.count).label("number"),
    ).group_by(of.day_on, of.kind)
    if since is not None:
        query = query.where(of.day_on >= since)
    return [
        DayKind(row.day_on, LineKind(row.kind), int(row.change), int(row.reserved), int(row.number))
        for row in db.session.execute(query)
    ]


def sums_by_kind() -> dict[LineKind, tuple[int, int]]:
    """(toman, number of transfers) of every kind since the book began; what left is negative."""
    of = FundLine
    rows = db.session.execute(
        select(of.kind, func.sum(of.change_toman).label("change"), func.sum(of.count).label("n")).group_by(
            of.kind
        )
    )
    return {LineKind(row.kind): (int(row.change), int(row.n)) for row in rows}


def lines_before(
    number: int | None, kinds: Sequence[LineKind] = (), limit: int | None = None
) -> Sequence[FundLine]:
    """Lines, the newest first, below a number, of some kinds."""
    query = select(FundLine).order_by(FundLine.number.desc()).limit(limit)
    if number is not None:
        query = query.where(FundLine.number < number)
    if kinds:
        query = query.where(FundLine.kind.in_(kinds))
    return db.session.scalars(query).all()


def all_lines() -> Iterator[Line]:
    """The whole book from its first line, one at a time."""
    rows = db.session.scalars(select(FundLine).order_by(FundLine.number).execution_options(yield_per=1_000))
    for row in rows:
        yield line_of_row(row)


def days_since(first: date | None = None) -> Sequence[FundDay]:
    """Days of the book, the oldest first."""
    query = select(FundDay).order_by(FundDay.day_on)
    if first is not None:
        query = query.where(FundDay.day_on >= first)
    return db.session.scalars(query).all()


def newest_days(limit: int) -> Sequence[FundDay]:
    """The last days of the book, the oldest of them first."""
    rows = db.session.scalars(select(FundDay).order_by(FundDay.day_on.desc()).limit(limit)).all()
    return rows[::-1]


def line_of_row(row: FundLine) -> Line:
    """A row as the pure line that it is."""
    names = Line.__slots__
    return Line(**{name: getattr(row, name) for name in names})
