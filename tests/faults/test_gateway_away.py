"""A gateway that refuses, hangs, fails, dawdles or loses its answer: the order is kept, and nobody is charged twice."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from marketplace.orders.models import OrderState
from tests.fakes.gateway import gateway_of, give_back, page_request
from tests.fakes.sandbox import RunningSandbox
from tests.faults.books import Money, differences, held_for, money_of, numbers, state_of
from tests.faults.conftest import Street
from tests.faults.house import wait_for
from tests.faults.shopping import Purchase, Shopper

PATIENCE_SECONDS = 5
SLACK_SECONDS = 4
"""What a busy machine may add to the five seconds of patience before the page counts as hanging."""
PLACES = 4
RUNS = min(200, int(os.environ.get("FAULT_ROUNDS") or 3))
OPENING = "POST /v1/checkout/sessions"
AWAY: dict[str, dict[str, object]] = {
    "hangs": {"hang_ms": 60_000},
    "fails": {"fail_next": 1_000},
    "dawdles": {"delay_ms": 7_000, "only": OPENING},
    "loses its answer": {"drop_reply_after_commit": 1, "only": OPENING},
}


@pytest.mark.parametrize("how", ["refuses", *AWAY])
def test_the_order_is_kept_and_paid_once_when_the_gateway_is_back(fine: Street, how: str) -> None:
    sandbox, shopper = fine.house.sandbox, fine.shoppers[0]
    shopper.fill(*fine.bazaar.offers[:2])
    hidden = shopper.open_checkout()
    _break(sandbox, how)
    purchase = shopper.submit(hidden)
    assert purchase.seconds < PATIENCE_SECONDS + SLACK_SECONDS
    assert purchase.number, "the browser is led to the order, not to an error"
    page = shopper.get(f"/orders/{purchase.number}")
    assert page.status_code == 200
    assert f"/orders/{purchase.number}/payment" in page.text, "another try is offered"
    assert purchase.number in numbers(OrderState.awaiting_payment)
    assert held_for(purchase.number) == 2, "both pieces are kept for whoever comes back to pay"
    if how == "hangs":
        shopper.try_again(purchase)
        assert purchase.pay_url is None
        assert purchase.seconds < PATIENCE_SECONDS + SLACK_SECONDS
    _mend(sandbox, how)
    _pay_when_possible(shopper, purchase)
    _ensure_paid_once(sandbox, purchase)


@pytest.fixture
def narrow(fine: Street) -> Iterator[Street]:
    """A house that lets in no more at once than a server does by itself."""
    fine.house.kill_web()
    fine.house.serve(places=PLACES)
    yield fine
    fine.house.kill_web()
    fine.house.serve()


def test_a_hanging_gateway_holds_up_nobody_else(narrow: Street) -> None:
    """Twelve checkouts wait on the gateway at once, more than there are places, and no more than one process has with
    those who may wait for one: each is answered in time, and pages go on being answered.
    """
    sandbox, crowd = narrow.house.sandbox, narrow.shoppers[1:13]
    passer_by = narrow.shoppers[21]
    hidden = []
    for shopper in crowd:
        shopper.fill(narrow.bazaar.offers[0])
        hidden.append(shopper.open_checkout())
    sandbox.control(hang_ms=60_000)
    seen = made = 0
    with ThreadPoolExecutor(len(crowd)) as pool:
        waiting = [pool.submit(shopper.submit, fields) for shopper, fields in zip(crowd, hidden, strict=True)]
        wait_for(lambda: len(_openings(sandbox)) >= 4, 30, "checkouts at the gateway")
        while not all(each.done() for each in waiting):
            assert passer_by.get("/search", timeout=PATIENCE_SECONDS).status_code == 200
            made += passer_by.get("/cart", timeout=PATIENCE_SECONDS).status_code == 200
            seen += 1
    purchases = [each.result() for each in waiting]
    assert seen >= 3, "pages were answered while the checkouts waited"
    assert made >= 3, "and such as are made for one reader"
    assert all(purchase.number for purchase in purchases)
    assert max(purchase.seconds for purchase in purchases) < PATIENCE_SECONDS + 2 * SLACK_SECONDS
    assert {purchase.number for purchase in purchases} <= numbers(OrderState.awaiting_payment)


def test_an_answer_that_is_lost_each_time_charges_nobody_twice(fine: Street) -> None:
    """So many purchases (`FAULT_ROUNDS`), and at each the gateway did what it was asked and its answer was cut off."""
    sandbox, bought = fine.house.sandbox, []
    for run in range(RUNS):
        shopper = fine.shoppers[run % len(fine.shoppers)]
        shopper.fill(fine.bazaar.offers[run % len(fine.bazaar.offers)])
        hidden = shopper.open_checkout()
        sandbox.control(drop_reply_after_commit=1, only=OPENING)
        purchase = shopper.submit(hidden)
        assert purchase.number or purchase.pay_url, (
            "led to the order, or to the page that the second call gave"
        )
        _pay_when_possible(shopper, purchase)
        keys = [call["key"] for call in _openings(sandbox)]
        assert keys.count(keys[-1]) > 1, "no answer was lost"
        bought.append(purchase)
    assert len({purchase.number for purchase in bought}) == RUNS
    for purchase in bought:
        _ensure_paid_once(sandbox, purchase)


def test_impatient_retries_open_one_page(fine: Street) -> None:
    """The answer is lost again and again while one shopper clicks in many windows: one page, one charge."""
    sandbox, shopper = fine.house.sandbox, fine.shoppers[22]
    shopper.fill(*fine.bazaar.offers[:2])
    hidden = shopper.open_checkout()
    sandbox.control(drop_reply_after_commit=4, only=OPENING)
    purchase = shopper.submit(hidden)
    assert purchase.number
    windows = [Shopper(fine.house.base, sandbox, shopper.cookie) for _ in range(8)]
    tries = [Purchase(number=purchase.number) for _ in windows]
    _at_once([partial(window.try_again, each) for window, each in zip(windows, tries, strict=True)])
    for window in windows:
        window.close()
    _pay_when_possible(shopper, purchase)
    _ensure_paid_once(sandbox, purchase)


def test_the_books_notice_money_without_an_order(fine: Street) -> None:
    """The control of every comparison with the gateway: money of which the house knows nothing is named."""
    sandbox = fine.house.sandbox
    gateway = gateway_of(sandbox)
    page = gateway.open_session(page_request(reference="order:999999999", amount_toman=70_000))
    sandbox.pay(page.id)
    assert any("order:999999999" in line for line in differences(sandbox))
    intent = gateway.fetch_session(page.id).intent_id or ""
    give_back(gateway, intent, 70_000, "control")
    assert not any("order:999999999" in line for line in differences(sandbox))


def _break(sandbox: RunningSandbox, how: str) -> None:
    if how == "refuses":
        sandbox.kill()
    else:
        sandbox.control(**AWAY[how])


def _mend(sandbox: RunningSandbox, how: str) -> None:
    if how == "refuses":
        sandbox.start()
    else:
        sandbox.control(hang_ms=0, fail_next=0, delay_ms=0, drop_reply_after_commit=0, only="")


def _pay_when_possible(shopper: Shopper, purchase: Purchase) -> None:
    """Tries again until the page is there, as the order's page tells the shopper to, and pays."""
    for _ in range(40):
        if purchase.pay_url is None:
            shopper.try_again(purchase)
            time.sleep(0.25)
    shopper.pay(purchase)
    assert purchase.was_paid


def _ensure_paid_once(sandbox: RunningSandbox, purchase: Purchase) -> None:
    """Paid by one charge, nothing given back, and no page left on which it could be paid again."""
    wait_for(lambda: state_of(purchase.number) is OrderState.paid, 20, "the order to be paid")
    wait_for(lambda: money_of(sandbox, purchase.number).open_pages == 0, 20, "other pages to be closed")
    money = money_of(sandbox, purchase.number)
    assert money == Money(open_pages=0, charges=1, taken=money.kept, given_back=0)


def _openings(sandbox: RunningSandbox) -> list[dict[str, object]]:
    return [call for call in sandbox.state()["calls"] if call["call"] == OPENING]


def _at_once(works: list[Callable[[], None]]) -> None:
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        gate.wait(20)
        work()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(run, work) for work in works]:
            done.result()
