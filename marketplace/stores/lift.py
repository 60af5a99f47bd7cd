"""What answering the open complaints would do to a record: computed, not guessed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from marketplace.stores.record import Period, figures, one_by_one
from marketplace.stores.standing import Case, CountRules, Status, standing, status_of


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


def lift(cases: Sequence[Case], rules: CountRules, at: datetime, most: int = 2) -> Lift | None:
    """Computes the record twice at the last deadline of the nearest open clocks: all answered, and none.

    None where no clock runs. Answers are taken to come now and to be left unjudged.
    """
    running = sorted(
        (case for case in cases if status_of(case, replace(rules, is_literal=False), at) is Status.running),
        key=lambda case: (case.due_at, case.complaint),
    )[:most]
    if not running:
        return None
    names = {case.complaint for case in running}
    after = running[-1].due_at + timedelta(seconds=1)
    done = [replace(c, answered_at=at) if c.complaint in names else c for c in cases]
    others = [c for c in done if c.complaint in names or c.answered_at or c.is_late(at) or c.is_set_aside]
    idle = [c for c in cases if c.complaint in names or c.answered_at or c.is_late(at) or c.is_set_aside]

    def share(of: Sequence[Case], when: datetime) -> int:
        return figures(one_by_one(of), Period.months_12, rules, when).handled.lower

    def counted(of: Sequence[Case]) -> int:
        return standing(of, rules, after).counted

    return Lift(
        tuple(case.complaint for case in running),
        running[-1].due_at,
        share(cases, at),
        share(others, after),
        share(idle, after),
        counted(others),
        counted(idle),
    )
