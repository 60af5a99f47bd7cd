"""An insurer that pays in the fund's place: its money here, and the claims that wait for it.

What it pays in stands on an account of its own in the same book. A claim that it bears is decided like any other and
reserved from that account, in full and in the order of the claims; what is not there yet waits, and nothing of the fund
is used for it. Recourse of such a claim is the insurer's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from marketplace.accounts.approvals import propose
from marketplace.accounts.shown import Approval, Change
from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.language import t
from marketplace.core.text import ascii_digits
from marketplace.core.unit_of_work import on_violation, unit_of_work
from marketplace.core.web import number
from marketplace.guarantee.claim_inputs import toman_field
from marketplace.guarantee.claim_models import Claim, ClaimState, Payer
from marketplace.guarantee.claim_queries import lock_claim
from marketplace.guarantee.clawback_models import InsurerPayment
from marketplace.guarantee.reserving import reserve_rest
from marketplace.ledger.chart import BANK, INSURER
from marketplace.ledger.transfers import post_transfer

ACTION = "insurer_payment"
CODE = "insurer_payment"


class InsurerPaid(Conflict):
    """A payment with this reference of the bank is booked already."""

    code = "insurer_paid_before"


on_violation("uq_insurer_payments_bank_reference", InsurerPaid)


@dataclass(frozen=True, slots=True)
class InsurerWish:
    """A payment of an insurer that arrived on our bank account."""

    insurer: str
    amount_toman: int
    bank_reference: str

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> InsurerWish:
        """Raises Invalid with the code of each wrong field."""
        wrong: dict[str, str] = {}
        told = {
            name: " ".join(str(values.get(name) or "").split())[:120]
            for name in ("insurer", "bank_reference")
        }
        wrong |= {name: "required" for name, value in told.items() if not value}
        amount = toman_field(values, "amount_toman", wrong, least=1, required=True)
        if wrong:
            raise Invalid(fields=wrong)
        return cls(told["insurer"], amount, ascii_digits(told["bank_reference"]))


def propose_payment(wish: InsurerWish, actor: Actor, at: datetime) -> int:
    """Puts a payment that arrived before a second official; gives the proposal's id. Raises InsurerPaid,
    ApprovalWaits."""
    known = select(InsurerPayment.id).where(InsurerPayment.bank_reference == wish.bank_reference)
    if db.session.scalar(known) is not None:
        raise InsurerPaid()
    content = {
        "insurer": wish.insurer,
        "amount_toman": wish.amount_toman,
        "bank_reference": wish.bank_reference,
    }
    return propose(ACTION, f"insurer:{wish.bank_reference}", content, actor, at)


def book_payment(approval: Approval, actor: Actor, at: datetime) -> None:
    """The second official agreed: the money is the insurer's here. Raises InsurerPaid."""
    content = approval.content
    reference = str(content["bank_reference"])
    known = select(InsurerPayment.id).where(InsurerPayment.bank_reference == reference)
    if db.session.scalar(known) is not None:
        raise InsurerPaid()
    amount = int(content["amount_toman"])
    transfer = post_transfer(
        key=f"insurer-payment:{reference}",
        debit=BANK,
        credit=INSURER,
        amount_toman=amount,
        code=CODE,
        subject=f"insurer:{reference}",
        at=at,
    )
    db.session.add(
        InsurerPayment(
            insurer=str(content["insurer"]),
            amount_toman=amount,
            bank_reference=reference,
            transfer_id=transfer,
            booked_at=at,
        )
    )
    db.session.flush()
    record(actor, "book_insurer_payment", f"insurer:{reference}", at, amount_toman=amount)


def reserve_for_insured(at: datetime) -> int:
    """Reserves approved claims that wait for the insurer's money, the earliest first, each whole; gives how many. A
    sweep."""
    ids = db.session.scalars(
        select(Claim.id)
        .where(Claim.state == ClaimState.waiting, Claim.payer == Payer.insurer)
        .order_by(Claim.id)
    ).all()
    db.session.rollback()
    done = 0
    for claim_id in ids:
        with unit_of_work():
            claim = lock_claim(claim_id)
            done += claim.state is ClaimState.waiting and reserve_rest(claim, at) > 0
    return done


def describe_payment(content: Mapping[str, Any]) -> list[Change]:
    """A proposed payment in words."""
    return [
        Change(t("insurer.name"), "", str(content["insurer"])),
        Change(t("fund_desk.amount_toman"), "", f"{number(int(content['amount_toman']))} {t('ui.toman')}"),
        Change(t("fund_desk.bank_reference"), "", str(content["bank_reference"])),
    ]
