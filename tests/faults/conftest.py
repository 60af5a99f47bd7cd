"""One house and one bazaar for a whole file of tests: starting them costs more than most of what is tested."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from marketplace.app import create_app
from marketplace.core.db import db
from tests import databases, shape
from tests.faults.books import differences, settle
from tests.faults.house import House, house_of
from tests.faults.shopping import Bazaar, Shopper, open_bazaar

SHOPPERS = 24
STOCK = 900


@dataclass
class Street:
    """A running house with its bazaar; `app` looks into the same database."""

    app: Flask
    house: House
    bazaar: Bazaar
    shoppers: list[Shopper]


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """A house with web server and worker, and people signed in. At the end its books must agree."""
    with open_street(tmp_path_factory.mktemp("street")) as street:
        yield street


@contextmanager
def open_street(folder: Path, *, serves_jobs: bool = False) -> Iterator[Street]:
    """A street of its own; the server does the jobs as well, where `serves_jobs`."""
    with databases.fresh_database(shape.USUAL, folder) as url:
        settings = databases.settings_for(url, folder)
        app = create_app(settings)
        with app.app_context():
            bazaar = open_bazaar(datetime.now(UTC), shoppers=SHOPPERS, stock=STOCK)
            with house_of(settings, serves_jobs=serves_jobs) as house:
                house.open()
                shoppers = [Shopper(house.base, house.sandbox, cookie) for cookie in bazaar.sessions]
                yield Street(app, house, bazaar, shoppers)
                for shopper in shoppers:
                    shopper.close()
                house.kill_worker()
                if serves_jobs:
                    house.kill_web()
                settle(house)
                house.run("invariants")
                assert not differences(house.sandbox)
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def fine(street: Street) -> Iterator[Street]:
    """The street with a gateway that behaves, before and after."""
    street.house.sandbox.control(**BEHAVED)
    yield street
    street.house.sandbox.control(**BEHAVED)
    db.session.rollback()


BEHAVED = {
    "delay_ms": 0,
    "fail_next": 0,
    "status": 500,
    "hang_ms": 0,
    "drop_reply_after_commit": 0,
    "only": "",
    "webhook": "on",
}
