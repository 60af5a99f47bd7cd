"""What answering the open complaints would do to a record: computed, not guessed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from marketplace.stores.record import LENGTHS, Crowd, Period, figures, one_by_one
from marketplace.stores.standing import Case, CountRules, Status, standing, status_of

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Lift:
    """What answering the open complaints would do: in-time shares (ten-thousandths) and counted complaints."""

    complaints: tuple[str, ...]
    before: datetime
    now: int
    answered: int
    ignored: int
    counted_answered: int
    counted_ignored: int


def lift(
    crowds: Sequence[Crowd],
    running: Sequence[Case],
    counting: Sequence[Case],
    rules: CountRules,
    at: datetime,
) -> Lift | None:
    """Computes the record twice at the last deadline of some open clocks: all of them answered, and none.

    `crowds` are all complaints of the store at the moment `at`, told apart by whether they will lie within the year at
    that deadline (`cuts_of_lift`); `counting` those that may count. None where no clock runs. Answers are taken to come
    now and to be left unjudged; clocks that run longer are left out.
    """
    if not running:
        return None
    after = running[-1].due_at + SECOND
    others = [crowd for crowd in crowds if _has_ended(crowd.like, at)]
    answered = [replace(case, answered_at=at) for case in running]

    def share(of: Sequence[Crowd], when: datetime) -> int:
        return figures(of, Period.months_12, rules, when).handled.lower

    def counted(of: Sequence[Case]) -> int:
        ended = (case for case in counting if _has_ended(case, at))
        return standing([*ended, *of], rules, after).counted

    return Lift(
        tuple(case.complaint for case in running),
        running[-1].due_at,
        share(crowds, at),
        share([*others, *one_by_one(answered)], after),
        share([*others, *one_by_one(running)], after),
        counted(answered),
        counted(running),
    )


def next_due(cases: Iterable[Case], rules: CountRules, at: datetime, most: int = 2) -> list[Case]:
    """The complaints whose clocks run out first."""
    running = (case for case in cases if _is_running(case, rules, at))
    return sorted(running, key=lambda case: (case.due_at, case.complaint))[:most]


def cuts_of_lift(running: Sequence[Case], at: datetime) -> list[datetime]:
    """Where the years before a moment, and before the last of some deadlines, begin."""
    year = LENGTHS[Period.months_12]
    if not running or year is None:
        return []
    return [at - year, running[-1].due_at + SECOND - year]


def _is_running(case: Case, rules: CountRules, at: datetime) -> bool:
    return status_of(case, replace(rules, is_literal=False), at) is Status.running


def _has_ended(case: Case, at: datetime) -> bool:
    return case.answered_at is not None or case.is_late(at) or case.is_set_aside
