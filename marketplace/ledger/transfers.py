"""Moving money in the book. Called inside a unit of work; the caller chooses the key."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from marketplace.core.db import db, is_sqlite
from marketplace.ledger.chart import Account
from marketplace.ledger.errors import AboveLimit, HoldEnded, KeyTaken
from marketplace.ledger.models import LedgerAccount, Side, Step, Transfer


def post_transfer(*, key: str, debit: Account, credit: Account, amount_toman: int, code: str, subject: str,
                  at: datetime) -> int:
    """Moves an amount from `credit` to `debit` at once and gives the transfer's id.

    The same key with the same content gives the earlier transfer; other content raises KeyTaken; a limited
    account that would go below zero raises AboveLimit.
    """
    return _write(Step.single, key, debit, credit, amount_toman, code, subject, at)


def hold_transfer(*, key: str, debit: Account, credit: Account, amount_toman: int, code: str, subject: str,
                  at: datetime) -> int:
    """Reserves an amount on both accounts until it is posted or voided, once."""
    return _write(Step.hold, key, debit, credit, amount_toman, code, subject, at)


def post_hold(hold_id: int, *, key: str, at: datetime, amount_toman: int | None = None) -> int:
    """Carries a hold out, whole or in part (the rest is freed). Raises HoldEnded the second time."""
    hold = _lock_hold(hold_id)
    amount = hold.amount_toman if amount_toman is None else amount_toman
    if not 0 < amount <= hold.amount_toman:
        raise AboveLimit()
    return _end_hold(hold, Step.post, key, amount, at)


def void_hold(hold_id: int, *, key: str, at: datetime) -> int:
    """Frees a hold. Raises HoldEnded when it was posted or voided before."""
    return _end_hold(_lock_hold(hold_id), Step.void, key, 0, at)


def _write(step: Step, key: str, debit: Account, credit: Account, amount: int, code: str, subject: str,
           at: datetime) -> int:
    if amount <= 0:
        raise ValueError("a transfer moves a positive amount")
    accounts = _lock_accounts(debit, credit)
    debit_id, credit_id = accounts[debit.name], accounts[credit.name]
    known = db.session.scalar(select(Transfer).where(Transfer.key == key))
    if known is not None:
        same = (known.step, known.debit_account_id, known.credit_account_id, known.amount_toman, known.code,
                known.subject) == (step, debit_id, credit_id, amount, code, subject)
        if not same:
            raise KeyTaken()
        return known.id
    if step is Step.single:
        _move(debit_id, credit_id, debits_toman=amount)
    else:
        _move(debit_id, credit_id, held_debits_toman=amount)
    return _insert(step, key, debit_id, credit_id, amount, code, subject, at, None)


def _end_hold(hold: Transfer, step: Step, key: str, amount: int, at: datetime) -> int:
    ended = db.session.scalar(select(Transfer).where(Transfer.hold_id == hold.id))
    if ended is not None:
        if ended.key == key and ended.step == step and ended.amount_toman == amount:
            return ended.id
        raise HoldEnded()
    _move(hold.debit_account_id, hold.credit_account_id, held_debits_toman=-hold.amount_toman)
    if amount:
        _move(hold.debit_account_id, hold.credit_account_id, debits_toman=amount)
    return _insert(step, key, hold.debit_account_id, hold.credit_account_id, amount, hold.code, hold.subject, at,
                   hold.id)


def _insert(step: Step, key: str, debit_id: int, credit_id: int, amount: int, code: str, subject: str, at: datetime,
            hold_id: int | None) -> int:
    transfer = Transfer(key=key, step=step, debit_account_id=debit_id, credit_account_id=credit_id,
                        amount_toman=amount, code=code, subject=subject, posted_at=at, hold_id=hold_id)
    db.session.add(transfer)
    db.session.flush()
    return transfer.id


def _move(debit_id: int, credit_id: int, *, debits_toman: int = 0, held_debits_toman: int = 0) -> None:
    """Adds to the debit side of one account and to the credit side of the other; the CHECK guards the limit."""
    of = LedgerAccount
    steps = ((debit_id, {"debits_toman": of.debits_toman + debits_toman,
                         "held_debits_toman": of.held_debits_toman + held_debits_toman}),
             (credit_id, {"credits_toman": of.credits_toman + debits_toman,
                          "held_credits_toman": of.held_credits_toman + held_debits_toman}))
    try:
        with db.session.begin_nested():
            for account_id, values in sorted(steps, key=lambda s: s[0]):
                db.session.execute(update(of).where(of.id == account_id).values(values)
                                   .execution_options(synchronize_session=False))
    except IntegrityError as error:
        raise AboveLimit() from error


def _lock_hold(hold_id: int) -> Transfer:
    hold = db.session.scalar(select(Transfer).where(Transfer.id == hold_id, Transfer.step == Step.hold))
    if hold is None:
        raise ValueError(f"no hold {hold_id}")
    _lock_ids([hold.debit_account_id, hold.credit_account_id])
    return hold


def _lock_accounts(*accounts: Account) -> dict[str, int]:
    """Ids of the accounts, opened where they are new, locked in the order of their ids."""
    names = {a.name: a for a in accounts}
    found = _ids_of(names)
    for name in sorted(set(names) - set(found)):
        account = names[name]
        row = LedgerAccount(name=name, side=account.side, is_limited=account.is_limited)
        try:
            with db.session.begin_nested():
                db.session.add(row)
        except IntegrityError:
            continue
    found = _ids_of(names)
    _lock_ids(list(found.values()))
    return found


def _ids_of(names: dict[str, Account]) -> dict[str, int]:
    rows = db.session.execute(select(LedgerAccount.name, LedgerAccount.id).where(LedgerAccount.name.in_(names)))
    return {row.name: row.id for row in rows}


def _lock_ids(ids: list[int]) -> None:
    if not is_sqlite():
        db.session.execute(
            select(LedgerAccount.id).where(LedgerAccount.id.in_(ids)).order_by(LedgerAccount.id).with_for_update()
        )


def balance(account: Account) -> int:
    """What stands on an account now, positive on its own side; 0 for one never opened."""
    row = db.session.execute(
        select(LedgerAccount.debits_toman, LedgerAccount.credits_toman).where(LedgerAccount.name == account.name)
    ).first()
    if row is None:
        return 0
    difference = row.credits_toman - row.debits_toman
    return difference if account.side is Side.credit else -difference
