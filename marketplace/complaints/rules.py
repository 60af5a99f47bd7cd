"""Lawful steps of a complaint and of a revocation case, and the windows around them, as pure functions."""

from __future__ import annotations

from datetime import datetime, timedelta

from marketplace.complaints.models import ComplaintState, RevocationState, Said
from marketplace.policy.policy import Policy

C = ComplaintState

TRANSITIONS: dict[ComplaintState, frozenset[ComplaintState]] = {
    C.filed: frozenset({C.answered, C.overdue, C.withdrawn, C.unfounded, C.referred}),
    C.answered: frozenset({C.evaluated, C.unfounded, C.referred}),
    C.overdue: frozenset({C.answered, C.evaluated, C.unfounded, C.referred}),
    C.evaluated: frozenset({C.reviewed, C.closed, C.unfounded, C.referred}),
    C.reviewed: frozenset({C.closed, C.unfounded, C.referred}),
    C.closed: frozenset({C.unfounded}),
    C.withdrawn: frozenset(),
    C.unfounded: frozenset({C.closed}),
    C.referred: frozenset({C.closed}),
}
"""closed -> unfounded: a contest may be won after the end. unfounded -> closed: a ruling taken back."""

V = RevocationState
CASE_TRANSITIONS: dict[RevocationState, frozenset[RevocationState]] = {
    V.opened: frozenset({V.defended, V.revoked, V.fallen}),
    V.defended: frozenset({V.revoked, V.kept, V.fallen}),
    V.revoked: frozenset({V.appealed, V.confirmed, V.fallen}),
    V.appealed: frozenset({V.confirmed, V.restored, V.fallen}),
    V.kept: frozenset(),
    V.confirmed: frozenset(),
    V.restored: frozenset(),
    V.fallen: frozenset(),
}
ANSWERS = frozenset({Said.offer, Said.acceptance, Said.refusal})
"""What stops the clock; a reply does not."""
OPEN_TO_WORDS = frozenset({C.filed, C.answered, C.overdue, C.evaluated, C.reviewed})


def may_become(state: ComplaintState, following: ComplaintState) -> bool:
    """Whether a complaint may go from one state to the other."""
    return following in TRANSITIONS[state]


def case_may_become(state: RevocationState, following: RevocationState) -> bool:
    """Whether a revocation case may go from one state to the other."""
    return following in CASE_TRANSITIONS[state]


def may_file_until(delivered_at: datetime | None, promised_at: datetime, policy: Policy) -> datetime:
    """The last moment to complain: 60 days after delivery, or after the promised date while it has not come."""
    return (delivered_at or promised_at) + timedelta(days=policy.complaint_window_days)


def may_withdraw_until(filed_at: datetime, policy: Policy) -> datetime:
    """The last moment to withdraw without a trace in the count."""
    return filed_at + timedelta(hours=policy.complaint_withdrawal_hours)


def may_evaluate_until(answered_at: datetime, policy: Policy) -> datetime:
    """The last moment to say solved or not; after it silence stands."""
    return answered_at + timedelta(days=policy.complaint_evaluation_days)


def reminders(policy: Policy) -> tuple[int, ...]:
    """How many hours before the deadline a store is reminded."""
    return (
        policy.complaint_first_reminder_hours,
        policy.complaint_second_reminder_hours,
        policy.complaint_last_reminder_hours,
    )


def next_reminder(due_at: datetime, at: datetime, policy: Policy) -> datetime | None:
    """When the store is reminded next: 72, 24 and 2 hours before the deadline; None when none is left."""
    moments = (due_at - timedelta(hours=hours) for hours in reminders(policy))
    return min((moment for moment in moments if moment > at), default=None)


def reminder_hours(due_at: datetime, at: datetime, policy: Policy) -> int | None:
    """Which reminder has fallen due by a moment: the nearest to the deadline."""
    left = due_at - at
    return min((h for h in reminders(policy) if left <= timedelta(hours=h)), default=None)
