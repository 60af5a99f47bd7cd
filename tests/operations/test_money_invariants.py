"""Each invariant of the money sees what breaks it, and names it: rows are changed behind the house, on SQLite."""

from __future__ import annotations

from typing import Any

import pytest
from flask import current_app
from sqlalchemy import text

from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.statements import write_statements
from marketplace.payments.models import Refund, RefundState
from tests.factories import AT, World, change, put
from tests.factories.buying import broken_invariants, paid, payment_of, placed_open
from tests.factories.settling import answer, payouts_in, sent, settled, with_accounts
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.worlds import database, the_world  # noqa: F401

pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.of_sqlite]

GUARDS = ("transfers", "settlement_lines", "statements")
BREAKS: dict[str, str] = {
    "books_sum_to_zero": "UPDATE ledger_accounts SET debits_toman = debits_toman + 1 WHERE name = 'gateway_clearing'",
    "balances_equal_transfers": "UPDATE transfers SET amount_toman = amount_toman + 1 WHERE code = 'goods'",
    "no_limited_account_below_zero": ("UPDATE ledger_accounts SET is_limited = 1 WHERE name = 'bank'"),
    "holds_equal_open_holds": (
        "UPDATE ledger_accounts SET held_debits_toman = held_debits_toman + 1 WHERE name LIKE 'store_payable:%'"
    ),
    "accounts_follow_the_chart": "UPDATE ledger_accounts SET name = 'pocket' WHERE name = 'guarantee_fund'",
    "transfers_follow_the_chart": (
        "UPDATE transfers SET debit_account_id = (SELECT id FROM ledger_accounts WHERE name = 'guarantee_fund'), "
        "credit_account_id = (SELECT id FROM ledger_accounts WHERE name = 'gateway_clearing') WHERE code = 'goods'"
    ),
    "clearing_equals_captures": "UPDATE payments SET captured_toman = captured_toman + 1 WHERE state = 'captured'",
    "order_totals_equal_transfers": "UPDATE transfers SET subject = 'store-order:99' WHERE code = 'goods'",
    "paid_orders_have_one_capture": "UPDATE order_payments SET is_kept = 0",
    "paid_parts_are_booked": "UPDATE transfers SET code = 'gifts' WHERE code = 'goods'",
    "orders_add_up": "UPDATE order_lines SET unit_toman = unit_toman + 1",
    "stock_adds_up": "UPDATE offers SET sold_count = sold_count + 1 WHERE sold_count > 0",
    "store_held_is_explained": "UPDATE transfers SET amount_toman = amount_toman + 1 WHERE code = 'settled'",
    "settlements_are_booked": "UPDATE transfers SET code = 'settled_twice' WHERE code = 'settled'",
    "store_accounts_equal_statements": "UPDATE statements SET closing_toman = closing_toman + 1, other_toman = 1",
    "statements_are_their_lines": "UPDATE statements SET line_count = line_count + 1",
    "payouts_in_flight_are_sent": "UPDATE payouts SET state = 'sent', problem = NULL WHERE state = 'failed'",
    "payouts_are_paid_once": "UPDATE transfers SET code = 'gift' WHERE code = 'payout_paid'",
    "batches_add_up": "UPDATE payout_batches SET total_toman = total_toman + 1",
    "refundable_equals_open_refunds": "UPDATE payments SET id = id",
}


@pytest.fixture
def story(ctx, at, app) -> World:
    """Paid, settled, stated, paid out and partly refused: something for every check to look at."""
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    w = the_world()
    settled(gateway, w.shopper, (w.tea, 1), (w.bowl, 2))
    write_statements(AT)
    with_accounts(w.stores[1], w.stores[2])
    batch = sent()
    one, other = payouts_in(batch.id)
    answer(batch.id, (one.reference, "accepted", "B1", ""), (other.reference, "rejected", "", "closed"))
    paid(gateway, w.shopper, (w.saffron, 1))
    placed_open(w.shopper2, (w.soap, 1))
    assert broken_invariants() == {}
    return w


@pytest.mark.parametrize("name", BREAKS)
def test_an_invariant_sees_what_breaks_it(story: World, name: str):
    with unit_of_work():
        db.session.execute(text("PRAGMA defer_foreign_keys = ON"))
        for table in GUARDS:
            db.session.execute(text(f"DROP TRIGGER {table}_no_update"))
        db.session.execute(text("PRAGMA ignore_check_constraints = ON"))
        db.session.execute(text(BREAKS[name]))
        db.session.execute(text("PRAGMA ignore_check_constraints = OFF"))
    if name == "refundable_equals_open_refunds":
        _forget_a_refund(story)
    found: dict[str, list[Any]] = broken_invariants()
    assert name in found, f"{sorted(found)} are broken, {name} holds"
    assert all(str(row) for row in found[name])


def _forget_a_refund(w: World) -> None:
    made = paid(_gateway(), w.shopper2, (w.carpet, 1))
    put(
        Refund,
        payment_id=payment_of(made).id,
        key="forgotten",
        amount_toman=5,
        reason="test",
        state=RefundState.asked,
        asked_at=AT,
    )


def _gateway() -> Any:
    return current_app.extensions["bazargah_gateway"]


def test_refunds_beyond_the_capture_are_seen(story: World):
    with unit_of_work():
        db.session.execute(text("PRAGMA ignore_check_constraints = ON"))
        db.session.execute(
            text("UPDATE payments SET refunded_toman = captured_toman + 1 WHERE state = 'captured'")
        )
    assert "refunds_within_captures" in broken_invariants()


def test_money_kept_for_nothing_is_seen(story: World):
    payment = payment_of(paid(_gateway(), story.shopper2, (story.carpet, 1)))
    with unit_of_work():
        db.session.execute(text(f"UPDATE order_payments SET is_kept = 0 WHERE payment_id = {payment.id}"))
    assert "captures_are_accounted_for" in broken_invariants()
    assert change(payment, captured_toman=payment.captured_toman)
