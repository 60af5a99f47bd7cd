"""The loss was made good in another way: by the store, or by the payer's bank. It lessens, stops, or is clawed back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.db import db
from marketplace.core.money import percent_of
from marketplace.core.unit_of_work import on_violation
from marketplace.guarantee.claim_facts import loss_left
from marketplace.guarantee.claim_models import Chargeback, Claim, ClaimState, Party, Stop
from marketplace.guarantee.claim_notices import tell_claim_lessened, tell_claim_stopped
from marketplace.guarantee.claim_queries import decisions_of, lock_claim
from marketplace.guarantee.claim_rules import UNDECIDED
from marketplace.guarantee.clawback_models import ClawbackCause
from marketplace.guarantee.clawbacks import clawed_of, open_clawback
from marketplace.guarantee.errors import AlreadyClaimed
from marketplace.guarantee.finishing import stop_claim
from marketplace.guarantee.recourse import claw
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
        left = loss_left(claim)
        if left < claim.loss_toman or claim.paid_toman:
            _lessen(claim, left, news.goods_toman + news.shipping_toman, Stop.repaid, news.at)


def hear_order_chargeback(news: OrderChargedBack) -> None:
    """A dispute was lost: see `hear_chargeback`."""
    hear_chargeback(news.order_id, news.amount_toman, SYSTEM, news.at)


def hear_chargeback(order_id: int, amount_toman: int, actor: Actor, at: datetime) -> int:
    """The payer's bank took money of an order back, once more or for the first time. Gives the number of claims it met.

    Before the decision a claim stops; after it the loss is what is left of the purchase, from which the bank's share
    was taken: what was not paid is freed, and what was paid too much is clawed back.
    """
    known = db.session.scalar(select(Chargeback).where(Chargeback.order_id == order_id))
    if known is None:
        db.session.add(Chargeback(order_id=order_id, amount_toman=amount_toman, heard_at=at))
    else:
        known.amount_toman += amount_toman
    db.session.flush()
    record(actor, "hear_chargeback", f"order:{order_id}", at, amount_toman=amount_toman)
    parts = select(StoreOrder.id).where(StoreOrder.order_id == order_id)
    met = _living(Claim.store_order_id.in_(parts))
    for claim_id in met:
        claim = lock_claim(claim_id)
        left = 0 if claim.state in UNDECIDED else loss_left(claim)
        came = max(claim.loss_toman - left - claim.made_good_toman, 0)
        _lessen(claim, left, came, Stop.chargeback, at)
    return len(met)


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
    is_small = left < policy_at(claim.filed_at).fund_least_loss_toman
    if claim.state in UNDECIDED:
        if is_small:
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
        if claim.approved_toman or (claim.state is ClaimState.appealed and is_small):
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
    asked = clawed_of(claim.id)
    amount = excess - asked
    if amount <= 0:
        return
    key = f"claim:{claim.number}:clawback:{asked}"
    relieved = claw(claim, amount, key, at)
    open_clawback(claim, Party.shopper, ClawbackCause.repaid, amount, key, at, relieved_toman=relieved)
    settle_state(claim)
