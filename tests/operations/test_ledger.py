"""The book: one effect per key, limits that hold, holds that end once, and a sum that is always zero."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.core.db import db
from marketplace.core.errors import Conflict
from marketplace.core.unit_of_work import unit_of_work
from marketplace.ledger.chart import (
    GATEWAY_CLEARING,
    SHOPPER_REFUNDABLE,
    Account,
    store_held,
    store_receivable,
)
from marketplace.ledger.errors import AboveLimit, HoldEnded, KeyTaken
from marketplace.ledger.invariants import CHECKS
from marketplace.ledger.models import LedgerAccount, Side, Transfer
from marketplace.ledger.transfers import (
    Posting,
    balance,
    free_balance,
    hold_transfer,
    post_hold,
    post_transfer,
    post_transfers,
    void_hold,
)
from tests.factories import AT
from tests.factories.buying import rows_of
from tests.unchanged import nothing_written

OUTSIDE = Account("outside", Side.debit, is_limited=False)
"""Where a test's money comes from; may owe as much as it likes."""
HELD = store_held(7)


def move(
    key: str = "t:1",
    *,
    debit: Account = OUTSIDE,
    credit: Account = HELD,
    toman: int = 100,
    code: str = "goods",
    subject: str = "test:1",
    verb: Any = post_transfer,
) -> int:
    with unit_of_work():
        return verb(
            key=key, debit=debit, credit=credit, amount_toman=toman, code=code, subject=subject, at=AT
        )


def broken() -> list[str]:
    db.session.rollback()
    return [f"{name}: {row}" for name, check in CHECKS.items() for row in check()]


# --- one effect per key


def test_a_transfer_moves_the_amount_once(ctx):
    transfer = move(toman=100)
    assert transfer == db.session.scalar(select(Transfer.id).where(Transfer.key == "t:1"))
    assert (balance(HELD), balance(OUTSIDE), balance(store_held(8))) == (100, 100, 0)
    assert broken() == []


def test_the_same_key_and_content_is_the_same_transfer(ctx):
    first = move()
    with nothing_written():
        assert move() == first
        with unit_of_work():
            later = post_transfer(
                key="t:1",
                debit=OUTSIDE,
                credit=HELD,
                amount_toman=100,
                code="goods",
                subject="test:1",
                at=AT + timedelta(days=3),
            )
        assert later == first
    assert (rows_of(Transfer), balance(HELD)) == (1, 100)


def test_the_same_key_with_other_content_is_refused(ctx):
    move()
    for other in (
        {"toman": 101},
        {"toman": 99},
        {"credit": SHOPPER_REFUNDABLE},
        {"debit": GATEWAY_CLEARING},
        {"debit": HELD, "credit": OUTSIDE},
        {"code": "shipping"},
        {"subject": "test:2"},
        {"verb": hold_transfer},
    ):
        with nothing_written(), pytest.raises(KeyTaken):
            move(**other)


def test_several_transfers_at_once_stand_or_fall_together(ctx):
    """Those known already are passed over; one that would overdraw takes all others with it."""

    def postings(last: int) -> list[Posting]:
        return [
            Posting("t:1", OUTSIDE, HELD, 100, "goods", "test:1"),
            Posting("t:2", OUTSIDE, HELD, 20, "goods", "test:1"),
            Posting("t:3", HELD, SHOPPER_REFUNDABLE, last, "goods", "test:1"),
        ]

    move()
    with nothing_written(), pytest.raises(AboveLimit), unit_of_work():
        post_transfers(postings(121), AT)
    with nothing_written(), pytest.raises(KeyTaken), unit_of_work():
        post_transfers([*postings(1), Posting("t:1", OUTSIDE, HELD, 101, "goods", "test:1")], AT)
    for _ in range(2):
        with unit_of_work():
            post_transfers(postings(120), AT)
    assert (balance(HELD), balance(SHOPPER_REFUNDABLE), balance(OUTSIDE), rows_of(Transfer)) == (
        0,
        120,
        120,
        3,
    )
    assert broken() == []


def test_the_key_of_a_transfer_is_not_free_for_the_end_of_a_hold(ctx):
    move("taken")
    held = move("h", verb=hold_transfer)
    for end in (post_hold, void_hold):
        with nothing_written(), pytest.raises(KeyTaken), unit_of_work():
            end(held, key="taken", at=AT)


def test_an_amount_that_is_not_positive_is_no_transfer(ctx):
    for toman in (0, -1, -100):
        for verb in (post_transfer, hold_transfer):
            with nothing_written(), pytest.raises(ValueError):
                move(toman=toman, verb=verb)


def test_an_account_pays_nothing_to_itself(ctx):
    move()
    with nothing_written(), pytest.raises(Conflict):
        move("t:2", debit=HELD, credit=HELD)


# --- limits


def test_a_limited_account_never_goes_below_zero(ctx):
    move(toman=100)
    with nothing_written(), pytest.raises(AboveLimit):
        move("out", debit=HELD, credit=SHOPPER_REFUNDABLE, toman=101)
    move("out", debit=HELD, credit=SHOPPER_REFUNDABLE, toman=100)
    assert (balance(HELD), balance(SHOPPER_REFUNDABLE)) == (0, 100)


