"""What must hold of payouts and refunds at any moment, as named checks; each gives the rows that break it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from marketplace.core.db import AnySelect, db
from marketplace.ledger.chart import PAYOUTS_IN_FLIGHT, SHOPPER_REFUNDABLE
from marketplace.ledger.models import LedgerAccount, Step, Transfer
from marketplace.ledger.transfers import balance
from marketplace.payments.models import Refund, RefundState
from marketplace.payments.payout_models import (
    Payout,
    PayoutBatch,
    PayoutState,
    ShopperTransfer,
    ShopperTransferState,
)
from marketplace.payments.queries import was_transferred


def payouts_in_flight_are_sent() -> Iterator[str]:
    """The book's money in flight is that of the payouts sent, what is held for payouts that of those proposed."""
    held = (
        db.session.scalar(
            select(LedgerAccount.held_credits_toman).where(LedgerAccount.name == PAYOUTS_IN_FLIGHT.name)
        )
        or 0
    )
    for name, booked, state in (
        ("in flight", balance(PAYOUTS_IN_FLIGHT), PayoutState.sent),
        ("held", held, PayoutState.proposed),
    ):
        told = db.session.scalar(
            select(func.coalesce(func.sum(Payout.amount_toman), 0)).where(Payout.state == state)
        )
        if booked != told:
            yield f"{name}: book {booked}, payouts {told}"


def payouts_are_paid_once() -> Iterator[str]:
    """A payout has its hold with its own amount, and one transfer to the bank exactly when it was paid."""
    hold = select(Transfer.id, Transfer.amount_toman).where(Transfer.step == Step.hold).subquery()
    for row in db.session.execute(
        select(Payout.reference)
        .outerjoin(hold, hold.c.id == Payout.hold_id)
        .where(func.coalesce(hold.c.amount_toman, -1) != Payout.amount_toman)
    ):
        yield f"payout {row.reference}: its hold is of another amount"
    paid = select(Transfer.key, Transfer.amount_toman).where(Transfer.code == "payout_paid").subquery()
    for each in db.session.execute(
        select(Payout.reference, Payout.state, paid.c.amount_toman)
        .outerjoin(paid, paid.c.key == func.concat("payout:", Payout.id, ":accepted"))
        .where(
            (
                Payout.bank_reference.is_not(None)
                & (func.coalesce(paid.c.amount_toman, -1) != Payout.amount_toman)
            )
            | (Payout.bank_reference.is_(None) & paid.c.amount_toman.is_not(None))
        )
    ):
        yield f"payout {each.reference} is {each.state}, the bank was booked {each.amount_toman or 0}"


def batches_add_up() -> Iterator[str]:
    """A batch's count and sum are those of its payouts."""
    sums = (
        select(Payout.batch_id, func.count().label("count"), func.sum(Payout.amount_toman).label("toman"))
        .group_by(Payout.batch_id)
        .subquery()
    )
    for row in db.session.execute(
        select(PayoutBatch.number)
        .outerjoin(sums, sums.c.batch_id == PayoutBatch.id)
        .where(
            (PayoutBatch.payout_count != func.coalesce(sums.c.count, 0))
            | (PayoutBatch.total_toman != func.coalesce(sums.c.toman, 0))
        )
    ):
        yield f"batch {row.number} is not the sum of its payouts"


def refundable_equals_open_refunds() -> Iterator[str]:
    """What is owed to shoppers is what was asked of the gateway and has not left, refused ones included, and what goes
    to them with the bank's file and was not sent.

    What was paid by transfer instead has left.
    """
    owed = balance(SHOPPER_REFUNDABLE)
    asked = _sum(
        select(func.sum(Refund.amount_toman)).where(
            Refund.state.in_((RefundState.asked, RefundState.refused)), ~was_transferred()
        )
    )
    waiting = _sum(
        select(func.sum(ShopperTransfer.amount_toman)).where(
            ShopperTransfer.refund_id.is_(None), ShopperTransfer.state != ShopperTransferState.paid
        )
    )
    sent = _sum(
        select(func.sum(Payout.amount_toman)).where(
            Payout.shopper_transfer_id.is_not(None), Payout.state == PayoutState.sent
        )
    )
    if owed != asked + waiting - sent:
        yield f"book {owed}, refunds {asked}, transfers {waiting}, sent {sent}"


def shoppers_are_paid_once() -> Iterator[str]:
    """A transfer to a shopper was paid by exactly one payout of its amount; one that was not, by none."""
    paid = (
        select(
            Payout.shopper_transfer_id.label("of"),
            func.count().label("count"),
            func.sum(Payout.amount_toman).label("toman"),
        )
        .where(Payout.shopper_transfer_id.is_not(None), Payout.state == PayoutState.paid)
        .group_by(Payout.shopper_transfer_id)
        .subquery()
    )
    is_paid = ShopperTransfer.state == ShopperTransferState.paid
    for row in db.session.execute(
        select(ShopperTransfer.subject)
        .outerjoin(paid, paid.c.of == ShopperTransfer.id)
        .where(
            (is_paid & ((paid.c.count != 1) | (paid.c.toman != ShopperTransfer.amount_toman)))
            | (is_paid & paid.c.count.is_(None))
            | (~is_paid & paid.c.count.is_not(None))
        )
    ):
        yield f"{row.subject}: its state is not what its payouts say"


def _sum(query: AnySelect) -> int:
    return int(db.session.scalar(query) or 0)


CHECKS = {
    "payouts_in_flight_are_sent": payouts_in_flight_are_sent,
    "payouts_are_paid_once": payouts_are_paid_once,
    "batches_add_up": batches_add_up,
    "shoppers_are_paid_once": shoppers_are_paid_once,
    "refundable_equals_open_refunds": refundable_equals_open_refunds,
}
