"""Paying what was reserved, once: back by the way of the purchase's payment where there is room, else to the Sheba.

A reservation becomes one payment, decided by a conditional UPDATE and a constraint, in the unit that also moves the
money and writes the gateway's errand. Killed anywhere, it is done or not begun, and the sweep goes on.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update

from marketplace.accounts.approvals import propose
from marketplace.accounts.shown import Approval
from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.db import changed_count, db
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.events import publish
from marketplace.core.text import ascii_digits
from marketplace.core.unit_of_work import on_violation, unit_of_work
from marketplace.guarantee.claim_models import Claim, ClaimState
from marketplace.guarantee.claim_notices import tell_claim_paid, tell_sheba_needed
from marketplace.guarantee.claim_queries import lock_claim
from marketplace.guarantee.claim_rules import account_of
from marketplace.guarantee.errors import PaidBefore, WrongClaimStep
from marketplace.guarantee.events import ClaimPaid
from marketplace.guarantee.recourse import open_recourse
from marketplace.guarantee.recourse_models import (
    ClaimPayment,
    ClaimPaymentState,
    ClaimReservation,
    ReservationState,
    Way,
)
from marketplace.guarantee.reserving import settle_state
from marketplace.guarantee.steps import let_go
from marketplace.ledger.chart import SHOPPER_REFUNDABLE, store_payable
from marketplace.ledger.transfers import lock_accounts, post_hold, post_transfer, void_hold
from marketplace.orders.models import OrderPayment, StoreOrder
from marketplace.orders.queries import lock_store_order
from marketplace.payments.events import RefundSucceeded
from marketplace.payments.models import Payment, Refund, RefundReason, RefundState, RefundTransfer
from marketplace.payments.refunds import ask_refund
from marketplace.stores.record_models import Mark
from marketplace.stores.record_rows import add_mark

ACTION = "pay_claim"
PAYABLE = (ClaimState.reserved, ClaimState.waiting)
BATCH = 200
on_violation("uq_claim_payments_reservation_id", PaidBefore)
on_violation("uq_claim_payments_bank_reference", PaidBefore)


def pay_reserved(at: datetime) -> int:
    """Pays everything that lies ready and is not being appealed, each in a unit of its own; gives how many. A sweep."""
    done, after = 0, 0
    while ids := _ready(after):
        for reservation_id in ids:
            try:
                with unit_of_work():
                    done += pay_reservation(reservation_id, at) is not None
            except Conflict:
                continue  # another process paid it, or a refund took the room: the next look decides anew
        after = ids[-1]
    return done


def note_refund_transfers(at: datetime) -> int:
    """Payments whose refund the gateway refused and two officials paid by bank transfer have arrived."""
    arrived = db.session.scalars(
        select(ClaimPayment.id)
        .join(RefundTransfer, RefundTransfer.refund_id == ClaimPayment.refund_id)
        .where(ClaimPayment.state == ClaimPaymentState.asked)
        .limit(BATCH)
    ).all()
    db.session.rollback()
    if not arrived:
        return 0
    with unit_of_work():
        return changed_count(
            update(ClaimPayment)
            .where(ClaimPayment.id.in_(arrived), ClaimPayment.state == ClaimPaymentState.asked)
            .values(state=ClaimPaymentState.paid, paid_at=at)
            .execution_options(synchronize_session=False)
        )


def _ready(after: int) -> list[int]:
    """Reservations that lie ready and have no payment yet."""
    paid = select(ClaimPayment.id).where(ClaimPayment.reservation_id == ClaimReservation.id).exists()
    ids = list(
        db.session.scalars(
            select(ClaimReservation.id)
            .join(Claim, Claim.id == ClaimReservation.claim_id)
            .where(
                ClaimReservation.id > after,
                ClaimReservation.state == ReservationState.held,
                Claim.state.in_(PAYABLE),
                ~paid,
            )
            .order_by(ClaimReservation.id)
            .limit(BATCH)
        )
    )
    db.session.rollback()
    return ids


def pay_reservation(reservation_id: int, at: datetime) -> ClaimPayment | None:
    """Pays one reservation; the earlier payment where it was paid before, None while it cannot be paid (appealed, or no
    account is known). Raises RefundTooLarge where another refund took the room meanwhile."""
    found = db.session.get(ClaimReservation, reservation_id)
    if found is None:
        raise NotFound()
    claim, ready = locked(found)
    made = db.session.scalar(select(ClaimPayment).where(ClaimPayment.reservation_id == reservation_id))
    if made is not None:
        return made
    if ready.state is not ReservationState.held or claim.state not in PAYABLE:
        return None
    payment_id = _payment_with_room(claim, ready.amount_toman)
    if payment_id is None:
        return _ask_bank(claim, ready, at)
    take(claim, ready, at)
    reference = f"{claim.number}-{ready.id}"
    refund_id = ask_refund(
        payment_id, ready.amount_toman, key=f"claim-reservation:{ready.id}", reason=RefundReason.claim, at=at
    )
    made = ClaimPayment(
        claim_id=claim.id,
        reservation_id=ready.id,
        reference=reference,
        amount_toman=ready.amount_toman,
        way=Way.refund,
        state=ClaimPaymentState.asked,
        refund_id=refund_id,
        asked_at=at,
    )
    db.session.add(made)
    finish(claim, ready.amount_toman, at)
    return made


def locked(found: ClaimReservation) -> tuple[Claim, ClaimReservation]:
    """Store order, claim, reservation: in that order."""
    part_id = db.session.scalars(select(Claim.store_order_id).where(Claim.id == found.claim_id)).one()
    lock_store_order(part_id)
    claim = lock_claim(found.claim_id)
    db.session.refresh(found)
    return claim, found


def _payment_with_room(claim: Claim, amount_toman: int) -> int | None:
    """The payment of the purchase where the gateway can still give that much back."""
    order_id = select(StoreOrder.order_id).where(StoreOrder.id == claim.store_order_id).scalar_subquery()
    payment = db.session.scalar(
        select(Payment)
        .join(OrderPayment, OrderPayment.payment_id == Payment.id)
        .where(OrderPayment.order_id == order_id, OrderPayment.is_kept)
    )
    if payment is None:
        return None
    asked = db.session.scalar(
        select(func.coalesce(func.sum(Refund.amount_toman), 0)).where(
            Refund.payment_id == payment.id, Refund.state != RefundState.refused
        )
    )
    return payment.id if int(asked or 0) + amount_toman <= payment.captured_toman else None


def _ask_bank(claim: Claim, ready: ClaimReservation, at: datetime) -> ClaimPayment | None:
    """A transfer waits for two officials; without an account the shopper is asked for one."""
    if claim.sheba is None:
        tell_sheba_needed(claim, at)
        return None
    made = ClaimPayment(
        claim_id=claim.id,
        reservation_id=ready.id,
        reference=f"{claim.number}-{ready.id}",
        amount_toman=ready.amount_toman,
        way=Way.transfer,
        state=ClaimPaymentState.asked,
        sheba=claim.sheba,
        owner_name=claim.sheba_owner,
        asked_at=at,
    )
    db.session.add(made)
    db.session.flush()
    return made


def propose_transfer(payment_id: int, bank_reference: str, actor: Actor, at: datetime) -> int:
    """Puts a bank transfer that was made before a second person; gives the proposal's id.

    Raises NotFound, Invalid, PaidBefore, WrongClaimStep while the claim is appealed.
    """
    made = db.session.get(ClaimPayment, payment_id)
    if made is None or made.way is not Way.transfer:
        raise NotFound()
    reference = ascii_digits(" ".join(bank_reference.split()))[:80]
    if not reference:
        raise Invalid(fields={"bank_reference": "required"})
    ensure_open(made, db.session.get_one(Claim, made.claim_id))
    content = {
        "amount_toman": made.amount_toman,
        "sheba": made.sheba,
        "owner": made.owner_name,
        "bank_reference": reference,
    }
    return propose(ACTION, f"claim-payment:{payment_id}", content, actor, at)


def book_transfer(approval: Approval, actor: Actor, at: datetime) -> None:
    """The second person agreed: the claim is paid, and our bank account is that much lower. Raises PaidBefore."""
    made = db.session.get(ClaimPayment, int(approval.subject.partition(":")[2]))
    if made is None:
        raise NotFound()
    claim, ready = locked(db.session.get_one(ClaimReservation, made.reservation_id))
    db.session.refresh(made)
    ensure_open(made, claim)
    if made.amount_toman != approval.content["amount_toman"] or made.sheba != approval.content["sheba"]:
        raise PaidBefore()
    made.bank_reference = str(approval.content["bank_reference"])
    made.state, made.sent_at, made.paid_at = ClaimPaymentState.paid, at, at
    take(claim, ready, at, leaves_bank=True)
    record(actor, "pay_claim", f"claim:{claim.number}", at, amount_toman=made.amount_toman)
    finish(claim, made.amount_toman, at)


def ensure_open(made: ClaimPayment, claim: Claim) -> None:
    """Raises PaidBefore, WrongClaimStep unless a payment waits and its claim may be paid."""
    if made.state is not ClaimPaymentState.asked:
        raise PaidBefore()
    if claim.state not in PAYABLE:
        raise WrongClaimStep(params={"state": claim.state})


def take(claim: Claim, ready: ClaimReservation, at: datetime, *, leaves_bank: bool = False) -> None:
    """The reservation becomes money that leaves, once: by what is owed to shoppers, or, paid by hand, out of our bank,
    for which the hold was made."""
    lock_accounts(account_of(claim.payer), SHOPPER_REFUNDABLE, store_payable(claim.store_id))
    is_taken = changed_count(
        update(ClaimReservation)
        .where(ClaimReservation.id == ready.id, ClaimReservation.state == ReservationState.held)
        .values(state=ReservationState.paid, ended_at=at)
        .execution_options(synchronize_session=False)
    )
    if not is_taken or ready.hold_id is None:
        raise PaidBefore()
    db.session.refresh(ready)
    if leaves_bank:
        post_hold(ready.hold_id, key=f"claim-reservation:{ready.id}:paid", at=at)
        return
    void_hold(ready.hold_id, key=f"claim-reservation:{ready.id}:refunded", at=at)
    post_transfer(
        key=f"claim-reservation:{ready.id}:paid",
        debit=account_of(claim.payer),
        credit=SHOPPER_REFUNDABLE,
        amount_toman=ready.amount_toman,
        code="claim_paid",
        subject=f"claim:{claim.number}",
        at=at,
    )


def finish(claim: Claim, amount_toman: int, at: datetime) -> None:
    """What follows from a payment: the store's debt, the entry in its record, the news."""
    claim.paid_toman += amount_toman
    is_whole = claim.paid_toman == claim.approved_toman
    if is_whole:
        claim.paid_at = at
    db.session.flush()
    add_mark(claim.store_id, Mark.fund_payment, f"claim:{claim.number}", at)
    open_recourse(claim, amount_toman, at)
    let_go(claim, at)
    settle_state(claim)
    record(SYSTEM, "pay_claim", f"claim:{claim.number}", at, paid_toman=amount_toman)
    tell_claim_paid(claim, amount_toman, at)
    publish(ClaimPaid(claim.id, claim.number, claim.store_id, claim.person_id, amount_toman, is_whole, at))


def hear_refund(news: RefundSucceeded) -> None:
    """The gateway gave it back: the shopper has the money."""
    db.session.execute(
        update(ClaimPayment)
        .where(ClaimPayment.refund_id == news.refund_id, ClaimPayment.state == ClaimPaymentState.asked)
        .values(state=ClaimPaymentState.paid, paid_at=news.at)
        .execution_options(synchronize_session=False)
    )
