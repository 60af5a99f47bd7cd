"""What a side of a claim owes the fund besides recourse: money that it has twice, and the cost of a look at the goods.

A shopper gives it back into our bank account. A store's part is taken from what it is due, like recourse. What will not
come is given up by two officials, and what comes all the same is booked.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from marketplace.accounts.approvals import propose
from marketplace.accounts.shown import Approval
from marketplace.core.audit import Actor, record
from marketplace.core.db import db, is_sqlite
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.unit_of_work import on_violation
from marketplace.guarantee.claim_models import Claim, Party
from marketplace.guarantee.claim_notices import tell_clawback
from marketplace.guarantee.claim_queries import lock_claim
from marketplace.guarantee.claim_rules import account_of
from marketplace.guarantee.clawback_models import (
    Clawback,
    ClawbackCause,
    ClawbackMove,
    ClawbackState,
    ClawbackStep,
)
from marketplace.guarantee.errors import RecourseOver, ReferenceBooked
from marketplace.guarantee.recourse import owe_back
from marketplace.ledger.chart import BANK, Account, store_payable
from marketplace.ledger.transfers import free_balance, lock_accounts, post_transfer

GIVE_UP = "give_up_clawback"
on_violation("uq_clawback_moves_bank_reference", ReferenceBooked)


def left_toman(owed: Clawback) -> int:
    """What is still owed."""
    return owed.amount_toman - owed.returned_toman - owed.written_off_toman


def open_clawback(
    claim: Claim,
    debtor: Party,
    cause: ClawbackCause,
    amount_toman: int,
    key: str,
    at: datetime,
    *,
    relieved_toman: int = 0,
) -> Clawback:
    """A side of a locked claim owes an amount from now on, and is told so."""
    owed = Clawback(
        claim_id=claim.id,
        debtor=debtor,
        cause=cause,
        amount_toman=amount_toman,
        relieved_toman=relieved_toman,
        key=key,
        state=ClawbackState.open,
        asked_at=at,
    )
    db.session.add(owed)
    db.session.flush()
    tell_clawback(claim, owed, at)
    return owed


def net_costs(store_id: int, at: datetime) -> int:
    """Takes what a store owes for looks at goods from what it is due, the oldest first; gives how much."""
    rows = db.session.execute(
        select(Clawback.id, Claim.payer)
        .join(Claim, Claim.id == Clawback.claim_id)
        .where(
            Claim.store_id == store_id,
            Clawback.debtor == Party.store,
            Clawback.state == ClawbackState.open,
        )
        .order_by(Clawback.id)
    ).all()
    taken = 0
    for row in rows:
        payer, payable = account_of(row.payer), store_payable(store_id)
        lock_accounts(payer, payable)
        owed = _lock(row.id)
        amount = min(left_toman(owed), free_balance(payable))
        if amount <= 0:
            break
        key = f"clawback:{owed.id}:net:{owed.returned_toman}"
        transfer = _post(owed, payable, payer, amount, key, at)
        _note(owed, ClawbackStep.netted, amount, key, at, transfer_id=transfer)
        taken += amount
    return taken


def book_return(
    clawback_id: int, amount_toman: int, bank_reference: str, actor: Actor, at: datetime
) -> Clawback:
    """Some of it came into our bank account; also what had been given up is welcome.

    What a shopper returns beyond what its store was relieved of is the store's again. Raises NotFound, RecourseOver
    above what is open (or given up, when nothing is open) or for the same reference of the bank twice.
    """
    claim, owed = _locked(clawback_id)
    is_found = left_toman(owed) == 0
    most = owed.written_off_toman if is_found else left_toman(owed)
    if not 0 < amount_toman <= most:
        raise RecourseOver(params={"open_toman": most})
    if (
        db.session.scalar(select(ClawbackMove.id).where(ClawbackMove.bank_reference == bank_reference))
        is not None
    ):
        raise ReferenceBooked()
    before = owed.returned_toman
    key = f"clawback:{owed.id}:returned:{bank_reference}"
    transfer = _post(owed, BANK, account_of(claim.payer), amount_toman, key, at)
    step = ClawbackStep.found if is_found else ClawbackStep.returned
    more = {"transfer_id": transfer, "bank_reference": bank_reference, "actor_id": actor.id}
    _note(owed, step, amount_toman, key, at, **more)
    record(actor, "book_clawback", f"clawback:{owed.id}", at, amount_toman=amount_toman)
    if owed.cause is ClawbackCause.repaid:
        of_store = max(owed.returned_toman - owed.relieved_toman, 0) - max(before - owed.relieved_toman, 0)
        owe_back(claim, of_store, at)
    return owed


def propose_giving_up(clawback_id: int, amount_toman: int, reason: str, actor: Actor, at: datetime) -> int:
    """Puts giving a debt up before a second person; gives the proposal's id. Raises NotFound, Invalid, RecourseOver."""
    owed = db.session.get(Clawback, clawback_id)
    if owed is None:
        raise NotFound()
    words = " ".join(reason.split())[:500]
    if not words:
        raise Invalid(fields={"reason": "required"})
    if not 0 < amount_toman <= left_toman(owed):
        raise RecourseOver(params={"open_toman": left_toman(owed)})
    content = {"amount_toman": amount_toman, "reason": words}
    return propose(GIVE_UP, f"clawback:{clawback_id}", content, actor, at)


