"""The last item, the limit per buyer, the double click and the cap of entries, wanted by many processes at once.

The naive way, read then write, is run in the same races and must fail there. `FAULT_REPEATS` runs each race more often.
"""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest
from sqlalchemy import select, update

from marketplace.core.db import db
from marketplace.core.errors import MarketplaceError, Unavailable
from marketplace.core.settings import Settings
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Offer
from marketplace.lottery.models import EntryGrant
from marketplace.orders.cart import CartOwner, put_line
from marketplace.orders.models import OrderPayment
from marketplace.payments.gateways.port import GatewaySession, SessionStatus
from marketplace.payments.models import Payment
from marketplace.payments.payments import record_session
from tests.factories import AT
from tests.faults.books import numbers
from tests.faults.buying import (
    BUYERS,
    PROCESSES,
    REFUSALS,
    THREADS,
    broken_invariants,
    buy,
    open_shop,
    race,
    standing,
)
from tests.faults.conftest import Street
from tests.processes import in_processes

AGAIN = pytest.mark.parametrize("again", range(int(os.environ.get("FAULT_REPEATS", "1"))))


@AGAIN
def test_fifty_buyers_one_item_one_order(settings: Settings, again: int) -> None:
    shop = open_shop(settings, stock=1, people=BUYERS, quantity=1)
    answers = race(settings, lambda index: buy(shop.people[index], f"last-item-{index}"))
    sold = [answer for answer in answers if answer.isdigit()]
    assert len(answers) == BUYERS
    assert len(sold) == 1, Counter(answers)
    assert {answer for answer in answers if not answer.isdigit()} <= REFUSALS
    found = standing(settings, shop.offer_id)
    assert (found.stocked, found.held, found.sold) == (1, 1, 0)
    assert (found.orders, found.payments, found.jobs) == (1, 1, 1)
    assert found.cart_lines == BUYERS - 1, "a refused buyer keeps the cart"
    assert not found.broken


@pytest.mark.parametrize(("processes", "threads"), [(PROCESSES, THREADS), (5, 4), (4, 2)])
def test_the_naive_way_fails_in_the_same_races(settings: Settings, processes: int, threads: int) -> None:
    """The control of every race in this file: read, then write, loses in each of their sizes."""
    shop = open_shop(settings, stock=1, people=1)

    def read_then_write(_: int) -> bool:
        offer = db.session.get_one(Offer, shop.offer_id)
        is_left, stocked = offer.held_count < offer.stocked_count, offer.stocked_count
        db.session.rollback()
        if is_left:
            with unit_of_work():
                db.session.execute(update(Offer).where(Offer.id == shop.offer_id).values(held_count=stocked))
        return is_left

    for _ in range(20):
        sold = sum(race(settings, read_then_write, processes=processes, threads=threads))
        if sold > 1:
            break
        in_processes(1, settings, lambda _: _put_back(shop.offer_id))
    assert sold > 1, "a race that the naive way survives proves nothing"
    assert standing(settings, shop.offer_id).broken, "and the invariants see it"


def _put_back(offer_id: int) -> None:
    with unit_of_work():
        db.session.execute(update(Offer).where(Offer.id == offer_id).values(held_count=0))


@AGAIN
def test_stock_is_shared_out_to_the_last_piece(settings: Settings, again: int) -> None:
    shop = open_shop(settings, stock=10, people=BUYERS, quantity=3)
    answers = race(settings, lambda index: buy(shop.people[index], f"stock-of-ten-{index}"))
    assert sum(answer.isdigit() for answer in answers) == 3, Counter(answers)
    found = standing(settings, shop.offer_id)
    assert (found.stocked, found.held, found.orders) == (10, 9, 3)
    assert not found.broken


