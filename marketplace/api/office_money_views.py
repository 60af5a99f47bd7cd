"""Payouts and refused refunds for the office's programs."""

from __future__ import annotations

from typing import Any

from flask import Response

from marketplace.accounts.access import scoped, visitor
from marketplace.accounts.models import Role
from marketplace.api.answers import answer, whole
from marketplace.api.blueprint import answers, call, needs_key, reads, reads_file, refuses
from marketplace.api.office_files import ANSWER_KINDS, sent_file
from marketplace.api.once import once
from marketplace.api.schemas import office_money as schemas
from marketplace.api.shapes.office_money import batch_document, desk_document, refund_document
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.bodies import takes_upload
from marketplace.core.errors import Invalid, NotFound
from marketplace.office.payouts import show_batch, show_desk
from marketplace.office.refund_cases import refund_case, refund_cases
from marketplace.orders.payout_run import propose_now
from marketplace.orders.settlement import settle_closed_store_orders
from marketplace.payments.payout_accounts import AccountWish
from marketplace.payments.payout_answers import record_answers
from marketplace.payments.payout_files import LARGEST_ANSWER_BYTES, batch_csv, read_answer_file
from marketplace.payments.payout_models import BatchState, PayoutRail
from marketplace.payments.payout_queries import batch, payouts_of
from marketplace.payments.payouts import drop_batch, send_batch, sign_batch
from marketplace.payments.refund_cases import (
    TransferWish,
    note_on_refund,
    propose_transfer,
    retry_refund,
    send_by_file,
)


@call("GET", "/office/payouts", "office")
@scoped("office:read", Role.office, Role.auditor)
@answers(200, schemas.PayoutPage)
def list_payouts() -> Response:
    """The newest batches of payouts, what the bank refused, and what stands at the gateway and at the bank."""
    return answer(desk_document(show_desk(visitor().id)))


@call("POST", "/office/payouts", "office")
@scoped("office:money", Role.office)
@needs_key
@answers(200, schemas.PayoutPage)
def create_payouts() -> Response:
    """Settles what is closed and proposes one batch for all who can be paid now. While a batch waits to be signed or
    sent, or nothing is due, nothing is proposed."""
    settle_closed_store_orders(clock.now())
    return once(propose_now, lambda: desk_document(show_desk(visitor().id)))


@call("GET", "/office/payouts/<int:batch_id>", "office")
@scoped("office:read", Role.office, Role.auditor)
@answers(200, schemas.PayoutBatchFile)
@refuses(404)
def show_payout_batch(batch_id: int) -> Response:
    """One batch with its rows. `digest` is what a signature stands under."""
    return answer(_batch(batch_id))


@call("POST", "/office/payouts/<int:batch_id>/signature", "office")
@scoped("office:sign", Role.office)
@needs_key
@reads(schemas.SignatureWish)
@answers(200, schemas.PayoutBatchFile)
@refuses(404)
def create_payout_signature(wish: dict[str, Any], batch_id: int) -> Response:
    """The first or the second signature under exactly what was read.

    409 `second_person_needed` for the same person twice, `batch_changed` for another digest, `batch_over` afterwards.
    """
    digest = wish.get("digest")
    if not isinstance(digest, str):
        raise Invalid(fields={"digest": "bad_value"})
    return once(lambda at: sign_batch(batch_id, digest, _actor(), at), lambda: _batch(batch_id))


@call("POST", "/office/payouts/<int:batch_id>/sending", "office")
@scoped("office:money", Role.office)
@needs_key
@answers(200, schemas.PayoutBatchFile)
@refuses(404)
def create_payout_sending(batch_id: int) -> Response:
    """A batch with two signatures goes to the bank; 409 without them. Again: nothing happens."""
    return once(lambda at: send_batch(batch_id, _actor(), at), lambda: _batch(batch_id))


@call("GET", "/office/payouts/<int:batch_id>/file", "office")
@scoped("office:money", Role.office)
@answers(200, schemas.BankFile)
@refuses(404)
def show_payout_file(batch_id: int) -> Response:
    """The file for the bank as a document, with whole accounts. There is none before the batch was sent."""
    found = batch(batch_id)
    rows = [row for row in payouts_of(batch_id) if row.rail is not PayoutRail.gateway]
    if not rows or found.state not in (BatchState.sent, BatchState.done):
        raise NotFound()
    return answer({"name": f"payouts-{found.number}.csv", "content": batch_csv(found, rows).decode()})


