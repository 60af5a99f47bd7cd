"""What may follow what in a suspicion, and which verdict fits. Source: docs/reference/suspicions.md."""

from __future__ import annotations

from datetime import datetime, timedelta

from marketplace.policy.policy import Policy
from marketplace.suspicions.models import Signal, SubjectKind, SuspicionState, Verdict

S = SuspicionState
V = Verdict
TRANSITIONS: dict[SuspicionState, frozenset[SuspicionState]] = {
    S.found: frozenset({S.hearing, S.decided}),
    S.hearing: frozenset({S.heard, S.decided}),
    S.heard: frozenset({S.hearing, S.decided}),
    S.decided: frozenset(),
}
"""Lawful steps. From heard back to hearing: more evidence came, to which the subject has not spoken."""
NEEDS_TWO = frozenset({V.entries_voided, V.claims_refused, V.account_suspended, V.store_suspended})
"""Verdicts about money, the draw or an account as a whole: one proposes, another agrees."""
TAKES_NOTHING = frozenset({V.unfounded})
"""What may be said without asking anybody."""
TAKEN_FROM: dict[Verdict, tuple[SubjectKind, frozenset[Signal]]] = {
    V.entries_voided: (
        SubjectKind.person,
        frozenset({Signal.entry_farming, Signal.self_dealing, Signal.linked_accounts, Signal.refund_loop}),
    ),
    V.claims_refused: (SubjectKind.person, frozenset({Signal.claim_abuse})),
    V.reviews_hidden: (SubjectKind.person, frozenset({Signal.review_ring})),
    V.account_suspended: (SubjectKind.person, frozenset(Signal)),
    V.store_suspended: (SubjectKind.store, frozenset(Signal)),
}
"""Of whom, and for which signals, a verdict may take something."""


def verdicts_for(signal: Signal, subject: SubjectKind) -> tuple[Verdict, ...]:
    """The verdicts that fit, the mildest first."""
    return tuple(
        verdict
        for verdict in Verdict
        if verdict not in TAKEN_FROM
        or (TAKEN_FROM[verdict][0] is subject and signal in TAKEN_FROM[verdict][1])
    )


def may_decide(verdict: Verdict, state: SuspicionState, answer_due_at: datetime | None, at: datetime) -> bool:
    """Whether a verdict may be given: anything after the answer or its last second, else nothing but unfounded."""
    if state is S.decided:
        return False
    return verdict in TAKES_NOTHING or is_heard(state, answer_due_at, at)


def is_heard(state: SuspicionState, answer_due_at: datetime | None, at: datetime) -> bool:
    """Whether the subject answered, or its time is over; the last second is in time."""
    return state is S.heard or (state is S.hearing and answer_due_at is not None and at > answer_due_at)


def may_answer(state: SuspicionState, answer_due_at: datetime | None, at: datetime) -> bool:
    """Whether the subject may speak now."""
    return state in (S.hearing, S.heard) and answer_due_at is not None and at <= answer_due_at


def answer_due(asked_at: datetime, at: datetime, policy: Policy) -> datetime:
    """Until when the subject may answer what it learns now: the policy's days, in all never more than twice them."""
    days = timedelta(days=policy.suspicion_answer_days)
    return min(at + days, asked_at + 2 * days)


def may_join(state: SuspicionState, asked_at: datetime | None, at: datetime, policy: Policy) -> bool:
    """Whether more evidence may join: as long as the subject has the whole time to answer it. What comes later waits
    for a case of its own."""
    if state is S.found:
        return True
    if state is S.decided or asked_at is None:
        return False
    return at <= asked_at + timedelta(days=policy.suspicion_answer_days)
