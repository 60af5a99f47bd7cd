"""Records and clocks at scale: a million complaints over 300 stores, a hundred thousand of them with running clocks.

    python -m benchmarks.complaints [--complaints 1000000] [--open 100000] [--kind sqlite|postgresql] [--pause]

Builds two databases of its own, one with a hundred complaints and one with as many as are asked for, and prints side by
side what the record page, the desk, the store's inbox and the sweeps cost: processor time (of PostgreSQL that of this
side) and statements. With `--pause` a crisis moves all deadlines first.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import func, insert, select, text

from marketplace.accounts.models import Person
from marketplace.app import create_app
from marketplace.complaints.clocks import escalate_overdue, remind_stores
from marketplace.complaints.foresight import show_foresight
from marketplace.complaints.inputs import PauseWish
from marketplace.complaints.lists import list_inbox, list_queue
from marketplace.complaints.models import Complaint, ComplaintState
from marketplace.complaints.pausing import move_deadlines, move_some, pause_clocks
from marketplace.complaints.performance import compute_record, record_of, refresh_records
from marketplace.core import clock
from marketplace.core.audit import SYSTEM
from marketplace.core.bulk import insert_many
from marketplace.core.db import db
from marketplace.core.unit_of_work import count_queries, unit_of_work
from marketplace.policy.defaults import write_defaults
from marketplace.policy.models import Province
from marketplace.stores.models import Seal, Store, StoreMember
from marketplace.stores.record_models import RecordCase, RecordRow
from marketplace.stores.record_rows import keep_records
from marketplace.stores.standing import Category, Fact
from tests import databases

STORES = 300
BATCH = 20_000


@dataclass
class Costs:
    """What was measured of one size: name -> (processor milliseconds, statements, how many were done)."""

    title: str
    rows: dict[str, tuple[float, int, int | None]] = field(default_factory=dict)


def main() -> None:
    """Builds, measures, prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--complaints", type=int, default=1_000_000)
    parser.add_argument("--open", type=int, default=100_000)
    parser.add_argument("--kind", choices=databases.KINDS, default="sqlite")
    parser.add_argument("--pause", action="store_true")
    asked = parser.parse_args()
    found = []
    databases.open_run()
    try:
        for total, running in ((100, 20), (asked.complaints, asked.open)):
            with (
                tempfile.TemporaryDirectory() as folder,
                databases.fresh_database(asked.kind, Path(folder)) as url,
            ):
                found.append(Context().run(measure, url, Path(folder), total, running, asked.pause))
    finally:
        databases.close_run()
    few, many = found
    print(f"\n| | {few.title} | {many.title} |\n|---|---|---|")
    for name, cost in few.rows.items():
        print(f"| {name} | {_words(cost)} | {_words(many.rows[name])} |")


def _words(cost: tuple[float, int, int | None]) -> str:
    ms, count, done = cost
    time_taken = f"{ms:,.0f} ms" if ms >= 10 else f"{ms:.1f} ms"
    times = f", {done:,} done" if done is not None else ""
    return f"{time_taken}, {count:,} statements{times}"


def measure(url: str, folder: Path, total: int, running: int, is_paused: bool) -> Costs:
    """One size."""
    app = create_app(databases.settings_for(url, folder))
    with app.app_context():
        began = time.perf_counter()
        build(total, running)
        print(
            f"{total:,} complaints, {running:,} clocks: built in {time.perf_counter() - began:.0f} s",
            flush=True,
        )
        db.session.remove()
        if not url.startswith("sqlite"):
            with db.engine.connect().execution_options(
                isolation_level="AUTOCOMMIT", writes=True
            ) as connection:
                connection.execute(text("SET statement_timeout = 0"))
                connection.execute(text("VACUUM ANALYZE"))
        costs = Costs(f"{total:,} complaints")
        weigh(costs, is_paused)
        db.session.remove()
        return costs


def build(total: int, running: int) -> None:
    """Stores with seals, and complaints in every state, the open ones with deadlines from now to a week on."""
    at = clock.now()
    with unit_of_work():
        write_defaults(at - timedelta(days=900))
        db.session.execute(
            insert(Province).values(id=1, name_fa="تهران", name_en="Tehran", zone=1, sort_key="t")
        )
        db.session.execute(insert(Person), [_person(n, at) for n in range(1, STORES + 2)])
        db.session.execute(insert(Store), [_store(n, at) for n in range(1, STORES + 1)])
        db.session.execute(insert(Seal), [_seal(n, at) for n in range(1, STORES + 1)])
        owners = [
            {"store_id": n, "person_id": n + 1, "role": "owner", "joined_at": at}
            for n in range(1, STORES + 1)
        ]
        db.session.execute(insert(StoreMember), owners)
    step = timedelta(days=720) / max(total, 1)
    kinds = list(Category)
    for first in range(0, total, BATCH):
        cases, rows, complaints = [], [], []
        for n in range(first, min(first + BATCH, total)):
            is_open = n < running
            filed = at - (
                timedelta(hours=167.9) * (n + 1) / running if is_open else timedelta(days=8) + step * n
            )
            answered = None if is_open else filed + timedelta(hours=3 + n % 160)
            shared = {"store_id": n % STORES + 1, "complaint": f"B{n:08d}", "category": kinds[n % 9]}
            record = {
                **shared,
                "purchase": f"b:{n}",
                "is_outside": False,
                "answer_hours": 168,
                "province_id": 1,
            }
            due = filed + timedelta(hours=168)
            cases.append(
                {
                    **record,
                    "filed_at": filed,
                    "due_at": due,
                    "answered_at": answered,
                    "clock_minutes": (3 + n % 160) * 60 if answered else None,
                    "evaluation": Fact.solved if answered and n % 5 else None,
                    "evaluated_at": answered,
                }
            )
            rows.append({**record, "key": f"B{n:08d}:filed", "fact": Fact.filed, "at": filed})
            complaints.append(
                {
                    "number": f"B{n:08d}",
                    "store_id": n % STORES + 1,
                    "person_id": 1,
                    "is_outside": True,
                    "category": kinds[n % 9],
                    "state": ComplaintState.filed if is_open else ComplaintState.closed,
                    "filed_at": filed,
                    "answer_due_at": due,
                    "answered_at": answered,
                }
            )
        with unit_of_work():
            for model, made in ((RecordCase, cases), (RecordRow, rows), (Complaint, complaints)):
                insert_many(insert(model), made)


