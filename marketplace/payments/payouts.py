"""Payouts to stores: proposed by the machine, signed by two persons, sent to the bank, answered row by row.

Money is held in the book when a batch is proposed, posted when it is sent, and ends at the bank or back at the store
when the bank answers. Each step is decided by a conditional UPDATE in the unit that also moves the money, so that a
process killed anywhere leaves the step done or not begun.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from marketplace.accounts.approvals import approve, propose
from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.clock import tehran
from marketplace.core.db import changed_count, db
from marketplace.core.errors import Forbidden
from marketplace.core.text import jalali
from marketplace.core.unit_of_work import on_violation
from marketplace.ledger.chart import PAYOUTS_IN_FLIGHT, store_payable
from marketplace.ledger.transfers import hold_transfer, post_hold, void_hold
from marketplace.payments.payout_errors import BatchChanged, BatchOver, BatchWaits, PayoutNotFailed
from marketplace.payments.payout_models import (
    BatchState,
    Payout,
    PayoutAccount,
    PayoutBatch,
    PayoutRail,
    PayoutState,
)
from marketplace.payments.payout_queries import lock_batch, payouts_of
from marketplace.policy.policy import policy_at

ACTION = "pay_out"
on_violation("uq_payout_batches_open_slot", BatchWaits)


@dataclass(frozen=True, slots=True)
class PayoutWish:
    """An amount for a store and the account to which it goes."""

    account: PayoutAccount
    amount_toman: int


def propose_batch(wishes: Sequence[PayoutWish], at: datetime) -> int | None:
    """Makes a batch and holds its money in the book; None for nothing. Raises BatchWaits, AboveLimit.

    A store that has a payout proposed, sent or failed gets no second one: the database refuses it.
    """
    if not wishes:
        return None
    day = jalali(tehran(at))
    stem = f"{day.year:04d}{day.month:02d}{day.day:02d}"
    same_day = db.session.scalar(
        select(func.count()).select_from(PayoutBatch).where(PayoutBatch.number.like(f"{stem}-%"))
    )
    batch = PayoutBatch(
        number=f"{stem}-{(same_day or 0) + 1}",
        state=BatchState.proposed,
        open_slot=1,
        payout_count=len(wishes),
        total_toman=sum(wish.amount_toman for wish in wishes),
        digest="",
        proposed_at=at,
    )
    db.session.add(batch)
    db.session.flush()
    limit = policy_at(at).paya_most_toman
    for wish in sorted(wishes, key=lambda w: w.account.store_id):
        _propose(batch, wish, PayoutRail.paya if wish.amount_toman <= limit else PayoutRail.satna, at)
    batch.digest = digest_of(payouts_of(batch.id))
    record(
        SYSTEM,
        "propose_payouts",
        f"payout-batch:{batch.id}",
        at,
        payouts=batch.payout_count,
        total_toman=batch.total_toman,
    )
    return batch.id


def sign_batch(batch_id: int, seen_digest: str, actor: Actor, at: datetime) -> BatchState:
    """The first or the second signature under exactly what was seen; gives the state after it.

    Raises BatchChanged when it is no longer that, BatchOver, SecondPersonNeeded for the same person twice.
    """
    batch = lock_batch(batch_id)
    payouts = payouts_of(batch_id)
    if batch.digest != seen_digest or digest_of(payouts) != batch.digest:
        raise BatchChanged()
    if actor.id is None:
        raise Forbidden()
    subject = f"payout-batch:{batch.id}"
    if batch.state is BatchState.proposed:
        content = {
            "number": batch.number,
            "payouts": batch.payout_count,
            "total_toman": batch.total_toman,
            "digest": batch.digest,
        }
        batch.approval_id = propose(ACTION, subject, content, actor, at)
        batch.state, batch.first_signer_id, batch.first_signed_at = BatchState.signed, actor.id, at
    elif batch.state is BatchState.signed and batch.approval_id is not None:
        approve(batch.approval_id, actor, at)
        batch.state, batch.second_signer_id, batch.second_signed_at = BatchState.approved, actor.id, at
    else:
        raise BatchOver(params={"state": batch.state})
    db.session.flush()
    record(actor, "sign_payouts", subject, at, digest=batch.digest, state=batch.state.value)
    return batch.state


def unsign_batch(batch_id: int, actor: Actor, at: datetime) -> None:
    """Takes a first signature off whose proposal lapsed or was refused, so that it can be signed anew."""
    batch = lock_batch(batch_id)
    if batch.state is not BatchState.signed:
        raise BatchOver(params={"state": batch.state})
    batch.state, batch.first_signer_id, batch.first_signed_at = BatchState.proposed, None, None
    batch.approval_id = None
    record(actor, "unsign_payouts", f"payout-batch:{batch.id}", at)


def send_batch(batch_id: int, actor: Actor, at: datetime) -> PayoutBatch:
    """Hands a batch with two signatures to the bank: its money is in flight from now on. Again: nothing happens.

    The file can be fetched as often as needed afterwards; the bank knows each row by its reference.
    """
    batch = lock_batch(batch_id)
    if batch.state in (BatchState.sent, BatchState.done):
        return batch
    if batch.state is not BatchState.approved:
        raise BatchOver(params={"state": batch.state})
    payouts = payouts_of(batch_id)
    if digest_of(payouts) != batch.digest:
        raise BatchChanged()
    for payout in payouts:
        post_hold(payout.hold_id, key=f"payout:{payout.id}:send", at=at)
        payout.state, payout.sent_at = PayoutState.sent, at
    batch.state, batch.sent_at, batch.open_slot = BatchState.sent, at, None
    db.session.flush()
    record(actor, "send_payouts", f"payout-batch:{batch.id}", at, total_toman=batch.total_toman)
    return batch


def drop_batch(batch_id: int, reason: str, actor: Actor, at: datetime) -> None:
    """Gives up a batch that was not sent: what it held is free for the next. Again: nothing happens."""
    batch = lock_batch(batch_id)
    if batch.state is BatchState.dropped:
        return
    if batch.state not in (BatchState.proposed, BatchState.signed, BatchState.approved):
        raise BatchOver(params={"state": batch.state})
    for payout in payouts_of(batch_id):
        void_hold(payout.hold_id, key=f"payout:{payout.id}:drop", at=at)
        payout.state, payout.answered_at = PayoutState.dropped, at
    batch.state, batch.ended_at, batch.open_slot = BatchState.dropped, at, None
    db.session.flush()
    record(actor, "drop_payouts", f"payout-batch:{batch.id}", at, why=reason[:500])


def clear_payout(payout_id: int, actor: Actor, at: datetime) -> None:
    """A refused payout may be tried again with the next batch. Raises PayoutNotFailed."""
    cleared = changed_count(
        update(Payout)
        .where(Payout.id == payout_id, Payout.state == PayoutState.failed)
        .values(state=PayoutState.retried)
    )
    if not cleared:
        raise PayoutNotFailed()
    record(actor, "clear_payout", f"payout:{payout_id}", at)


def digest_of(payouts: Sequence[Payout]) -> str:
    """SHA-256 over what is paid to whom, in the order of the rows: what both signatures stand under."""
    rows = [[p.reference, p.rail.value, p.sheba, p.owner_name, p.amount_toman] for p in payouts]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()


def _propose(batch: PayoutBatch, wish: PayoutWish, rail: PayoutRail, at: datetime) -> None:
    store_id = wish.account.store_id
    reference = f"{batch.number}-{store_id}"
    hold_id = hold_transfer(
        key=f"payout:{reference}:hold",
        debit=store_payable(store_id),
        credit=PAYOUTS_IN_FLIGHT,
        amount_toman=wish.amount_toman,
        code="payout",
        subject=f"store:{store_id}",
        at=at,
    )
    db.session.add(
        Payout(
            batch_id=batch.id,
            store_id=store_id,
            reference=reference,
            rail=rail,
            sheba=wish.account.sheba,
            owner_name=wish.account.owner_name,
            amount_toman=wish.amount_toman,
            hold_id=hold_id,
            state=PayoutState.proposed,
            proposed_at=at,
        )
    )
    db.session.flush()