@AGAIN
def test_one_person_many_windows_one_limit(settings: Settings, again: int) -> None:
    """Twenty checkouts of one person at once, each filling the one cart before: never more than the limit."""
    shop = open_shop(settings, stock=100, people=1, limit=5)
    owner = CartOwner(person_id=shop.people[0])

    def fill_and_buy(index: int) -> list[str]:
        told = []
        for again in range(3):
            try:
                with unit_of_work():
                    put_line(owner, shop.offer_id, 2, AT)
            except MarketplaceError as refusal:
                told.append(refusal.code)
            told.append(buy(shop.people[0], f"window-{index}-{again}"))
        return told

    told = Counter(
        answer for answers in race(settings, fill_and_buy, processes=5, threads=4) for answer in answers
    )
    found = standing(settings, shop.offer_id)
    assert found.held == 4, f"two orders of two pieces, the third would be six: {told}"
    assert found.orders == 2
    assert {answer for answer in told if not answer.isdigit()} <= {
        "above_buyer_limit",
        "unpayable_lines",
        "empty_cart",
        "conflict",
        "busy",
    }
    assert not found.broken


@AGAIN
def test_a_double_click_is_one_order(settings: Settings, again: int) -> None:
    """Twenty submissions with one key: one order, and everybody is told its number."""
    shop = open_shop(settings, stock=100, people=1, quantity=2)
    answers = race(settings, lambda _: buy(shop.people[0], "the-same-key"), processes=5, threads=4)
    assert len(set(answers)) == 1, Counter(answers)
    assert answers[0].isdigit()
    found = standing(settings, shop.offer_id)
    assert (found.held, found.orders, found.payments, found.jobs) == (2, 1, 1, 1)
    assert not found.broken


@AGAIN
def test_captures_at_once_keep_the_cap_of_entries(settings: Settings, again: int) -> None:
    """Four orders of 35 chances each, each capture told twice, all at once: 50 chances, and each order paid once."""
    shop = open_shop(settings, stock=100, people=1, limit=50)
    owner = CartOwner(person_id=shop.people[0])

    def fill(_: int) -> list[int]:
        for index in range(4):
            with unit_of_work():
                put_line(owner, shop.offer_id, 2, AT)
            assert buy(shop.people[0], f"for-entries-{index}").isdigit()
        return list(db.session.scalars(select(OrderPayment.payment_id).order_by(OrderPayment.id)))

    payments = cast(list[int], in_processes(1, settings, fill)[0])
    assert len(payments) == 4
    race(settings, lambda index: _hear_paid(payments[index % 4]), processes=4, threads=2)

    def weights(_: int) -> list[int]:
        return sorted(db.session.scalars(select(EntryGrant.weight)))

    assert in_processes(1, settings, weights)[0] == [0, 0, 15, 35]
    found = standing(settings, shop.offer_id)
    assert (found.held, found.sold) == (0, 8)
    assert not found.broken


def _hear_paid(payment_id: int) -> None:
    """What the job does when the gateway, asked, says that the page is paid; again when the database was busy."""
    payment = db.session.get_one(Payment, payment_id)
    session = GatewaySession(
        id=f"cs_{payment_id}",
        url=None,
        status=SessionStatus.COMPLETE,
        paid=True,
        amount_toman=payment.amount_toman,
        currency_ok=True,
        intent_id=f"pi_{payment_id}",
        reference=payment.reference,
        expires_at=AT,
    )
    for _ in range(5):
        try:
            with unit_of_work():
                return record_session(payment_id, session, AT)
        except Unavailable:
            continue
    raise AssertionError("the database stayed busy")


def test_the_last_item_over_http(fine: Street) -> None:
    """The same through the web server: one browser is led to the gateway, all others read why not."""
    offer_id, crowd = fine.bazaar.offers[0], fine.shoppers
    with unit_of_work():
        offer = db.session.get_one(Offer, offer_id)
        before = offer.held_count
        offer.stocked_count = offer.sold_count + offer.held_count + 1
    hidden = []
    for shopper in crowd:
        shopper.fill(offer_id)
        hidden.append(shopper.open_checkout())
    with ThreadPoolExecutor(len(crowd)) as pool:
        purchases = list(pool.map(lambda both: both[0].submit(both[1]), zip(crowd, hidden, strict=True)))
    assert sum(purchase.pay_url is not None for purchase in purchases) == 1
    assert {purchase.refusal for purchase in purchases if purchase.pay_url is None} == {409}
    assert len(numbers()) == 1
    db.session.rollback()
    assert db.session.get_one(Offer, offer_id, populate_existing=True).held_count == before + 1
    assert not broken_invariants()
