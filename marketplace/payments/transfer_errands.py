"""The outside call of a payout that goes through the gateway: prepare reads, call goes out, record writes.

Safe to repeat at any time: the key is the payout's own, and once gateways may have forgotten it (`KEY_LIFE`), their
list is asked before anything is made. Only a refused transfer is a no; who is refused a look looks again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from marketplace.core.db import db
from marketplace.core.jobs import JobKind, TryLater, enqueue
from marketplace.core.sealing import blinds
from marketplace.payments.gateway import gateway
from marketplace.payments.gateways.port import (
    Gateway,
    GatewayRefused,
    GatewayTransfer,
    TransferStatus,
    is_key_known,
)
from marketplace.payments.payout_answers import record_gateway_answer
from marketplace.payments.payout_files import AnswerStatus
from marketplace.payments.payout_models import GatewayPayee, Payout, PayoutRail, PayoutState
from marketplace.payments.payouts import TRANSFER
from marketplace.payments.refunds import NO_ANSWER, OTHER_AMOUNT

LOOK_AGAIN = timedelta(minutes=5)
MARGIN = timedelta(hours=1)
SHEBA = "sheba"
STATUSES = {
    TransferStatus.PAID: AnswerStatus.accepted,
    TransferStatus.FAILED: AnswerStatus.rejected,
    TransferStatus.RETURNED: AnswerStatus.returned,
}


@dataclass(frozen=True, slots=True)
class TransferWish:
    """What to ask of the gateway. `sent_at`: since when it may have been asked."""

    reference: str
    sheba: str
    holder: str
    amount_toman: int
    payee: str | None
    transfer_id: str | None
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Made:
    """A transfer as the gateway has it, and its name for the payee."""

    transfer: GatewayTransfer
    payee: str | None


@dataclass(frozen=True, slots=True)
class Refused:
    """The gateway's definite no."""

    detail: str


def _prepare(payload: dict[str, Any]) -> TransferWish | None:
    payout = db.session.get_one(Payout, payload["payout"])
    if payout.rail is not PayoutRail.gateway or payout.state not in (PayoutState.sent, PayoutState.paid):
        return None
    payee = db.session.scalar(
        select(GatewayPayee.payee).where(
            GatewayPayee.gateway == gateway().name,
            GatewayPayee.sheba_mark.in_(blinds(payout.sheba, SHEBA)),
            GatewayPayee.holder == payout.owner_name,
        )
    )
    return TransferWish(
        reference=payout.reference,
        sheba=payout.sheba,
        holder=payout.owner_name,
        amount_toman=payout.amount_toman,
        payee=payee,
        transfer_id=payout.gateway_transfer_id,
        sent_at=payout.sent_at or payout.proposed_at,
    )


def _call(wish: TransferWish, patience: float) -> Made | Refused:
    patient = gateway().with_patience(patience)
    try:
        known = _known(patient, wish)
    except GatewayRefused as refusal:
        raise TryLater(refusal.detail) from refusal
    if known is not None:
        return Made(known, wish.payee)
    try:
        payee = wish.payee or patient.add_payee(
            key=f"payee:{_seal(wish)}", sheba=wish.sheba, holder=wish.holder
        )
        sent = patient.transfer(
            key=f"payout:{wish.reference}",
            payee=payee,
            amount_toman=wish.amount_toman,
            reference=wish.reference,
        )
    except GatewayRefused as refusal:
        return Refused(refusal.detail)
    return Made(sent, payee)


def _known(patient: Gateway, wish: TransferWish) -> GatewayTransfer | None:
    """The transfer where it was made already, as far as its key does not tell."""
    if wish.transfer_id is not None:
        return patient.fetch_transfer(wish.transfer_id)
    if is_key_known(wish.sent_at):
        return None
    listed = patient.transfers_since(wish.sent_at - MARGIN)
    return next((each for each in listed if each.reference == wish.reference), None)


def _seal(wish: TransferWish) -> str:
    return hashlib.sha256(f"{wish.sheba} {wish.holder}".encode()).hexdigest()[:32]


def _record(payload: dict[str, Any], answer: Made | Refused | None, at: datetime) -> None:
    """Whatever the gateway said goes the way of the bank's answer; another amount than ours is not booked."""
    payout_id: int = payload["payout"]
    if answer is None:
        return
    if isinstance(answer, Refused):
        record_gateway_answer(payout_id, AnswerStatus.rejected, "", answer.detail, at)
        return
    payout = db.session.get_one(Payout, payout_id)
    _remember(payout, answer.payee, at)
    made = answer.transfer
    if not made.currency_ok or made.amount_toman != payout.amount_toman:
        payout.problem, payout.gateway_transfer_id = OTHER_AMOUNT, made.id
        db.session.flush()
        return
    status = STATUSES.get(made.status)
    if status is None:
        payout.gateway_transfer_id = made.id
        db.session.flush()
        key = f"{TRANSFER}:{payout_id}:look:{at.isoformat()}"
        enqueue(TRANSFER, payload, key=key, at=at, run_at=at + LOOK_AGAIN)
        return
    if status is AnswerStatus.returned and payout.state is PayoutState.sent:
        record_gateway_answer(payout_id, AnswerStatus.accepted, made.id, "", at)
    record_gateway_answer(payout_id, status, made.id, made.failure or "", at)


def _remember(payout: Payout, payee: str | None, at: datetime) -> None:
    if payee is None:
        return
    name, marks = gateway().name, blinds(payout.sheba, SHEBA)
    known = db.session.scalar(
        select(GatewayPayee.id).where(
            GatewayPayee.gateway == name,
            GatewayPayee.sheba_mark.in_(marks),
            GatewayPayee.holder == payout.owner_name,
        )
    )
    if known is None:
        db.session.add(
            GatewayPayee(
                gateway=name,
                sheba=payout.sheba,
                sheba_mark=marks[0],
                holder=payout.owner_name,
                payee=payee,
                made_at=at,
            )
        )
        db.session.flush()


def _give_up(payload: dict[str, Any], at: datetime) -> None:
    """Nobody knows whether it was made: it stays sent, the office sees why and may ask again."""
    db.session.execute(
        update(Payout)
        .where(Payout.id == payload["payout"], Payout.state == PayoutState.sent)
        .values(problem=NO_ANSWER)
    )


JOB_KINDS = (
    JobKind(
        TRANSFER,
        prepare=_prepare,
        call=_call,
        record=_record,
        give_up=_give_up,
        lease_seconds=60,
        max_attempts=60,
    ),
)
