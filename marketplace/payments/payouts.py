"""Payouts to stores and shoppers: proposed by the machine, signed by two, sent to the bank, answered row by row.

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
from marketplace.core.jobs import enqueue
from marketplace.core.sealing import keyed_digests
from marketplace.core.text import jalali
from marketplace.core.unit_of_work import on_violation
from marketplace.ledger.chart import GATEWAY_CLEARING, PAYOUTS_IN_FLIGHT
from marketplace.ledger.transfers import balance, hold_transfer, post_hold, void_hold
from marketplace.payments.gateway import gateway
from marketplace.payments.payout_errors import BatchChanged, BatchOver, BatchWaits, PayoutNotFailed
from marketplace.payments.payout_models import (
    BatchState,
    Payout,
    PayoutAccount,
    PayoutBatch,
    PayoutRail,
    PayoutState,
    ShopperTransfer,
    ShopperTransferState,
)
from marketplace.payments.payout_queries import due_account, lock_batch, payouts_of, subject_of
from marketplace.payments.shopper_transfers import send_again
from marketplace.policy.policy import Policy, policy_at

ACTION = "pay_out"
TRANSFER = "transfer-payout"
on_violation("uq_payout_batches_open_slot", BatchWaits)


@dataclass(frozen=True, slots=True)
class PayoutWish:
    """An amount for a store and the account to which it goes."""

    account: PayoutAccount
    amount_toman: int


def propose_batch(
    wishes: Sequence[PayoutWish], at: datetime, transfers: Sequence[ShopperTransfer] = ()
) -> int | None:
    """Makes a batch and holds its money in the book; None for nothing. Raises BatchWaits, AboveLimit.

    `transfers`: those to shoppers that go with it. Who has a payout proposed or sent gets no second one: the database
    refuses it.
    """
    if not wishes and not transfers:
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
        payout_count=len(wishes) + len(transfers),
        total_toman=sum(wish.amount_toman for wish in wishes) + sum(t.amount_toman for t in transfers),
        digest="",
        proposed_at=at,
    )
    db.session.add(batch)
    db.session.flush()
    policy = policy_at(at)
    room = gateway_room() if policy.payouts_by_gateway and gateway().can_transfer else 0
    for wish in sorted(wishes, key=lambda w: w.account.store_id):
        by_gateway = wish.amount_toman <= room
        room -= wish.amount_toman if by_gateway else 0
        rail = PayoutRail.gateway if by_gateway else _rail(wish.amount_toman, policy)
        _propose_to_store(batch, wish, rail, at)
    for transfer in transfers:
        _propose_to_shopper(batch, transfer, _rail(transfer.amount_toman, policy), at)
    batch.digest = digests_of(payouts_of(batch.id))[0]
    record(
        SYSTEM,
        "propose_payouts",
        f"payout-batch:{batch.id}",
        at,
        payouts=batch.payout_count,
        total_toman=batch.total_toman,
    )
    return batch.id


def gateway_room() -> int:
    """What lies at the gateway and is not promised to payouts that go through it."""
    promised = db.session.scalar(
        select(func.coalesce(func.sum(Payout.amount_toman), 0)).where(
            Payout.rail == PayoutRail.gateway, Payout.state.in_((PayoutState.proposed, PayoutState.sent))
        )
    )
    return max(balance(GATEWAY_CLEARING) - int(promised or 0), 0)


def sign_batch(batch_id: int, seen_digest: str, actor: Actor, at: datetime) -> BatchState:
    """The first or the second signature under exactly what was seen; gives the state after it.

    Raises BatchChanged when it is no longer that, BatchOver, SecondPersonNeeded for the same person twice.
    """
    batch = lock_batch(batch_id)
    payouts = payouts_of(batch_id)
    if batch.digest != seen_digest or batch.digest not in digests_of(payouts):
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

    The file can be fetched as often as needed afterwards; the bank knows each row by its reference. What goes through
    the gateway is asked of it one by one after the commit.
    """
    batch = lock_batch(batch_id)
    if batch.state in (BatchState.sent, BatchState.done):
        return batch
    if batch.state is not BatchState.approved:
        raise BatchOver(params={"state": batch.state})
    payouts = payouts_of(batch_id)
    if batch.digest not in digests_of(payouts):
        raise BatchChanged()
    for payout in payouts:
        post_hold(payout.hold_id, key=f"payout:{payout.id}:send", at=at)
        payout.state, payout.sent_at = PayoutState.sent, at
        if payout.rail is PayoutRail.gateway:
            enqueue(TRANSFER, {"payout": payout.id}, key=f"{TRANSFER}:{payout.id}", at=at)
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
        _let_wait(payout)
    batch.state, batch.ended_at, batch.open_slot = BatchState.dropped, at, None
    db.session.flush()
    record(actor, "drop_payouts", f"payout-batch:{batch.id}", at, why=reason[:500])