def test_what_is_held_cannot_be_spent(ctx):
    move(toman=100)
    held = move("h", debit=HELD, credit=SHOPPER_REFUNDABLE, toman=60, verb=hold_transfer)
    for verb in (post_transfer, hold_transfer):
        with nothing_written(), pytest.raises(AboveLimit):
            move("out", debit=HELD, credit=OUTSIDE, toman=41, verb=verb)
    with unit_of_work():
        void_hold(held, key="v", at=AT)
    move("out", debit=HELD, credit=OUTSIDE, toman=100)
    assert broken() == []


def test_a_refused_transfer_leaves_the_rest_of_its_unit_possible(ctx):
    """The caller may catch AboveLimit and go on: nothing of the refused one stands."""
    with unit_of_work():
        post_transfer(key="a", debit=OUTSIDE, credit=HELD, amount_toman=10, code="c", subject="s", at=AT)
        with pytest.raises(AboveLimit):
            post_transfer(key="b", debit=HELD, credit=OUTSIDE, amount_toman=11, code="c", subject="s", at=AT)
        post_transfer(key="c", debit=HELD, credit=OUTSIDE, amount_toman=4, code="c", subject="s", at=AT)
    assert (balance(HELD), list(db.session.scalars(select(Transfer.key).order_by(Transfer.id)))) == (
        6,
        ["a", "c"],
    )
    assert broken() == []


def test_the_database_itself_refuses_what_the_verbs_would(ctx):
    move(toman=100)
    with nothing_written(), pytest.raises((IntegrityError, Conflict)), unit_of_work():
        account = db.session.scalars(select(LedgerAccount).where(LedgerAccount.name == HELD.name)).one()
        account.debits_toman = 101
        db.session.flush()


def test_what_is_free_is_what_stands_less_what_is_held_on_the_other_side(ctx):
    """Of an account on either side; what is held in its favour is not free yet."""
    owes = store_receivable(7)
    move("a", toman=100)
    move("b", debit=owes, credit=SHOPPER_REFUNDABLE, toman=50)
    assert [free_balance(each) for each in (HELD, owes, SHOPPER_REFUNDABLE)] == [100, 50, 50]
    move("c", debit=HELD, credit=owes, toman=30, verb=hold_transfer)
    assert [free_balance(each) for each in (HELD, owes, SHOPPER_REFUNDABLE)] == [70, 20, 50]
    move("d", debit=OUTSIDE, credit=HELD, toman=5, verb=hold_transfer)
    move("e", debit=owes, credit=OUTSIDE, toman=7, verb=hold_transfer)
    assert [free_balance(each) for each in (HELD, owes)] == [70, 20]
    assert free_balance(store_held(8)) == 0, "never opened"
    assert broken() == []


# --- holds

ENDS = {"post all": None, "post part": 40, "void": 0}


def end(hold_id: int, how: str, key: str) -> int:
    with unit_of_work():
        if how == "void":
            return void_hold(hold_id, key=key, at=AT)
        return post_hold(hold_id, key=key, at=AT, amount_toman=ENDS[how])


def test_a_hold_ends_once_whatever_comes_second(ctx):
    """All ordered pairs of post all, post part and void."""
    for n, (first, second) in enumerate(product(ENDS, ENDS)):
        owed = store_held(100 + n)
        held = move(f"h:{n}", credit=owed, toman=100, verb=hold_transfer)
        end(held, first, f"first:{n}")
        with nothing_written(), pytest.raises(HoldEnded):
            end(held, second, f"second:{n}")
        account = db.session.scalars(select(LedgerAccount).where(LedgerAccount.name == owed.name)).one()
        posted = {"post all": 100, "post part": 40, "void": 0}[first]
        assert (balance(owed), account.held_credits_toman, account.held_debits_toman) == (posted, 0, 0), (
            first,
            second,
        )
    assert broken() == []


def test_ending_a_hold_twice_by_the_same_key_is_one_end(ctx):
    for how in ENDS:
        held = move(f"h:{how}", toman=100, verb=hold_transfer)
        first = end(held, how, f"k:{how}")
        with nothing_written():
            assert end(held, how, f"k:{how}") == first


def test_the_same_hold_asked_for_twice_is_one_hold(ctx):
    first = move("h", verb=hold_transfer)
    with nothing_written():
        assert move("h", verb=hold_transfer) == first
    row = db.session.scalars(select(Transfer)).one()
    assert (row.id, row.key, row.amount_toman) == (first, "h", 100)


def test_a_hold_stands_on_both_accounts_until_it_ends(ctx):
    held = move("h", verb=hold_transfer)
    totals = {
        row.name: (row.debits_toman, row.credits_toman, row.held_debits_toman, row.held_credits_toman)
        for row in db.session.scalars(select(LedgerAccount))
    }
    assert totals == {OUTSIDE.name: (0, 0, 100, 0), HELD.name: (0, 0, 0, 100)}
    with unit_of_work():
        post_hold(held, key="p", at=AT, amount_toman=1)
    assert (balance(HELD), balance(OUTSIDE)) == (1, 1)
    assert broken() == []


def test_a_hold_is_not_posted_for_more_than_it_holds_or_for_nothing(ctx):
    held = move("h", toman=100, verb=hold_transfer)
    for toman in (0, -5, 101):
        with nothing_written(), pytest.raises(AboveLimit), unit_of_work():
            post_hold(held, key="k", at=AT, amount_toman=toman)


def test_what_is_no_hold_cannot_be_ended(ctx):
    single = move()
    for unknown in (single, 987_654):
        with nothing_written(), pytest.raises(ValueError), unit_of_work():
            void_hold(unknown, key="k", at=AT)
