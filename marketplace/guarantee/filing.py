"""Filing a claim, adding to it, taking it back. Each verb opens with its guard and runs inside a unit."""

from __future__ import annotations

import secrets
from datetime import datetime

from marketplace.complaints.models import Complaint
from marketplace.complaints.queries import complaint_of_person, lock_complaint
from marketplace.core.db import db
from marketplace.core.errors import Reason
from marketplace.core.unit_of_work import on_violation
from marketplace.guarantee.claim_facts import eligibility_of, purchase_left
from marketplace.guarantee.claim_inputs import AccountWish, ClaimWish
from marketplace.guarantee.claim_models import Claim, ClaimState, Party, Payer, Said
from marketplace.guarantee.claim_notices import tell_claim_filed, tell_claim_withdrawn
from marketplace.guarantee.claim_queries import claim_of_complaint, claim_of_person, lock_claim
from marketplace.guarantee.claim_rules import KEEPS_GOODS, UNDECIDED, answer_due, full_loss, loss_of
from marketplace.guarantee.errors import AlreadyClaimed, BadClaim, NotEligible, WrongClaimStep
from marketplace.guarantee.seating import free_seats
from marketplace.guarantee.steps import hold_subject, let_go, move, say, touch
from marketplace.orders.models import HoldReason, Order, StoreOrder
from marketplace.orders.payout_holds import hold_payout
from marketplace.orders.queries import lock_store_order
from marketplace.policy.policy import policy_at
from marketplace.stores.standing import Category

on_violation("uq_claims_open", AlreadyClaimed)
on_violation("uq_claims_complaint_id", AlreadyClaimed)

MOST_MESSAGES = 200


def file_claim(complaint_number: str, person_id: int, wish: ClaimWish, at: datetime) -> Claim:
    """A shopper asks the fund about an own complaint; the store's 72 hours run from now.

    Raises UnknownComplaint for another's, AlreadyClaimed, NotEligible with every reason, BadClaim where the goods in
    hand are said to be worth more than was paid.
    """
    complaint = lock_complaint(complaint_of_person(complaint_number, person_id).id)
    if complaint.store_order_id is None:
        raise NotEligible(reasons=[Reason("bought_here.no")])
    part = lock_store_order(complaint.store_order_id)
    if claim_of_complaint(complaint.id) is not None:
        raise AlreadyClaimed()
    found = eligibility_of(complaint, at)
    if not found.is_met:
        raise NotEligible(reasons=[Reason(check.code) for check in found.refusals])
    claim = _write(complaint, part, wish, at)
    say(claim, Party.shopper, Said.claim, person_id, wish.text, at)
    hold_payout(part.id, HoldReason.claim, hold_subject(claim), at)
    tell_claim_filed(claim, at)
    return claim


def _write(complaint: Complaint, part: StoreOrder, wish: ClaimWish, at: datetime) -> Claim:
    policy = policy_at(at)
    bought = purchase_left(part.id, complaint.order_line_id)
    keeps = complaint.category in KEEPS_GOODS or complaint.category is Category.false_discount
    residual = wish.residual_toman if keeps else 0
    loss = loss_of(complaint.category, bought, residual)
    if loss < policy.fund_least_loss_toman:
        most = full_loss(complaint.category, bought)
        raise BadClaim(fields={"residual_toman": "loss_too_small"}, params={"most_toman": most})
    claim = Claim(
        number=f"K{secrets.randbelow(900_000_000) + 100_000_000}",
        complaint_id=complaint.id,
        store_order_id=part.id,
        store_id=part.store_id,
        person_id=complaint.person_id,
        festival_id=db.session.get_one(Order, part.order_id).festival_id,
        category=complaint.category,
        payer=Payer.insurer if policy.fund_payer_is_insurer else Payer.fund,
        state=ClaimState.filed,
        loss_toman=loss,
        residual_toman=residual,
        sheba=wish.sheba,
        sheba_owner=wish.sheba_owner,
        filed_at=at,
        answer_due_at=answer_due(at, policy),
    )
    db.session.add(claim)
    db.session.flush()
    return claim


def withdraw_claim(number: str, person_id: int, at: datetime) -> Claim:
    """The shopper takes a claim back before it is decided; twice changes nothing. Raises UnknownClaim,
    WrongClaimStep."""
    claim = lock_claim(claim_of_person(number, person_id).id)
    if claim.state is ClaimState.withdrawn:
        return claim
    if claim.state not in UNDECIDED:
        raise WrongClaimStep(params={"state": claim.state})
    move(claim, ClaimState.withdrawn)
    claim.ended_at = at
    free_seats(claim, at)
    let_go(claim, at)
    tell_claim_withdrawn(claim, at)
    return claim


def name_account(number: str, person_id: int, wish: AccountWish, at: datetime) -> Claim:
    """Where a transfer shall go, while nothing was sent there. Raises UnknownClaim, WrongClaimStep at its end."""
    claim = lock_claim(claim_of_person(number, person_id).id)
    if claim.ended_at is not None or claim.paid_at is not None:
        raise WrongClaimStep(params={"state": claim.state})
    claim.sheba, claim.sheba_owner = wish.sheba, wish.owner
    touch(claim)
    return claim
