"""Freezing, drawing, and publishing a draw of a whole country: how long it takes and how much memory it needs.

`python -m benchmarks.big_draw 1000000 --kind sqlite|postgresql`: paid store orders, of 1 to 19 chances each, ten in the
mean; a person for every three of them. Each step is a process of its own, over a database that is made first (that
time is not counted) and thrown away at the end. Memory and processor seconds are of our process; PostgreSQL's own are
not in them, the seconds on the wall are.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import time_machine
from sqlalchemy import text

from marketplace.accounts.models import Person, Role
from marketplace.app import create_app
from marketplace.core.audit import Actor
from marketplace.core.db import Base, db, is_sqlite
from marketplace.core.unit_of_work import unit_of_work
from marketplace.lottery.beacons import bring_beacon
from marketplace.lottery.drawing import draw_winners
from marketplace.lottery.files import write_files
from marketplace.lottery.freezing import freeze_draw, sign_root
from marketplace.lottery.invariants import draws_are_as_published
from marketplace.lottery.listing import list_stages
from marketplace.lottery.models import EntryGrant
from marketplace.lottery.queries import draw_by_slug
from marketplace.lottery.receipts import receipt_of
from marketplace.lottery.rings import find_rings
from marketplace.orders.models import Order, StoreOrder
from tests import databases
from tests.factories import an_official, world, writing
from tests.factories.buying import paid
from tests.factories.draws import BEACON, DRAWN_AT, a_draw
from tests.fakes.gateway import MemoryGateway, use_gateway

BEGAN = DRAWN_AT - timedelta(days=12)
FREEZE = DRAWN_AT - timedelta(hours=48)
FIRST = 1_000_000
ROLES = (Role.office, Role.auditor, Role.seal_officer)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("orders", type=int, nargs="?", default=10_000)
    parser.add_argument("--kind", choices=databases.KINDS, default="sqlite")
    parser.add_argument("--step", help="what the benchmark starts itself")
    parser.add_argument("--url")
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.step:
        STEPS[asked.step](asked.url, asked.folder)
        return
    databases.open_run()
    try:
        with tempfile.TemporaryDirectory() as name, databases.fresh_database(asked.kind, Path(name)) as url:
            fill(url, Path(name), asked.orders)
            for step in STEPS:
                tell(step, url, Path(name), asked.orders)
    finally:
        databases.close_run()


def tell(step: str, url: str, folder: Path, orders: int) -> None:
    """Runs a step in a process of its own and prints what it needed."""
    command = [sys.executable, "-m", "benchmarks.big_draw", str(orders)]
    began = time.perf_counter()
    done = subprocess.run(
        [*command, "--step", step, "--url", url, "--folder", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.perf_counter() - began
    told = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else done.stderr[-600:]
    sys.stdout.write(json.dumps({"step": step, "wall_s": round(wall, 1), "told": told}) + "\n")
    sys.stdout.flush()


# --- the data -------------------------------------------------------------------------------------------------------


def fill(url: str, folder: Path, orders: int) -> None:
    """A festival with one true paid order, and as many copies of it as were asked for, of people of their own."""
    app = create_app(databases.settings_for(url, folder))
    with app.app_context():
        gateway = MemoryGateway()
        use_gateway(app, gateway)
        small = world(BEGAN)
        with writing():
            a_draw(small.festival, at=BEGAN, prizes=40)
            for role in ROLES:
                an_official(role, at=BEGAN)
        with time_machine.travel(BEGAN, tick=False):
            paid(gateway, small.shopper, (small.tea, 1), at=BEGAN)
        with unit_of_work():
            persons = max(1, orders // 3)
            _copy(Person, small.shopper.id, persons, mobile="'09' || (100000000 + i)")
            model = _first(Order)
            unlike = {"person_id": f"{FIRST} + 1 + (i * 7919) % {persons}", "number": f"{FIRST} + i"}
            unlike |= {"receiver_mobile": f"'09' || (100000000 + (i * 7919) % {persons})"}
            unlike |= {"submission_key": "'copy-' || i", "postal_code": "1000000000 + i"}
            _copy(Order, model, orders, **unlike)
            weight = "1 + (i * 7) % 19"
            _copy(StoreOrder, _first(StoreOrder), orders, order_id=f"{FIRST} + i", entries=weight)
            unlike = {"person_id": unlike["person_id"], "store_order_id": f"{FIRST} + i"}
            _copy(EntryGrant, _first(EntryGrant), orders, **unlike, earned=weight, weight=weight)
        db.session.remove()
        if not is_sqlite():
            with unit_of_work():
                db.session.execute(text("ANALYZE"))
        db.session.remove()
        db.engine.dispose()


def _first(model: type[Base]) -> int:
    column = model.__table__.c.id
    return int(db.session.scalars(db.select(column).order_by(column)).first() or 0)


def _copy(model: type[Base], of: int, count: int, **unlike: str) -> None:
    """Copies of a row, the i-th with id FIRST + i; what is unlike the row is SQL over i."""
    table = model.__table__
    values = {"id": f"{FIRST} + i", **unlike}
    told = ", ".join(_cast(table.c[name], values.get(name)) for name in table.c.keys())  # noqa: SIM118
    db.session.execute(
        text(
            f"INSERT INTO {table.name} ({', '.join(table.c.keys())}) "
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "
            f"SELECT {told} FROM n JOIN {table.name} AS old ON old.id = {of}"
        )
    )


def _cast(column: Any, value: str | None) -> str:
    if value is None:
        return f"old.{column.name}"
    return f"CAST({value} AS TEXT)" if column.type.python_type is str else f"({value})"


# --- the steps ------------------------------------------------------------------------------------------------------


def _step(work: Any) -> Any:
    def run(url: str, folder: Path) -> None:
        app = create_app(databases.settings_for(url, folder))
        with app.app_context():
            began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
            before = _most_mib()
            work(folder)
            after = resource.getrusage(resource.RUSAGE_SELF)
            told = {
                "wall_s": round(time.perf_counter() - began, 1),
                "cpu_s": round(after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime, 1),
                "mib_before": before,
                "mib_most": _most_mib(),
            }
            db.session.remove()
            db.engine.dispose()
        sys.stdout.write(json.dumps(told) + "\n")

    return run


def _most_mib() -> int:
    """The most memory that this process had so far. getrusage would tell of the process that started it."""
    told = Path("/proc/self/status").read_text("ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", told)[1]) // 1024  # type: ignore[index]


def _do(verb: Any, *arguments: Any) -> None:
    with unit_of_work():
        verb(*arguments)


def _officer(role: Role) -> Actor:
    found = db.session.execute(text("SELECT person_id FROM role_grants WHERE role = :r"), {"r": role.value})
    return Actor(found.scalars().first(), role.value, "officer")


def _draw_id() -> int:
    return int(db.session.execute(text("SELECT id FROM draws")).scalar_one())


def _rings(folder: Path) -> None:
    find_rings(FREEZE - timedelta(hours=1))


def _freeze(folder: Path) -> None:
    with unit_of_work():
        db.session.execute(text("UPDATE entry_rings SET state = 'cleared', decided_at = found_at"))
    _do(freeze_draw, _draw_id(), _officer(Role.office), FREEZE)


def _prepare(folder: Path) -> None:
    for role in ROLES[1:]:
        _do(sign_root, _draw_id(), role, _officer(role), FREEZE)
    list_stages(DRAWN_AT - timedelta(hours=1))
    _do(bring_beacon, _draw_id(), 0, BEACON, _officer(Role.office), DRAWN_AT)


def _draw(folder: Path) -> None:
    _do(draw_winners, _draw_id(), 0, _officer(Role.office), DRAWN_AT)


def _publish(folder: Path) -> None:
    place = folder / "files"
    place.mkdir()
    slug = str(db.session.execute(text("SELECT slug FROM draws")).scalar_one())
    write_files(draw_by_slug(slug), place)


def _receipt(folder: Path) -> None:
    slug = str(db.session.execute(text("SELECT slug FROM draws")).scalar_one())
    receipt_of(draw_by_slug(slug), FIRST + 7)


def _invariant(folder: Path) -> None:
    if broken := list(draws_are_as_published()):
        raise AssertionError(broken)


STEPS = {
    "rings": _step(_rings),
    "freeze": _step(_freeze),
    "sign and skip list": _step(_prepare),
    "draw": _step(_draw),
    "files": _step(_publish),
    "receipt": _step(_receipt),
    "invariant": _step(_invariant),
}


if __name__ == "__main__":
    main()
