"""Purchases by the verbs alone, for races between processes: what each buyer was told, and what stands afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from flask import Flask, current_app
from sqlalchemy import func, select

from marketplace.accounts.models import Person
from marketplace.core.db import db
from marketplace.core.errors import MarketplaceError
from marketplace.core.models import Job
from marketplace.core.settings import Settings
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Offer
from marketplace.orders.cart import CartOwner, put_line
from marketplace.orders.checkout import Buyer, place_order
from marketplace.orders.inputs import Checkout
from marketplace.orders.models import CartLine, Order
from marketplace.payments.models import Payment
from tests.factories import AT, a_person, world
from tests.processes import in_processes

PROCESSES = 10
THREADS = 5
BUYERS = PROCESSES * THREADS
SOLD = "sold"
REFUSALS = frozenset({"unpayable_lines", "not_enough_stock"})
ADDRESS = {
    "receiver": "سارا نوری",
    "mobile": "09121234567",
    "province": "تهران",
    "city": "تهران",
    "line": "خیابان ولی‌عصر، پلاک ۱۲",
    "postal_code": "1234567890",
}


@dataclass(frozen=True)
class Shop:
    """An offer and people who all want it, by their ids: what is handed from process to process."""

    offer_id: int
    people: tuple[int, ...]


@dataclass(frozen=True)
class Standing:
    """What the database says after a race."""

    stocked: int
    held: int
    sold: int
    orders: int
    payments: int
    jobs: int
    cart_lines: int
    broken: tuple[str, ...]


def open_shop(settings: Settings, *, stock: int, people: int, quantity: int = 0, limit: int = 5) -> Shop:
    """One offer with so many pieces, and people who each have `quantity` of it in the cart (0: empty carts)."""

    def prepare(_: int) -> Shop:
        bazaar = world()
        with unit_of_work():
            offer = db.session.get_one(Offer, bazaar.carpet.id)
            offer.stocked_count, offer.limit_per_buyer = stock, limit
            crowd = tuple(a_person().id for _ in range(people))
            for person_id in crowd if quantity else ():
                put_line(CartOwner(person_id=person_id), bazaar.carpet.id, quantity, AT)
        return Shop(bazaar.carpet.id, crowd)

    return cast(Shop, in_processes(1, settings, prepare)[0])


def buyer_of(person_id: int) -> Buyer:
    """The person as a buyer; the gateway is never reached in these tests."""
    mobile = db.session.scalar(select(Person.mobile).where(Person.id == person_id)) or ""
    return Buyer(person_id, mobile, "fa", "http://localhost", "stripe")


def buy(person_id: int, key: str, at: datetime = AT) -> str:
    """Places an order of the person's cart: its number, or the code of the refusal."""
    buyer, wish = buyer_of(person_id), Checkout.parse(ADDRESS, {}, key)
    try:
        with unit_of_work():
            return place_order(buyer, wish, at).number
    except MarketplaceError as refusal:
        return refusal.code


def race(
    settings: Settings, work: Callable[[int], Any], *, processes: int = PROCESSES, threads: int = THREADS
) -> list[Any]:
    """Runs `work(index)` in so many threads of so many processes at once; gives what each returned."""

    def in_one_process(process: int) -> list[Any]:
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        return _in_threads(app, [process * threads + thread for thread in range(threads)], work)

    return [answer for answers in in_processes(processes, settings, in_one_process) for answer in answers]


def _in_threads(app: Flask, indexes: Sequence[int], work: Callable[[int], Any]) -> list[Any]:
    answers: dict[int, Any] = {}
    failures: list[BaseException] = []
    gate = threading.Barrier(len(indexes))

    def run(index: int) -> None:
        try:
            with app.app_context():
                gate.wait(30)
                answers[index] = work(index)
                db.session.remove()
        except BaseException as error:
            failures.append(error)

    running = [threading.Thread(target=run, args=(index,)) for index in indexes]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if failures:
        raise failures[0]
    return [answers[index] for index in indexes]


def standing(settings: Settings, offer_id: int) -> Standing:
    """Looks at the database from a process of its own, with every invariant of the house."""

    def look(_: int) -> Standing:
        counts = {
            model: db.session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Order, Payment, Job, CartLine)
        }
        offer = db.session.get_one(Offer, offer_id)
        return Standing(
            offer.stocked_count,
            offer.held_count,
            offer.sold_count,
            counts[Order],
            counts[Payment],
            counts[Job],
            counts[CartLine],
            tuple(broken_invariants()),
        )

    return cast(Standing, in_processes(1, settings, look)[0])


def broken_invariants() -> list[str]:
    """Every row that breaks an invariant, named; for a process that has an app."""
    checks = current_app.extensions["bazargah"].invariants
    return [f"{name}: {row}" for name, check in checks.items() for row in check()]
