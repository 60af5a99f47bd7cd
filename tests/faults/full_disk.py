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

from marketplace.app import create_app
from marketplace.core.csrf import token_for
from marketplace.core.db import db
from tests.databases import settings_for
from tests.factories import AT, a_session, world
from tests.factories.buying import broken_invariants, paid
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

    told["before"] = [write(), *read()]
    with sqlite.connect(str(folder / "bazargah.db")) as connection:  # else the log has room left of its own
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    fill(folder / "filler")
    told["full_writes"] = [write(2 + turn % 2) for turn in range(6)]
    told["full_reads"] = read()
    told["full_room"] = browser.get("/readyz").json
    (folder / "filler").unlink()
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
