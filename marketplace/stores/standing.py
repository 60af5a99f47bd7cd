"""What counts against a store, and what follows from it: pure functions over the lives of its complaints.

Source: docs/reference/complaints.md. Everything here is a function of the history and of a moment: no sweep, no
order of work and no kept figure changes what it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from marketplace.policy.policy import Policy


class Category(StrEnum):
    """What a complaint is about. not_delivered: goods or service not given; counterfeit: or smuggled."""

    not_delivered = "not_delivered"
    defective = "defective"
    not_as_described = "not_as_described"
    counterfeit = "counterfeit"
    false_discount = "false_discount"
    shipping_charged = "shipping_charged"
    kit_missing = "kit_missing"
    health = "health"
    other = "other"


class Fact(StrEnum):
    """One step in a complaint's life as the record keeps it. filed: it began; admitted: found admissible (or a
    ruling taken back); answered: by an offer, an acceptance or a refusal with reasons; withdrawn: by the shopper in
    time; unfounded, duplicate, referred: ruled; solved, not_solved: as the shopper says; upheld, dismissed: what the
    expert's review says of one not solved."""

    filed = "filed"
    admitted = "admitted"
    answered = "answered"
    withdrawn = "withdrawn"
    unfounded = "unfounded"
    duplicate = "duplicate"
    referred = "referred"
    solved = "solved"
    not_solved = "not_solved"
    upheld = "upheld"
    dismissed = "dismissed"


RULINGS = frozenset({Fact.admitted, Fact.unfounded, Fact.duplicate, Fact.referred})


class Status(StrEnum):
    """Where a complaint stands in the count, which is also the reason. The first three count."""

    unanswered = "unanswered"
    late = "late"
    not_solved = "not_solved"
    registered = "registered"
    withdrawn = "withdrawn"
    unfounded = "unfounded"
    duplicate = "duplicate"
    referred = "referred"
    unproven = "unproven"
    running = "running"
    waits_for_shopper = "waits_for_shopper"
    waits_for_review = "waits_for_review"
    solved = "solved"
    not_evaluated = "not_evaluated"
    dismissed = "dismissed"
    too_old = "too_old"
    same_purchase = "same_purchase"


COUNTING = frozenset({Status.unanswered, Status.late, Status.not_solved, Status.registered})


@dataclass(frozen=True, slots=True)
class Case:
    """A complaint's life, without persons. `purchase` names what it is about (`store-order:17`), None for nothing
    that the platform knows; `clock_minutes` is how long the clock had run when it was answered."""

    complaint: str
    category: Category
    filed_at: datetime
    due_at: datetime
    purchase: str | None = None
    is_outside: bool = False
    answered_at: datetime | None = None
    clock_minutes: int | None = None
    withdrawn_at: datetime | None = None
    ruling: Fact | None = None
    ruled_at: datetime | None = None
    evaluation: Fact | None = None
    evaluated_at: datetime | None = None
    review: Fact | None = None
    reviewed_at: datetime | None = None

    def is_late(self, at: datetime) -> bool:
        """Whether the deadline was missed by a moment. The deadline itself is in time."""
        return (self.answered_at or at) > self.due_at

    @property
    def is_set_aside(self) -> bool:
        """Whether it is none of the store's: withdrawn, ruled out, or from outside and not proven."""
        is_ruled_out = self.ruling in (Fact.unfounded, Fact.duplicate, Fact.referred)
        return bool(
            self.withdrawn_at or is_ruled_out or (self.is_outside and self.ruling is not Fact.admitted)
        )


@dataclass(frozen=True, slots=True)
class CountRules:
    """The numbers of counting; days and counts."""

    window_days: int = 365
    warn_from: int = 5
    limit: int = 7
    late_days: int = 90
    late_per_star: int = 3
    evaluation_days: int = 10
    is_literal: bool = False

    @classmethod
    def of(cls, policy: Policy) -> CountRules:
        return cls(
            policy.complaint_count_days,
            policy.complaint_warn_from,
            policy.complaint_limit,
            policy.late_answer_days,
            policy.late_answers_per_star,
            policy.complaint_evaluation_days,
            bool(policy.complaint_every_registered_counts),
        )


@dataclass(frozen=True, slots=True)
class Counted:
    """One complaint in the count: why, and when it drops out (None for one that does not count)."""

    complaint: str
    filed_at: datetime
    status: Status
    drops_out_at: datetime | None

    @property
    def counts(self) -> bool:
        return self.status in COUNTING


@dataclass(frozen=True, slots=True)
class Standing:
    """What a store's history amounts to at a moment."""

    at: datetime
    rules: CountRules
    entries: tuple[Counted, ...]
    star_losses: tuple[str, ...]

    @property
    def counted(self) -> int:
        return len(self.counting)

    @property
    def counting(self) -> tuple[Counted, ...]:
        """The complaints that count, the one that drops out first before the others."""
        found = (entry for entry in self.entries if entry.counts)
        return tuple(sorted(found, key=lambda e: (e.filed_at, e.complaint)))

    @property
    def is_above_limit(self) -> bool:
        """More than the limit: a revocation case."""
        return self.counted > self.rules.limit

    @property
    def warning(self) -> int | None:
        """The warning that is due: 5, 6 or 7; at most 7."""
        return min(self.counted, self.rules.limit) if self.counted >= self.rules.warn_from else None

    @property
    def next_drop_out_at(self) -> datetime | None:
        return self.counting[0].drops_out_at if self.counting else None


