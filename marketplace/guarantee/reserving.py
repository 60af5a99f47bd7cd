"""Money taken aside for a claim, and the state in which its money is.

Locks are taken in one order: store order, claim, accounts of the book, recourse.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.unit_of_work import on_violation
from marketplace.guarantee.claim_models import Claim, ClaimState
from marketplace.guarantee.claim_queries import recourse_of, reservations_of
from marketplace.guarantee.claim_rules import account_of, may_become, pay_by
from marketplace.guarantee.errors import PaidBefore
from marketplace.guarantee.recourse_models import (
    ClaimPayment,
    ClaimReservation,
    Recourse,
    ReservationState,
)
from marketplace.guarantee.steps import move
from marketplace.ledger.chart import BANK
from marketplace.ledger.transfers import free_balance, hold_transfer, lock_accounts, void_hold
from marketplace.policy.policy import policy_at

S = ClaimState
THROUGH = {
    S.approved: S.reserved,
    S.final: S.paid,
    S.reserved: S.paid,
    S.waiting: S.paid,
    S.paid: S.recourse_open,
    S.recovered: S.recourse_open,
}
"""Over which state the money of a claim goes where there is no straight step."""
on_violation("uq_claim_reservations_key", PaidBefore)


def reserve_rest(claim: Claim, at: datetime) -> int:
    """Takes aside all that is approved and not reserved, or nothing where the fund has less; gives how much.

    What cannot be reserved waits: on the fund for the month's end, on an insurer for its money. The account is locked,
    so that two approvals that only fit singly are never both reserved.
    """
    rest = claim.approved_toman - claim.reserved_toman
    if rest > 0:
        payer = account_of(claim.payer)
        lock_accounts(payer, BANK)
        if free_balance(payer) < rest:
            rest = 0
            claim.waiting_from_at = claim.waiting_from_at or at
    if rest > 0:
        reserve(claim, rest, f"claim:{claim.number}:{claim.reserved_toman}:{claim.version}", at)
    settle_state(claim)
    return rest


def reserve_part(claim: Claim, amount_toman: int, key: str, at: datetime) -> ClaimReservation:
    """A month's end gives a locked claim a part of what it waits for, once per key. Raises PaidBefore, AboveLimit."""
    made = reserve(claim, amount_toman, key, at)
    settle_state(claim)
    return made


def reserve(claim: Claim, amount_toman: int, key: str, at: datetime) -> ClaimReservation:
    """Holds an amount on the payer's account for a claim. Raises AboveLimit where there is less, PaidBefore."""
    if claim.reserved_toman + amount_toman > claim.approved_toman:
        raise PaidBefore()
    hold_id = hold_transfer(
        key=f"{key}:hold",
        debit=account_of(claim.payer),
        credit=BANK,
        amount_toman=amount_toman,
        code="claim_reserved",
        subject=f"claim:{claim.number}",
        at=at,
    )
    made = ClaimReservation(
        claim_id=claim.id,
        key=key,
        amount_toman=amount_toman,
        hold_id=hold_id,
        reserved_at=at,
        pay_by_at=pay_by(at, policy_at(claim.filed_at)),
    )
    db.session.add(made)
    claim.reserved_toman += amount_toman
    if claim.reserved_toman == claim.approved_toman:
        claim.waiting_from_at = None
    db.session.flush()
    return made


def lower_approved(claim: Claim, amount_toman: int, at: datetime) -> None:
    """Grants less than before, never less than was paid: what lies ready above it goes back to what is free."""
    target = max(amount_toman, claim.paid_toman)
    surplus = claim.reserved_toman - target
    for made in reversed(reservations_of(claim.id, held=True)):
        if surplus <= 0:
            break
        surplus -= _free(claim, made, min(surplus, made.amount_toman - made.freed_toman), at)
    claim.approved_toman = target
    db.session.flush()


def _free(claim: Claim, made: ClaimReservation, amount: int, at: datetime) -> int:
    """Frees all of a reservation, or makes a smaller one of it; gives how much became free."""
    kept = made.amount_toman - amount
    made.state, made.freed_toman, made.ended_at = ReservationState.freed, made.amount_toman, at
    if made.hold_id is not None:
        void_hold(made.hold_id, key=f"{made.key}:free", at=at)
    claim.reserved_toman -= made.amount_toman
    asked = db.session.scalar(select(ClaimPayment).where(ClaimPayment.reservation_id == made.id))
    if asked is not None:
        db.session.delete(asked)
    db.session.flush()
    if kept > 0:
        reserve(claim, kept, f"{made.key}:kept", at)
    return amount


def settle_state(claim: Claim) -> None:
    """Brings a locked claim to the state that its money is in. One that is being appealed stays so until it is decided,
    whatever its store or its shopper pays meanwhile; what the decision leaves then tells."""
    if claim.state is S.appealed:
        return
    target = _target(claim, recourse_of(claim.id))
    while target is not None and claim.state is not target:
        move(claim, target if may_become(claim.state, target) else THROUGH[claim.state])


def _target(claim: Claim, owed: Recourse | None) -> ClaimState | None:
    if claim.approved_toman > claim.reserved_toman:
        return S.waiting
    if claim.reserved_toman > claim.paid_toman:
        return S.reserved
    if claim.paid_toman == 0:
        return None
    if owed is None:
        return S.paid
    if owed.ended_at is None:
        return S.recourse_open
    return S.written_off if owed.written_off_toman else S.recovered
