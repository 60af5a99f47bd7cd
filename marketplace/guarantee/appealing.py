"""A side that does not accept the decision: another adjudicator hears it, and that is final."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.unit_of_work import on_violation
from marketplace.guarantee.claim_models import Claim, ClaimState, Party, Said
from marketplace.guarantee.claim_notices import tell_claim_appealed
from marketplace.guarantee.claim_queries import appeals_of, claim_of_person, claim_of_store, lock_claim
from marketplace.guarantee.claim_rules import DECIDED, decide_by
from marketplace.guarantee.decision_models import ClaimAppeal
from marketplace.guarantee.errors import AlreadyAppealed, AppealOver, WrongClaimStep
from marketplace.guarantee.finishing import end_claim
from marketplace.guarantee.seating import fill_seats
from marketplace.guarantee.steps import move, say, touch
from marketplace.policy.policy import policy_at

on_violation("uq_claim_appeals_claim_id_side", AlreadyAppealed)


def appeal_as_shopper(number: str, person_id: int, text: str, actor: Actor, at: datetime) -> Claim:
    """Raises UnknownClaim for another's, AppealOver, AlreadyAppealed, WrongClaimStep."""
    return _appeal(claim_of_person(number, person_id), Party.shopper, text, actor, at)


def appeal_as_store(number: str, store_id: int, text: str, actor: Actor, at: datetime) -> Claim:
    """Raises UnknownClaim for another's, AppealOver, AlreadyAppealed, WrongClaimStep."""
    return _appeal(claim_of_store(number, store_id), Party.store, text, actor, at)


def _appeal(found: Claim, side: Party, text: str, actor: Actor, at: datetime) -> Claim:
    """What lies ready is not paid while an appeal runs. Both sides' appeals are heard together."""
    claim = lock_claim(found.id)
    if any(appeal.side is side for appeal in appeals_of(claim.id)):
        raise AlreadyAppealed()
    if claim.state not in DECIDED and claim.state is not ClaimState.appealed:
        raise WrongClaimStep(params={"state": claim.state})
    if claim.stood_at is not None or claim.appeal_until_at is None or at > claim.appeal_until_at:
        raise AppealOver()
    if actor.id is None:
        raise WrongClaimStep()
    db.session.add(ClaimAppeal(claim_id=claim.id, side=side, person_id=actor.id, text=text, appealed_at=at))
    say(claim, side, Said.appeal, actor.id, text, at)
    if claim.state is ClaimState.appealed:
        touch(claim)
    else:
        move(claim, ClaimState.appealed)
        claim.decide_by_at = decide_by(at, policy_at(claim.filed_at))
    db.session.flush()
    fill_seats(claim, at)
    record(actor, "appeal_claim", f"claim:{claim.number}", at, side=side.value)
    tell_claim_appealed(claim, side, at)
    return claim


def let_decision_stand(claim_id: int, at: datetime) -> bool:
    """The days for an appeal passed: the decision stands, and a refusal ends the claim. False when it was appealed."""
    claim = lock_claim(claim_id)
    if claim.stood_at is not None or claim.state not in DECIDED:
        return False
    if claim.appeal_until_at is None or at <= claim.appeal_until_at:
        return False
    claim.stood_at = claim.appeal_until_at
    touch(claim)
    if claim.state is ClaimState.rejected:
        end_claim(claim, at)
    return True


def unappealed_ids(at: datetime, limit: int) -> list[int]:
    """Decided claims whose days for an appeal passed."""
    return list(
        db.session.scalars(
            select(Claim.id)
            .where(Claim.stood_at.is_(None), Claim.state.in_(DECIDED), Claim.appeal_until_at < at)
            .order_by(Claim.id)
            .limit(limit)
        )
    )
