"""What was decided, paid and owed for a claim, as its page shows it."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.core.language import t
from marketplace.guarantee.claim_models import Claim, ClaimInspection
from marketplace.guarantee.claim_queries import decisions_of, payments_of, recourse_of
from marketplace.guarantee.claim_rules import Grant
from marketplace.guarantee.claim_shown import (
    DecisionShown,
    InspectionShown,
    PaymentShown,
    RecourseShown,
    SumsShown,
)
from marketplace.guarantee.decision_models import ClaimDecision, Round
from marketplace.guarantee.recourse import open_toman


def sums_shown(sums: Grant) -> SumsShown:
    """The arithmetic, step by step."""
    return SumsShown(
        sums.loss_toman,
        sums.store_share_percent,
        sums.share_toman,
        sums.coverage_percent,
        sums.covered_toman,
        sums.order_cap_toman,
        sums.person_cap_toman,
        sums.person_used_toman,
        sums.amount_toman,
    )


def decisions_shown(claim: Claim) -> tuple[DecisionShown, ...]:
    """The decisions, the first one first."""
    return tuple(decision_shown(claim, decision) for decision in decisions_of(claim.id))


def decision_shown(claim: Claim, decision: ClaimDecision) -> DecisionShown:
    """A decision as its letter tells it."""
    return DecisionShown(
        decision.number,
        decision.round.value,
        decision.is_for_shopper,
        decision.ground.value,
        t(f"ground.{decision.ground.value}"),
        decision.text,
        sums_shown(_grant(decision.facts, decision)),
        decision.decided_at,
        decision.round is Round.appeal or claim.stood_at is not None,
    )


def _grant(facts: Mapping[str, int], decision: ClaimDecision) -> Grant:
    if facts:
        return Grant.of(facts)
    amount = decision.amount_toman
    return Grant(
        decision.loss_toman,
        0,
        decision.store_share_percent,
        decision.loss_toman,
        decision.coverage_percent,
        amount,
        amount,
        0,
        amount,
        0,
        amount,
    )


def payments_shown(claim_id: int) -> tuple[PaymentShown, ...]:
    """What left the fund for a claim, and whether it arrived."""
    return tuple(
        PaymentShown(
            p.amount_toman,
            p.way.value,
            t(f"claim_way.{p.way.value}"),
            p.state.value,
            t(f"state.claim_payment_state.{p.state.value}"),
            p.paid_at or p.asked_at,
        )
        for p in payments_of(claim_id)
    )


def recourse_shown(claim_id: int) -> RecourseShown | None:
    """What the store owes for a claim."""
    owed = recourse_of(claim_id)
    if owed is None:
        return None
    return RecourseShown(
        owed.state.value,
        t(f"state.recourse_state.{owed.state.value}"),
        owed.amount_toman,
        owed.recovered_toman,
        owed.written_off_toman + owed.clawed_toman,
        open_toman(owed),
        owed.due_at,
    )


def inspection_shown(look: ClaimInspection) -> InspectionShown:
    """An independent look at the goods."""
    return InspectionShown(
        look.due_at,
        look.inspector,
        look.finding.value if look.finding else None,
        t(f"claim_finding.{look.finding.value}") if look.finding else None,
        look.cost_toman,
        t(f"claim_side.{look.borne_by.value}") if look.borne_by else None,
        look.ended_at is None,
    )
