"""The checks of the book by themselves: quiet while it is right, and in so many words when it is not.

Rows are changed behind the house's back, on SQLite, where its constraints can be told to look away.
"""

from __future__ import annotations

import pytest
from sqlalchemy import text

from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.ledger.chart import BANK, GATEWAY_CLEARING, SHOPPER_REFUNDABLE, store_held, store_receivable
from marketplace.ledger.invariants import CHART_CHECKS, CHECKS
from marketplace.ledger.transfers import hold_transfer, post_transfer
from tests.factories import AT

HELD, OWED = store_held(7), store_receivable(7)
EVERY = {**CHECKS, **CHART_CHECKS}


def broken() -> dict[str, list[str]]:
    db.session.rollback()
    found = {name: list(check()) for name, check in EVERY.items()}
    return {name: rows for name, rows in found.items() if rows}


def behind_its_back(*statements: str) -> None:
    with unit_of_work():
        db.session.execute(text("DROP TRIGGER IF EXISTS transfers_no_update"))
        db.session.execute(text("PRAGMA ignore_check_constraints = ON"))
        for statement in statements:
            db.session.execute(text(statement))
        db.session.execute(text("PRAGMA ignore_check_constraints = OFF"))


@pytest.fixture
def book(ctx) -> None:
    """A shopper paid 100, 40 of them are held to be given back; the store owes 30, of which 10 are held."""
    with unit_of_work():
        for verb, key, debit, credit, toman in (
            (post_transfer, "paid", GATEWAY_CLEARING, HELD, 100),
            (hold_transfer, "back", HELD, SHOPPER_REFUNDABLE, 40),
            (post_transfer, "owed", OWED, SHOPPER_REFUNDABLE, 30),
            (hold_transfer, "netted", BANK, OWED, 10),
        ):
            verb(
                key=key, debit=debit, credit=credit, amount_toman=toman, code="test", subject="test:1", at=AT
            )


def test_the_checks_are_called_as_they_are_published():
    assert {name: check.__name__ for name, check in CHECKS.items()} == {
        name: name
        for name in (
            "books_sum_to_zero",
            "balances_equal_transfers",
            "no_limited_account_below_zero",
            "holds_equal_open_holds",
            "audit_chain_is_whole",
        )
    }
    assert {name: check.__name__ for name, check in CHART_CHECKS.items()} == {
        name: name for name in ("accounts_follow_the_chart", "transfers_follow_the_chart")
    }


def test_an_empty_book_is_right(ctx):
    assert broken() == {}


@pytest.mark.usefixtures("book")
def test_a_book_with_open_holds_on_both_sides_is_right():
    assert broken() == {}


@pytest.mark.of_sqlite
@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("book")
class TestWhatIsSaid:
    def test_of_a_toman_from_nowhere(self):
        behind_its_back("UPDATE ledger_accounts SET debits_toman = 103 WHERE name = 'gateway_clearing'")
        assert broken() == {
            "books_sum_to_zero": ["debits exceed credits by 3 posted, 0 held"],
            "balances_equal_transfers": ["gateway_clearing: stored 103/0, transfers 100/0"],
        }

    @pytest.mark.parametrize(("name", "right"), [("store_held:7", 100), ("shopper_refundable", 30)])
    def test_of_a_credit_from_nowhere(self, name: str, right: int):
        behind_its_back(f"UPDATE ledger_accounts SET credits_toman = {right + 2} WHERE name = '{name}'")
        assert broken() == {
            "books_sum_to_zero": ["debits exceed credits by -2 posted, 0 held"],
            "balances_equal_transfers": [f"{name}: stored 0/{right + 2}, transfers 0/{right}"],
        }

    def test_of_a_hold_from_nowhere(self):
        behind_its_back("UPDATE ledger_accounts SET held_debits_toman = 5 WHERE name = 'gateway_clearing'")
        assert broken() == {
            "books_sum_to_zero": ["debits exceed credits by 0 posted, 5 held"],
            "holds_equal_open_holds": ["gateway_clearing: 5 held, open holds 0"],
        }

    @pytest.mark.parametrize(
        ("name", "column", "told"),
        [
            ("store_held:7", "held_debits_toman", "store_held:7: 41 held, open holds 40"),
            ("store_receivable:7", "held_credits_toman", "store_receivable:7: 11 held, open holds 10"),
        ],
    )
    def test_of_a_hold_that_is_too_large(self, name: str, column: str, told: str):
        behind_its_back(f"UPDATE ledger_accounts SET {column} = {column} + 1 WHERE name = '{name}'")
        assert broken()["holds_equal_open_holds"] == [told]

    @pytest.mark.parametrize(
        ("name", "column", "least", "told"),
        [
            ("store_held:7", "debits_toman", 60, "store_held:7: -1"),
            ("store_held:7", "held_debits_toman", 100, "store_held:7: -1"),
            ("store_receivable:7", "credits_toman", 20, "store_receivable:7: -1"),
            ("store_receivable:7", "held_credits_toman", 30, "store_receivable:7: -1"),
        ],
    )
    def test_of_a_limited_account_that_does_not_cover_its_holds(
        self, name: str, column: str, least: int, told: str
    ):
        behind_its_back(f"UPDATE ledger_accounts SET {column} = {least} WHERE name = '{name}'")
        assert "no_limited_account_below_zero" not in broken(), "all of it may be held or gone"
        behind_its_back(f"UPDATE ledger_accounts SET {column} = {least + 1} WHERE name = '{name}'")
        assert broken()["no_limited_account_below_zero"] == [told]

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ("is_limited = 1 WHERE name = 'bank'", "bank: debit, limited"),
            ("is_limited = 0 WHERE name = 'store_held:7'", "store_held:7: credit, not limited"),
            ("side = 'debit' WHERE name = 'shopper_refundable'", "shopper_refundable: debit, limited"),
            ("name = 'store_held:seven' WHERE name = 'store_held:7'", "store_held:seven: credit, limited"),
        ],
    )
    def test_of_an_account_that_the_chart_does_not_know(self, change: str, told: str):
        behind_its_back(f"UPDATE ledger_accounts SET {change}")
        assert broken()["accounts_follow_the_chart"] == [told]

    def test_of_money_that_went_where_it_may_not(self):
        behind_its_back(
            "UPDATE transfers SET debit_account_id = (SELECT id FROM ledger_accounts WHERE name = 'bank') "
            "WHERE key = 'paid'"
        )
        assert broken()["transfers_follow_the_chart"] == ["1 transfers from store_held:7 to bank"]
