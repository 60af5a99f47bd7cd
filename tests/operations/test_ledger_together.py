"""The book under any sequence of transfers and holds, and under many hands at once."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.ledger.chart import GATEWAY_CLEARING, SHOPPER_REFUNDABLE, Account, store_held
from marketplace.ledger.errors import AboveLimit, HoldEnded
from marketplace.ledger.invariants import CHECKS
from marketplace.ledger.models import LedgerAccount, Side, Transfer
from marketplace.ledger.transfers import balance, hold_transfer, post_hold, post_transfer, void_hold
from tests.factories import AT
from tests.factories.buying import rows_of
from tests.together import at_once

OUTSIDE = Account("outside", Side.debit, is_limited=False)
HELD = store_held(7)
THREADS = 20


def move(
    key: str, *, debit: Account = OUTSIDE, credit: Account = HELD, toman: int, verb: Any = post_transfer
) -> int:
    with unit_of_work():
        return verb(
            key=key, debit=debit, credit=credit, amount_toman=toman, code="c", subject="test:1", at=AT
        )


def broken() -> list[str]:
    db.session.rollback()
    return [f"{name}: {row}" for name, check in CHECKS.items() for row in check()]


class Book(RuleBasedStateMachine):
    """Transfers and holds in any order beside a model of plain sums; every check after every step."""

    ACCOUNTS = (OUTSIDE, GATEWAY_CLEARING, SHOPPER_REFUNDABLE, HELD)
    accounts = st.sampled_from(ACCOUNTS)
    amounts = st.integers(1, 120)

    @initialize()
    def empty(self) -> None:
        """Each run has accounts of its own in the one database of the test."""
        type(self).runs = getattr(type(self), "runs", 0) + 1
        self.n = 0
        self.posted = {a.name: [0, 0] for a in self.ACCOUNTS}
        self.pending: dict[int, tuple[Account, Account, int]] = {}

    def own(self, account: Account) -> Account:
        return Account(f"{account.name}/{self.runs}", account.side, account.is_limited)

    def room(self, account: Account, side: Side) -> bool:
        return not account.is_limited or account.side is side

    def left(self, account: Account) -> int:
        debits, credits = self.posted[account.name]
        grown, shrunk = (debits, credits) if account.side is Side.debit else (credits, debits)
        held = sum(
            toman
            for debit, credit, toman in self.pending.values()
            if (credit if account.side is Side.debit else debit) == account
        )
        return grown - shrunk - held

    def fits(self, debit: Account, credit: Account, toman: int) -> bool:
        return (self.room(debit, Side.debit) or self.left(debit) >= toman) and (
            self.room(credit, Side.credit) or self.left(credit) >= toman
        )

    def attempt(self, verb: Any, debit: Account, credit: Account, toman: int) -> int | None:
        self.n += 1
        if self.fits(debit, credit, toman):
            return move(
                f"{self.runs}:{self.n}",
                debit=self.own(debit),
                credit=self.own(credit),
                toman=toman,
                verb=verb,
            )
        with pytest.raises(AboveLimit):
            move(
                f"{self.runs}:{self.n}",
                debit=self.own(debit),
                credit=self.own(credit),
                toman=toman,
                verb=verb,
            )
        return None

    @rule(debit=accounts, credit=accounts, toman=amounts)
    def post(self, debit: Account, credit: Account, toman: int) -> None:
        if debit != credit and self.attempt(post_transfer, debit, credit, toman):
            self.posted[debit.name][0] += toman
            self.posted[credit.name][1] += toman

    @rule(debit=accounts, credit=accounts, toman=amounts)
    def hold(self, debit: Account, credit: Account, toman: int) -> None:
        if debit != credit and (made := self.attempt(hold_transfer, debit, credit, toman)):
            self.pending[made] = (debit, credit, toman)

    @rule(share=st.integers(0, 4), pick=st.integers(0, 99))
    def finish(self, share: int, pick: int) -> None:
        if self.pending:
            held = sorted(self.pending)[pick % len(self.pending)]
            debit, credit, toman = self.pending.pop(held)
            part = toman * share // 4
            self.n += 1
            with unit_of_work():
                if part:
                    post_hold(held, key=f"{self.runs}:{self.n}", at=AT, amount_toman=part)
                else:
                    void_hold(held, key=f"{self.runs}:{self.n}", at=AT)
            self.posted[debit.name][0] += part
            self.posted[credit.name][1] += part

    @invariant()
    def the_book_is_whole_and_as_the_model_says(self) -> None:
        if hasattr(self, "posted"):
            assert broken() == []
            rows = db.session.scalars(select(LedgerAccount))
            stored = {row.name: [row.debits_toman, row.credits_toman] for row in rows}
            for name, sums in self.posted.items():
                assert stored.get(f"{name}/{self.runs}", [0, 0]) == sums


def test_no_sequence_of_transfers_and_holds_breaks_the_book(ctx):
    run_state_machine_as_test(
        Book,
        settings=settings(
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            max_examples=6,
            stateful_step_count=12,
        ),
    )


# --- all at once


def test_twenty_threads_keep_the_sum_at_zero_and_spend_nothing_twice(ctx, app):
    """Each tries three times to move 10 out of 30 and always moves 1 to its neighbour."""
    move("in", toman=30)
    for n in range(THREADS):
        move(f"own:{n}", credit=store_held(100 + n), toman=5)

    def spend(index: int) -> int:
        won = 0
        for n in range(3):
            move(
                f"ring:{index}:{n}",
                debit=store_held(100 + index),
                credit=store_held(100 + (index + 1) % THREADS),
                toman=1,
            )
            try:
                move(f"out:{index}:{n}", debit=HELD, credit=SHOPPER_REFUNDABLE, toman=10)
                won += 1
            except AboveLimit:
                pass
        return won

    assert sum(at_once(app, THREADS, spend)) == 3
    assert (balance(HELD), balance(SHOPPER_REFUNDABLE)) == (0, 30)
    assert rows_of(Transfer) == 1 + THREADS + THREADS * 3 + 3
    assert [balance(store_held(100 + n)) for n in range(THREADS)] == [5] * THREADS
    assert broken() == []


def test_reading_first_and_moving_then_would_spend_it_many_times(ctx, app):
    """The control of the test above: without a limit in the database the same threads overspend."""
    naive = Account("naive", Side.credit, is_limited=False)
    move("in", credit=naive, toman=10)
    all_have_read = threading.Barrier(THREADS)

    def spend(index: int) -> bool:
        is_there = balance(naive) >= 10
        db.session.rollback()
        all_have_read.wait(20)
        if is_there:
            move(f"out:{index}", debit=naive, credit=SHOPPER_REFUNDABLE, toman=10)
        return is_there

    assert sum(at_once(app, THREADS, spend)) == THREADS
    assert balance(naive) == 10 - 10 * THREADS


def test_a_hold_ended_by_ten_threads_at_once_ends_once(ctx, app):
    held = move("h", toman=100, verb=hold_transfer)

    def end(index: int) -> int:
        with unit_of_work():
            if index % 2:
                return void_hold(held, key=f"end:{index}", at=AT)
            return post_hold(held, key=f"end:{index}", at=AT, amount_toman=index + 1)

    outcomes = at_once(app, 10, end)
    assert outcomes.count(HoldEnded) == 9
    assert rows_of(Transfer) == 2
    assert broken() == []


def test_the_same_transfer_by_ten_threads_at_once_is_one_transfer(ctx, app):
    """Over accounts that stand already, so that nobody waits for their opening."""
    move("before", toman=1)
    assert len(set(at_once(app, 10, lambda index: move("same", toman=10)))) == 1
    assert (rows_of(Transfer), balance(HELD)) == (2, 11)
    assert broken() == []