def clear_payout(payout_id: int, actor: Actor, at: datetime) -> None:
    """A refused payout may be tried again with the next batch. Raises PayoutNotFailed."""
    payout = db.session.get(Payout, payout_id)
    if payout is not None and payout.shopper_transfer_id is not None:
        send_again(payout.shopper_transfer_id)
    elif not changed_count(
        update(Payout)
        .where(Payout.id == payout_id, Payout.state == PayoutState.failed)
        .values(state=PayoutState.retried)
    ):
        raise PayoutNotFailed()
    record(actor, "clear_payout", f"payout:{payout_id}", at)


def ask_gateway_again(payout_id: int, why: str, at: datetime) -> None:
    """Has the gateway asked about a payout that goes through it; what was never made is made. Raises BatchOver for any
    other payout.
    """
    payout = db.session.get_one(Payout, payout_id)
    if payout.rail is not PayoutRail.gateway or payout.state not in (PayoutState.sent, PayoutState.paid):
        raise BatchOver(params={"state": payout.state})
    enqueue(TRANSFER, {"payout": payout_id}, key=f"{TRANSFER}:{payout_id}:{why}", at=at)


def digests_of(payouts: Sequence[Payout]) -> list[str]:
    """HMAC-SHA256 over what is paid to whom, in the order of the rows: what both signatures stand under. One for each
    key of fields, that of the present at the head, and the plain one that batches have from before Shebas were sealed.
    """
    rows = [[p.reference, p.rail.value, p.sheba, p.owner_name, p.amount_toman] for p in payouts]
    told = json.dumps(rows, ensure_ascii=False)
    return [*keyed_digests(told, "payout-batch"), hashlib.sha256(told.encode()).hexdigest()]


def _rail(amount_toman: int, policy: Policy) -> PayoutRail:
    return PayoutRail.paya if amount_toman <= policy.paya_most_toman else PayoutRail.satna


def _let_wait(payout: Payout) -> None:
    """A shopper's transfer whose batch was dropped waits for the next one."""
    if payout.shopper_transfer_id is not None:
        of = db.session.get_one(ShopperTransfer, payout.shopper_transfer_id)
        of.state = ShopperTransferState.waiting


def _propose_to_store(batch: PayoutBatch, wish: PayoutWish, rail: PayoutRail, at: datetime) -> None:
    account, store_id = wish.account, wish.account.store_id
    payout = Payout(store_id=store_id, sheba=account.sheba, owner_name=account.owner_name)
    _propose(batch, payout, wish.amount_toman, f"{batch.number}-{store_id}", rail, at)


def _propose_to_shopper(batch: PayoutBatch, of: ShopperTransfer, rail: PayoutRail, at: datetime) -> None:
    of.state = ShopperTransferState.batched
    payout = Payout(shopper_transfer_id=of.id, sheba=of.sheba, owner_name=of.holder)
    _propose(batch, payout, of.amount_toman, f"{batch.number}-s{of.id}", rail, at)


def _propose(
    batch: PayoutBatch, payout: Payout, amount_toman: int, reference: str, rail: PayoutRail, at: datetime
) -> None:
    payout.hold_id = hold_transfer(
        key=f"payout:{reference}:hold",
        debit=due_account(payout),
        credit=PAYOUTS_IN_FLIGHT,
        amount_toman=amount_toman,
        code="payout",
        subject=subject_of(payout),
        at=at,
    )
    payout.batch_id, payout.reference, payout.rail = batch.id, reference, rail
    payout.amount_toman, payout.state, payout.proposed_at = amount_toman, PayoutState.proposed, at
    db.session.add(payout)
    db.session.flush()
