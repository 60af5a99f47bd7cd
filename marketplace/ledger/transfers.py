"""Moving money in the book. Called inside a unit of work; the caller chooses the key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.exc import IntegrityError

from marketplace.core.db import db, is_sqlite
from marketplace.core.ready import Ready, adding
from marketplace.ledger.chart import Account
from marketplace.ledger.errors import AboveLimit, HoldEnded, KeyTaken
from marketplace.ledger.models import LedgerAccount, Side, Step, Transfer

_TOTALS = ("debits_toman", "credits_toman", "held_debits_toman", "held_credits_toman")
_NOTHING = dict.fromkeys(_TOTALS, 0)
_ACCOUNTS = LedgerAccount.__table__
_ADD = Ready(
    _ACCOUNTS.update()  # type: ignore[attr-defined]
    .where(_ACCOUNTS.c.id == bindparam("account"))
    .values({name: _ACCOUNTS.c[name] + bindparam(f"more_{name}") for name in _TOTALS})
)
_CONTENT = ("step", "debit_account_id", "credit_account_id", "amount_toman", "code", "subject")
_WRITE = adding(Transfer, "key", *_CONTENT, "posted_at", tells=False)
_KNOWN = Ready(
    select(Transfer.key, *(getattr(Transfer, name) for name in _CONTENT)).where(
        Transfer.key.in_(bindparam("keys", expanding=True, type_=Transfer.key.type))
    )
)
_IDS = Ready(
    select(LedgerAccount.name, LedgerAccount.id).where(
        LedgerAccount.name.in_(bindparam("names", expanding=True, type_=LedgerAccount.name.type))
    )
)
_LOCK = Ready(
    select(LedgerAccount.id)
    .where(LedgerAccount.id.in_(bindparam("ids", expanding=True, type_=LedgerAccount.id.type)))
    .order_by(LedgerAccount.id)
    .with_for_update()
)


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount to move from `credit` to `debit`, under a key chosen by the caller."""

    key: str
    debit: Account
    credit: Account
    amount_toman: int
    code: str
    subject: str


def post_transfers(postings: Sequence[Posting], at: datetime) -> None:
    """Moves several amounts at once, in few statements whatever their number; all or none.

    A key that stands with the same content is passed over; other content raises KeyTaken; a limited account that
    would end below zero raises AboveLimit.
    """
    accounts = _lock_accounts(*(account for p in postings for account in (p.debit, p.credit)))
    known = {row.key: row for row in _KNOWN.all(keys=[p.key for p in postings])}
    moves: dict[int, list[int]] = {}
    rows = []
    for p in postings:
        row = _row(p, accounts, at)
        if p.key in known:
            _ensure_same(known[p.key], row)
            continue
        moves.setdefault(row["debit_account_id"], [0, 0])[0] += p.amount_toman
        moves.setdefault(row["credit_account_id"], [0, 0])[1] += p.amount_toman
        rows.append(row)
    _move(
        {account: Move(debits_toman=m[0], credits_toman=m[1]) for account, m in moves.items()},
        may_fall=any(_may_fall(p) for p in postings),
    )
    _WRITE.run_for_each(rows)


def _row(p: Posting, accounts: Mapping[str, int], at: datetime) -> dict[str, Any]:
    if p.amount_toman <= 0:
        raise ValueError("a transfer moves a positive amount")
    return {
        "key": p.key,
        "step": Step.single,
        "debit_account_id": accounts[p.debit.name],
        "credit_account_id": accounts[p.credit.name],
        "amount_toman": p.amount_toman,
        "code": p.code,
        "subject": p.subject,
        "posted_at": at,
    }


def _may_fall(p: Posting) -> bool:
    """Whether an account with a limit gets nearer to it."""
    is_debit_lower = p.debit.is_limited and p.debit.side is Side.credit
    return is_debit_lower or (p.credit.is_limited and p.credit.side is Side.debit)


def post_transfer(
    *, key: str, debit: Account, credit: Account, amount_toman: int, code: str, subject: str, at: datetime
) -> int:
    """Moves an amount from `credit` to `debit` at once and gives the transfer's id.

    The same key with the same content gives the earlier transfer; other content raises KeyTaken; a limited
    account that would go below zero raises AboveLimit.
    """
    post_transfers([Posting(key, debit, credit, amount_toman, code, subject)], at)
    return db.session.scalars(select(Transfer.id).where(Transfer.key == key)).one()


def hold_transfer(
    *, key: str, debit: Account, credit: Account, amount_toman: int, code: str, subject: str, at: datetime
) -> int:
    """Reserves an amount on both accounts until it is posted or voided, once."""
    accounts = _lock_accounts(debit, credit)
    row = _transfer(
        Step.hold, key, accounts[debit.name], accounts[credit.name], amount_toman, code, subject, at
    )
    known = db.session.scalar(select(Transfer).where(Transfer.key == key))
    if known is not None:
        _ensure_same(known, {name: getattr(row, name) for name in _CONTENT})
        return known.id
    _move(
        {
            row.debit_account_id: Move(held_debits_toman=amount_toman),
            row.credit_account_id: Move(held_credits_toman=amount_toman),
        }
    )
    db.session.add(row)
    db.session.flush()
    return row.id


