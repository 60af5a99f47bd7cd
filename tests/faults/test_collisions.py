"""What PostgreSQL undoes because two stand in each other's way is done again, once, before anybody hears of it.

The deadlocks are real: somebody beside the house holds an offer and then asks for the cart that a purchase holds while
it waits for that offer. It is always the purchase that is undone, for the other one does not look for deadlocks.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select, text

from marketplace.accounts.tokens import SCOPES
from marketplace.core import again
from marketplace.core.db import db
from marketplace.core.models import KeptAnswer
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Offer
from marketplace.orders.models import CartLine, Order
from tests.factories import AT, a_token
from tests.factories.buying import in_cart, rows_of
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.journeys.api_calls import ADDRESS, Program
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("postgresql")
WAITS = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


class InTheWay(threading.Thread):
    """Holds an offer, and asks so many `times` for the cart of whoever waits for it."""

    def __init__(self, url: str, offer: int, person: int, times: int) -> None:
        super().__init__(daemon=True)
        self._url, self._offer, self._person, self._times = url, offer, person, times
        self.holds, self.victims = threading.Event(), 0

    def run(self) -> None:
        with psycopg.connect(self._url) as here, psycopg.connect(self._url, autocommit=True) as beside:
            here.execute("SET deadlock_timeout = '1h'")
            here.execute("SELECT FROM offers WHERE id = %s FOR UPDATE", (self._offer,))
            self.holds.set()
            for _ in range(self._times):
                here.execute("SAVEPOINT before")
                end = time.monotonic() + 30
                while beside.execute(WAITS).fetchone() is None:
                    assert time.monotonic() < end, "nobody waits for the offer"
                    time.sleep(0.005)
                here.execute("SELECT FROM carts WHERE person_id = %s FOR UPDATE", (self._person,))
                self.victims += 1
                here.execute("ROLLBACK TO SAVEPOINT before")
            here.rollback()


@contextmanager
def in_the_way(url: str, offer: int, person: int, times: int) -> Iterator[InTheWay]:
    other = InTheWay(url, offer, person, times)
    other.start()
    assert other.holds.wait(20)
    yield other
    other.join(30)
    assert not other.is_alive()


def collisions() -> tuple[int, int]:
    """(done again, given up), as this process counted them."""
    names = ("done again", "given up")
    told = [REGISTRY.get_sample_value("bazargah_collisions_total", {"outcome": name}) for name in names]
    return int(told[0] or 0), int(told[1] or 0)


def since(before: tuple[int, int]) -> tuple[int, int]:
    now = collisions()
    return now[0] - before[0], now[1] - before[1]


@pytest.fixture
def w(ctx, at, app):
    use_gateway(app, MemoryGateway())
    made = the_world()
    in_cart(made.shopper, (made.soap, 2))
    return made


@pytest.fixture
def token(w) -> str:
    return a_token(w.shopper, *SCOPES, last_used_at=AT)


def held(offer: int) -> int:
    db.session.rollback()
    return int(db.session.scalars(select(Offer.held_count).where(Offer.id == offer)).one())


def test_an_order_that_was_a_deadlocks_victim_is_placed_once_and_nobody_hears_of_it(app, w, token, database):  # noqa: F811
    before = collisions()
    with in_the_way(database, w.soap.id, w.shopper.id, 1) as other:
        Program(app, token).order(key="a-key")
    assert (other.victims, since(before)) == (1, (1, 0))
    assert (rows_of(Order), rows_of(KeptAnswer), rows_of(CartLine), held(w.soap.id)) == (1, 1, 0, 2)


def test_a_purchase_that_is_undone_every_time_is_told_to_come_back(app, w, token, database):  # noqa: F811
    """Once and three times more; then nothing stands, the key is free, and it goes through."""
    before, call = collisions(), {"json": {"address": ADDRESS}, "headers": _head(token, "a-key")}
    with nothing_written(), in_the_way(database, w.soap.id, w.shopper.id, 4) as other:
        answer = app.test_client().post("/api/v1/orders", **call)
    assert (answer.status_code, answer.get_json()["code"], answer.headers["Retry-After"]) == (
        503,
        "busy",
        "2",
    )
    assert (other.victims, since(before)) == (4, (again.MOST, 1))
    assert app.test_client().post("/api/v1/orders", **call).status_code == 201
    assert (rows_of(Order), held(w.soap.id)) == (1, 2)


def test_what_cannot_be_put_in_order_is_done_again_too(app, w, database):  # noqa: F811
    """A transaction that saw what another has changed since (40001)."""
    tries: list[str] = []

    def rename() -> str:
        with unit_of_work():
            db.session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            name = db.session.scalar(text("SELECT surname FROM people WHERE id = :id"), {"id": w.shopper.id})
            tries.append(name)
            if len(tries) == 1:
                with psycopg.connect(database) as beside:
                    beside.execute("UPDATE people SET surname = 'other' WHERE id = %s", (w.shopper.id,))
            words = {"id": w.shopper.id, "name": f"{name} and ours"}
            db.session.execute(text("UPDATE people SET surname = :name WHERE id = :id"), words)
        return "done"

    db.session.rollback()
    with app.test_request_context("/"):
        assert again.answered(rename) == "done"
    assert tries[1:] == ["other"]
    db.session.rollback()
    found = db.session.scalar(text("SELECT surname FROM people WHERE id = :id"), {"id": w.shopper.id})
    assert found == "other and ours"


def _head(token: str, key: str) -> dict[str, Any]:
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
