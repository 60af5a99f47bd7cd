"""What the bank answered, recorded: a whole file or nothing; the same file, or the same row, again changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.db import db
from marketplace.core.events import publish
from marketplace.ledger.chart import BANK, GATEWAY_CLEARING, PAYOUTS_IN_FLIGHT
from marketplace.ledger.transfers import Posting, post_transfers
from marketplace.payments.events import PayoutFailed, PayoutPaid
from marketplace.payments.payout_errors import BadAnswerFile, BatchOver
from marketplace.payments.payout_files import AnswerFile, AnswerRow, AnswerStatus
from marketplace.payments.payout_models import (
    BankAnswer,
    BatchState,
    Payout,
    PayoutBatch,
    PayoutRail,
    PayoutState,
)
from marketplace.payments.payout_queries import due_account, lock_batch, payouts_of, subject_of
from marketplace.payments.shopper_transfers import note_answer

NO_REASON = "not given"


@dataclass(frozen=True, slots=True)
class Read:
    """What a file changed: how many payouts were paid and refused by it, how many rows said what was known."""

    paid: int
    failed: int
    known: int


def record_answers(batch_id: int, file: AnswerFile, actor: Actor, at: datetime) -> Read:
    """Records a file of the bank. Raises BadAnswerFile for rows of other batches, other amounts and rows that
    contradict what the bank said before; then nothing is recorded. BatchOver before the batch was sent.
    """
    batch = lock_batch(batch_id)
    if batch.state not in (BatchState.sent, BatchState.done):
        raise BatchOver(params={"state": batch.state})
    payouts = {p.reference: p for p in payouts_of(batch_id) if p.rail is not PayoutRail.gateway}
    known = db.session.scalar(select(BankAnswer).where(BankAnswer.digest == file.digest))
    if known is not None:
        return Read(0, 0, len(file.rows))
    _ensure_fits(file, payouts)
    news = [(payouts[row.reference], row) for row in file.rows if _is_news(payouts[row.reference], row)]
    _book(news, at)
    paid = sum(row.status is AnswerStatus.accepted for _, row in news)
    db.session.add(
        BankAnswer(
            batch_id=batch.id,
            digest=file.digest,
            name=file.name,
            paid_count=paid,
            failed_count=len(news) - paid,
            read_by_id=actor.id,
            read_at=at,
        )
    )
    _end_if_answered(batch, at)
    subject = f"payout-batch:{batch.id}"
    record(actor, "read_bank_answers", subject, at, file=file.digest, paid=paid, failed=len(news) - paid)
    return Read(paid, len(news) - paid, len(file.rows) - len(news))


def record_gateway_answer(
    payout_id: int, status: AnswerStatus, bank_reference: str, reason: str, at: datetime
) -> bool:
    """Records what the gateway did with a payout that goes through it, by the same rules as the bank's answer; False
    where it says nothing new."""
    payout = db.session.get_one(Payout, payout_id)
    batch = lock_batch(payout.batch_id)
    db.session.refresh(payout)
    row = AnswerRow(1, payout.reference, status, bank_reference, reason[:200], payout.amount_toman)
    if _contradicts(payout, row) or not _is_news(payout, row):
        return False
    payout.gateway_transfer_id = bank_reference or payout.gateway_transfer_id
    _book([(payout, row)], at)
    _end_if_answered(batch, at)
    record(
        SYSTEM, "hear_of_transfer", f"payout:{payout_id}", at, status=status.value, transfer=bank_reference
    )
    return True


def _book(news: Sequence[tuple[Payout, AnswerRow]], at: datetime) -> None:
    post_transfers([_posting(payout, row) for payout, row in news], at)
    for payout, row in news:
        _apply(payout, row, at)


def _end_if_answered(batch: PayoutBatch, at: datetime) -> None:
    if batch.state is BatchState.sent and all(p.state is not PayoutState.sent for p in payouts_of(batch.id)):
        batch.state, batch.ended_at = BatchState.done, at
    db.session.flush()


def _ensure_fits(file: AnswerFile, payouts: dict[str, Payout]) -> None:
    for code, wrong in (
        ("answer_of_others", [r for r in file.rows if r.reference not in payouts]),
        (
            "answer_amount",
            [
                r
                for r in file.rows
                if r.reference in payouts and r.amount_toman not in (None, payouts[r.reference].amount_toman)
            ],
        ),
        (
            "answer_contradicts",
            [r for r in file.rows if r.reference in payouts and _contradicts(payouts[r.reference], r)],
        ),
    ):
        if wrong:
            raise BadAnswerFile(code, params={"lines": _lines(wrong)})


def _contradicts(payout: Payout, row: AnswerRow) -> bool:
    """Paid is never rejected (it can come back), refused is never paid, unsent is nothing the bank knows of."""
    if payout.state is PayoutState.sent:
        return row.status is AnswerStatus.returned
    if payout.state is PayoutState.paid:
        return row.status is AnswerStatus.rejected or (
            row.status is AnswerStatus.accepted and row.bank_reference != payout.bank_reference
        )
    has_failed = payout.state in (PayoutState.failed, PayoutState.retried)
    came_back = payout.bank_reference is not None
    expected = AnswerStatus.returned if came_back else AnswerStatus.rejected
    return not has_failed or row.status is not expected


def _is_news(payout: Payout, row: AnswerRow) -> bool:
    return payout.state is PayoutState.sent or (
        payout.state is PayoutState.paid and row.status is AnswerStatus.returned
    )


def _posting(payout: Payout, row: AnswerRow) -> Posting:
    """Paid is taken from where the money lay: our bank, or the gateway."""
    due = due_account(payout)
    source = GATEWAY_CLEARING if payout.rail is PayoutRail.gateway else BANK
    debit, credit, code = {
        AnswerStatus.accepted: (PAYOUTS_IN_FLIGHT, source, "payout_paid"),
        AnswerStatus.rejected: (PAYOUTS_IN_FLIGHT, due, "payout_refused"),
        AnswerStatus.returned: (source, due, "payout_returned"),
    }[row.status]
    key = f"payout:{payout.id}:{row.status.value}"
    return Posting(key, debit, credit, payout.amount_toman, code, subject_of(payout))


def _apply(payout: Payout, row: AnswerRow, at: datetime) -> None:
    is_paid = row.status is AnswerStatus.accepted
    reason = None if is_paid else row.reason or NO_REASON
    payout.state = PayoutState.paid if is_paid else PayoutState.failed
    payout.answered_at, payout.problem = at, reason
    if is_paid:
        payout.bank_reference = row.bank_reference
    db.session.flush()
    if payout.store_id is None:
        note_answer(payout, reason, at)
    elif reason is None:
        publish(PayoutPaid(payout.id, payout.store_id, payout.amount_toman, payout.sheba[-4:], at))
    else:
        publish(PayoutFailed(payout.id, payout.store_id, payout.amount_toman, reason, at))


def _lines(rows: Sequence[AnswerRow]) -> str:
    return ", ".join(str(row.line) for row in rows[:10])
