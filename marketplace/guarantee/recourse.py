"""What a store owes the fund: taken from what it is due first, then due in thirty days, then its seal is suspended.

What was recovered is real money on the fund's account; what is still open stands here and in no balance, so that the
fund never promises a debt. Locks are taken in one order: claim, accounts of the book, recourse.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from marketplace.accounts.approvals import propose
from marketplace.accounts.shown import Approval
from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.unit_of_work import on_violation
from marketplace.guarantee.claim_models import Claim, Payer
from marketplace.guarantee.claim_notices import tell_recourse
from marketplace.guarantee.claim_queries import lock_claim, lock_recourse, open_recourses, recourse_of
from marketplace.guarantee.claim_rules import account_of
from marketplace.guarantee.debt_seals import UNPAID, lift_suspension
from marketplace.guarantee.errors import RecourseOver, ReferenceBooked
from marketplace.guarantee.recourse_models import Recourse, RecourseMove, RecourseState, RecourseStep
from marketplace.guarantee.reserving import settle_state
from marketplace.ledger.chart import BANK, Account, store_payable
from marketplace.ledger.transfers import free_balance, lock_accounts, post_transfer
from marketplace.orders.models import HoldReason
from marketplace.orders.payout_holds import hold_payout, release_payout
from marketplace.policy.policy import policy_at
from marketplace.stores.models import Seal, SealState
from marketplace.stores.seals import suspend_seal

WRITE_OFF = "write_off_recourse"
on_violation("uq_recourse_moves_bank_reference", ReferenceBooked)


def open_toman(owed: Recourse) -> int:
    """What a store still owes for a claim."""
    return owed.amount_toman - owed.recovered_toman - owed.written_off_toman - owed.clawed_toman


def open_recourse(claim: Claim, amount_toman: int, at: datetime) -> Recourse:
    """A claim was paid: the store owes as much. What it is due is taken at once."""
    due_at = at + timedelta(days=policy_at(claim.filed_at).recourse_due_days)
    hold_payout(claim.store_order_id, HoldReason.recourse, f"recourse:{claim.number}", at)
    lock_accounts(account_of(claim.payer), store_payable(claim.store_id))
    owed = recourse_of(claim.id)
    if owed is None:
        owed = Recourse(
            claim_id=claim.id,
            store_id=claim.store_id,
            state=RecourseState.netting,
            amount_toman=amount_toman,
            opened_at=at,
            due_at=due_at,
        )
        db.session.add(owed)
    else:
        owed = lock_recourse(owed.id)
        owed.amount_toman += amount_toman
        if owed.state is not RecourseState.overdue:
            owed.state, owed.ended_at, owed.due_at = RecourseState.netting, None, due_at
    db.session.flush()
    tell_recourse(claim, amount_toman, due_at, at)
    collect(claim.store_id, at)
    return owed


def collect(store_id: int, at: datetime) -> int:
    """Takes what a store owes from what it is due, the oldest debt first; gives how much. Touches no claim."""
    payers = {owed.id: account_of(payer) for owed, payer in _debts(store_id)}
    if not payers:
        return 0
    lock_accounts(*{account.name: account for account in payers.values()}.values(), store_payable(store_id))
    taken = 0
    for owed in open_recourses(store_id):
        amount = min(open_toman(owed), free_balance(store_payable(store_id)))
        if amount <= 0:
            break
        if owed.id not in payers:
            continue  # opened meanwhile: whoever opened it collects
        key = f"recourse:{owed.id}:net:{owed.recovered_toman}:{owed.amount_toman}:{owed.clawed_toman}"
        transfer = _post(owed, store_payable(store_id), payers[owed.id], amount, key, "recourse_netted", at)
        _note(owed, RecourseStep.netted, amount, key, at, transfer_id=transfer)
        taken += amount
    return taken


def _debts(store_id: int) -> list[tuple[Recourse, Payer]]:
    rows = db.session.execute(
        select(Recourse, Claim.payer)
        .join(Claim, Claim.id == Recourse.claim_id)
        .where(Recourse.store_id == store_id, Recourse.ended_at.is_(None))
        .order_by(Recourse.id)
    )
    return [(row.Recourse, row.payer) for row in rows]


def book_payment(
    recourse_id: int, amount_toman: int, bank_reference: str, actor: Actor, at: datetime
) -> Recourse:
    """A store paid some of what it owes into our bank account; also what had been given up is welcome.

    Raises NotFound, RecourseOver above what is open (or given up, when nothing is open), ReferenceBooked.
    """
    claim, owed = _locked(recourse_id)
    is_found = open_toman(owed) == 0
    most = given_up_toman(owed) if is_found else open_toman(owed)
    if not 0 < amount_toman <= most:
        raise RecourseOver(params={"open_toman": most})
    if (
        db.session.scalar(select(RecourseMove.id).where(RecourseMove.bank_reference == bank_reference))
        is not None
    ):
        raise ReferenceBooked()
    key = f"recourse:{owed.id}:paid:{bank_reference}"
    transfer = _post(owed, BANK, account_of(claim.payer), amount_toman, key, "recourse_paid", at)
    _note(
        owed,
        RecourseStep.found if is_found else RecourseStep.paid,
        amount_toman,
        key,
        at,
        transfer_id=transfer,
        bank_reference=bank_reference,
        actor_id=actor.id,
    )
    record(actor, "book_recourse", f"recourse:{owed.id}", at, amount_toman=amount_toman)
    settle_state(claim)
    lift_suspension(owed.store_id, at)
    return owed


def propose_write_off(recourse_id: int, amount_toman: int, reason: str, actor: Actor, at: datetime) -> int:
    """Puts giving up a debt before a second person; gives the proposal's id. Raises NotFound, Invalid, RecourseOver."""
    owed = db.session.get(Recourse, recourse_id)
    if owed is None:
        raise NotFound()
    words = " ".join(reason.split())[:500]
    if not words:
        raise Invalid(fields={"reason": "required"})
    if not 0 < amount_toman <= open_toman(owed):
        raise RecourseOver(params={"open_toman": open_toman(owed)})
    content = {"amount_toman": amount_toman, "reason": words}
    return propose(WRITE_OFF, f"recourse:{recourse_id}", content, actor, at)


