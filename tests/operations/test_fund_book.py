"""The fund's book from the ledger: written once, sealed, its days the sums of its lines; what stands behind orders."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.guarantee.book import measure_exposure, write_book
from marketplace.guarantee.book_lines import LineKind
from marketplace.guarantee.book_models import FundDay, FundLine
from marketplace.guarantee.exposure import exposure_at, exposure_of, stores_by_exposure
from marketplace.guarantee.fund_rules import cover_of
from marketplace.ledger.chart import BANK, GUARANTEE_FUND, store_payable
from marketplace.ledger.transfers import hold_transfer, post_hold, post_transfer, void_hold
from marketplace.orders.models import StoreOrderState
from marketplace.policy.policy import Policy
from tests.factories import AT, World, change
from tests.factories.buying import broken_invariants, paid, parts_of
from tests.factories.settling import settled
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.together import at_once
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def gateway(app) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, at, gateway) -> World:
    return the_world()


def given(toman: int, at=AT, key: str = "gift:1") -> None:
    """A gift, past its desk."""
    with unit_of_work():
        post_transfer(
            key=key,
            debit=BANK,
            credit=GUARANTEE_FUND,
            amount_toman=toman,
            code="fund_gift",
            subject=key,
            at=at,
        )


def reserved(toman: int, at=AT, key: str = "claim:1") -> int:
    with unit_of_work():
        return hold_transfer(
            key=f"{key}:reserve",
            debit=GUARANTEE_FUND,
            credit=BANK,
            amount_toman=toman,
            code="claim",
            subject=key,
            at=at,
        )


def lines() -> list[FundLine]:
    db.session.rollback()
    return list(db.session.scalars(select(FundLine).order_by(FundLine.number)))


def days() -> list[FundDay]:
    db.session.rollback()
    return list(db.session.scalars(select(FundDay).order_by(FundDay.day_on)))


def test_what_moved_is_written_once_and_the_days_are_its_sums(w, gateway):
    with nothing_written():
        assert write_book(AT) == 0, "an empty book has no day"
    given(1_000_000)
    settled(gateway, w.shopper, (w.bowl, 1), at=AT)
    hold = reserved(400_000)
    assert write_book(AT) == 3
    with nothing_written():
        assert write_book(AT) == 0
    with unit_of_work():
        post_hold(hold, key="claim:1:pay", at=AT + DAY, amount_toman=300_000)
    other = reserved(50_000, AT + DAY, "claim:2")
    with unit_of_work():
        void_hold(other, key="claim:2:free", at=AT + DAY)
        post_transfer(
            key="back",
            debit=BANK,
            credit=GUARANTEE_FUND,
            amount_toman=120_000,
            code="recourse",
            subject="claim:1",
            at=AT + DAY,
        )
    assert write_book(AT + 3 * DAY) == 4
    assert [(x.kind, x.change_toman, x.balance_toman, x.reserved_toman) for x in lines()] == [
        (LineKind.gift, 1_000_000, 1_000_000, 0),
        (LineKind.contribution, 1_250, 1_001_250, 0),
        (LineKind.reserved, 0, 1_001_250, 400_000),
        (LineKind.paid, -300_000, 701_250, 0),
        (LineKind.reserved, 0, 701_250, 50_000),
        (LineKind.released, 0, 701_250, 0),
        (LineKind.recovered, 120_000, 821_250, 0),
    ]
    assert [(x.balance_toman, x.free_toman, x.paid_toman, x.recovered_toman) for x in days()] == [
        (1_001_250, 601_250, 0, 0),
        (821_250, 821_250, 300_000, 120_000),
        (821_250, 821_250, 0, 0),
        (821_250, 821_250, 0, 0),
    ]
    assert broken_invariants() == {}


def test_contributions_alone_wait_for_a_full_hour_or_the_end_of_the_day(w, gateway):
    given(500)
    write_book(AT)
    settled(gateway, w.shopper, (w.bowl, 1), at=AT)
    with nothing_written():
        assert write_book(AT + HOUR - timedelta(seconds=1)) == 0
    assert broken_invariants() == {}, "what is not written yet is counted"
    assert write_book(AT + HOUR) == 1
    settled(gateway, w.shopper, (w.bowl, 1), at=AT + HOUR)
    assert write_book(AT + DAY) == 1
    assert broken_invariants() == {}


def test_a_transfer_that_is_dated_before_the_books_last_day_moves_the_days_after_it(w):
    given(500, AT, "a")
    write_book(AT + 2 * DAY)
    given(70, AT + DAY, "b")
    given(30, AT - 2 * DAY, "c")
    assert write_book(AT + 2 * DAY) == 2
    assert [x.balance_toman for x in days()] == [30, 30, 530, 600, 600]
    assert broken_invariants() == {}


def test_many_at_once_write_each_line_once(w, app):
    for n in range(12):
        given(1_000 + n, AT, f"gift:{n}")
    at_once(app, 5, lambda index: write_book(AT, batch=3))
    assert [line.number for line in lines()] == list(range(1, 13))
    assert broken_invariants() == {}


def test_a_book_that_was_changed_behind_our_back_is_found(w):
    given(500)
    write_book(AT)
    change(days()[0], balance_toman=501, free_toman=501)
    assert list(broken_invariants()) == ["fund_days_are_their_lines"]


def test_what_stands_behind_open_orders(w, gateway):
    policy = Policy()
    [tea] = parts_of(paid(gateway, w.shopper, (w.tea, 1)))
    [bowl] = parts_of(paid(gateway, w.shopper, (w.bowl, 2)))
    wanted = {p.store_id: cover_of(p.goods_toman + p.shipping_toman, policy) for p in (tea, bowl)}
    assert min(wanted.values()) > 0
    assert exposure_at(AT).toman == sum(wanted.values())
    assert exposure_of(bowl.store_id, AT).toman == wanted[bowl.store_id]
    line = stores_by_exposure(AT)[0].line
    assert line.line_toman == policy.fund_store_line_least_toman
    assert line.headroom_toman == line.line_toman - wanted[bowl.store_id]
    assert [one.line.exposure_toman for one in stores_by_exposure(AT)] == sorted(
        wanted.values(), reverse=True
    )


def test_an_order_is_protected_until_its_window_is_over(w, gateway):
    [part] = parts_of(paid(gateway, w.shopper, (w.bowl, 1)))
    month, promise, second = timedelta(days=30), timedelta(days=40), timedelta(seconds=1)
    closed = {"state": StoreOrderState.closed, "ship_by_at": AT}
    for values, is_open in (
        ({"refunded_goods_toman": 0}, True),
        ({"ship_by_at": AT - promise + second}, True),
        ({"ship_by_at": AT - promise}, False),
        ({**closed, "delivered_at": AT - month + second}, True),
        ({**closed, "delivered_at": AT - month}, False),
        ({**closed, "delivered_at": AT, "state": StoreOrderState.cancelled}, False),
        ({"state": StoreOrderState.returned}, False),
        ({"state": StoreOrderState.part_returned}, True),
        ({"refunded_goods_toman": part.goods_toman - 49_999}, False),
        ({"refunded_goods_toman": part.goods_toman - 50_000}, True),
    ):
        change(part, **values)
        assert (exposure_at(AT).toman > 0) is is_open, values


def test_the_day_tells_what_is_expected(w, gateway):
    assert measure_exposure(AT) == 0, "there is no day yet"
    given(10_000_000)
    write_book(AT)
    paid(gateway, w.shopper, (w.bowl, 4))
    measure_exposure(AT + HOUR)
    [day] = days()
    assert (day.exposure_toman, day.protected_count, day.expected_toman) == (700_000, 1, 14_000)
    write_book(AT + DAY)
    assert days()[1].expected_toman == 14_000, "a new day begins with what was expected"
    assert db.session.scalar(select(func.count()).select_from(FundLine)) == 1


def test_money_from_a_store_is_told_by_what_it_is_for(w):
    store = w.stores[0].id
    given(5_000, key="x")
    with unit_of_work():
        for n, (code, toman) in enumerate((("fund_assessment", 30), ("recourse", 20))):
            post_transfer(
                key=f"due:{n}",
                debit=BANK,
                credit=store_payable(store),
                amount_toman=toman,
                code="x",
                subject="x",
                at=AT,
            )
            post_transfer(
                key=f"k:{n}",
                debit=store_payable(store),
                credit=GUARANTEE_FUND,
                amount_toman=toman,
                code=code,
                subject=f"{code}:1",
                at=AT,
            )
    write_book(AT)
    assert [line.kind for line in lines()] == [LineKind.gift, LineKind.assessment, LineKind.recovered]
