"""A store's complaints as open data: by month and category, without persons, groups under five merged.

The rows add up to the whole-life figures of the record, so that whoever has the file can compute its shares again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import datetime

from marketplace.stores.record import Crowd, is_silent, month_of
from marketplace.stores.standing import Case, CountRules, Fact

LEAST_GROUP = 5
MERGED = "merged"
HEAD = (
    "month",
    "category",
    "filed",
    "answered_in_time",
    "answered_late",
    "unanswered",
    "running",
    "solved",
    "not_solved",
    "not_evaluated",
)


@dataclass(frozen=True, slots=True)
class OpenRow:
    """Complaints filed in one Jalali month about one thing. `merged`: of months or kinds too small to stand alone."""

    month: str
    category: str
    filed: int
    answered_in_time: int
    answered_late: int
    unanswered: int
    running: int
    solved: int
    not_solved: int
    not_evaluated: int


Counts = tuple[int, ...]


def open_rows(crowds: Iterable[Crowd], rules: CountRules, at: datetime) -> list[OpenRow]:
    """The rows of a store at a moment, the oldest month first. What is set aside is in none of them.

    A group under five goes with its month's small ones, and where those together are under five, with those of all
    months; a rest that is still under five stands alone, with its figures hidden in the sum of all.
    """
    by_group: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 8)
    for crowd in crowds:
        like = crowd.like
        if like.filed_at <= at and not like.is_set_aside:
            group = by_group[month_of(like.filed_at), like.category.value]
            _add(group, (one * crowd.count for one in _counts(like, rules, at)))
    small: dict[str, list[int]] = defaultdict(lambda: [0] * 8)
    rows, rest = [], [0] * 8
    for (month, category), counts in by_group.items():
        if counts[0] >= LEAST_GROUP:
            rows.append(OpenRow(month, category, *counts))
        else:
            _add(small[month], counts)
    for month, counts in small.items():
        if counts[0] >= LEAST_GROUP:
            rows.append(OpenRow(month, MERGED, *counts))
        else:
            _add(rest, counts)
    rows.sort(key=lambda row: (row.month, row.category))
    if rest[0]:
        rows = _with_rest(rows, rest)
    return rows


def _with_rest(rows: list[OpenRow], rest: list[int]) -> list[OpenRow]:
    """A rest of five or more is a row of its own; a smaller one is merged with the smallest other row."""
    if rest[0] >= LEAST_GROUP or not rows:
        return [*rows, OpenRow(MERGED, MERGED, *rest)]
    least = min(rows, key=lambda row: row.filed)
    counts = list(astuple(least)[2:])
    _add(counts, rest)
    return [*(row for row in rows if row is not least), OpenRow(MERGED, MERGED, *counts)]


def _add(into: list[int], counts: Iterable[int]) -> None:
    for place, count in enumerate(counts):
        into[place] += count


def _counts(case: Case, rules: CountRules, at: datetime) -> Counts:
    is_late, is_answered = case.is_late(at), case.answered_at is not None
    return (
        1,
        int(is_answered and not is_late),
        int(is_answered and is_late),
        int(is_late and not is_answered),
        int(not is_late and not is_answered),
        int(is_answered and case.evaluation is Fact.solved),
        int(is_answered and case.evaluation is Fact.not_solved),
        int(is_silent(case, rules, at)),
    )