@call("POST", "/office/payouts/<int:batch_id>/drop", "office")
@scoped("office:money", Role.office)
@needs_key
@reads(schemas.DropWish)
@answers(200, schemas.PayoutBatchFile)
@refuses(404)
def create_payout_drop(wish: dict[str, Any], batch_id: int) -> Response:
    """A batch is given up before it was sent; what it held is free for the next."""
    reason = wish.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise Invalid(fields={"reason": "required"})
    return once(lambda at: drop_batch(batch_id, reason, _actor(), at), lambda: _batch(batch_id))


@call("POST", "/office/payouts/<int:batch_id>/answers", "office")
@scoped("office:money", Role.office)
@needs_key
@reads_file("answers", ANSWER_KINDS)
@answers(200, schemas.PayoutBatchFile)
@refuses(404)
@takes_upload(LARGEST_ANSWER_BYTES + 64 * 1024)
def create_payout_answers(batch_id: int) -> Response:
    """Reads the bank's answer file: paid, refused or returned, row by row. The same file again changes nothing."""
    name, content = sent_file("answers", ANSWER_KINDS, LARGEST_ANSWER_BYTES)
    file = read_answer_file(name, content)
    return once(lambda at: record_answers(batch_id, file, _actor(), at), lambda: _batch(batch_id))


@call("GET", "/office/refunds", "office")
@scoped("office:read", Role.office, Role.auditor)
@answers(200, schemas.RefundPage)
def list_refunds() -> Response:
    """Refunds that the gateway refused, each with what was noted. Money that waits for a person."""
    return answer(whole([refund_document(case) for case in refund_cases()]))


@call("POST", "/office/refunds/<int:refund_id>/retry", "office")
@scoped("office:money", Role.office)
@needs_key
@answers(200, schemas.RefundRetry)
@refuses(404)
def create_refund_retry(refund_id: int) -> Response:
    """Has the gateway asked again by the worker: with a new key after a definite no, else with the same."""
    return once(lambda at: retry_refund(refund_id, _actor(), at), lambda: {"id": refund_id, "state": "asked"})


@call("POST", "/office/refunds/<int:refund_id>/transfer", "office")
@scoped("office:money", Role.office)
@needs_key
@reads(schemas.TransferWish)
@answers(200, schemas.RefundCase)
@refuses(404)
def create_refund_transfer(wish: dict[str, Any], refund_id: int) -> Response:
    """Puts a bank transfer that was made before a second person, see `/office/approvals`."""
    parsed = TransferWish.parse(wish)
    return once(
        lambda at: propose_transfer(refund_id, parsed, _actor(), at),
        lambda: _refund(refund_id),
    )


@call("POST", "/office/refunds/<int:refund_id>/file", "office")
@scoped("office:money", Role.office)
@needs_key
@reads(schemas.AccountWish)
@answers(200, schemas.RefundRetry)
@refuses(404)
def create_refund_by_file(wish: dict[str, Any], refund_id: int) -> Response:
    """Puts a refund into the bank's next file, under whose rows two officials sign."""
    parsed = AccountWish.parse(wish)
    return once(
        lambda at: send_by_file(refund_id, parsed, _actor(), at),
        lambda: {"id": refund_id, "state": "in_file"},
    )


@call("POST", "/office/refunds/<int:refund_id>/note", "office")
@scoped("office:money", Role.office)
@reads(schemas.NoteWish)
@answers(200, schemas.RefundCase)
@refuses(404)
def create_refund_note(wish: dict[str, Any], refund_id: int) -> Response:
    """Adds a note to a case."""
    note = wish.get("note")
    words = note if isinstance(note, str) else ""
    return once(lambda at: note_on_refund(refund_id, words, _actor(), at), lambda: _refund(refund_id))


def _batch(batch_id: int) -> dict[str, Any]:
    return batch_document(show_batch(batch_id, visitor().id))


def _refund(refund_id: int) -> dict[str, Any]:
    case = refund_case(refund_id)
    if case is None:
        raise NotFound()
    return refund_document(case)


def _actor() -> Actor:
    return visitor().actor(Role.office.value)