def post_hold(hold_id: int, *, key: str, at: datetime, amount_toman: int | None = None) -> int:
    """Carries a hold out, whole or in part (the rest is freed). Raises HoldEnded the second time, KeyTaken."""
    hold = _lock_hold(hold_id)
    amount = hold.amount_toman if amount_toman is None else amount_toman
    if not 0 < amount <= hold.amount_toman:
        raise AboveLimit()
    return _end_hold(hold, Step.post, key, amount, at)


def void_hold(hold_id: int, *, key: str, at: datetime) -> int:
    """Frees a hold. Raises HoldEnded when it was posted or voided before, KeyTaken."""
    return _end_hold(_lock_hold(hold_id), Step.void, key, 0, at)


def _end_hold(hold: Transfer, step: Step, key: str, amount: int, at: datetime) -> int:
    ended = db.session.scalar(select(Transfer).where(Transfer.hold_id == hold.id))
    if ended is not None:
        if ended.key == key and ended.step == step and ended.amount_toman == amount:
            return ended.id
        raise HoldEnded()
    if db.session.scalar(select(Transfer.id).where(Transfer.key == key)) is not None:
        raise KeyTaken()
    _move(
        {
            hold.debit_account_id: Move(debits_toman=amount, held_debits_toman=-hold.amount_toman),
            hold.credit_account_id: Move(credits_toman=amount, held_credits_toman=-hold.amount_toman),
        }
    )
    row = _transfer(
        step, key, hold.debit_account_id, hold.credit_account_id, amount, hold.code, hold.subject, at, hold.id
    )
    db.session.add(row)
    db.session.flush()
    return row.id


def _transfer(
    step: Step,
    key: str,
    debit_id: int,
    credit_id: int,
    amount: int,
    code: str,
    subject: str,
    at: datetime,
    hold_id: int | None = None,
) -> Transfer:
    if amount <= 0 and step is not Step.void:
        raise ValueError("a transfer moves a positive amount")
    return Transfer(
        key=key,
        step=step,
        debit_account_id=debit_id,
        credit_account_id=credit_id,
        amount_toman=amount,
        code=code,
        subject=subject,
        posted_at=at,
        hold_id=hold_id,
    )


def _ensure_same(known: Any, row: Mapping[str, Any]) -> None:
    if any(getattr(known, name) != row[name] for name in _CONTENT):
        raise KeyTaken()


@dataclass(frozen=True, slots=True)
class Move:
    """What is added to the totals of one account."""

    debits_toman: int = 0
    credits_toman: int = 0
    held_debits_toman: int = 0
    held_credits_toman: int = 0


def _move(moves: dict[int, Move], *, may_fall: bool = True) -> None:
    """Adds to the totals of accounts, lower id first, in one go; the CHECK guards the limits.

    Where none may fall below its limit, nothing can be refused, and no savepoint is made for it.
    """
    rows = [
        {"account": account_id, **{f"more_{name}": toman for name, toman in asdict(move).items()}}
        for account_id, move in sorted(moves.items())
        if move != Move()
    ]
    if not rows:
        return
    try:
        with db.session.begin_nested() if may_fall else nullcontext():
            _ADD.run_for_each(rows)
    except IntegrityError as error:
        raise AboveLimit() from error


def lock_accounts(*accounts: Account) -> None:
    """Locks accounts (opening what is new): until the unit ends nothing else is posted to them.

    So the transfers of a locked account that can be seen are all that have lower ids than those to come.
    """
    _lock_accounts(*accounts)


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
    new = [names[name] for name in sorted(set(names) - set(found))]
    if new:
        insert = insert_sqlite if is_sqlite() else insert_postgresql
        db.session.execute(
            insert(LedgerAccount)
            .values([{"name": a.name, "side": a.side, "is_limited": a.is_limited, **_NOTHING} for a in new])
            .on_conflict_do_nothing(index_elements=[LedgerAccount.name])
        )
        found = _ids_of(names)
    _lock_ids(list(found.values()))
    return found


def _ids_of(names: dict[str, Account]) -> dict[str, int]:
    return {row.name: row.id for row in _IDS.all(names=list(names))}


def _lock_ids(ids: list[int]) -> None:
    if not is_sqlite():
        _LOCK.all(ids=ids)


def balance(account: Account) -> int:
    """What stands on an account now, positive on its own side; 0 for one never opened."""
    row = db.session.execute(
        select(LedgerAccount.debits_toman, LedgerAccount.credits_toman).where(
            LedgerAccount.name == account.name
        )
    ).first()
    if row is None:
        return 0
    difference: int = row.credits_toman - row.debits_toman
    return difference if account.side is Side.credit else -difference


def free_balance(account: Account) -> int:
    """What may still be taken from an account: its balance less what is held on the other side."""
    of = LedgerAccount
    held = of.held_debits_toman if account.side is Side.credit else of.held_credits_toman
    return balance(account) - (db.session.scalar(select(held).where(of.name == account.name)) or 0)
