"""From a closed store order to the store's account and its statement, each once and to the toman."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.errors import Conflict
from marketplace.core.models import AuditEntry
from marketplace.core.unit_of_work import unit_of_work
from marketplace.ledger.chart import (
    BANK,
    GUARANTEE_FUND,
    PRIZE_POOL,
    SHOPPER_REFUNDABLE,
    store_held,
    store_payable,
    store_receivable,
)
from marketplace.ledger.transfers import balance, post_transfer
from marketplace.orders.models import StoreOrder, StoreOrderState
from marketplace.orders.settlement import (
    account_to_take_from,
    settle_batch,
    settle_closed_store_orders,
    unsettled_count,
)
from marketplace.orders.settlement_models import SettlementLine, Statement
from marketplace.orders.statements import store_balance, week_end, write_statements
from tests.factories import AT, World, change
from tests.factories.buying import balances, broken_invariants, paid, parts_of, rows_of
from tests.factories.settling import closed, settled
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.together import at_once
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

WEEK = timedelta(days=7)


@pytest.fixture
def gateway(app) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, at, gateway) -> World:
    return the_world()


def move(key: str, debit, credit, toman: int, code: str, subject: str, at: datetime = AT) -> None:
    with unit_of_work():
        post_transfer(
            key=key, debit=debit, credit=credit, amount_toman=toman, code=code, subject=subject, at=at
        )


def statement_of(store_id: int) -> Statement:
    db.session.rollback()
    return db.session.scalars(
        select(Statement).where(Statement.store_id == store_id).order_by(Statement.number.desc()).limit(1)
    ).one()


def test_a_closed_store_order_goes_to_the_store_less_the_funds_share(w, gateway):
    made = paid(gateway, w.shopper, (w.bowl, 1))
    store = w.stores[2]
    assert settle_closed_store_orders(AT) == 0, "nothing is closed yet"
    [part] = closed(made)
    assert settle_closed_store_orders(AT) == 1
    assert balances() == {
        "gateway_clearing": 250_000,
        "guarantee_fund": 1_250,
        f"store_payable:{store.id}": 248_750,
    }
    line = db.session.scalars(select(SettlementLine)).one()
    assert (line.store_order_id, line.refunded_toman, line.fund_toman, line.net_toman) == (
        part.id,
        0,
        1_250,
        248_750,
    )
    assert broken_invariants() == {}


def test_shipping_that_the_shopper_paid_is_the_stores_and_earns_the_fund_nothing(w, gateway):
    made = paid(gateway, w.shopper, (w.soap, 1))
    [part] = parts_of(made)
    assert part.shipping_toman > 0
    closed(made)
    settle_closed_store_orders(AT)
    line = db.session.scalars(select(SettlementLine)).one()
    assert line.fund_toman == 60_000 * 5 // 1000
    assert line.net_toman == 60_000 + part.shipping_toman - 300


def test_what_went_back_before_is_not_settled(w, gateway):
    made = paid(gateway, w.shopper, (w.bowl, 2))
    [part] = closed(made)
    held, subject = store_held(part.store_id), f"store-order:{part.id}"
    move("back", held, SHOPPER_REFUNDABLE, 250_000, "refund_due", subject)
    settle_closed_store_orders(AT)
    line = db.session.scalars(select(SettlementLine)).one()
    assert (line.goods_toman, line.refunded_toman, line.fund_toman, line.net_toman) == (
        500_000,
        250_000,
        1_250,
        248_750,
    )
    assert balance(held) == 0


def test_nothing_is_left_of_one_that_went_back_whole(w, gateway):
    made = paid(gateway, w.shopper, (w.bowl, 1))
    [part] = closed(made)
    move("back", store_held(part.store_id), SHOPPER_REFUNDABLE, 250_000, "x", f"store-order:{part.id}")
    assert settle_closed_store_orders(AT) == 1
    line = db.session.scalars(select(SettlementLine)).one()
    assert (line.fund_toman, line.net_toman) == (0, 0)
    assert "guarantee_fund" not in balances()


@pytest.mark.parametrize("state", [s for s in StoreOrderState if s is not StoreOrderState.closed])
def test_only_closed_ones_are_settled(w, gateway, state):
    [part] = closed(paid(gateway, w.shopper, (w.bowl, 1)))
    change(part, state=state)
    with nothing_written():
        assert settle_closed_store_orders(AT) == 0


def test_settling_again_and_by_many_at_once_settles_once(w, gateway, app):
    for _ in range(3):
        closed(paid(gateway, w.shopper, (w.tea, 1), (w.bowl, 1)))
    assert unsettled_count() == 6
    counts = at_once(app, 6, lambda index: settle_closed_store_orders(AT, batch=2))
    db.session.rollback()
    assert rows_of(SettlementLine) == 6
    done = [count for count in counts if count is not Conflict]
    assert done and sum(done) <= 6, "who met another run is refused, and may have settled something before"
    with nothing_written():
        assert settle_closed_store_orders(AT) == 0
    assert broken_invariants() == {}


def test_a_run_that_was_stopped_goes_on_where_it_was(w, gateway):
    for _ in range(4):
        closed(paid(gateway, w.shopper, (w.bowl, 1)))
    with unit_of_work():
        settle_batch(0, 2, AT)
    told: list[int] = []
    assert settle_closed_store_orders(AT, batch=1, progress=told.append) == 2
    assert told == [1, 1]
    assert balance(GUARANTEE_FUND) == 4 * 1_250


def test_a_refund_is_taken_from_what_is_held_and_after_the_settlement_from_the_store(w, gateway):
    [part] = closed(paid(gateway, w.shopper, (w.bowl, 1)))
    assert account_to_take_from(part.id, part.store_id) == store_held(part.store_id)
    settle_closed_store_orders(AT)
    assert account_to_take_from(part.id, part.store_id) == store_receivable(part.store_id)


# --- statements


@pytest.mark.parametrize(
    ("moment", "saturday"),
    [
        (datetime.fromisoformat("2026-03-28T00:00:00+03:30"), date(2026, 3, 28)),
        (datetime.fromisoformat("2026-03-27T23:59:59+03:30"), date(2026, 3, 21)),
        (datetime.fromisoformat("2026-03-27T21:00:00+00:00"), date(2026, 3, 28)),
        (datetime.fromisoformat("2026-04-03T12:00:00+03:30"), date(2026, 3, 28)),
    ],
)
def test_a_week_ends_with_the_first_moment_of_saturday_in_tehran(moment, saturday):
    assert week_end(moment) == saturday


def test_a_statement_tells_the_week_to_the_toman(w, gateway):
    made = settled(gateway, w.shopper, (w.soap, 1), (w.bowl, 2))
    artin, _, lalejin = w.stores
    shipping = parts_of(made)[0].shipping_toman
    assert write_statements(AT) == 2
    first = statement_of(artin.id)
    assert (first.number, first.opening_toman, first.goods_toman, first.shipping_toman) == (
        1,
        0,
        60_000,
        shipping,
    )
    assert first.closing_toman == 60_000 + shipping - 300 == store_balance(artin.id)
    second = statement_of(lalejin.id)
    assert (second.goods_toman, second.fund_toman, second.closing_toman) == (500_000, 2_500, 497_500)
    assert second.reference_toman >= second.goods_toman
    assert broken_invariants() == {}


def test_a_store_has_one_statement_a_week_and_none_where_nothing_moved(w, gateway):
    settled(gateway, w.shopper, (w.bowl, 1))
    assert write_statements(AT) == 1
    with nothing_written():
        assert write_statements(AT) == 0
    with nothing_written():
        assert write_statements(AT + WEEK) == 0, "nothing moved since"
    told = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "write_statements")).one()
    assert (told.actor_role, told.details) == ("system", {"count": 1})


def test_shares_recourse_and_late_refunds_are_netted_and_told_each_in_its_place(w, gateway):
    settled(gateway, w.shopper, (w.bowl, 2))
    store = w.stores[2]
    assert write_statements(AT) == 1
    owes, subject = store_receivable(store.id), f"store:{store.id}"
    move("lottery", owes, PRIZE_POOL, 10_000, "lottery_share", subject)
    move("recourse", owes, GUARANTEE_FUND, 20_000, "recourse", "claim:1")
    move("late", owes, SHOPPER_REFUNDABLE, 250_000, "refund_due", "store-order:1")
    assert store_balance(store.id) == 497_500 - 280_000
    assert write_statements(AT + WEEK) == 1
    s = statement_of(store.id)
    assert (s.opening_toman, s.lottery_toman, s.recourse_toman, s.late_refunded_toman, s.closing_toman) == (
        497_500,
        10_000,
        20_000,
        250_000,
        217_500,
    )
    assert (balance(owes), balance(store_payable(store.id))) == (0, 217_500)
    left = broken_invariants()
    assert set(left) == {"refundable_equals_open_refunds"}, (
        "the late refund was moved here without its refund"
    )


def test_a_debt_is_carried_and_netted_with_what_comes_later(w, gateway):
    store = w.stores[2]
    move("recourse", store_receivable(store.id), GUARANTEE_FUND, 300_000, "recourse", "claim:1")
    assert write_statements(AT) == 1
    assert statement_of(store.id).closing_toman == -300_000
    settled(gateway, w.shopper, (w.bowl, 2))
    assert write_statements(AT + WEEK) == 1
    s = statement_of(store.id)
    assert (s.opening_toman, s.closing_toman) == (-300_000, 197_500)
    assert balance(store_receivable(store.id)) == 0
    assert broken_invariants() == {}


def test_a_debt_paid_by_the_store_stands_under_other(w):
    store = w.stores[2]
    move("recourse", store_receivable(store.id), GUARANTEE_FUND, 5_000, "recourse", "claim:1")
    move("repaid", BANK, store_receivable(store.id), 5_000, "repaid", f"store:{store.id}")
    write_statements(AT)
    s = statement_of(store.id)
    assert (s.recourse_toman, s.other_toman, s.closing_toman) == (5_000, 5_000, 0)


def test_statements_written_by_many_at_once_are_one(w, gateway, app):
    settled(gateway, w.shopper, (w.bowl, 1))
    at_once(app, 6, lambda index: write_statements(AT))
    assert rows_of(Statement) == 1


def test_lines_join_the_statement_after_their_settlement(w, gateway):
    settled(gateway, w.shopper, (w.bowl, 1))
    write_statements(AT)
    settled(gateway, w.shopper, (w.bowl, 1))
    settled(gateway, w.shopper2, (w.bowl, 1))
    write_statements(AT + WEEK)
    store = w.stores[2]
    s = statement_of(store.id)
    assert (s.number, s.line_count, s.opening_toman, s.closing_toman) == (2, 2, 248_750, 746_250)
    assert db.session.scalar(select(StoreOrder.id)) is not None
    assert broken_invariants() == {}
