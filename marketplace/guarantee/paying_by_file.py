"""Claims that go to the shopper's Sheba with the bank's file, beside the payouts to stores."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.guarantee.claim_models import Claim
from marketplace.guarantee.claim_notices import tell_transferred
from marketplace.guarantee.paying import ensure_open, finish, locked, take
from marketplace.guarantee.recourse_models import ClaimPayment, ClaimPaymentState, ClaimReservation, Way
from marketplace.payments.events import ShopperTransferPaid, ShopperTransferRefused
from marketplace.payments.payout_accounts import AccountWish
from marketplace.payments.payout_files import masked_sheba
from marketplace.payments.shopper_transfers import ask_transfer

SUBJECT = "claim-payment:"


def send_by_file(payment_id: int, actor: Actor, at: datetime) -> None:
    """Puts what a claim is paid by transfer into the bank's next file: the money leaves the fund now, once.

    Raises NotFound, PaidBefore, WrongClaimStep while the claim is appealed.
    """
    made = db.session.get(ClaimPayment, payment_id)
    if made is None or made.way is not Way.transfer or made.sheba is None:
        raise NotFound()
    claim, ready = locked(db.session.get_one(ClaimReservation, made.reservation_id))
    db.session.refresh(made)
    ensure_open(made, claim)
    made.state, made.sent_at = ClaimPaymentState.sent, at
    take(claim, ready, at)
    ask_transfer(f"{SUBJECT}{made.id}", AccountWish(made.sheba, made.owner_name or ""), made.amount_toman, at)
    record(actor, "send_claim_by_file", f"claim:{claim.number}", at, sheba=masked_sheba(made.sheba))
    finish(claim, made.amount_toman, at)


def hear_transfer_paid(news: ShopperTransferPaid) -> None:
    """The bank paid: the shopper has the money."""
    if news.refund_id is not None:
        concerned = ClaimPayment.refund_id == news.refund_id
    else:
        concerned = ClaimPayment.id == _payment_of(news.subject)
    db.session.execute(
        update(ClaimPayment)
        .where(concerned)
        .values(
            state=ClaimPaymentState.paid, paid_at=news.at, problem=None, bank_reference=news.bank_reference
        )
        .execution_options(synchronize_session=False)
    )
    _tell(news)


def hear_transfer_refused(news: ShopperTransferRefused) -> None:
    """The bank did not pay, or gave it back: it is owed to the shopper still, and the payout desk has it."""
    db.session.execute(
        update(ClaimPayment)
        .where(ClaimPayment.id == _payment_of(news.subject))
        .values(state=ClaimPaymentState.sent, paid_at=None, problem=news.reason, bank_reference=None)
        .execution_options(synchronize_session=False)
    )
    _tell(news)


def _tell(news: ShopperTransferPaid | ShopperTransferRefused) -> None:
    """The refund of a claim is told with its order."""
    made = db.session.get(ClaimPayment, _payment_of(news.subject) or 0)
    if made is not None:
        tell_transferred(db.session.get_one(Claim, made.claim_id), news)


def _payment_of(subject: str) -> int | None:
    return int(subject.removeprefix(SUBJECT)) if subject.startswith(SUBJECT) else None
