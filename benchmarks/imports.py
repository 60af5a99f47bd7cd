"""A file of 50,000 offers: memory and time of its dry run and its writing, a worker killed on the way, and the same
file once more.

    python -m benchmarks.imports [--rows 50000] [--kind csv|xlsx]

Builds a database of its own in a temporary folder. Memory is the highest resident size above that at the beginning of
a phase; beside it the same for a tenth of the rows.
"""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from flask_migrate import upgrade
from sqlalchemy import func, insert, select

from marketplace.accounts.models import Person
from marketplace.app import create_app
from marketplace.catalog.models import Category, PriceChange, Product
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.jobs import run_due
from marketplace.core.tables import write_csv, write_xlsx
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.imports import apply_import, import_of_store, keep_file, start_import
from marketplace.festival.models import Festival, Offer
from marketplace.festival.offer_models import OfferImport, OfferStep
from marketplace.policy.defaults import write_defaults
from marketplace.policy.models import Province
from marketplace.stores.models import Store

HEAD = (
    "sku", "title", "category", "description", "weight", "regular price", "festival price", "stock", "limit",
    "evidence url",
)  # fmt: skip
STORE, LEASE = 1, timedelta(seconds=61)
Given = TypeVar("Given")
ACTOR = Actor(1, "store", "benchmark")


def main() -> None:
    """A tenth of the rows, then all of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imports", description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--kind", default="csv", choices=("csv", "xlsx"))
    wish = parser.parse_args()
    for rows in (wish.rows // 10, wish.rows):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            os.environ |= {"DATABASE_URL": f"sqlite:///{folder}/bench.db", "INSTANCE_PATH": folder}
            with create_app().app_context():
                upgrade()
                build()
                measure(rows, wish.kind, Path(folder))
                db.session.remove()


def build() -> None:
    """One store in an edition that takes offers."""
    at = clock.now()
    with unit_of_work():
        write_defaults(at - timedelta(days=900))
        db.session.execute(
            insert(Province).values(id=1, name_fa="تهران", name_en="Tehran", zone=1, sort_key="t")
        )
        db.session.add(Category(slug="bags", name_fa="کیف", name_en="Bags", icon="tag", position=1))
        db.session.add(
            Person(id=1, mobile="09120000001", language="fa", created_at=at, given_name="", surname="")
        )
        db.session.add(
            Festival(
                slug="nowruz", title_fa="نوروز", title_en="Nowruz",
                applications_from=at - timedelta(days=40), applications_until=at - timedelta(days=9),
                live_from=at + timedelta(days=5), live_until=at + timedelta(days=20),
                draw_at=at + timedelta(days=30),
            )
        )  # fmt: skip
        db.session.add(
            Store(
                id=STORE, slug="s", kind="online", name_fa="ف", name_en="S", sort_key="s", manager_name="م",
                province_id=1, city_fa="ت", city_en="T", address="x", postal_code="1", phone="1",
                founded_on=at.date(), created_at=at,
            )
        )  # fmt: skip


def table(rows: int) -> Iterator[tuple[str, ...]]:
    """A believable file: Persian words and digits, three sorts of each of the goods."""
    yield HEAD
    for n in range(rows):
        yield (
            f"B-{n}", f"کیف شماره {n}", "کیف", "دوخته از چرم گاوی، با آستر پارچه‌ای.", "۷۰۰", "۱٬۰۰۰٬۰۰۰", "800000",
            "10", "2", "https://prices.example/1",
        )  # fmt: skip


def measure(rows: int, kind: str, folder: Path) -> None:
    """Prints one line for each phase."""
    path = folder / f"table.{kind}"
    if kind == "csv":
        with path.open("wb") as out:
            out.writelines(write_csv(table(rows)))
    else:
        with write_xlsx(table(rows), "offers") as book, path.open("wb") as out:
            out.write(book.read())
    print(f"\n{rows:,} rows, {kind}, {path.stat().st_size / 2**20:.1f} MiB")
    first = phase("dry run", rows, lambda: send(path))
    begin(first)
    kill_on_the_way(first, rows)
    phase("writing, after a kill -9", rows, lambda: finish(LEASE))
    found = import_of_store(first, STORE)
    assert (found.created_count, found.failed_count) == (rows, 0), (found.created_count, found.failed_count)
    before = counts()
    second = phase("dry run of the same file", rows, lambda: send(path))
    begin(second)
    phase("writing of the same file", rows, lambda: finish())
    again = import_of_store(second, STORE)
    assert (again.state, again.same_count, counts()) == ("applied", rows, before), (
        again.state,
        counts(),
        before,
    )
    print("  the same file changed nothing")


def send(path: Path) -> int:
    """An upload with its dry run; gives the import's id."""
    with path.open("rb") as stream:
        key, size = keep_file(stream, path.name)
    at = clock.now()
    with unit_of_work():
        import_id, _ = start_import(STORE, key, size, path.name, ACTOR, at)
    finish()
    assert import_of_store(import_id, STORE).bad_count == 0
    return import_id


def begin(import_id: int) -> None:
    with unit_of_work():
        apply_import(import_id, STORE, clock.now())


def finish(ahead: timedelta = timedelta(0)) -> None:
    """Does what is due, at a moment that lies so far ahead."""
    while run_due(clock.now() + ahead):
        pass
    db.session.rollback()


def kill_on_the_way(import_id: int, rows: int) -> None:
    """Another process writes until a tenth is done, and dies in the middle of what it does."""
    db.session.remove()
    db.engine.dispose()
    worker = os.fork()
    if worker == 0:
        finish()
        os._exit(0)
    done = 0
    while done < rows // 10:
        time.sleep(0.2)
        db.session.rollback()
        done = db.session.scalar(select(OfferImport.done_number).where(OfferImport.id == import_id)) or 0
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)
    print(f"  killed at row {done:,}")


def counts() -> list[int]:
    """How many rows the goods and their history have."""
    db.session.rollback()
    models = (Offer, OfferStep, Product, PriceChange)
    return [db.session.scalar(select(func.count()).select_from(model)) or 0 for model in models]


def phase(name: str, rows: int, work: Callable[[], Given]) -> Given:
    """Does it and says how long it took and how far the memory rose."""
    Path("/proc/self/clear_refs").write_text("5")
    before, began, busy = resident("VmRSS"), time.perf_counter(), time.process_time()
    given = work()
    seconds, cpu = time.perf_counter() - began, time.process_time() - busy
    rose = (resident("VmHWM") - before) / 1024
    print(
        f"  {name:28} {seconds:8.1f} s  {cpu * 1000 / rows:6.2f} ms of processor a row  +{rose:6.1f} MiB",
        flush=True,
    )
    return given


def resident(which: str) -> int:
    """KiB from /proc/self/status."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{which}:"))


if __name__ == "__main__":
    main()
