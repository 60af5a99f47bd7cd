"""Writing the public book: what moved in the ledger since its last line, and the sums of the days it touched.

The fund's account is locked while lines are made, so that every transfer that can be seen is all there is up to its id:
nothing is written twice and nothing is passed over. Lines are never changed; days are sums of lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta

from sqlalchemy import insert, select

from marketplace.core.clock import tehran
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.guarantee.book_lines import Day, Line, LineKind, Opening, days_of, kind_of, lines_of
from marketplace.guarantee.book_models import FundDay, FundLine
from marketplace.guarantee.book_queries import head, moves_after, sums_by_day
from marketplace.guarantee.exposure import asked_at, exposure_at
from marketplace.guarantee.fund_rules import expected_of
from marketplace.ledger.chart import GUARANTEE_FUND
from marketplace.ledger.transfers import lock_accounts
from marketplace.policy.policy import policy_at

BATCH = 5_000
HOUR = timedelta(hours=1)


def write_book(at: datetime, *, batch: int = BATCH) -> int:
    """Writes what moved into the book and brings its days up to date; gives the number of lines. A sweep.

    Shares of settled store orders alone wait for a full hour or the day's end, so that they make few lines.
    """
    if not _is_due(at):
        return 0
    written = 0
    while True:
        with unit_of_work():
            count, is_all = _write_batch(batch, at)
        written += count
        if is_all:
            return written


def measure_exposure(at: datetime) -> int:
    """Notes in the day of now what stands behind open orders and what open claims may bring. A sweep; 0 before the book
    has a day."""
    with unit_of_work():
        lock_accounts(GUARANTEE_FUND)
        today = db.session.scalar(select(FundDay).where(FundDay.day_on == tehran(at).date()))
        if today is None:
            return 0
        exposure, asked, policy = exposure_at(at), asked_at(at), policy_at(at)
        today.exposure_toman, today.protected_count = exposure.toman, exposure.count
        today.asked_toman, today.open_claim_count = asked.toman, asked.count
        today.expected_toman = expected_of(asked.toman, exposure.toman, policy)
        today.computed_at = at
    return 1


def _is_due(at: datetime) -> bool:
    """Whether something waits that is told at once, or an hour of contributions, or a day without its row."""
    last = head()
    waiting = list(moves_after(last, BATCH))
    newest = db.session.scalar(select(FundDay).order_by(FundDay.day_on.desc()).limit(1))
    db.session.rollback()
    if newest is None:
        return bool(waiting)
    if newest.day_on < tehran(at).date():
        return True
    if any(kind_of(move) is not LineKind.contribution for move in waiting) or len(waiting) == BATCH:
        return True
    return bool(waiting) and at - waiting[0].at >= HOUR


def _write_batch(limit: int, at: datetime) -> tuple[int, bool]:
    lock_accounts(GUARANTEE_FUND)
    last = head()
    moves = list(moves_after(last, limit))
    lines = lines_of(moves, last)
    if lines:
        db.session.execute(insert(FundLine), [asdict(line) for line in lines])
    _write_days(lines, at)
    return len(lines), len(moves) < limit


def _write_days(lines: Sequence[Line], at: datetime) -> None:
    """Sums the days anew from the first that was touched; those between without a line keep the sums before them."""
    today = tehran(at).date()
    before = db.session.scalar(select(FundDay).order_by(FundDay.day_on.desc()).limit(1))
    touched = [line.day_on for line in lines] + ([before.day_on + timedelta(days=1)] if before else [])
    if not touched:
        return
    first = min(min(touched), today) if before else min(touched)
    opening = _opening(first)
    since = opening.day_on - timedelta(days=1)
    known = {row.day_on: row for row in db.session.scalars(select(FundDay).where(FundDay.day_on >= since))}
    for day in days_of(sums_by_day(opening.day_on), opening, today):
        row = known.get(day.day_on)
        if row is None:
            row = known[day.day_on] = FundDay(
                day_on=day.day_on, **_expectation(known.get(day.day_on - timedelta(days=1)))
            )
            db.session.add(row)
        _fill(row, day, at)
    db.session.flush()


def _opening(first: date) -> Opening:
    row = db.session.scalar(
        select(FundDay).where(FundDay.day_on < first).order_by(FundDay.day_on.desc()).limit(1)
    )
    if row is None:
        return Opening(first)
    return Opening(row.day_on + timedelta(days=1), row.balance_toman, row.reserved_toman)


def _expectation(before: FundDay | None) -> dict[str, int]:
    """A new day begins with what the day before expected, until it is measured."""
    names = ("exposure_toman", "protected_count", "asked_toman", "expected_toman", "open_claim_count")
    return {name: getattr(before, name) if before else 0 for name in names}


def _fill(row: FundDay, day: Day, at: datetime) -> None:
    row.balance_toman, row.reserved_toman, row.free_toman = (
        day.balance_toman,
        day.reserved_toman,
        day.free_toman,
    )
    row.contributed_toman = day.of(LineKind.contribution)
    row.given_toman = day.of(LineKind.gift)
    row.assessed_toman = day.of(LineKind.assessment)
    row.recovered_toman = day.of(LineKind.recovered)
    row.paid_toman, row.lost_toman = day.paid_toman, day.lost_toman
    row.computed_at = at
