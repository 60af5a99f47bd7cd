"""kill -9 at random moments between cart and paid: no money without its order, no order without its money.

`FAULT_ROUNDS` says how often something is killed (30 unless told), `FAULT_SEED` repeats a run.
"""

from __future__ import annotations

import os
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

import requests
from flask.ctx import AppContext
from sqlalchemy import select

from marketplace.core.db import db, is_sqlite
from marketplace.core.models import JobState
from marketplace.core.settings import Settings
from marketplace.festival.models import Offer
from marketplace.orders.models import OrderState
from tests.faults.books import differences, jobs_in, lost_stock, money_at, numbers, settle
from tests.faults.house import House, house_of, wait_for
from tests.faults.shopping import Bazaar, Program, Purchase, Shopper, open_bazaar

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "30"))
SEED = int(os.environ.get("FAULT_SEED") or secrets.randbelow(10_000))
SHOPPERS = 4
STOCK = 20 * ROUNDS
SHARE_ON_POSTGRESQL = 3
Found = TypeVar("Found")


def test_kill_9_between_cart_and_paid(ctx: AppContext, settings: Settings) -> None:
    rounds = ROUNDS if is_sqlite() else max(1, ROUNDS // SHARE_ON_POSTGRESQL)
    print(f"{rounds} rounds, FAULT_SEED={SEED}")
    bazaar = open_bazaar(datetime.now(UTC), shoppers=SHOPPERS, stock=STOCK)
    stocked = {row.id: row.stocked_count for row in db.session.execute(select(Offer.id, Offer.stocked_count))}
    db.session.rollback()
    dice = random.Random(SEED)
    with house_of(settings) as house:
        house.open()
        with shoppers_of(house, bazaar) as shoppers:
            for _ in range(rounds):
                wait_for_some_requests(shoppers, dice)
                kill_something(house, dice)
        purchases = [purchase for shopper in shoppers for purchase in shopper.purchases]
        report(shoppers, purchases)
        house.kill_worker()
        settle(house)
        db.session.rollback()  # a transaction left open while others work is ended by PostgreSQL after a while
        house.run("invariants")
        assert not jobs_in(JobState.dead)
        assert not differences(house.sandbox)
        assert not lost_stock(stocked)
        promised = {purchase.number for purchase in purchases if purchase.number}
        paid = {purchase.number for purchase in purchases if purchase.was_paid and purchase.number}
        assert promised <= numbers()
        assert paid <= numbers(OrderState.paid, OrderState.cancelled)
        assert all(money.charges <= 1 for money in money_at(house.sandbox).values()), (
            "nobody was charged twice"
        )
        assert paid, "the test bought nothing"
        assert sum(shopper.broken for shopper in shoppers), "no kill hit a request"


def wait_for_some_requests(shoppers: list[Shopper], dice: random.Random) -> None:
    """Until a chance number of further requests is answered, however slow the machine is, and a moment more."""
    wanted = sum(shopper.answered for shopper in shoppers) + dice.randint(1, 20)
    wait_for(lambda: sum(shopper.answered for shopper in shoppers) >= wanted, 60, "the shoppers")
    time.sleep(dice.uniform(0, 0.05))


def kill_something(house: House, dice: random.Random) -> None:
    """kill -9 of one web worker, both, the job worker, or the whole server; then waits until it serves again.

    A worker is back sooner than the server puts up with its next death, so that one that may be killed is waited for.
    """
    lot = dice.random()
    if lot < 0.6:
        wait_for(house.web_workers, 60, "a web worker that is old enough")
        workers = house.web_workers()
        house.kill_web_workers([dice.choice(workers)] if lot < 0.5 else workers)
    elif lot < 0.9:
        house.kill_worker()
        house.work()
    else:
        house.kill_web()
        house.serve()
    house.wait_for_web()


def report(shoppers: list[Shopper], purchases: list[Purchase]) -> None:
    """What happened, shown when the test fails."""
    print(
        f"{len(purchases)} purchases, {sum(p.was_paid for p in purchases)} paid, "
        f"{sum(p.refusal is not None for p in purchases)} refused, {sum(s.broken for s in shoppers)} requests broken"
    )


# --- shoppers ---------------------------------------------------------------------------------------------------------


@contextmanager
def shoppers_of(house: House, bazaar: Bazaar) -> Iterator[list[Shopper]]:
    """Browsers and programs that buy again and again, each in a thread of its own, until the block ends."""
    shoppers = [
        Program(house.base, house.sandbox, cookie, token=token)
        if place % 2
        else Shopper(house.base, house.sandbox, cookie)
        for place, (cookie, token) in enumerate(zip(bazaar.sessions, bazaar.tokens, strict=True))
    ]
    stop = threading.Event()
    failures: list[BaseException] = []

    def live(place: int) -> None:
        try:
            dice = random.Random(SEED * 1_000 + place)
            while not stop.is_set():
                buy_once(shoppers[place], bazaar, dice, stop)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=live, args=(place,)) for place in range(len(shoppers))]
    for thread in threads:
        thread.start()
    try:
        yield shoppers
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        for shopper in shoppers:
            shopper.close()
    if failures:
        raise failures[0]


def buy_once(shopper: Shopper, bazaar: Bazaar, dice: random.Random, stop: threading.Event) -> None:
    """One purchase of two stores' goods. A request without an answer is sent again as it was; some people leave."""

    def insist(step: Callable[[], Found]) -> Found | None:
        for _ in range(200):
            try:
                return step()
            except requests.RequestException:
                shopper.broken += 1
                if stop.wait(0.25):
                    break
        return None

    wanted = dice.sample(bazaar.offers, 2)
    insist(lambda: shopper.fill(*wanted))
    hidden = insist(shopper.open_checkout)
    if not hidden or dice.random() < 0.05:
        stop.wait(0.05)
        return
    purchase = insist(lambda: shopper.submit(hidden))
    if purchase is None:
        return
    shopper.purchases.append(purchase)
    for _ in range(3):
        if purchase.number and not purchase.pay_url and not stop.wait(0.3):
            insist(lambda: shopper.try_again(purchase))
    if purchase.pay_url is None or dice.random() < 0.1:
        return
    if dice.random() < 0.1:
        insist(lambda: shopper.pay(purchase, "decline"))
    insist(lambda: shopper.pay(purchase))
