"""Decisions: each seat chooses without seeing the others, the last choice makes the decision, with its arithmetic."""

from __future__ import annotations

from datetime import datetime

from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.clock import tehran
from marketplace.core.db import db
from marketplace.core.text import jalali
from marketplace.core.unit_of_work import on_violation
from marketplace.guarantee.claim_facts import most_loss
from marketplace.guarantee.claim_inputs import Choice
from marketplace.guarantee.claim_models import Claim, ClaimState, Party, Said
from marketplace.guarantee.claim_notices import tell_claim_decided
from marketplace.guarantee.claim_queries import (
    choices_of,
    claim_by_number,
    lock_claim,
    lock_claims_of_shopper,
    seats_of,
)
from marketplace.guarantee.claim_rules import Grant, appeal_until, grant
from marketplace.guarantee.decision_models import ClaimAssignment, ClaimChoice, ClaimDecision, Release, Round
from marketplace.guarantee.errors import AlreadyChose, BadClaim, NotYourSeat, WrongClaimStep
from marketplace.guarantee.finishing import carry_decision
from marketplace.guarantee.seating import (
    ensure_seated,
    fill_seats,
    has_decided,
    release_seat,
    round_of,
    seats_wanted,
)
from marketplace.guarantee.steps import ensure_seen, move, say, touch
from marketplace.policy.policy import policy_at

on_violation("uq_claim_choices_claim_id_adjudicator_id", AlreadyChose)
on_violation("uq_claim_choices_claim_id_round_seat", AlreadyChose)
on_violation("uq_claim_decisions_claim_id_round", AlreadyChose)
DECIDABLE = (ClaimState.assessed, ClaimState.appealed)


def choose(number: str, choice: Choice, actor: Actor, at: datetime) -> ClaimDecision | None:
    """An adjudicator chooses from the own seat; gives the decision where this was the last choice it needed.

    Raises UnknownClaim, AlreadyChose, NotYourSeat, HasInterest, StaleClaim for a page that is out of date,
    WrongClaimStep while the file is not complete, BadClaim for a loss above the claim's, or in an appeal above what is
    left of it.
    """
    claim = lock_claim(claim_by_number(number).id)
    seat = _seat_of(claim, actor)
    ensure_seen(claim, choice.version)
    if claim.state not in DECIDABLE:
        raise WrongClaimStep(params={"state": claim.state})
    most = most_loss(claim)
    if choice.loss_toman > most:
        raise BadClaim(fields={"loss_toman": "above_paid"}, params={"most_toman": most})
    db.session.add(_row(claim, seat, choice, at))
    seat.chosen_at = at
    touch(claim)
    record(actor, "choose_in_claim", f"claim:{number}", at, seat=seat.seat, round=seat.round.value)
    return settle_choices(claim, at)


def step_aside(number: str, actor: Actor, at: datetime) -> None:
    """An adjudicator knows of an interest that no rule finds; another is seated. Raises NotYourSeat, AlreadyChose."""
    claim = lock_claim(claim_by_number(number).id)
    if actor.id is not None and has_decided(actor.id, claim.id):
        raise AlreadyChose()
    seat = _own_seat(claim, actor)
    release_seat(seat, Release.conflict, at)
    touch(claim)
    record(actor, "step_aside", f"claim:{number}", at)
    fill_seats(claim, at)


def hand_over(number: str, adjudicator_id: int, actor: Actor, at: datetime) -> None:
    """The office empties the seat of one who is absent; another is seated. Raises NotYourSeat where nobody waits."""
    claim = lock_claim(claim_by_number(number).id)
    for seat in seats_of(claim.id, round_of(claim)):
        if seat.adjudicator_id == adjudicator_id and seat.chosen_at is None:
            release_seat(seat, Release.absent, at)
            touch(claim)
            record(actor, "hand_over_claim", f"claim:{number}", at, of=adjudicator_id)
            fill_seats(claim, at)
            return
    raise NotYourSeat()


def _own_seat(claim: Claim, actor: Actor) -> ClaimAssignment:
    for seat in seats_of(claim.id, round_of(claim)):
        if seat.adjudicator_id == actor.id:
            return seat
    raise NotYourSeat()


def _seat_of(claim: Claim, actor: Actor) -> ClaimAssignment:
    if actor.id is None:
        raise NotYourSeat()
    if has_decided(actor.id, claim.id):
        raise AlreadyChose()
    return ensure_seated(actor, claim)


def _row(claim: Claim, seat: ClaimAssignment, choice: Choice, at: datetime) -> ClaimChoice:
    return ClaimChoice(
        claim_id=claim.id,
        adjudicator_id=seat.adjudicator_id,
        round=seat.round,
        seat=seat.seat,
        is_for_shopper=choice.is_for_shopper,
        loss_toman=choice.loss_toman,
        store_share_percent=choice.store_share_percent,
        ground=choice.ground,
        text=choice.text,
        summary=choice.summary,
        chosen_at=at,
    )


def settle_choices(claim: Claim, at: datetime) -> ClaimDecision | None:
    """Makes the decision where all seats chose and agree, or the third one did; else seats whoever is missing."""
    round_ = round_of(claim)
    chosen = {choice.seat: choice for choice in choices_of(claim.id, round_)}
    wanted = seats_wanted(claim)
    if any(seat not in chosen for seat in wanted):
        fill_seats(claim, at)
        return None
    return _decide(claim, chosen[max(wanted)], at)


def _decide(claim: Claim, choice: ClaimChoice, at: datetime) -> ClaimDecision:
    policy = policy_at(claim.filed_at)
    sums = _arithmetic(claim, choice)
    is_for = choice.is_for_shopper and sums.amount_toman > 0
    decision = ClaimDecision(
        claim_id=claim.id,
        number=_letter_number(claim, choice.round, at),
        round=choice.round,
        category=claim.category,
        is_for_shopper=is_for,
        loss_toman=choice.loss_toman,
        store_share_percent=choice.store_share_percent,
        coverage_percent=sums.coverage_percent,
        amount_toman=sums.amount_toman if is_for else 0,
        ground=choice.ground,
        text=choice.text,
        summary=choice.summary,
        facts=sums.facts(),
        decided_at=at,
    )
    db.session.add(decision)
    say(claim, Party.office, Said.decision, None, choice.text, at)
    claim.decided_at = at
    if choice.round is Round.first:
        claim.appeal_until_at = appeal_until(at, policy)
        move(claim, ClaimState.approved if is_for else ClaimState.rejected)
    else:
        claim.stood_at = at
        move(claim, ClaimState.final)
    record(
        SYSTEM,
        "decide_claim",
        f"claim:{claim.number}",
        at,
        letter=decision.number,
        amount_toman=decision.amount_toman,
        round=choice.round.value,
    )
    tell_claim_decided(claim, decision, at)
    carry_decision(claim, decision, at)
    return decision


def _arithmetic(claim: Claim, choice: ClaimChoice) -> Grant:
    """With the shopper's other claims of the edition locked, so that two decisions never share the rest of a cap."""
    others = [other for other in lock_claims_of_shopper(claim) if other.id != claim.id]
    return grant(
        choice.loss_toman,
        choice.store_share_percent,
        policy_at(claim.filed_at),
        order_used_toman=sum(o.approved_toman for o in others if o.store_order_id == claim.store_order_id),
        person_used_toman=sum(o.approved_toman for o in others),
    )


def _letter_number(claim: Claim, round_: Round, at: datetime) -> str:
    """`1405/K123456789/1`: the year, the claim, the round."""
    return f"{jalali(tehran(at)).year}/{claim.number}/{1 if round_ is Round.first else 2}"
