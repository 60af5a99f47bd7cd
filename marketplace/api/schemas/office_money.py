"""Payouts and refused refunds as the office reads and moves them."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import (
    Answer,
    Cursor,
    Told,
    Wish,
    count,
    flag,
    ident,
    moment,
    one_of,
    text,
    toman,
)
from marketplace.payments.payout_models import BatchState, PayoutState

SHEBA = {"type": "string", "pattern": "^IR[0-9]{24}$"}
NAME = {"type": "string", "minLength": 3, "maxLength": 80}


class PayoutBatch(Answer):
    """A batch of payouts. `next_step`: signature, sending or answers, where the caller can take it."""

    id = ident()
    number = text()
    state = one_of(BatchState)
    payout_count = count()
    total_toman = toman()
    digest = text("HMAC-SHA256 over what is paid to whom; a signature names it")
    proposed_at = moment()
    first_signer = text(allow_none=True)
    first_signed_at = moment(allow_none=True)
    second_signer = text(allow_none=True)
    second_signed_at = moment(allow_none=True)
    sent_at = moment(allow_none=True)
    ended_at = moment(allow_none=True)
    next_step = one_of(("signature", "sending", "answers"), allow_none=True)


class PayoutRow(Answer):
    """One payout; of the account its last signs."""

    id = ident()
    batch_id = ident()
    reference = text("by which the bank answers")
    payee = text()
    owner_name = text()
    sheba = text("masked")
    rail = text("in the language of the call")
    amount_toman = toman()
    state = one_of(PayoutState)
    bank_reference = text(allow_none=True)
    problem = text(allow_none=True)
    answered_at = moment(allow_none=True)


class PayoutBatchFile(PayoutBatch):
    """One batch with its rows."""

    rows = fields.List(fields.Nested(PayoutRow))


class WaitingTransfer(Answer):
    """A transfer to a shopper that goes with the next batch."""

    payee = text()
    owner_name = text()
    sheba = text("masked")
    amount_toman = toman()
    asked_at = moment()


class PayoutPage(Cursor):
    """The payout desk: the newest batches, what failed, what waits, and where the money stands."""

    items = fields.List(fields.Nested(PayoutBatch))
    failed = fields.List(fields.Nested(PayoutRow))
    waiting = fields.List(fields.Nested(WaitingTransfer))
    may_propose = flag("no batch waits to be signed or sent")
    clearing_toman = fields.Integer(metadata={"description": "at the gateway"})
    in_flight_toman = fields.Integer(metadata={"description": "on its way to the bank"})
    bank_toman = fields.Integer(metadata={"description": "on our bank account; below zero what it lent"})
    fund_toman = fields.Integer(metadata={"description": "in the guarantee fund"})


class BankFile(Answer):
    """The batch as CSV: UTF-8, comma, CRLF, a header; amounts in rial."""

    name = text()
    content = text()


class SignatureWish(Wish):
    """What was read, and is signed."""

    digest = Told(required=True, metadata={"type": "string", "pattern": "^[0-9a-f]{64}$"})


class DropWish(Wish):
    reason = Told(required=True, metadata={"type": "string", "minLength": 1, "maxLength": 500})


class RefundNote(Answer):
    who = text()
    text = text()
    at = moment()


class RefundCase(Answer):
    """A refused refund. `waits`: a transfer waits for its second signature."""

    id = ident()
    amount_toman = toman()
    reason = text("in the language of the call")
    problem = text("the gateway's word, or what is not known")
    asked_at = moment()
    can_transfer = flag("false while the refund may have been made")
    waits = flag()
    notes = fields.List(fields.Nested(RefundNote))


class RefundPage(Cursor):
    items = fields.List(fields.Nested(RefundCase))


class RefundRetry(Answer):
    """A refund that left the desk: the gateway is asked, or it goes with the bank's next file."""

    id = ident()
    state = one_of(("asked", "in_file"))


class TransferWish(Wish):
    """A bank transfer that was made by hand."""

    sheba = Told(required=True, metadata=SHEBA)
    holder = Told(required=True, metadata={"type": "string", "minLength": 1, "maxLength": 80})
    bank_reference = Told(required=True, metadata={"type": "string", "minLength": 1, "maxLength": 80})


class AccountWish(Wish):
    """Where a shopper's money goes with the bank's next file."""

    sheba = Told(required=True, metadata=SHEBA)
    owner_name = Told(required=True, metadata=NAME)


class NoteWish(Wish):
    note = Told(required=True, metadata={"type": "string", "minLength": 1, "maxLength": 500})
