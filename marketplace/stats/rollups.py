"""Keeping the sums up to date: days that were touched are summed again, one day in one unit of work.

Triggers of the database leave a row for each change. A day's rows are taken away first and the day counted after that
in the same unit, so that a change which commits in between leaves its own row standing and the day is counted again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from sqlalchemy import delete, func, insert, select, text, update

from marketplace.core.clock import tehran
from marketplace.core.db import changed_count, db, is_sqlite
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.models import StoreOrder
from marketplace.stats.counting import WHOLE, Sums, bounds, count_day
from marketplace.stats.models import Figure, FigureChange, FigureMark, Source
from marketplace.stats.names import Trade
from marketplace.stores.moving import first_unsettled
from marketplace.stores.record_models import RecordCase

MOST_DAYS = 400
REFRESH_LOCK = 7_302
LONG_AGO = datetime(1980, 1, 1, tzinfo=UTC)


def refresh_figures(at: datetime) -> int:
    """A sweep: sums every touched day again, and the days of complaints whose clock ended since the last look. It waits
    while a pause is moving deadlines: until then it is not written whose clock has ended."""
    if first_unsettled() is not None:
        return 0
    _note_ended_clocks(at)
    done = 0
    while done < MOST_DAYS and (found := _next_change()) is not None:
        source, day = found
        with unit_of_work():
            _take_turn()
            _sum_again(source, day, at)
        done += 1
    return done


def _take_turn() -> None:
    """One at a time: two that counted the same day would both write it."""
    if not is_sqlite():
        db.session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": REFRESH_LOCK})


def _next_change() -> tuple[Source, date] | None:
    db.session.rollback()
    row = db.session.execute(
        select(FigureChange.source, FigureChange.falls_at).order_by(FigureChange.id).limit(1)
    ).first()
    return None if row is None else (row.source, tehran(row.falls_at).date())


def _sum_again(source: Source, day: date, at: datetime) -> None:
    begins, ends = bounds(day)
    db.session.execute(
        delete(FigureChange).where(
            FigureChange.source == source, FigureChange.falls_at >= begins, FigureChange.falls_at < ends
        )
    )
    db.session.execute(delete(Figure).where(Figure.source == source, Figure.day_on == day))
    rows = [
        {"source": source, "day_on": day, "dim": dim, "name": name, "value": value}
        for (dim, name), value in count_day(source, day, _looked_until(source, at)).items()
    ]
    if rows:
        db.session.execute(insert(Figure), rows)
    _mark(source, at, changed_at=at)


def _note_ended_clocks(at: datetime) -> None:
    """A clock that ends changes no row, but what the row means."""
    since = db.session.scalar(select(FigureMark.looked_until).where(FigureMark.source == Source.cases))
    if since is not None and since >= at:
        return
    ended = select(RecordCase.filed_at).where(
        RecordCase.answered_at.is_(None), RecordCase.due_at >= (since or LONG_AGO), RecordCase.due_at < at
    )
    moments = list(db.session.scalars(ended))
    if not moments and since is not None and (at - since).total_seconds() < 60:
        return
    with unit_of_work():
        _take_turn()
        if moments:
            db.session.execute(
                insert(FigureChange), [{"source": Source.cases, "falls_at": m} for m in moments]
            )
        _mark(Source.cases, at, looked_until=at)


def _looked_until(source: Source, at: datetime) -> datetime:
    """The moment by which clocks are judged: one for all days, so that the sums fit each other."""
    found = db.session.scalar(select(FigureMark.looked_until).where(FigureMark.source == source))
    return found or at


def _mark(source: Source, at: datetime, **values: datetime) -> None:
    if not changed_count(update(FigureMark).where(FigureMark.source == source).values(**values)):
        db.session.execute(
            insert(FigureMark).values(**{"source": source, "looked_until": at, "changed_at": at, **values})
        )


def figures_are_whole() -> Iterator[str]:
    """The kept sums of each day that waits for nothing equal a recount of its rows."""
    waiting = {
        (row.source, tehran(row.falls_at).date())
        for row in db.session.execute(select(FigureChange.source, FigureChange.falls_at).distinct())
    }
    kept: dict[tuple[Source, date], Sums] = {}
    for row in db.session.execute(
        select(Figure.source, Figure.day_on, Figure.dim, Figure.name, Figure.value)
    ):
        kept.setdefault((row.source, row.day_on), {})[row.dim, row.name] = row.value
    marks = {
        row.source: row.looked_until
        for row in db.session.execute(select(FigureMark.source, FigureMark.looked_until))
    }
    yield from _forgotten({source for source, _ in waiting}, kept)
    for source, day in sorted(kept.keys() - waiting):
        counted = count_day(source, day, marks[source])
        if counted != kept[source, day]:
            names = sorted({*counted.items()} ^ {*kept[source, day].items()})
            yield f"figures of {source.value} on {day}: {names[:3]}"


def _forgotten(waiting: set[Source], kept: dict[tuple[Source, date], Sums]) -> Iterator[str]:
    """Store orders of which no day knows: a trigger is gone."""
    told = sum(sums.get((WHOLE, Trade.store_orders), 0) for (s, _), sums in kept.items() if s is Source.trade)
    there = select(func.count()).select_from(StoreOrder).where(StoreOrder.paid_at.is_not(None))
    if Source.trade not in waiting and (counted := db.session.scalar(there)) != told:
        yield f"{counted} store orders were paid, the figures know of {told}"


def waiting_count() -> int:
    """Changes that are not in the sums yet."""
    return db.session.scalar(select(func.count()).select_from(FigureChange)) or 0


CHECKS = {"figures_are_whole": figures_are_whole}
