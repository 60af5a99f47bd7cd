"""Lawful steps of a claim, its loss, what is granted, and who may not decide. Pure.

Source: docs/reference/claims.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from marketplace.core.money import percent_of
from marketplace.guarantee.claim_models import ClaimState, InspectionFinding, Party, Payer
from marketplace.ledger.chart import GUARANTEE_FUND, INSURER, Account
from marketplace.policy.calendar import add_working_days
from marketplace.policy.policy import Policy
from marketplace.stores.standing import Category

S = ClaimState
TRANSITIONS: dict[ClaimState, frozenset[ClaimState]] = {
    S.filed: frozenset({S.answered, S.withdrawn, S.stopped}),
    S.answered: frozenset({S.assessed, S.withdrawn, S.stopped}),
    S.assessed: frozenset({S.answered, S.approved, S.rejected, S.withdrawn, S.stopped}),
    S.approved: frozenset({S.reserved, S.waiting, S.appealed, S.stopped}),
    S.rejected: frozenset({S.appealed}),
    S.appealed: frozenset({S.final, S.stopped}),
    S.final: frozenset({S.reserved, S.waiting, S.paid, S.recourse_open, S.stopped}),
    S.reserved: frozenset({S.paid, S.waiting, S.appealed, S.stopped, S.recourse_open}),
    S.waiting: frozenset({S.reserved, S.paid, S.appealed, S.stopped, S.recourse_open}),
    S.paid: frozenset({S.recourse_open, S.recovered, S.appealed}),
    S.recourse_open: frozenset({S.recovered, S.written_off, S.appealed, S.waiting, S.reserved}),
    S.recovered: frozenset({S.appealed, S.reserved, S.waiting}),
    S.written_off: frozenset({S.appealed, S.recovered}),
    S.withdrawn: frozenset(),
    S.stopped: frozenset(),
}
"""assessed -> answered: more is asked. A claim that was paid may still be appealed within its days."""
UNDECIDED = frozenset({S.filed, S.answered, S.assessed})
DECIDED = frozenset(
    {S.approved, S.rejected, S.reserved, S.waiting, S.paid, S.recourse_open, S.recovered, S.written_off}
)
"""States in which the first decision stands and may be appealed while its days run."""
KEEPS_GOODS = frozenset(
    {Category.defective, Category.not_as_described, Category.counterfeit, Category.health, Category.other}
)
"""Categories in which the shopper may have something of worth in hand."""


def may_become(state: ClaimState, following: ClaimState) -> bool:
    """Whether a claim may go from one state to the other."""
    return following in TRANSITIONS[state]


def account_of(payer: Payer) -> Account:
    """Whose money pays a claim, and gets the recourse: the fund's, or an insurer's on an account of its own."""
    return INSURER if payer is Payer.insurer else GUARANTEE_FUND


def answer_due(filed_at: datetime, policy: Policy) -> datetime:
    """Until when the store may answer; inclusive."""
    return filed_at + timedelta(hours=policy.claim_answer_hours)


def evidence_due(asked_at: datetime, policy: Policy) -> datetime:
    """Until when more evidence may come; an extension gives as much again."""
    return asked_at + timedelta(hours=policy.claim_evidence_hours)


def decide_by(complete_at: datetime, policy: Policy) -> datetime:
    """Until when a complete file is to be decided."""
    return add_working_days(complete_at, policy.claim_decision_working_days)


def appeal_until(decided_at: datetime, policy: Policy) -> datetime:
    """The last moment to appeal."""
    return decided_at + timedelta(days=policy.claim_appeal_days)


def pay_by(reserved_at: datetime, policy: Policy) -> datetime:
    """Until when what was reserved is to be paid."""
    return add_working_days(reserved_at, policy.claim_payment_working_days)


@dataclass(frozen=True, slots=True)
class Purchase:
    """What was paid for and has not come back, in toman. `line_toman` where the complaint is about one of the goods;
    `asked_toman` where the shopper names the sum (a discount that was none)."""

    goods_toman: int
    shipping_toman: int
    line_toman: int | None = None


def full_loss(category: Category, bought: Purchase) -> int:
    """The most that can be lost. Not delivered: goods and shipping; wrongly charged shipping: that; anything else: the
    goods concerned. The kit and the lottery are worth no money."""
    goods = bought.goods_toman if bought.line_toman is None else min(bought.line_toman, bought.goods_toman)
    if category is Category.kit_missing:
        return 0
    if category is Category.shipping_charged:
        return bought.shipping_toman
    if category is Category.not_delivered and bought.line_toman is None:
        return goods + bought.shipping_toman
    return goods


def loss_of(category: Category, bought: Purchase, residual_toman: int) -> int:
    """The loss: the full one less what the goods in hand are still worth; never below nothing."""
    return max(full_loss(category, bought) - residual_toman, 0)


@dataclass(frozen=True, slots=True)
class Grant:
    """The arithmetic of a decision, step by step, as it is told to both sides. Toman and percent."""

    loss_toman: int
    least_toman: int
    store_share_percent: int
    share_toman: int
    coverage_percent: int
    covered_toman: int
    order_cap_toman: int
    order_used_toman: int
    person_cap_toman: int
    person_used_toman: int
    amount_toman: int

    def facts(self) -> dict[str, int]:
        """As it is kept with the decision."""
        return asdict(self)

    @classmethod
    def of(cls, facts: Mapping[str, int]) -> Grant:
        return cls(**facts)


def grant(
    loss_toman: int,
    store_share_percent: int,
    policy: Policy,
    *,
    order_used_toman: int,
    person_used_toman: int,
) -> Grant:
    """What the fund pays: the store's share of the loss, of that the coverage, within what is left of both caps.

    Nothing for a loss below the least one. 8,000,000 -> 5,600,000 -> 5,000,000 (the cap per store order).
    """
    share = percent_of(loss_toman, store_share_percent)
    covered = percent_of(share, policy.fund_coverage_percent)
    left = min(
        max(policy.fund_cap_per_order_toman - order_used_toman, 0),
        max(policy.fund_cap_per_person_toman - person_used_toman, 0),
    )
    amount = min(covered, left) if loss_toman >= policy.fund_least_loss_toman else 0
    return Grant(
        loss_toman,
        policy.fund_least_loss_toman,
        store_share_percent,
        share,
        policy.fund_coverage_percent,
        covered,
        policy.fund_cap_per_order_toman,
        order_used_toman,
        policy.fund_cap_per_person_toman,
        person_used_toman,
        amount,
    )


def seats_needed(loss_toman: int, policy: Policy) -> int:
    """How many adjudicators choose: two where more than 2,000,000 toman might be granted."""
    most = grant(loss_toman, 100, policy, order_used_toman=0, person_used_toman=0).amount_toman
    return 2 if most > policy.claim_two_adjudicators_above_toman else 1


def do_differ(first: tuple[bool, int, int], second: tuple[bool, int, int]) -> bool:
    """Whether two choices (for the shopper, loss, the store's share) lead to different decisions."""
    return first[0] is not second[0] or (first[0] and first[1:] != second[1:])


@dataclass(frozen=True, slots=True)
class Interests:
    """What ties a person to a claim. `mobiles`: their own and those to which their parcels go."""

    person_id: int
    is_member: bool
    mobiles: frozenset[str]
    acted_before: bool


def conflicts(who: Interests, claimant_id: int, mobiles_of_case: Collection[str]) -> list[str]:
    """Why somebody may not decide: own_purchase, store_member, family_mobile, acted_before; empty when nothing does."""
    found = []
    if who.person_id == claimant_id:
        found.append("own_purchase")
    if who.is_member:
        found.append("store_member")
    if who.mobiles & frozenset(mobiles_of_case):
        found.append("family_mobile")
    if who.acted_before:
        found.append("acted_before")
    return found


def choose_seat(claim: str, loads: Mapping[int, int]) -> int | None:
    """Who sits next: the one with the fewest open seats; among equals an order that nobody chooses and anybody can
    recompute from the claim's number."""

    def key(person_id: int) -> tuple[int, str]:
        return loads[person_id], hashlib.sha256(f"{claim}:{person_id}".encode()).hexdigest()

    return min(loads, key=key, default=None)


def bearer_of(finding: InspectionFinding) -> Party:
    """Who bears the cost of a look at the goods: the side that it speaks against; the fund where it is unclear."""
    return {
        InspectionFinding.for_shopper: Party.store,
        InspectionFinding.for_store: Party.shopper,
        InspectionFinding.unclear: Party.office,
    }[finding]
