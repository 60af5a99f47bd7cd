"""Run in a mount namespace of its own by `test_disk_full.py`: a house on a disk that becomes full and empty again.

Prints one JSON object. Arguments: the full disk's folder, the template of the database.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import time_machine
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import func, select

from marketplace.app import create_app
from marketplace.core.csrf import token_for
from marketplace.core.db import db
from marketplace.core.errors import MarketplaceError
from marketplace.core.models import Job
from marketplace.orders.models import Order
from marketplace.payments.models import Payment
from tests.databases import settings_for
from tests.factories import AT, a_session, world
from tests.factories.buying import a_wish, broken_invariants, paid, place
from tests.fakes.gateway import MemoryGateway, use_gateway


def main(folder: Path, template: Path) -> dict[str, Any]:
    shutil.copyfile(template, folder / "bazargah.db")
    app = create_app(settings_for(f"sqlite:///{folder / 'bazargah.db'}", folder))
    told: dict[str, Any] = {}
    with app.app_context():
        small = world(AT)
        gateway = MemoryGateway()
        use_gateway(app, gateway)
        paid(gateway, small.shopper, (small.bowl, 1), at=AT)
        cookie, offer_id = a_session(small.shopper), small.tea.id
        db.session.remove()
    browser = app.test_client()
    browser.set_cookie("sid", cookie)
    with app.app_context():
        token = token_for(cookie)

    def write(quantity: int = 1) -> int:
        put = {"quantity": str(quantity), "csrf_token": token}
        return browser.post(f"/cart/lines/{offer_id}", data=put).status_code

    def read() -> list[int]:
        return [
            browser.get(path).status_code
            for path in ("/", "/stores", "/cart", "/orders", "/healthz", "/readyz")
        ]

    def order() -> int:
        """Buys what is in the cart, with one key at every try; gives the status of what came of it."""
        with app.app_context():
            try:
                place(small.shopper, wish=a_wish(key="submission-on-a-full-disk"))
                return 201
            except MarketplaceError as refusal:
                return refusal.status
            finally:
                db.session.remove()

    def stored() -> list[int]:
        with app.app_context():
            counts = [
                db.session.scalar(select(func.count()).select_from(model)) or 0
                for model in (Order, Payment, Job)
            ]
            db.session.remove()
            return counts

    told["before"] = [write(), *read()]
    told["stored_before"] = stored()
    with sqlite.connect(str(folder / "bazargah.db")) as connection:  # else the log has room left of its own
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    fill(folder / "filler")
    told["full_writes"] = [write(2 + turn % 2) for turn in range(6)]
    told["full_orders"] = [order() for _ in range(3)]
    told["full_reads"] = read()
    told["full_stored"] = stored()
    told["full_room"] = browser.get("/readyz").json
    (folder / "filler").unlink()
    told["after_order"] = [order(), order()]
    told["after_stored"] = stored()
    told["after"] = [write(4), *read()]
    with app.app_context():
        told["broken"] = [str(each) for each in broken_invariants()]
        db.session.remove()
        db.engine.dispose()
    with sqlite.connect(str(folder / "bazargah.db")) as connection:
        told["integrity"] = connection.execute("PRAGMA integrity_check").fetchone()[0]
        told["orphans"] = len(connection.execute("PRAGMA foreign_key_check").fetchall())
    return told


def fill(path: Path) -> None:
    """Leaves not one block."""
    with path.open("wb", buffering=0) as file:
        for size in (65536, 4096, 512, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


if __name__ == "__main__":
    with time_machine.travel(AT):
        print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]))))
