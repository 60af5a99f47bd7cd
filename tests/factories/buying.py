"""Carts, checkouts and payments, through the verbs themselves: what tests of buying begin with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from time_machine import travel

from marketplace.accounts.models import Person
from marketplace.core.db import db
from marketplace.core.jobs import run_due
from marketplace.core.models import Job
from marketplace.core.unit_of_work import is_open, unit_of_work
from marketplace.festival.models import Offer
from marketplace.ledger.models import LedgerAccount
from marketplace.orders.cart import CartOwner, put_line
from marketplace.orders.checkout import Buyer, Placed, place_order
from marketplace.orders.inputs import Checkout
from marketplace.orders.models import Order, OrderPayment, StoreOrder
from marketplace.payments.models import Payment
from marketplace.payments.payments import ask_about
from marketplace.wiring.tables import WIRING
from tests.factories.rows import AT, number

ADDRESS = {
    "receiver": "سارا نوری",
    "mobile": "09121112233",
    "province": "اصفهان",
    "city": "اصفهان",
    "line": "خیابان چهارباغ، کوچه‌ی بهار، پلاک ۷",
    "postal_code": "8134567891",
}


def buyer_of(person: Person, language: str = "fa") -> Buyer:
    return Buyer(person.id, person.mobile, language, "http://localhost", "stripe")


def in_cart(person: Person, *lines: tuple[Offer, int], at: datetime = AT) -> None:
    """Puts quantities of offers into a person's cart."""
    with unit_of_work():
        for offer, quantity in lines:
            put_line(CartOwner(person_id=person.id), offer.id, quantity, at)


def a_wish(
    *,
    key: str | None = None,
    methods: Mapping[str, str] | None = None,
    seen_total: Any = None,
    **address: str,
) -> Checkout:
    """A checkout to Isfahan, unless told otherwise."""
    return Checkout.parse({**ADDRESS, **address}, methods or {}, key or f"submission-{number()}", seen_total)


def place(
    person: Person,
    *lines: tuple[Offer, int],
    at: datetime = AT,
    wish: Checkout | None = None,
    seen_lines: str | None = None,
) -> Placed:
    """Puts the lines into the cart and makes an order of it; its payment page is not asked for yet."""
    if lines:
        in_cart(person, *lines, at=at)
    with unit_of_work():
        return place_order(buyer_of(person), wish or a_wish(), at, seen_lines=seen_lines)


def placed_open(
    person: Person, *lines: tuple[Offer, int], at: datetime = AT, wish: Checkout | None = None
) -> Order:
    """An order whose page is open at the gateway."""
    placed = place(person, *lines, at=at, wish=wish)
    run_jobs(at)
    return order(placed.order_id)


def paid(
    gateway: Any, person: Person, *lines: tuple[Offer, int], at: datetime = AT, wish: Checkout | None = None
) -> Order:
    """An order that was paid on the gateway's page and heard of."""
    made = placed_open(person, *lines, at=at, wish=wish)
    payment = payment_of(made)
    gateway.pay(payment.session_id)
    ask(payment.id, at)
    return order(made.id)


def ask(payment_id: int, at: datetime, *, may_fail: bool = False) -> None:
    """Has the gateway asked about a payment and records what it says."""
    with unit_of_work():
        ask_about(payment_id, f"test-{number()}", at)
    run_jobs(at, may_fail=may_fail)


def run_jobs(at: datetime, *, may_fail: bool = False) -> int:
    """Does everything that is due, and what follows from it at once; gives the number of jobs done.

    A job that failed for another reason than a gateway out of reach is a failure of the test, unless it may.
    """
    done, now = 0, 1
    while now:
        now = run_due(at)
        done += now
    db.session.rollback()
    failed = [
        f"{job.kind}: {job.last_error}"
        for job in db.session.scalars(select(Job))
        if job.last_error and not job.last_error.startswith("GatewayUnavailable")
    ]
    assert may_fail or not failed, failed
    return done


@contextmanager
def later(at: datetime, **length: float) -> Iterator[datetime]:
    """The clock stands `length` after a moment."""
    moment = at + timedelta(**length)
    with travel(moment, tick=False):
        yield moment


def _look_anew() -> None:
    """Ends what was read before, so that the present is seen; inside a unit that is so already."""
    if not is_open():
        db.session.rollback()


def order(order_id: int) -> Order:
    """An order as the database has it now."""
    _look_anew()
    return db.session.get_one(Order, order_id, populate_existing=True)


def parts_of(of: Order) -> list[StoreOrder]:
    """Its store orders, oldest first."""
    _look_anew()
    query = select(StoreOrder).where(StoreOrder.order_id == of.id).order_by(StoreOrder.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def payment_of(of: Order) -> Payment:
    """The newest attempt to pay it."""
    _look_anew()
    return db.session.scalars(
        select(Payment)
        .join(OrderPayment, OrderPayment.payment_id == Payment.id)
        .where(OrderPayment.order_id == of.id)
        .order_by(Payment.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).one()


def rows_of(model: type) -> int:
    """How many rows a table has."""
    _look_anew()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def balances() -> dict[str, int]:
    """What stands on each account that is not empty, positive on its own side."""
    _look_anew()
    return {
        account.name: account.balance_toman
        for account in db.session.scalars(select(LedgerAccount))
        if account.balance_toman
    }


def broken_invariants() -> dict[str, list[Any]]:
    """The rows that break an invariant, by its name; empty when all hold."""
    _look_anew()
    found = {name: list(check()) for name, check in WIRING.invariants.items()}
    return {name: rows for name, rows in found.items() if rows}