def _person(n: int, at: datetime) -> dict[str, Any]:
    return {
        "id": n,
        "mobile": f"0912{n:07d}",
        "language": "fa",
        "created_at": at,
        "given_name": "",
        "surname": "",
    }


def _store(n: int, at: Any) -> dict[str, Any]:
    return {
        "id": n,
        "slug": f"s{n}",
        "kind": "online",
        "name_fa": f"ف{n}",
        "name_en": f"S{n}",
        "sort_key": "s",
        "slogan_fa": "",
        "slogan_en": "",
        "manager_name": "م",
        "province_id": 1,
        "city_fa": "ت",
        "city_en": "T",
        "address": "x",
        "postal_code": "1",
        "phone": "1",
        "founded_on": at.date(),
        "created_at": at,
    }


def _seal(n: int, at: Any) -> dict[str, Any]:
    day = timedelta(days=300)
    return {
        "store_id": n,
        "code": f"{n:08d}",
        "stars": 5,
        "state": "active",
        "valid_from": at - day,
        "valid_until": at + day,
    }


def weigh(costs: Costs, is_paused: bool) -> None:
    """What reading and sweeping cost."""
    at = db.session.scalar(select(func.max(Complaint.filed_at))) or clock.now()
    hour, week = timedelta(hours=1), timedelta(days=8)
    timed(costs, "a store's record computed anew", lambda: compute_record(7, at))
    once(costs, "50 records refreshed by the sweep", lambda: refresh_records(at))
    timed(costs, "a kept record read", lambda: record_of(1, at))
    kept = [compute_record(n, clock.now())[1] for n in range(1, 21)]
    with unit_of_work():
        keep_records(kept)
    pages = cycle(f"/stores/s{n}/record" for n in range(1, 21))
    timed(costs, "record page drawn, figures kept", lambda: page(next(pages)))
    others = cycle(f"/stores/s{n}/record" for n in range(251, 271))
    timed(costs, "record page drawn, figures computed anew", lambda: page(next(others)))
    timed(costs, "the store's inbox", lambda: list_inbox(7, "open", None, at))
    timed(costs, "the store's foresight", lambda: show_foresight(7, at))
    timed(costs, "the seal centre's desk with its six counts", lambda: list_queue("running", None, at))
    once(costs, "the sweep with nothing due", lambda: escalate_overdue(at))
    once(costs, "reminders", lambda: remind_stores(at))
    once(costs, "the sweep over one hour's deadlines", lambda: escalate_overdue(at + hour))
    if is_paused:
        once(costs, "a pause of three days for everybody, declared", lambda: pause(at + hour))
        timed(costs, "a store's record, its deadlines not moved yet", lambda: compute_record(7, at + hour))
        once(costs, "a unit that moves five hundred of them", lambda: move_unit(at + hour))
        once(costs, "all of them moved", lambda: move_deadlines(at + hour))
    once(costs, "the sweep with every clock run out", lambda: escalate_overdue(at + week))


def pause(at: datetime) -> int:
    with unit_of_work():
        pause_clocks(PauseWish(None, at, at + timedelta(days=3), "سیل", "flood"), SYSTEM, at)
    return 1


def move_unit(at: datetime) -> int:
    with unit_of_work():
        return move_some(at)


def page(path: str) -> None:
    answer = Context().run(current_app.test_client().get, path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code}")


def timed(costs: Costs, name: str, work: Callable[[], Any]) -> None:
    """The middle of fifteen times."""
    heard: list[str] = []
    with current_app.test_request_context("/"):
        stop = count_queries(heard)
        work()
        stop()
        times = []
        for _ in range(15):
            db.session.rollback()
            began = time.process_time()
            work()
            times.append(time.process_time() - began)
    costs.rows[name] = statistics.median(times) * 1000, len(heard), None


def once(costs: Costs, name: str, work: Callable[[], int]) -> None:
    """What changes the database is done once."""
    heard: list[str] = []
    db.session.rollback()
    stop = count_queries(heard)
    began = time.process_time()
    done = work()
    costs.rows[name] = (time.process_time() - began) * 1000, len(heard), done
    stop()
    print(f"  {name}: {_words(costs.rows[name])}", flush=True)


if __name__ == "__main__":
    main()
