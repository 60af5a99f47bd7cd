"""May the fund be asked about a complaint? Pure: facts in, every condition with its clock out.

Source: docs/reference/claims.md. The same list stands before the form, in the refusal and in the programs' answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from marketplace.policy.policy import Policy
from marketplace.stores.standing import Category


class Way(StrEnum):
    """What led to the fund. unanswered: the seven days passed; refused: the store said no; promise_broken: it promised
    and did not keep it; not_solved: it answered, and the shopper judged so."""

    unanswered = "unanswered"
    refused = "refused"
    promise_broken = "promise_broken"
    not_solved = "not_solved"


class Condition(StrEnum):
    """What must hold, in the order in which it is told."""

    bought_here = "bought_here"
    complaint_stands = "complaint_stands"
    clock_ran = "clock_ran"
    in_window = "in_window"
    covered = "covered"
    not_made_good = "not_made_good"
    large_enough = "large_enough"
    below_cap = "below_cap"
    first_claim = "first_claim"
    no_chargeback = "no_chargeback"
    not_own_store = "not_own_store"


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """What is known of a complaint and its purchase at a moment. Toman and moments.

    `loss_toman`: what is left of the loss before anything that the shopper keeps; `promise_due_at`: until when an
    accepted promise had to be kept, None where there is none or it was kept.
    """

    category: Category
    is_outside: bool
    is_withdrawn: bool
    is_unfounded: bool
    complained_at: datetime
    answer_due_at: datetime
    answered_at: datetime | None
    is_refused: bool
    promise_due_at: datetime | None
    is_solved: bool
    is_not_solved: bool
    evaluate_until_at: datetime | None
    delivered_at: datetime | None
    promised_at: datetime | None
    loss_toman: int
    granted_toman: int
    earlier_claim: str | None
    has_chargeback: bool
    is_member: bool


@dataclass(frozen=True, slots=True)
class Check:
    """One condition. `code` names what is said of it (`clock_ran.runs`); `at` is the moment of its clock: when it will
    hold where it does not yet, or until when it holds."""

    condition: Condition
    is_met: bool
    code: str
    at: datetime | None = None
    amount_toman: int | None = None
    claim: str | None = None


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Every condition, the way in where there is one, and when the window closes."""

    checks: tuple[Check, ...]
    way: Way | None
    closes_at: datetime | None

    @property
    def is_met(self) -> bool:
        return all(check.is_met for check in self.checks)

    @property
    def refusals(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.is_met)


def window_closes(facts: ClaimFacts, policy: Policy) -> datetime | None:
    """The last moment to claim: 30 days after delivery or the promised date, 30 more for a complaint within them."""
    begins = facts.delivered_at or facts.promised_at
    if begins is None:
        return None
    first = begins + timedelta(days=policy.claim_window_days)
    return first + timedelta(days=policy.claim_extra_days) if facts.complained_at <= first else first


def way_in(facts: ClaimFacts, at: datetime) -> Way | None:
    """Which of the four ways is open at a moment; exactly at the deadline the store is still in time."""
    if facts.is_refused and not facts.is_solved:
        return Way.refused
    if facts.is_not_solved:
        return Way.not_solved
    if facts.promise_due_at is not None and at > facts.promise_due_at and not facts.is_solved:
        return Way.promise_broken
    if facts.answered_at is None and at > facts.answer_due_at and not facts.is_solved:
        return Way.unanswered
    return None


def judge(facts: ClaimFacts, policy: Policy, at: datetime) -> Eligibility:
    """Every condition at a moment, met or not."""
    way, closes = way_in(facts, at), window_closes(facts, policy)
    C = Condition
    stands = not (facts.is_withdrawn or facts.is_unfounded)
    code = "withdrawn" if facts.is_withdrawn else "unfounded" if facts.is_unfounded else "yes"
    is_covered = facts.category is not Category.kit_missing
    is_left = facts.loss_toman > 0 or not is_covered
    is_large = not is_left or not is_covered or facts.loss_toman >= policy.fund_least_loss_toman
    left = max(policy.fund_cap_per_person_toman - facts.granted_toman, 0)
    checks = [
        _check(C.bought_here, not facts.is_outside),
        Check(C.complaint_stands, stands, f"complaint_stands.{code}"),
        _clock(facts, way, at),
        Check(
            C.in_window,
            closes is not None and at <= closes,
            "in_window.yes" if closes is not None and at <= closes else "in_window.over",
            closes,
        ),
        _check(C.covered, is_covered),
        Check(
            C.not_made_good,
            is_left,
            f"not_made_good.{'yes' if is_left else 'no'}",
            amount_toman=facts.loss_toman,
        ),
        Check(
            C.large_enough,
            is_large,
            f"large_enough.{'yes' if is_large else 'no'}",
            amount_toman=policy.fund_least_loss_toman,
        ),
        Check(C.below_cap, left > 0, f"below_cap.{'yes' if left else 'no'}", amount_toman=left),
        Check(
            C.first_claim,
            facts.earlier_claim is None,
            f"first_claim.{'yes' if facts.earlier_claim is None else 'no'}",
            claim=facts.earlier_claim,
        ),
        _check(C.no_chargeback, not facts.has_chargeback),
        _check(C.not_own_store, not facts.is_member),
    ]
    return Eligibility(tuple(checks), way, closes)


def _check(condition: Condition, is_met: bool) -> Check:
    return Check(condition, is_met, f"{condition.value}.{'yes' if is_met else 'no'}")


def _clock(facts: ClaimFacts, way: Way | None, at: datetime) -> Check:
    """Whether the complaint has led to nothing, and if not yet, which clock runs until when."""
    name = Condition.clock_ran
    if way is not None:
        return Check(name, True, f"clock_ran.{way.value}")
    if facts.is_solved:
        return Check(name, False, "clock_ran.solved")
    if facts.answered_at is None:
        return Check(name, False, "clock_ran.runs", facts.answer_due_at)
    if facts.promise_due_at is not None:
        return Check(name, False, "clock_ran.promised", facts.promise_due_at)
    if facts.evaluate_until_at is not None and at <= facts.evaluate_until_at:
        return Check(name, False, "clock_ran.judge_first", facts.evaluate_until_at)
    return Check(name, False, "clock_ran.not_judged")
