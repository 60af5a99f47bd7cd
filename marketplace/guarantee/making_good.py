"""The loss was made good in another way: by the store, or by the payer's bank. It lessens, stops, or is clawed back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from marketplace.complaints.models import Complaint
from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.db import db
from marketplace.core.money import percent_of, split
from marketplace.core.unit_of_work import on_violation
from marketplace.guarantee.claim_facts import purchase_left
from marketplace.guarantee.claim_models import Chargeback, Claim, Stop
from marketplace.guarantee.claim_notices import tell_claim_lessened, tell_claim_stopped
from marketplace.guarantee.claim_queries import decisions_of, lock_claim
from marketplace.guarantee.claim_rules import UNDECIDED, loss_of
from marketplace.guarantee.errors import AlreadyClaimed
from marketplace.guarantee.finishing import stop_claim
from marketplace.guarantee.recourse import claw
from marketplace.guarantee.recourse_models import Clawback, ClawbackState
from marketplace.guarantee.reserving import lower_approved, settle_state
from marketplace.guarantee.steps import touch
from marketplace.orders.events import OrderChargedBack, StoreOrderRefunded
from marketplace.orders.models import StoreOrder
from marketplace.policy.policy import policy_at

on_violation("uq_chargebacks_order_id", AlreadyClaimed)


def hear_repayment(news: StoreOrderRefunded) -> None:
    """Money of a store order goes back: a claim about it is lessened by as much, or stops, or is clawed back."""
    for claim_id in _living(Claim.store_order_id == news.store_order_id):
        claim = lock_claim(claim_id)
        left = _left(claim)
        if left < claim.loss_toman or claim.paid_toman:
            _lessen(claim, left, news.goods_toman + news.shipping_toman, Stop.repaid, news.at)


def hear_order_chargeback(news: OrderChargedBack) -> None:
    """A dispute was lost: see `hear_chargeback`."""
    hear_chargeback(news.order_id, news.amount_toman, SYSTEM, news.at)


def hear_chargeback(order_id: int, amount_toman: int, actor: Actor, at: datetime) -> int:
    """The payer's bank took money of an order back; heard of once. Gives the number of claims that it met.

    Before the decision a claim stops; after it the loss is less by the store order's share of what the bank took: what
    was not paid is freed, and what was paid too much is clawed back.
    """
    known = db.session.scalar(select(Chargeback.id).where(Chargeback.order_id == order_id))
    if known is not None:
        return 0
    db.session.add(Chargeback(order_id=order_id, amount_toman=amount_toman, heard_at=at))
    db.session.flush()
    record(actor, "hear_chargeback", f"order:{order_id}", at, amount_toman=amount_toman)
    parts = select(StoreOrder.id).where(StoreOrder.order_id == order_id)
    met = _living(Claim.store_order_id.in_(parts))
    for claim_id in met:
        claim = lock_claim(claim_id)
        left = 0 if claim.state in UNDECIDED else _left(claim)
        _lessen(claim, left, _charged_back(claim.store_order_id), Stop.chargeback, at)
    return len(met)


def _left(claim: Claim) -> int:
    """What is left of a loss after what the store gave back and the payer's bank took."""
    case = db.session.get_one(Complaint, claim.complaint_id)
    bought = purchase_left(claim.store_order_id, case.order_line_id)
    return max(loss_of(claim.category, bought, claim.residual_toman) - _charged_back(claim.store_order_id), 0)


def _charged_back(store_order_id: int) -> int:
    """What the payer's bank took of a store order: its share by what was paid for each of the order's, exact to the
    toman."""
    order_id = db.session.scalars(select(StoreOrder.order_id).where(StoreOrder.id == store_order_id)).one()
    taken = db.session.scalar(select(Chargeback.amount_toman).where(Chargeback.order_id == order_id))
    if taken is None:
        return 0
    parts = db.session.execute(
        select(StoreOrder.id, (StoreOrder.goods_toman + StoreOrder.shipping_toman).label("paid"))
        .where(StoreOrder.order_id == order_id)
        .order_by(StoreOrder.id)
    ).all()
    paid = [row.paid for row in parts]
    shares = split(min(taken, sum(paid)), paid)
    return next(share for row, share in zip(parts, shares, strict=True) if row.id == store_order_id)


def _living(which: object) -> list[int]:
    return list(
        db.session.scalars(
            select(Claim.id)
            .where(which, (Claim.ended_at.is_(None)) | (Claim.paid_toman > 0))  # type: ignore[arg-type]
            .order_by(Claim.id)
        )
    )


def _lessen(claim: Claim, left: int, came_back: int, why: Stop, at: datetime) -> None:
    claim.made_good_toman += came_back
    if claim.state in UNDECIDED:
        if left < policy_at(claim.filed_at).fund_least_loss_toman:
            stop_claim(claim, why, at)
            tell_claim_stopped(claim, at)
        else:
            claim.loss_toman = left
            touch(claim)
            tell_claim_lessened(claim, at)
        return
    entitled = min(claim.approved_toman, _entitled(claim, left))
    excess = claim.paid_toman - entitled
    if excess > 0:
        _claw_back(claim, excess, at)
    if claim.ended_at is not None:
        return
    if entitled == 0 and claim.paid_toman == 0:
        if claim.approved_toman:
            stop_claim(claim, why, at)
            tell_claim_stopped(claim, at)
        return
    lower_approved(claim, entitled, at)
    if claim.paid_toman and claim.paid_toman == claim.approved_toman:
        claim.paid_at = claim.paid_at or at
    settle_state(claim)


def _entitled(claim: Claim, left: int) -> int:
    """What the last decision would grant for what is left of the loss."""
    decisions = decisions_of(claim.id)
    if not decisions:
        return 0
    last = decisions[-1]
    share = percent_of(min(last.loss_toman, left), last.store_share_percent)
    return percent_of(share, last.coverage_percent)


def _claw_back(claim: Claim, excess: int, at: datetime) -> None:
    """The shopper has that much twice: owed to the fund, and not by the store any more."""
    asked = sum(db.session.scalars(select(Clawback.amount_toman).where(Clawback.claim_id == claim.id)).all())
    amount = excess - asked
    if amount <= 0:
        return
    key = f"claim:{claim.number}:clawback:{asked}"
    db.session.add(
        Clawback(claim_id=claim.id, amount_toman=amount, key=key, state=ClawbackState.open, asked_at=at)
    )
    claw(claim, amount, key, at)
    settle_state(claim)
