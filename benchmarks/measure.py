"""One case measured: processor time of every process concerned before and after, what the client saw meanwhile."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.cases import BUYERS, Case, Sample
from benchmarks.client import Plan, load
from benchmarks.instance import Data
from benchmarks.machine import cpu_seconds
from benchmarks.servers import House
from benchmarks.shoppers import Bought, Errand, buy_all
from marketplace.core.db import db
from marketplace.core.models import Job, JobState
from marketplace.orders.models import Order, OrderState

WARM_SECONDS = 0.7
LOOKS = 200
SETTLE_SECONDS = 60


@dataclass(frozen=True)
class Measured:
    """A case in one round. `cpu` in milliseconds per request (per purchase in a checkout), by part."""

    name: str
    goal: str
    count: int
    wrong: int
    cpu: dict[str, float]
    rate: float
    p50: float
    p99: float
    body_bytes: int = 0
    requests: float = 1.0

    @property
    def cpu_ms(self) -> float:
        return sum(self.cpu.values())


def measure(case: Case, port: int, parts: Mapping[str, int], seconds: float) -> Measured:
    """Sends a case's requests for some seconds, after a short warming up. `parts` names process families."""
    load(Plan(port, case.requests, WARM_SECONDS))
    before = {part: cpu_seconds(pid) for part, pid in parts.items()}
    seen = load(Plan(port, case.requests, seconds))
    cpu = {part: (cpu_seconds(pid) - before[part]) * 1000 / max(1, seen.count) for part, pid in parts.items()}
    return Measured(
        case.name,
        case.goal,
        seen.count,
        seen.wrong,
        cpu,
        seen.count / seen.seconds,
        seen.p50,
        seen.p99,
        seen.body_bytes,
    )


def measure_checkout(
    how: str, purchases: int, house: House, data: Data, sample: Sample, parts: Mapping[str, int]
) -> Measured:
    """Whole purchases, until the worker has done all that follows from them."""
    errands = _errands(data, sample, purchases, how)
    buy_all(house.web.port, errands[:8], how)
    _wait_until_quiet(data)
    before = {part: cpu_seconds(pid) for part, pid in parts.items()}
    bought = buy_all(house.web.port, errands[8:], how)
    _wait_until_quiet(data)
    cpu = {part: (cpu_seconds(pid) - before[part]) * 1000 / bought.paid for part, pid in parts.items()}
    return _as_measured(how, bought, cpu)


def _as_measured(how: str, bought: Bought, cpu: dict[str, float]) -> Measured:
    return Measured(
        f"checkout, two lines, paid: {how}",
        "150",
        bought.paid,
        bought.failed,
        cpu,
        bought.paid / bought.seconds,
        bought.p50,
        bought.p99,
        requests=bought.requests,
    )


def _errands(data: Data, sample: Sample, purchases: int, how: str) -> list[Errand]:
    """Two offers of two stores each, by people in turn."""
    dice, people = random.Random(), data.people[BUYERS[how]]
    by_store: dict[int, list[tuple[int, str]]] = {}
    for number, slug, store in sample.offers:
        by_store.setdefault(store, []).append((number, slug))
    errands = []
    for place in range(purchases + 8):
        person = people[place % len(people)]
        stores = dice.sample(sorted(by_store), 2)
        errands.append(
            Errand(
                person.cookie, person.csrf, person.token, [dice.choice(by_store[store]) for store in stores]
            )
        )
    return errands


def _wait_until_quiet(data: Data) -> None:
    """Until no order waits for its payment and no job is left to do."""
    app = data.app()
    with app.app_context():
        for _ in range(SETTLE_SECONDS * 5):
            waiting = (
                db.session.scalar(select(func.count()).where(Order.state == OrderState.awaiting_payment)) or 0
            )
            waiting += (
                db.session.scalar(
                    select(func.count()).where(Job.state.in_((JobState.queued, JobState.running)))
                )
                or 0
            )
            db.session.rollback()
            if not waiting:
                break
            time.sleep(0.2)
        else:
            raise RuntimeError(f"after {SETTLE_SECONDS} s there are left: {_what_is_left()}")
        db.session.remove()
        db.engine.dispose()


def _what_is_left() -> str:
    orders = db.session.execute(
        select(Order.number, Order.placed_at).where(Order.state == OrderState.awaiting_payment)
    )
    jobs = db.session.execute(
        select(Job.kind, Job.state, Job.attempts, Job.last_error).where(
            Job.state.in_((JobState.queued, JobState.running))
        )
    )
    return f"orders {[tuple(row) for row in orders]}, jobs {[tuple(row) for row in jobs]}"


def _is_writing(pid: int) -> bool:
    """Whether a process holds a lock for writing, for which others would wait as long as it is stopped."""
    return any(
        fields[3] == "WRITE" and fields[4] == str(pid)
        for line in Path("/proc/locks").read_text().splitlines()
        if (fields := [field for field in line.split() if field != "->"])
    )


@contextmanager
def standing_still(*pids: int) -> Iterator[None]:
    """Processes that have nothing to do with what is measured do nothing meanwhile; none is stopped as it writes."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
        for _ in range(LOOKS):
            if not _is_writing(pid):
                break
            os.kill(pid, signal.SIGCONT)
            time.sleep(0.01)
            os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
