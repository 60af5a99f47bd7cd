"""Records and clocks at scale: a million complaints over 300 stores, a hundred thousand of them with running clocks.

    python -m benchmarks.complaints [--complaints 1000000] [--open 100000]

Builds a database of its own in a temporary folder and prints what the record page, the desk, the store's inbox and the
sweeps cost, beside the same with a hundred complaints.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import current_app
from flask_migrate import upgrade
from sqlalchemy import insert

from marketplace.accounts.models import Person
from marketplace.app import create_app
from marketplace.complaints.clocks import escalate_overdue, remind_stores
from marketplace.complaints.foresight import show_foresight
from marketplace.complaints.lists import list_inbox, list_queue
from marketplace.complaints.models import Complaint, ComplaintState
from marketplace.complaints.performance import compute_record, record_of, refresh_records
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.unit_of_work import count_queries, unit_of_work
from marketplace.policy.defaults import write_defaults
from marketplace.policy.models import Province
from marketplace.stores.models import Seal, Store
from marketplace.stores.record_models import RecordCase, RecordRow
from marketplace.stores.standing import Category, Fact

STORES = 300
BATCH = 20_000


def main() -> None:
    """Builds, measures, prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--complaints", type=int, default=1_000_000)
    parser.add_argument("--open", type=int, default=100_000)
    asked = parser.parse_args()
    for total, running in ((100, 20), (asked.complaints, asked.open)):
        with tempfile.TemporaryDirectory() as folder:
            os.environ["DATABASE_URL"] = f"sqlite:///{folder}/bench.db"
            measure(total, running)


def measure(total: int, running: int) -> None:
    """One size."""
    app = create_app()
    with app.app_context():
        upgrade()
        began = time.perf_counter()
        build(total, running)
        print(f"\n{total:,} complaints, {running:,} clocks: built in {time.perf_counter() - began:.0f} s")
        show()
        db.session.remove()


def build(total: int, running: int) -> None:
    """Stores with seals, and complaints in every state, the open ones with deadlines from now to a week on."""
    at = clock.now()
    with unit_of_work():
        write_defaults(at - timedelta(days=900))
        db.session.execute(
            insert(Province).values(id=1, name_fa="تهران", name_en="Tehran", zone=1, sort_key="t")
        )
        db.session.execute(
            insert(Person).values(
                id=1, mobile="09120000001", language="fa", created_at=at, given_name="", surname=""
            )
        )
        db.session.execute(insert(Store), [_store(n, at) for n in range(1, STORES + 1)])
        db.session.execute(insert(Seal), [_seal(n, at) for n in range(1, STORES + 1)])
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
            db.session.execute(insert(RecordCase), cases)
            db.session.execute(insert(RecordRow), rows)
            db.session.execute(insert(Complaint), complaints)


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


def show() -> None:
    """What reading and sweeping cost."""
    at = clock.now()
    timed("one store's record computed anew", lambda: compute_record(7, at))
    refresh_records(at)
    timed("a kept record read", lambda: record_of(1, at))
    timed("the store's inbox", lambda: list_inbox(7, "open", None, at))
    timed("the store's foresight", lambda: show_foresight(7, at))
    timed("the seal centre's desk", lambda: list_queue("running", None, at))
    once("sweep with nothing due", lambda: escalate_overdue(at))
    once("reminders", lambda: remind_stores(at))
    once("sweep with one hour's deadlines due", lambda: escalate_overdue(at + timedelta(hours=1)))
    once("records refreshed after it (50 stores)", lambda: refresh_records(at + timedelta(hours=1)))


def timed(name: str, work: Callable[[], Any]) -> None:
    heard: list[str] = []
    with app_requests():
        stop = count_queries(heard)
        work()
        stop()
        times = []
        for _ in range(15):
            db.session.rollback()
            began = time.perf_counter()
            work()
            times.append(time.perf_counter() - began)
    print(f"  {name:42} {statistics.median(times) * 1000:8.1f} ms   {len(heard)} statements")


def once(name: str, work: Callable[[], int]) -> None:
    db.session.rollback()
    began = time.perf_counter()
    done = work()
    print(f"  {name:42} {(time.perf_counter() - began) * 1000:8.1f} ms   {done:,} done")


def app_requests() -> Any:
    """A request context: lists name pages in a language."""
    return current_app.test_request_context("/")


if __name__ == "__main__":
    main()
