"""What a store's papers may become, and the clocks that run over them. Values in, decisions out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from marketplace.core.dates import months_later
from marketplace.stores.models import ClearanceState, LicenceState, SealState

S, L, C = SealState, LicenceState, ClearanceState

SEAL_TRANSITIONS: Mapping[SealState, frozenset[SealState]] = MappingProxyType(
    {
        S.applied: frozenset({S.active}),
        S.active: frozenset({S.suspended, S.expired}),
        S.suspended: frozenset({S.active, S.revoked}),
        S.expired: frozenset({S.active}),
        S.revoked: frozenset({S.applied, S.active}),
    }
)
"""A seal is revoked out of a suspension alone, so that the store was heard; a revocation that was wrong is undone."""

LICENCE_TRANSITIONS: Mapping[LicenceState, frozenset[LicenceState]] = MappingProxyType(
    {
        L.active: frozenset({L.suspended, L.expired}),
        L.suspended: frozenset({L.active, L.revoked}),
        L.expired: frozenset({L.active}),
        L.revoked: frozenset(),
    }
)

CLEARANCE_TRANSITIONS: Mapping[ClearanceState, frozenset[ClearanceState]] = MappingProxyType(
    {
        C.queued: frozenset({C.asked}),
        C.asked: frozenset({C.clear, C.adverse, C.more_information}),
        C.more_information: frozenset({C.queued}),
        C.clear: frozenset({C.queued}),
        C.adverse: frozenset({C.objected}),
        C.objected: frozenset({C.clear, C.final}),
        C.final: frozenset(),
    }
)
"""No state is left by silence: each answer is somebody's act."""

WAITING = (C.queued, C.asked, C.objected)
"""The states over which the clock of the answer runs."""

HOLDING = (C.clear, C.queued, C.asked, C.more_information)
"""The states in which a clear answer holds until its end: an inquiry that asks anew takes nothing away by itself."""


def may_become(state: Any, following: Any) -> bool:
    """Whether a paper in this state may take the other one."""
    tables: dict[type, Mapping[Any, frozenset[Any]]] = {
        SealState: SEAL_TRANSITIONS,
        LicenceState: LICENCE_TRANSITIONS,
        ClearanceState: CLEARANCE_TRANSITIONS,
    }
    return following in tables[type(state)][state]


class Colour(StrEnum):
    """How old an inquiry is: green; amber from 72 hours; red from 96; breach from 120 on, to the second."""

    green = "green"
    amber = "amber"
    red = "red"
    breach = "breach"


@dataclass(frozen=True, slots=True)
class ClockHours:
    """The hours of the clearance's clock, as the policy has them."""

    amber: int = 72
    red: int = 96
    breach: int = 120


def clock_colour(clock_from: datetime, at: datetime, hours: ClockHours) -> Colour:
    """The colour of an inquiry. The limit is strict: 119:59:59 is in time, 120:00:00 is a breach."""
    age = at - clock_from
    for colour, limit in (
        (Colour.breach, hours.breach),
        (Colour.red, hours.red),
        (Colour.amber, hours.amber),
    ):
        if age >= timedelta(hours=limit):
            return colour
    return Colour.green


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer to an inquiry: when its clock began and ended, and whether it was adverse."""

    clock_from: datetime
    answered_at: datetime
    is_adverse: bool


@dataclass(frozen=True, slots=True)
class ClearanceFigures:
    """What is published: answers, whole minutes at the median and the 90th percentile, breaches, adverse per mille.

    `breaches` counts answers that came too late and inquiries that are too old now. None: there is no answer yet.
    """

    answers: int
    median_minutes: int | None
    p90_minutes: int | None
    breaches: int
    adverse_permille: int | None


def clearance_figures(
    answers: Sequence[Answered], waiting_from: Iterable[datetime], at: datetime, hours: ClockHours
) -> ClearanceFigures:
    """The figures over these answers and the inquiries that wait. Percentiles by nearest rank."""
    limit = timedelta(hours=hours.breach)
    spans = sorted(answer.answered_at - answer.clock_from for answer in answers)
    late = sum(span >= limit for span in spans) + sum(at - begun >= limit for begun in waiting_from)
    adverse = sum(answer.is_adverse for answer in answers)
    return ClearanceFigures(
        answers=len(spans),
        median_minutes=_minutes(spans, 50),
        p90_minutes=_minutes(spans, 90),
        breaches=late,
        adverse_permille=1000 * adverse // len(spans) if spans else None,
    )


def _minutes(spans: Sequence[timedelta], percent: int) -> int | None:
    if not spans:
        return None
    rank = -(-len(spans) * percent // 100)
    return spans[rank - 1] // timedelta(minutes=1)


def may_apply_again_from(revoked_at: datetime, months: int) -> datetime:
    """The first moment at which a store whose seal was revoked may ask for one again."""
    return months_later(revoked_at, months)


def reminder_due(valid_until: datetime, at: datetime, days: Iterable[int]) -> int | None:
    """Which reminder of an end belongs to this moment: the fewest days of those that are reached; None before and
    after."""
    left = valid_until - at
    if left <= timedelta(0):
        return None
    reached = [day for day in days if left <= timedelta(days=day)]
    return min(reached) if reached else None
