"""The figures of a performance record: pure functions over the lives of a store's complaints.

Source: docs/reference/complaints.md, "The record". Counts are shown, the score uses rates: the lower end of Wilson's
interval at 95 %, so that one of one is no perfect store. Shares are whole numbers of ten-thousandths.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

from marketplace.core.text import jalali
from marketplace.stores.standing import Case, CountRules, Fact

Z = 1.96
WHOLE = 10_000
"""Shares are counted in ten-thousandths."""


class Period(StrEnum):
    """days_90, months_12: complaints filed in the last 90 and 365 days; whole: all there are."""

    days_90 = "days_90"
    months_12 = "months_12"
    whole = "whole"


LENGTHS = {Period.days_90: timedelta(days=90), Period.months_12: timedelta(days=365), Period.whole: None}


def wilson(good: int, count: int) -> tuple[int, int]:
    """Wilson's interval at 95 % of `good` among `count`, as (lower, upper) ten-thousandths; (0, 10000) of nothing."""
    if count <= 0:
        return 0, WHOLE
    share, z2 = good / count, Z * Z
    middle = share + z2 / (2 * count)
    half = Z * math.sqrt(share * (1 - share) / count + z2 / (4 * count * count))
    whole = 1 + z2 / count
    lower, upper = (middle - half) / whole, (middle + half) / whole
    return round(max(lower, 0.0) * WHOLE), round(min(upper, 1.0) * WHOLE)