def give_up(approval: Approval, actor: Actor, at: datetime) -> None:
    """The second person agreed: that much is given up."""
    _, owed = _locked(int(approval.subject.partition(":")[2]))
    amount = int(approval.content["amount_toman"])
    if not 0 < amount <= left_toman(owed):
        raise RecourseOver(params={"open_toman": left_toman(owed)})
    more = {"note": str(approval.content["reason"]), "actor_id": actor.id}
    _note(owed, ClawbackStep.written_off, amount, f"approval:{approval.id}", at, **more)
    record(actor, "give_up_clawback", f"clawback:{owed.id}", at, amount_toman=amount)


def clawed_of(claim_id: int) -> int:
    """What a claim's shopper was asked to give back because it was made good twice."""
    return int(
        db.session.scalar(
            select(func.coalesce(func.sum(Clawback.amount_toman), 0)).where(
                Clawback.claim_id == claim_id, Clawback.cause == ClawbackCause.repaid
            )
        )
        or 0
    )


def _lock(clawback_id: int) -> Clawback:
    query = select(Clawback).where(Clawback.id == clawback_id).execution_options(populate_existing=True)
    return db.session.execute(query if is_sqlite() else query.with_for_update()).scalar_one()


def _locked(clawback_id: int) -> tuple[Claim, Clawback]:
    found = db.session.get(Clawback, clawback_id)
    if found is None:
        raise NotFound()
    claim = lock_claim(found.claim_id)
    lock_accounts(account_of(claim.payer), store_payable(claim.store_id))
    return claim, _lock(clawback_id)


def _post(owed: Clawback, debit: Account, credit: Account, amount: int, key: str, at: datetime) -> int:
    return post_transfer(
        key=key,
        debit=debit,
        credit=credit,
        amount_toman=amount,
        code="clawback",
        subject=f"clawback:{owed.id}",
        at=at,
    )


def _note(owed: Clawback, step: ClawbackStep, amount: int, key: str, at: datetime, **more: Any) -> None:
    """Writes a step and what it leaves open."""
    db.session.add(ClawbackMove(clawback_id=owed.id, step=step, amount_toman=amount, key=key, at=at, **more))
    if step is ClawbackStep.written_off:
        owed.written_off_toman += amount
    else:
        owed.returned_toman += amount
    if step is ClawbackStep.found:
        owed.written_off_toman -= amount
    if left_toman(owed) == 0:
        owed.state = ClawbackState.written_off if owed.written_off_toman else ClawbackState.returned
        owed.ended_at = owed.ended_at or at
    db.session.flush()