def write_off(approval: Approval, actor: Actor, at: datetime) -> None:
    """The second person agreed: that much is given up for good; the entry in the store's record stays."""
    claim, owed = _locked(int(approval.subject.partition(":")[2]))
    amount = int(approval.content["amount_toman"])
    if not 0 < amount <= open_toman(owed):
        raise RecourseOver(params={"open_toman": open_toman(owed)})
    _note(
        owed,
        RecourseStep.written_off,
        amount,
        f"approval:{approval.id}",
        at,
        note=str(approval.content["reason"]),
        actor_id=actor.id,
    )
    record(actor, "write_off_recourse", f"recourse:{owed.id}", at, amount_toman=amount)
    settle_state(claim)
    lift_suspension(owed.store_id, at)


def given_up_toman(owed: Recourse) -> int:
    """What two persons gave up of a debt and did not come all the same."""
    sums: dict[RecourseStep, int] = {
        row.step: int(row.toman)
        for row in db.session.execute(
            select(RecourseMove.step, func.sum(RecourseMove.amount_toman).label("toman"))
            .where(
                RecourseMove.recourse_id == owed.id,
                RecourseMove.step.in_((RecourseStep.written_off, RecourseStep.found)),
            )
            .group_by(RecourseMove.step)
        )
    }
    return sums.get(RecourseStep.written_off, 0) - sums.get(RecourseStep.found, 0)


def relieve(claim: Claim, amount_toman: int, key: str, at: datetime) -> None:
    """The store need not pay some of it after all; what it paid already is due to it again."""
    less = _lessen(claim, RecourseStep.relieved, amount_toman, key, at)
    owe_back(claim, amount_toman - less, at)


def claw(claim: Claim, amount_toman: int, key: str, at: datetime) -> int:
    """The shopper owes it back instead of the store; gives how much was still open."""
    return _lessen(claim, RecourseStep.clawed, amount_toman, key, at)


