"""Money owed to shoppers that goes to a Sheba with the bank's file, beside the payouts to stores.

It lies on `shopper_refundable` until its batch is sent. Once per subject; what the bank refused waits for a person, who
corrects the account or sends it again as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from marketplace.core.audit import Actor, record
from marketplace.core.db import changed_count, db
from marketplace.core.events import publish
from marketplace.payments.events import ShopperTransferPaid, ShopperTransferRefused
from marketplace.payments.payout_accounts import AccountWish
from marketplace.payments.payout_errors import PayoutNotFailed
from marketplace.payments.payout_files import masked_sheba
from marketplace.payments.payout_models import (
    Payout,
    PayoutState,
    ShopperTransfer,
    ShopperTransferState,
)

PATIENCE = timedelta(hours=20)


def ask_transfer(
    subject: str, to: AccountWish, amount_toman: int, at: datetime, *, refund_id: int | None = None
) -> ShopperTransfer:
    """Puts an amount that lies on `shopper_refundable` in line for the next batch, once per subject.

    Asked again, the earlier one is given as it is: another account is entered by `correct_transfer`.
    """
    known = db.session.scalar(select(ShopperTransfer).where(ShopperTransfer.subject == subject))
    if known is not None:
        return known
    made = ShopperTransfer(
        subject=subject,
        refund_id=refund_id,
        sheba=to.sheba,
        holder=to.owner_name,
        amount_toman=amount_toman,
        state=ShopperTransferState.waiting,
        asked_at=at,
    )
    db.session.add(made)
    db.session.flush()
    return made


def correct_transfer(transfer_id: int, to: AccountWish, actor: Actor, at: datetime) -> None:
    """Another account for what the bank refused; it goes with the next batch. Raises PayoutNotFailed."""
    _try_again(transfer_id, sheba=to.sheba, holder=to.owner_name)
    record(actor, "correct_transfer", f"shopper-transfer:{transfer_id}", at, sheba=masked_sheba(to.sheba))


def send_again(transfer_id: int) -> None:
    """What the bank refused goes with the next batch as it is. Raises PayoutNotFailed."""
    _try_again(transfer_id)


def _try_again(transfer_id: int, **account: str) -> None:
    cleared = changed_count(
        update(ShopperTransfer)
        .where(ShopperTransfer.id == transfer_id, ShopperTransfer.state == ShopperTransferState.refused)
        .values(state=ShopperTransferState.waiting, **account)
        .execution_options(synchronize_session="fetch")
    )
    if not cleared:
        raise PayoutNotFailed()
    db.session.execute(
        update(Payout)
        .where(Payout.shopper_transfer_id == transfer_id, Payout.state == PayoutState.failed)
        .values(state=PayoutState.retried)
        .execution_options(synchronize_session="fetch")
    )


def waiting_transfers() -> Sequence[ShopperTransfer]:
    """What goes with the next batch, the oldest first."""
    return db.session.scalars(
        select(ShopperTransfer)
        .where(ShopperTransfer.state == ShopperTransferState.waiting)
        .order_by(ShopperTransfer.id)
    ).all()


def waits_too_long(at: datetime) -> bool:
    """Whether some transfer has waited for most of a day: then it gets a batch of its own."""
    first = db.session.scalar(
        select(func.min(ShopperTransfer.asked_at)).where(
            ShopperTransfer.state == ShopperTransferState.waiting
        )
    )
    return first is not None and first <= at - PATIENCE


def note_answer(payout: Payout, reason: str | None, at: datetime) -> None:
    """The bank paid it, or says why not; whoever asked for it hears so. Inside the unit that books it."""
    of = db.session.get_one(ShopperTransfer, payout.shopper_transfer_id)
    of.state = ShopperTransferState.paid if reason is None else ShopperTransferState.refused
    of.paid_at = at if reason is None else None
    db.session.flush()
    if reason is None:
        reference = payout.bank_reference or payout.reference
        publish(ShopperTransferPaid(of.subject, of.refund_id, of.amount_toman, of.sheba[-4:], reference, at))
    else:
        publish(ShopperTransferRefused(of.subject, of.refund_id, of.amount_toman, reason, at))


def transfer_facts(news: ShopperTransferPaid | ShopperTransferRefused) -> tuple[str, str, dict[str, Any]]:
    """By which template and key a shopper reads of a transfer, and what it says of the money."""
    if isinstance(news, ShopperTransferPaid):
        key = f"{news.subject}:paid:{news.bank_reference}"
        return "transfer_paid", key, {"amount_toman": news.amount_toman, "sheba_end": news.sheba_end}
    key = f"{news.subject}:refused:{news.at.isoformat()}"
    return "transfer_refused", key, {"amount_toman": news.amount_toman, "reason": news.reason}
