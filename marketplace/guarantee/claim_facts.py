"""What the rules ask about a complaint and its purchase, in few statements."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from marketplace.complaints.models import (
    Complaint,
    ComplaintMessage,
    ComplaintState,
    Evaluation,
    OfferOfStoreState,
    Remedy,
    Said,
    StoreOffer,
)
from marketplace.complaints.rules import may_evaluate_until
from marketplace.core.db import db
from marketplace.guarantee.claim_models import Claim, ClaimState
from marketplace.guarantee.claim_queries import granted_to, has_chargeback
from marketplace.guarantee.claim_rules import Purchase, full_loss, loss_of
from marketplace.guarantee.eligibility import ClaimFacts, Eligibility, judge
from marketplace.orders.models import Order, OrderLine, StoreOrder
from marketplace.policy.policy import Policy, policy_at
from marketplace.stores.interest import has_interest
from marketplace.stores.moving import unsettled_dues

ANSWERS = (Said.offer, Said.acceptance, Said.refusal)
GONE = (ClaimState.withdrawn, ClaimState.stopped)


def purchase_left(store_order_id: int, line_id: int | None) -> Purchase:
    """What was paid for a store order, or one line of it, and has not gone back."""
    part = db.session.get_one(StoreOrder, store_order_id)
    goods = part.goods_toman - part.refunded_goods_toman
    shipping = part.shipping_toman - part.refunded_shipping_toman
    line = db.session.get(OrderLine, line_id) if line_id is not None else None
    if line is None:
        return Purchase(goods, shipping)
    kept = line.quantity - line.cancelled_count - line.returned_count
    return Purchase(goods, shipping, kept * line.unit_toman)


def loss_left(claim: Claim) -> int:
    """What is left of a claim's loss after what went back to the shopper: by the store, or by the payer's bank, which
    takes of each store order its share."""
    case = db.session.get_one(Complaint, claim.complaint_id)
    bought = purchase_left(claim.store_order_id, case.order_line_id)
    return loss_of(claim.category, bought, claim.residual_toman)


def most_loss(claim: Claim) -> int:
    """The most that may be found proven now: the loss of the claim, and in an appeal no more than is left of it."""
    return min(claim.loss_toman, loss_left(claim)) if claim.state is ClaimState.appealed else claim.loss_toman


def eligibility_of(complaint: Complaint, at: datetime) -> Eligibility:
    """Every condition of a claim about a complaint, at a moment."""
    policy = policy_at(at)
    return judge(facts_of(complaint, policy, at), policy, at)


def facts_of(complaint: Complaint, policy: Policy, at: datetime) -> ClaimFacts:
    """What is known of a complaint and its purchase now."""
    own_rules = policy_at(complaint.filed_at)
    part = order = None
    if complaint.store_order_id is not None:
        part = db.session.get_one(StoreOrder, complaint.store_order_id)
        order = db.session.get_one(Order, part.order_id)
    bought = purchase_left(part.id, complaint.order_line_id) if part else Purchase(0, 0)
    answered = complaint.answered_at
    return ClaimFacts(
        category=complaint.category,
        is_outside=complaint.is_outside,
        is_withdrawn=complaint.state is ComplaintState.withdrawn,
        is_unfounded=complaint.state is ComplaintState.unfounded,
        complained_at=complaint.filed_at,
        answer_due_at=unsettled_dues([complaint.number]).get(complaint.number, complaint.answer_due_at),
        answered_at=answered,
        is_refused=_last_answer(complaint.id) is Said.refusal,
        promise_due_at=_promise_due(complaint.id, policy),
        is_solved=complaint.evaluation is Evaluation.solved,
        is_not_solved=complaint.evaluation is Evaluation.not_solved,
        evaluate_until_at=may_evaluate_until(answered, own_rules) if answered else None,
        delivered_at=part.delivered_at if part else None,
        promised_at=_promised(part, policy) if part else None,
        loss_toman=full_loss(complaint.category, bought),
        granted_toman=granted_to(complaint.person_id, order.festival_id) if order else 0,
        earlier_claim=_earlier(complaint),
        has_chargeback=has_chargeback(order.id) if order else False,
        is_member=has_interest(complaint.person_id, complaint.store_id),
    )


def _promised(part: StoreOrder, policy: Policy) -> datetime | None:
    begins = part.ship_by_at or part.paid_at
    return begins + timedelta(days=policy.delivered_after_days) if begins else None


def _last_answer(complaint_id: int) -> Said | None:
    return db.session.scalar(
        select(ComplaintMessage.said)
        .where(ComplaintMessage.complaint_id == complaint_id, ComplaintMessage.said.in_(ANSWERS))
        .order_by(ComplaintMessage.id.desc())
        .limit(1)
    )


def _promise_due(complaint_id: int, policy: Policy) -> datetime | None:
    """Until when goods that were promised once more had to arrive; None where none are due."""
    promised = db.session.scalar(
        select(StoreOffer.decided_at).where(
            StoreOffer.complaint_id == complaint_id,
            StoreOffer.remedy == Remedy.replacement,
            StoreOffer.state == OfferOfStoreState.accepted,
            StoreOffer.carried_at.is_(None),
        )
    )
    return promised + timedelta(days=policy.delivered_after_days) if promised else None


def _earlier(complaint: Complaint) -> str | None:
    """The claim that stands in the way: about this complaint, or an open one about the same store order."""
    own = Claim.complaint_id == complaint.id
    same = (Claim.store_order_id == complaint.store_order_id) & Claim.state.not_in(GONE)
    return db.session.scalar(
        select(Claim.number)
        .where(own | (same & Claim.ended_at.is_(None) & Claim.paid_at.is_(None)))
        .order_by(Claim.id)
        .limit(1)
    )