def _lessen(claim: Claim, step: RecourseStep, amount_toman: int, key: str, at: datetime) -> int:
    lock_accounts(account_of(claim.payer), store_payable(claim.store_id))
    found = recourse_of(claim.id)
    if found is None:
        return 0
    owed = lock_recourse(found.id)
    amount = min(amount_toman, open_toman(owed))
    if amount > 0:
        _note(owed, step, amount, key, at)
    return amount


def owe_back(claim: Claim, amount_toman: int, at: datetime) -> None:
    """Of what a store gave back that much is its own again; paid at once where the payer has it, else by the sweep."""
    found = recourse_of(claim.id)
    if found is None or amount_toman <= 0:
        return
    lock_accounts(account_of(claim.payer), store_payable(claim.store_id))
    owed = lock_recourse(found.id)
    owed.due_back_toman = min(owed.due_back_toman + amount_toman, owed.recovered_toman)
    db.session.flush()
    give_back(owed.id, at)


def give_back(recourse_id: int, at: datetime) -> int:
    """Gives a store what is its own again, as far as the payer has it; gives how much."""
    claim, owed = _locked(recourse_id)
    payer = account_of(claim.payer)
    amount = min(owed.due_back_toman, free_balance(payer))
    if amount <= 0:
        return 0
    key = f"recourse:{owed.id}:back:{owed.recovered_toman}:{owed.due_back_toman}:{owed.clawed_toman}"
    transfer = _post(owed, payer, store_payable(owed.store_id), amount, key, "recourse_returned", at)
    _note(owed, RecourseStep.given_back, amount, key, at, transfer_id=transfer)
    return amount


def make_overdue(recourse_id: int, at: datetime) -> bool:
    """The thirty days passed: the seal is suspended until the debt is paid. False when it was paid meanwhile."""
    _, owed = _locked(recourse_id)
    if owed.state is not RecourseState.netting or at <= owed.due_at:
        return False
    owed.state, owed.suspended_at = RecourseState.overdue, at
    db.session.flush()
    state = db.session.scalar(select(Seal.state).where(Seal.store_id == owed.store_id))
    if state is SealState.active:
        suspend_seal(owed.store_id, UNPAID, SYSTEM, at)
    record(SYSTEM, "recourse_overdue", f"recourse:{owed.id}", at, open_toman=open_toman(owed))
    return True


def _locked(recourse_id: int) -> tuple[Claim, Recourse]:
    owed = db.session.get(Recourse, recourse_id)
    if owed is None:
        raise NotFound()
    claim = lock_claim(owed.claim_id)
    lock_accounts(account_of(claim.payer), store_payable(owed.store_id))
    return claim, lock_recourse(recourse_id)


def _post(
    owed: Recourse, debit: Account, credit: Account, amount: int, key: str, code: str, at: datetime
) -> int:
    return post_transfer(
        key=key,
        debit=debit,
        credit=credit,
        amount_toman=amount,
        code=code,
        subject=f"recourse:{owed.id}",
        at=at,
    )


def _note(owed: Recourse, step: RecourseStep, amount: int, key: str, at: datetime, **more: Any) -> None:
    """Writes a step and what it leaves open; the last one ends the recourse and lets the store's payout go."""
    db.session.add(RecourseMove(recourse_id=owed.id, step=step, amount_toman=amount, key=key, at=at, **more))
    came, gone = (RecourseStep.netted, RecourseStep.paid, RecourseStep.found), RecourseStep.given_back
    if step in came:
        owed.recovered_toman += amount
    if step is RecourseStep.found:
        owed.written_off_toman -= amount
    elif step in (RecourseStep.written_off, RecourseStep.relieved):
        owed.written_off_toman += amount
    elif step in (RecourseStep.clawed, gone):
        owed.clawed_toman += amount
    if step is gone:
        owed.recovered_toman -= amount
        owed.due_back_toman -= amount
    if open_toman(owed) == 0:
        owed.state = RecourseState.written_off if owed.written_off_toman else RecourseState.recovered
        owed.ended_at = owed.ended_at or at
        claim = db.session.get_one(Claim, owed.claim_id)
        release_payout(claim.store_order_id, f"recourse:{claim.number}", at)
    db.session.flush()
