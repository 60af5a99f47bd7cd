"""What a decision does: what is approved and reserved, what is freed, and how a claim ends."""

from __future__ import annotations

from datetime import datetime

from marketplace.core.db import db
from marketplace.guarantee.claim_models import Claim, ClaimState, Stop
from marketplace.guarantee.decision_models import ClaimDecision, Round
from marketplace.guarantee.recourse import relieve
from marketplace.guarantee.reserving import lower_approved, reserve_rest
from marketplace.guarantee.seating import free_seats
from marketplace.guarantee.steps import let_go, move


def carry_decision(claim: Claim, decision: ClaimDecision, at: datetime) -> None:
    """Reserves what was granted, or frees what a final decision took back. What was paid stays with the shopper: where
    an appeal was won by the store after the payment, the store is relieved of that part of its debt."""
    if not decision.is_for_shopper and decision.round is Round.first:
        return
    granted = decision.amount_toman
    if granted < claim.paid_toman:
        relieve(claim, claim.paid_toman - granted, f"{decision.number}:relieved", at)
    if granted < claim.reserved_toman:
        lower_approved(claim, granted, at)
    else:
        claim.approved_toman = max(granted, claim.paid_toman)
        db.session.flush()
    if claim.approved_toman == 0:
        end_claim(claim, at)
        return
    reserve_rest(claim, at)


def end_claim(claim: Claim, at: datetime) -> None:
    """Nothing more is to come, and nothing is held for it."""
    claim.ended_at = at
    db.session.flush()
    free_seats(claim, at)
    let_go(claim, at)


def stop_claim(claim: Claim, why: Stop, at: datetime) -> None:
    """The loss was made good elsewhere before anything was paid."""
    lower_approved(claim, 0, at)
    move(claim, ClaimState.stopped, stop=why)
    end_claim(claim, at)
