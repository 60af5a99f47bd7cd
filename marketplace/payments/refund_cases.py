"""Refunds that the gateway refused: asked for again, or paid by bank transfer: with the bank's next file, or by hand by
two persons. Never lost in silence.

The money stands on `shopper_refundable` until one of the two happened. A refund without any answer may have been made,
so it is only asked for again, with its own key; a transfer would risk paying twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from marketplace.accounts.approvals import propose
from marketplace.accounts.shown import Approval
from marketplace.core import text
from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.jobs import enqueue
from marketplace.core.unit_of_work import on_violation
from marketplace.ledger.chart import BANK, SHOPPER_REFUNDABLE
from marketplace.ledger.transfers import post_transfer
from marketplace.payments.models import Refund, RefundState, RefundTransfer
from marketplace.payments.payout_accounts import AccountWish
from marketplace.payments.payout_files import masked_sheba
from marketplace.payments.queries import goes_by_transfer, lock_payment
from marketplace.payments.refunds import REFUND, UNSURE, RefundTooLarge, promised_toman
from marketplace.payments.shopper_transfers import ask_transfer

ACTION = "pay_refund"


class RefundNotOpen(Conflict):
    """The refund does not wait for a person any more."""

    code = "refund_not_open"


on_violation("uq_refund_transfers_refund_id", RefundNotOpen)


@dataclass(frozen=True, slots=True)
class TransferWish:
    """A bank transfer that was made to a shopper."""

    sheba: str
    holder: str
    bank_reference: str

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> TransferWish:
        """Raises Invalid with the code of each wrong field."""
        wrong: dict[str, str] = {}
        sheba = text.sheba(str(values.get("sheba") or ""))
        if sheba is None:
            wrong["sheba"] = "bad_sheba"
        told = {
            name: " ".join(str(values.get(name) or "").split())[:80] for name in ("holder", "bank_reference")
        }
        wrong |= {name: "required" for name, value in told.items() if not value}
        if wrong or sheba is None:
            raise Invalid(fields=wrong)
        return cls(sheba, told["holder"], text.ascii_digits(told["bank_reference"]))


def retry_refund(refund_id: int, actor: Actor, at: datetime) -> int:
    """Has the gateway asked again; gives the errand's id. After a definite no with a new key, else with the same.

    Raises NotFound, RefundNotOpen, RefundTooLarge when other refunds took what was left.
    """
    refund = _open_case(refund_id)
    payment = lock_payment(refund.payment_id)
    if promised_toman(payment.id) + refund.amount_toman > payment.captured_toman:
        raise RefundTooLarge()
    if refund.problem not in UNSURE:
        refund.attempt += 1
        refund.gateway_refund_id = None
    refund.state, refund.done_at, refund.problem = RefundState.asked, None, None
    db.session.flush()
    record(actor, "retry_refund", f"refund:{refund.id}", at, attempt=refund.attempt)
    key = f"{REFUND}:{refund.id}:again:{at.isoformat()}"
    return enqueue(REFUND, {"refund": refund.id}, key=key, at=at)


def send_by_file(refund_id: int, to: AccountWish, actor: Actor, at: datetime) -> None:
    """Puts a refused refund into the bank's next file, under whose rows two officials sign.

    Raises NotFound, RefundNotOpen (also for a refund that may have been made).
    """
    refund = _open_case(refund_id)
    if refund.problem in UNSURE:
        raise RefundNotOpen()
    ask_transfer(f"refund:{refund.id}", to, refund.amount_toman, at, refund_id=refund.id)
    record(actor, "send_refund_by_file", f"refund:{refund.id}", at, sheba=masked_sheba(to.sheba))


def propose_transfer(refund_id: int, wish: TransferWish, actor: Actor, at: datetime) -> int:
    """Puts a transfer that was made before a second person; gives the proposal's id.

    Raises NotFound, RefundNotOpen (also for a refund that may have been made), ApprovalWaits.
    """
    refund = _open_case(refund_id)
    if refund.problem in UNSURE:
        raise RefundNotOpen()
    content = {
        "amount_toman": refund.amount_toman,
        "sheba": wish.sheba,
        "holder": wish.holder,
        "bank_reference": wish.bank_reference,
    }
    return propose(ACTION, f"refund:{refund.id}", content, actor, at)


def book_transfer(approval: Approval, actor: Actor, at: datetime) -> None:
    """The second person agreed: the refund is paid, and our bank account is that much lower. Raises RefundNotOpen."""
    refund = _open_case(int(approval.subject.partition(":")[2]))
    content = approval.content
    db.session.add(
        RefundTransfer(
            refund_id=refund.id,
            sheba=content["sheba"],
            holder=content["holder"],
            bank_reference=content["bank_reference"],
            paid_at=at,
        )
    )
    db.session.flush()
    post_transfer(
        key=f"refund:{refund.id}:transfer",
        debit=SHOPPER_REFUNDABLE,
        credit=BANK,
        amount_toman=refund.amount_toman,
        code="refund_transfer",
        subject=f"refund:{refund.id}",
        at=at,
    )
    record(actor, "pay_refund", f"refund:{refund.id}", at, amount_toman=refund.amount_toman)


def note_on_refund(refund_id: int, note: str, actor: Actor, at: datetime) -> None:
    """Keeps an official's words about a refused refund in the audit log. Raises Invalid, NotFound, RefundNotOpen."""
    words = " ".join(note.split())[:500]
    if not words:
        raise Invalid(fields={"note": "required"})
    _open_case(refund_id)
    record(actor, "note_refund", f"refund:{refund_id}", at, note=words)


def _open_case(refund_id: int) -> Refund:
    refund = db.session.get(Refund, refund_id)
    if refund is None:
        raise NotFound()
    lock_payment(refund.payment_id)
    db.session.refresh(refund)
    goes = db.session.scalar(select(Refund.id).where(Refund.id == refund_id, goes_by_transfer()))
    if refund.state is not RefundState.refused or goes is not None:
        raise RefundNotOpen()
    return refund
