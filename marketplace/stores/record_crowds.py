"""A store's complaints in crowds: those that no figure tells apart, and how many they are, counted by the database.

A record over thousands of complaints is made of some hundreds of crowds. The rules stay where they are (`standing`,
`record`): a crowd is carried by one complaint that is like all of it in everything that they look at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from persiantools.jdatetime import JalaliDate
from sqlalchemy import and_, case, func, literal, select

from marketplace.core.dates import day_begins
from marketplace.core.db import AnyRow, AnySelect, db
from marketplace.stores.moving import unsettled_lives
from marketplace.stores.record import LENGTHS, Crowd, month_of, months_before, one_by_one
from marketplace.stores.record_models import RecordCase
from marketplace.stores.standing import Case, Category, CountRules, next_change_at

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
_SHARED = (RecordCase.store_id, RecordCase.is_outside, RecordCase.ruling)
_MARKS = ("is_withdrawn", "is_answered", "is_late", "is_silent")
_EDGES = ("due_next", "silent_next", "late_next", "window_next")


@dataclass(slots=True)
class Crowds:
    """A store's complaints at a moment: told apart by everything but their minutes, and by these (`timed`, the answered
    ones). `next_change_at` is what `standing.next_change_at` says of all of them."""

    crowds: list[Crowd] = field(default_factory=list)
    timed: list[Crowd] = field(default_factory=list)
    next_change_at: datetime | None = None


def month_begins(key: str) -> datetime:
    """The first moment of a month, `1405-01`, in Tehran."""
    return day_begins(JalaliDate(int(key[:4]), int(key[5:]), 1).to_gregorian())


def month_cuts(keys: Iterable[str]) -> list[datetime]:
    """The last moments before some months: whatever was filed later lies in them."""
    return [month_begins(key) - INSTANT for key in keys]


def months_since(first: datetime, at: datetime) -> list[str]:
    """Every month from that of one moment to that of another."""
    begin, end = (int(key[:4]) * 12 + int(key[5:]) for key in (month_of(first), month_of(at)))
    return months_before(at, max(1, end - begin + 1))


def crowds_of(
    store_ids: Sequence[int],
    rules: CountRules,
    at: datetime,
    waiting: Mapping[int, list[Case]] | None = None,
) -> dict[int, Crowds]:
    """What a record looks at, by store, in three statements, however many complaints there are. Those of stores whose
    deadlines a pause is moving (`waiting`, looked up where it is not known) are taken one by one."""
    waiting = unsettled_lives(store_ids) if waiting is None else waiting
    periods = [at - length for length in LENGTHS.values() if length is not None]
    periods.append(at - timedelta(days=rules.window_days))
    cuts = [*periods, *month_cuts(months_before(at))]
    found = {store_id: Crowds() for store_id in store_ids}
    for store_id, lives in waiting.items():
        found[store_id] = _apart(lives, rules, at)
    settled = [store_id for store_id in store_ids if store_id not in waiting]
    for row in db.session.execute(_alike(RecordCase.store_id.in_(settled), rules, at, cuts)):
        mine = found[row.store_id]
        mine.crowds.append(_crowd(row, rules, at))
        mine.next_change_at = _nearest(mine.next_change_at, row, rules)
    for row in db.session.execute(_as_long(settled, at, periods)):
        like = Case(
            "",
            Category.other,
            row.filed_at,
            at,
            is_outside=row.is_outside,
            ruling=row.ruling,
            clock_minutes=row.clock_minutes,
            withdrawn_at=at if row.is_withdrawn else None,
        )
        found[row.store_id].timed.append(Crowd(like, row.how_many))
    return found


def crowds_between(store_id: int, rules: CountRules, at: datetime, cuts: Sequence[datetime]) -> list[Crowd]:
    """The complaints of a store, told apart by the cuts after which they were filed."""
    if waiting := unsettled_lives([store_id]):
        return _apart(waiting[store_id], rules, at).crowds
    return [_crowd(row, rules, at) for row in db.session.execute(_alike(_of(store_id), rules, at, cuts))]


def _apart(lives: Iterable[Case], rules: CountRules, at: datetime) -> Crowds:
    known = [case for case in lives if case.filed_at <= at]
    crowds = one_by_one(known)
    timed = [crowd for crowd in crowds if crowd.like.clock_minutes is not None]
    return Crowds(crowds, timed, next_change_at(known, rules, at))


def _of(store_id: int) -> Any:
    return RecordCase.store_id == store_id


def crowds_by_month(store_id: int, rules: CountRules, at: datetime) -> list[Crowd]:
    """The complaints of a store, told apart by the month in which they were filed."""
    first = db.session.scalar(select(func.min(RecordCase.filed_at)).where(_of(store_id)))
    return crowds_between(store_id, rules, at, month_cuts(months_since(first, at))) if first else []


def _span(cuts: Iterable[datetime]) -> Any:
    """How many of the cuts a complaint was filed after."""
    edges = sorted({LONG_AGO, *cuts})
    ends = [(RecordCase.filed_at > edge, place) for place, edge in enumerate(edges)]
    return case(*reversed(ends), else_=0).label("span")


def _alike(mine: Any, rules: CountRules, at: datetime, cuts: Sequence[datetime]) -> AnySelect:
    answered_at, due_at, filed_at = RecordCase.answered_at, RecordCase.due_at, RecordCase.filed_at
    silence, moment = timedelta(days=rules.evaluation_days), literal(at, filed_at.type)
    each = (
        select(
            *_SHARED,
            RecordCase.category,
            RecordCase.evaluation,
            RecordCase.review,
            _span(cuts),
            RecordCase.withdrawn_at.is_not(None).label("is_withdrawn"),
            answered_at.is_not(None).label("is_answered"),
            (func.coalesce(answered_at, moment) > due_at).label("is_late"),
            and_(answered_at.is_not(None), answered_at < at - silence).label("is_silent"),
            filed_at,
            case((and_(answered_at.is_(None), due_at >= at), due_at)).label("due_next"),
            case((answered_at >= at - silence, answered_at)).label("silent_next"),
            case((filed_at >= at - timedelta(days=rules.late_days), filed_at)).label("late_next"),
            case((filed_at >= at - timedelta(days=rules.window_days), filed_at)).label("window_next"),
        )
        .where(mine, filed_at <= at)
        .subquery()
    )
    names = (*(column.key for column in _SHARED), "category", "evaluation", "review", "span", *_MARKS)
    keys = [each.c[name] for name in names]
    nearest = [func.min(each.c[name]).label(name) for name in ("filed_at", *_EDGES)]
    return select(*keys, *nearest, func.count().label("how_many")).group_by(*keys)


def _as_long(store_ids: Sequence[int], at: datetime, cuts: Sequence[datetime]) -> AnySelect:
    """Answered complaints by how long the clock had run, period by period."""
    each = (
        select(
            *_SHARED,
            RecordCase.clock_minutes,
            RecordCase.filed_at,
            RecordCase.withdrawn_at.is_not(None).label("is_withdrawn"),
            _span(cuts),
        )
        .where(
            RecordCase.store_id.in_(store_ids),
            RecordCase.filed_at <= at,
            RecordCase.clock_minutes.is_not(None),
        )
        .subquery()
    )
    names = (*(column.key for column in _SHARED), "clock_minutes", "is_withdrawn", "span")
    keys = [each.c[name] for name in names]
    return select(
        *keys, func.min(each.c.filed_at).label("filed_at"), func.count().label("how_many")
    ).group_by(*keys)


def _crowd(row: AnyRow, rules: CountRules, at: datetime) -> Crowd:
    """A complaint like each of a group: the group's marks are made moments that say the same."""
    answered_at = None
    if row.is_answered:
        answered_at = at - timedelta(days=rules.evaluation_days) - INSTANT if row.is_silent else at
    ended_at = answered_at or at
    like = Case(
        "",
        row.category,
        row.filed_at,
        ended_at - INSTANT if row.is_late else ended_at,
        is_outside=row.is_outside,
        answered_at=answered_at,
        withdrawn_at=at if row.is_withdrawn else None,
        ruling=row.ruling,
        evaluation=row.evaluation,
        review=row.review,
    )
    return Crowd(like, row.how_many)


def _nearest(known: datetime | None, row: AnyRow, rules: CountRules) -> datetime | None:
    waits = (0, rules.evaluation_days, rules.late_days, rules.window_days)
    found = [known] if known is not None else []
    for name, days in zip(_EDGES, waits, strict=True):
        edge = getattr(row, name)
        if edge is not None:
            found.append(edge + timedelta(days=days))
    return min(found, default=None)