def with_fact(case: Case, fact: Fact, at: datetime, clock_minutes: int | None = None) -> Case:
    """A complaint's life after one more step. The first answer, evaluation and review stand; the last ruling does."""
    if fact in RULINGS:
        return replace(case, ruling=fact, ruled_at=at)
    if fact is Fact.answered and case.answered_at is None:
        return replace(case, answered_at=at, clock_minutes=clock_minutes)
    if fact is Fact.withdrawn and case.withdrawn_at is None:
        return replace(case, withdrawn_at=at)
    if fact in (Fact.solved, Fact.not_solved) and case.evaluation is None:
        return replace(case, evaluation=fact, evaluated_at=at)
    if fact in (Fact.upheld, Fact.dismissed) and case.review is None:
        return replace(case, review=fact, reviewed_at=at)
    return case


def status_of(case: Case, rules: CountRules, at: datetime) -> Status:
    """Where one complaint stands by itself, others of the same purchase aside."""
    if case.withdrawn_at is not None:
        return Status.withdrawn
    if case.ruling in (Fact.unfounded, Fact.duplicate, Fact.referred):
        return Status(case.ruling.value)
    if case.is_outside and case.ruling is not Fact.admitted:
        return Status.unproven
    if at >= case.filed_at + timedelta(days=rules.window_days):
        return Status.too_old
    if rules.is_literal:
        return Status.registered
    return _handled(case, rules, at)


def _handled(case: Case, rules: CountRules, at: datetime) -> Status:
    if case.is_late(at):
        return Status.late if case.answered_at else Status.unanswered
    if case.answered_at is None:
        return Status.running
    if case.evaluation is Fact.solved:
        return Status.solved
    if case.evaluation is Fact.not_solved:
        verdicts = {Fact.upheld: Status.not_solved, Fact.dismissed: Status.dismissed}
        return verdicts.get(case.review, Status.waits_for_review) if case.review else Status.waits_for_review
    is_over = at > case.answered_at + timedelta(days=rules.evaluation_days)
    return Status.not_evaluated if is_over else Status.waits_for_shopper


def may_count(case: Case, rules: CountRules, at: datetime) -> bool:
    """Whether a complaint matters to the count and the stars: a late one, or one answered and called unsolved."""
    is_amiss = case.answered_at is not None and case.evaluation is Fact.not_solved
    return rules.is_literal or case.is_late(at) or is_amiss


def standing(cases: Sequence[Case], rules: CountRules, at: datetime) -> Standing:
    """The count of a store at a moment, with every complaint's status and why; at most one per purchase.

    Of several that count for one purchase the one that was filed last stands in the count.
    """
    known = [case for case in cases if case.filed_at <= at]
    statuses = {case.complaint: status_of(case, rules, at) for case in known}
    last: dict[str, Case] = {}
    for case in known:
        if case.purchase is None or statuses[case.complaint] not in COUNTING:
            continue
        before = last.get(case.purchase)
        if before is None or (before.filed_at, before.complaint) < (case.filed_at, case.complaint):
            last[case.purchase] = case
    entries = []
    for case in sorted(known, key=lambda c: (c.filed_at, c.complaint)):
        status = statuses[case.complaint]
        if status in COUNTING and case.purchase is not None and last[case.purchase] is not case:
            status = Status.same_purchase
        out = case.filed_at + timedelta(days=rules.window_days) if status in COUNTING else None
        entries.append(Counted(case.complaint, case.filed_at, status, out))
    return Standing(at, rules, tuple(entries), star_losses(known, rules, at))


def star_losses(cases: Iterable[Case], rules: CountRules, at: datetime) -> tuple[str, ...]:
    """The complaints whose missed deadline cost a star: each third one within 90 days; a mark is spent once.

    A deadline is missed when it passes, whether the answer comes later or never.
    """
    marks = sorted((c.due_at, c.complaint) for c in cases if c.is_late(at) and not c.is_set_aside)
    lost, kept = [], list[datetime]()
    for due_at, complaint in marks:
        kept = [mark for mark in kept if mark > due_at - timedelta(days=rules.late_days)]
        kept.append(due_at)
        if len(kept) == rules.late_per_star:
            lost.append(complaint)
            kept = []
    return tuple(lost)


def next_change_at(cases: Iterable[Case], rules: CountRules, at: datetime) -> datetime | None:
    """The next moment at which time alone may change a status or a period's figures; None when none will."""
    edges = (
        edge
        for case in cases
        for edge in (
            case.due_at if case.answered_at is None else None,
            case.answered_at + timedelta(days=rules.evaluation_days) if case.answered_at else None,
            case.filed_at + timedelta(days=rules.late_days),
            case.filed_at + timedelta(days=rules.window_days),
        )
        if edge is not None and edge >= at
    )
    return min(edges, default=None)
