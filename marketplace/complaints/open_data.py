"""A store's complaints as open data: by month and category, without persons, groups under five merged.

The rows add up to the whole-life figures of the record, so that whoever has the file can compute its shares again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from marketplace.core.small_groups import merge_small
from marketplace.stores.record import Crowd, is_silent, month_of
from marketplace.stores.standing import Case, CountRules, Fact

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

    Groups under five are merged (see `core.small_groups`), so that no row tells of a person.
    """
    groups: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 8)
    for crowd in crowds:
        like = crowd.like
        if like.filed_at <= at and not like.is_set_aside:
            counts = groups[month_of(like.filed_at), like.category.value]
            for place, one in enumerate(_counts(like, rules, at)):
                counts[place] += one * crowd.count
    return [OpenRow(month, category, *counts) for month, category, counts in merge_small(groups)]


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
