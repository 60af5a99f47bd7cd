"""The rules of visits and findings: values in, decision out. Source: docs/reference/oversight.md."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from marketplace.inspections.models import Mark, Severity, VisitState
from marketplace.policy.policy import Policy

S = VisitState
TRANSITIONS: dict[VisitState, frozenset[VisitState]] = {
    S.planned: frozenset({S.done, S.unmet, S.cancelled}),
    S.done: frozenset(),
    S.unmet: frozenset(),
    S.cancelled: frozenset(),
}
"""Lawful steps of a visit; anything else is a stale page."""


class Status(StrEnum):
    """A finding as one reads it. open: the time to mend it runs; late: it is over; mended: the store says so and a
    visit is to see it; hides: critical, the store is hidden; cleared: a visit has seen that it is mended."""

    open = "open"
    late = "late"
    mended = "mended"
    hides = "hides"
    cleared = "cleared"


class Outcome(StrEnum):
    """What an inspector saw of an earlier finding. mended: it is cleared; stands: it stays as it was; worse: it is
    taken one step more seriously, with the time of that step from now on."""

    mended = "mended"
    stands = "stands"
    worse = "worse"


_STEPS = tuple(Severity)


def may_become(state: VisitState, following: VisitState) -> bool:
    """Whether a visit may go from one state to the other."""
    return following in TRANSITIONS[state]


def due_at(severity: Severity, told_at: datetime, policy: Policy) -> datetime | None:
    """The last moment at which a finding is mended in time; None for a critical one, which hides the store at once."""
    if severity is Severity.minor:
        return told_at + timedelta(days=policy.finding_minor_days)
    if severity is Severity.major:
        return told_at + timedelta(hours=policy.finding_major_hours)
    return None


def is_breach_at_once(severity: Severity) -> bool:
    """Whether the record tells of a breach from the visit on; of a minor finding only once its time is over."""
    return severity is not Severity.minor


def is_late(due: datetime | None, mended: datetime | None, at: datetime) -> bool:
    """Whether the time to mend is over without a word of the store: at the very deadline it is not."""
    return due is not None and (mended is None or mended > due) and at > due


def status_of(
    severity: Severity,
    due: datetime | None,
    mended: datetime | None,
    cleared: datetime | None,
    at: datetime,
) -> Status:
    """How a finding stands at a moment."""
    if cleared is not None:
        return Status.cleared
    if severity is Severity.critical:
        return Status.hides
    if mended is not None:
        return Status.mended
    return Status.late if is_late(due, mended, at) else Status.open


def one_worse(severity: Severity) -> Severity:
    """The next step; a critical finding stays critical."""
    return _STEPS[min(_STEPS.index(severity) + 1, len(_STEPS) - 1)]


def share_kept(marks: Iterable[Mark]) -> tuple[int, int]:
    """(lines in order, lines that apply) of a checklist."""
    answered = [mark for mark in marks if mark is not Mark.not_here]
    return sum(mark is Mark.ok for mark in answered), len(answered)


def inspected_moment(told: datetime | None, at: datetime) -> datetime:
    """When the visit was made, as far as a telephone's clock can be believed: not later than now, not more than a week
    ago."""
    if told is None or told > at or told < at - timedelta(days=7):
        return at
    return told


def bleach_millilitres(percent: int) -> int:
    """Millilitres of household bleach of a strength in a litre of cold water that make a solution of 0.1 percent:
    100 / percent, rounded to the nearest. Raises ValueError outside 1 to 20 percent."""
    if not 1 <= percent <= 20:
        raise ValueError("no household bleach")
    return (200 + percent) // (2 * percent)
