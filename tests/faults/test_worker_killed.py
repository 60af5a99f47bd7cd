"""kill -9 of the job worker in the middle of an errand: the gateway took the request, nothing is recorded yet.

When all is done, the house is settled and its books are held against the gateway's (see `street`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Offer
from marketplace.orders.models import OrderState
from marketplace.stores.models import Store
from tests.faults.books import money_of, state_of
from tests.faults.conftest import Street
from tests.faults.house import wait_for
from tests.faults.shopping import Purchase

OPENING = "POST /v1/checkout/sessions"
LOOKING = "GET /v1/checkout/sessions"
REFUNDING = "POST /v1/refunds"
LEASE = timedelta(seconds=70)


def test_killed_while_a_page_is_opened(fine: Street) -> None:
    sandbox, before = fine.house.sandbox, _count(fine, OPENING)
    sandbox.control(fail_next=1, only=OPENING)
    purchase = _submit(fine)
    assert purchase.number
    assert purchase.pay_url is None
    sandbox.control(delay_ms=1_500)
    _kill_at(fine, OPENING, before + 2)
    fine.house.run("sweep", at=datetime.now(UTC) + LEASE)
    fine.shoppers[0].try_again(purchase)
    fine.shoppers[0].pay(purchase)
    _ensure_paid_once(fine, purchase)


def test_killed_while_a_payment_is_looked_up(fine: Street) -> None:
    sandbox, before = fine.house.sandbox, _count(fine, LOOKING)
    purchase = _submit(fine)
    sandbox.control(delay_ms=1_500, only=LOOKING)
    fine.shoppers[0].pay(purchase)
    _kill_at(fine, LOOKING, before + 1)
    fine.house.run("sweep", at=datetime.now(UTC) + LEASE)
    _ensure_paid_once(fine, purchase)


def test_killed_while_money_is_given_back(fine: Street) -> None:
    """A store falls between page and payment: its part goes back, once, whoever is killed on the way."""
    sandbox = fine.house.sandbox
    purchase = _submit(fine)
    fine.house.kill_worker()
    fine.shoppers[0].pay(purchase)
    _hide_store(fine.bazaar.offers[0], datetime.now(UTC))
    sandbox.control(delay_ms=1_500, only=REFUNDING)
    fine.house.work()
    _kill_at(fine, REFUNDING, 1)
    _hide_store(fine.bazaar.offers[0], None)
    fine.house.run("sweep", at=datetime.now(UTC) + LEASE)
    assert state_of(purchase.number) is OrderState.paid
    money = money_of(sandbox, purchase.number)
    assert (money.open_pages, money.charges) == (0, 1)
    assert 0 < money.given_back < money.taken
    assert len(sandbox.state()["refunds"]) == 1


def _submit(street: Street) -> Purchase:
    shopper = street.shoppers[0]
    shopper.fill(*street.bazaar.offers[:2])
    return shopper.submit(shopper.open_checkout())


def _kill_at(street: Street, call: str, calls: int) -> None:
    """Kills the worker as soon as the gateway was called so often, lets the gateway finish, starts another."""
    sandbox = street.house.sandbox
    wait_for(lambda: _count(street, call) >= calls, 40, f"{calls} times {call}")
    street.house.kill_worker()
    made = {OPENING: "sessions", REFUNDING: "refunds"}.get(call)
    if made is not None:
        had = len(sandbox.state()[made])
        wait_for(lambda: len(sandbox.state()[made]) > had, 10, "the gateway to do what it was asked")
    sandbox.control(delay_ms=0, only="")
    street.house.work()


def _count(street: Street, call: str) -> int:
    return sum(each["call"].startswith(call) for each in street.house.sandbox.state()["calls"])


def _ensure_paid_once(street: Street, purchase: Purchase) -> None:
    wait_for(lambda: state_of(purchase.number) is OrderState.paid, 30, "the order to be paid")
    money = money_of(street.house.sandbox, purchase.number)
    assert (money.open_pages, money.charges, money.given_back) == (0, 1, 0)


def _hide_store(offer_id: int, at: datetime | None) -> None:
    store_id = db.session.scalar(select(Offer.store_id).where(Offer.id == offer_id))
    with unit_of_work():
        store = db.session.get_one(Store, store_id)
        store.hidden_at, store.hidden_reason = at, "office" if at else None