def percentile(values: Sequence[int], percent: int) -> int | None:
    """The value that so many percent do not exceed (nearest rank); None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


@dataclass(frozen=True, slots=True)
class Share:
    """`good` of `count`, and what may be said of it: ten-thousandths."""

    good: int
    count: int

    @property
    def observed(self) -> int | None:
        return self.good * WHOLE // self.count if self.count else None

    @property
    def lower(self) -> int:
        return wilson(self.good, self.count)[0]

    @property
    def upper(self) -> int:
        return wilson(self.good, self.count)[1]


@dataclass(frozen=True, slots=True)
class Figures:
    """One period's figures. Times in minutes of the clock, of complaints that were answered."""

    period: Period
    filed: int
    by_category: dict[str, int]
    in_time: int
    late: int
    unanswered: int
    running: int
    solved: int
    not_solved: int
    not_evaluated: int
    median_minutes: int | None
    p90_minutes: int | None

    @property
    def handled(self) -> Share:
        """Answered in time among all whose clock has ended."""
        return Share(self.in_time, self.in_time + self.late + self.unanswered)

    @property
    def judged(self) -> Share:
        """Solved among those that shoppers judged."""
        return Share(self.solved, self.solved + self.not_solved)

    @property
    def closed(self) -> int:
        return self.in_time + self.late + self.unanswered


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many complaints that no figure tells apart; `like` is like each of them."""

    like: Case
    count: int = 1


def one_by_one(cases: Iterable[Case]) -> list[Crowd]:
    """Each complaint as a crowd of its own."""
    return [Crowd(case) for case in cases]


def figures(
    crowds: Sequence[Crowd],
    period: Period,
    rules: CountRules,
    at: datetime,
    timed: Sequence[Crowd] | None = None,
) -> Figures:
    """The figures of complaints filed in a period up to a moment; those set aside are in none of them.

    The times are those of `timed`, where the crowds themselves do not tell them apart by their minutes.
    """
    mine = _within(crowds, period, at)
    answered = [crowd for crowd in mine if crowd.like.answered_at is not None]
    ways = _sums((_way(crowd.like, at), crowd.count) for crowd in mine)
    said = _sums((crowd.like.evaluation, crowd.count) for crowd in answered)
    kinds = _sums((crowd.like.category.value, crowd.count) for crowd in mine)
    times = [
        minutes
        for crowd in _within(crowds if timed is None else timed, period, at)
        if (minutes := crowd.like.clock_minutes) is not None
        for _ in range(crowd.count)
    ]
    return Figures(
        period=period,
        filed=ways.total(),
        by_category=dict(sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0]))),
        in_time=ways["in_time"],
        late=ways["late"],
        unanswered=ways["unanswered"],
        running=ways["running"],
        solved=said[Fact.solved],
        not_solved=said[Fact.not_solved],
        not_evaluated=sum(crowd.count for crowd in answered if is_silent(crowd.like, rules, at)),
        median_minutes=percentile(times, 50),
        p90_minutes=percentile(times, 90),
    )


def _within(crowds: Iterable[Crowd], period: Period, at: datetime) -> list[Crowd]:
    length = LENGTHS[period]
    since = at - length if length else None
    return [
        crowd
        for crowd in crowds
        if crowd.like.filed_at <= at
        and (since is None or crowd.like.filed_at > since)
        and not crowd.like.is_set_aside
    ]


def _sums(counts: Iterable[tuple[Any, int]]) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for what, count in counts:
        found[what] += count
    return found


def is_silent(case: Case, rules: CountRules, at: datetime) -> bool:
    """Whether an answer was left without a word for longer than there is time to judge it."""
    if case.evaluation is not None or case.answered_at is None:
        return False
    return at > case.answered_at + timedelta(days=rules.evaluation_days)


@dataclass(frozen=True, slots=True)
class Month:
    """Complaints filed in one Jalali month of Tehran, `1405-01`, by how they were handled."""

    key: str
    in_time: int
    late: int
    unanswered: int
    running: int

    @property
    def filed(self) -> int:
        return self.in_time + self.late + self.unanswered + self.running


def month_of(moment: datetime) -> str:
    """`1405-01`: the Jalali month in Tehran in which a moment lies."""
    day = jalali(moment)
    return f"{day.year:04d}-{day.month:02d}"


def months_before(at: datetime, count: int = 12) -> list[str]:
    """The last months up to the present one, the oldest first."""
    day = jalali(at)
    first = day.year * 12 + day.month - 1
    return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(first - count + 1, first + 1)]


def months(crowds: Iterable[Crowd], at: datetime, count: int = 12) -> list[Month]:
    """The last months with their complaints, those set aside left out."""
    found: dict[str, Counter[str]] = {key: Counter() for key in months_before(at, count)}
    for crowd in crowds:
        if crowd.like.filed_at > at or crowd.like.is_set_aside:
            continue
        kinds = found.get(month_of(crowd.like.filed_at))
        if kinds is not None:
            kinds[_way(crowd.like, at)] += crowd.count
    return [Month(key, k["in_time"], k["late"], k["unanswered"], k["running"]) for key, k in found.items()]


def _way(case: Case, at: datetime) -> str:
    if case.is_late(at):
        return "late" if case.answered_at else "unanswered"
    return "in_time" if case.answered_at else "running"


def has_enough_data(orders: int, closed: int, least_orders: int = 10, least_closed: int = 5) -> bool:
    """False below 10 orders *and* below 5 closed complaints: then no rate is shown and no rank taken."""
    return orders >= least_orders or closed >= least_closed


def orders_band(orders: int) -> tuple[int, int | None]:
    """The band in which a number of orders lies, as (from, to); None: and more. Exact numbers are the store's own."""
    edges = (0, 10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)
    for low, high in pairwise(edges):
        if orders < high:
            return low, high
    return edges[-1], None


def as_document(of: Figures) -> dict[str, Any]:
    """A period's figures as plain values, ready to be kept or sent."""
    return {
        "filed": of.filed,
        "by_category": of.by_category,
        "answered_in_time": of.in_time,
        "answered_late": of.late,
        "unanswered": of.unanswered,
        "running": of.running,
        "solved": of.solved,
        "not_solved": of.not_solved,
        "not_evaluated": of.not_evaluated,
        "median_minutes": of.median_minutes,
        "p90_minutes": of.p90_minutes,
        "in_time_lower": of.handled.lower,
        "in_time_upper": of.handled.upper,
        "solved_lower": of.judged.lower,
        "solved_upper": of.judged.upper,
    }
