"""`make load`: P1, P2, P3 and recovery by an open model, over SQLite and over PostgreSQL with Redis.

MINUTES=6                       how long all of it may take, both databases together
P1_MINUTES=10                   how long P1 takes, if not 35 % of that
P3_MINUTES=30                   how long P3 takes, if not a quarter of that
DATABASES=sqlite,postgresql     over which
PAGES=200 CHECKOUTS=20          arrivals a second of P1
SCALE=festival                  the data (`small` for a first look)
KEEP=1                          writes docs/reference/load.md

PostgreSQL writes to its disk and vacuums, as in production. P4 is `deploy/alerts.yml` with its tests, P5
`python -m benchmarks.big_draw`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from benchmarks.cases import Sample, sample_of
from benchmarks.instance import Data, data_of
from benchmarks.load_report import write_report
from benchmarks.machine import cpu_seconds, family, memory_mib, web_workers
from benchmarks.open_model import Plan, Seen, Stage, load
from benchmarks.servers import House, free_port, house
from marketplace.accounts.people import create_person
from marketplace.accounts.tokens import create_token
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.demo.plan.scale import Scale
from marketplace.festival.models import Offer
from marketplace.orders.models import Order
from tests.databases import AS_IN_PRODUCTION
from tests.needs import have

MINUTES = float(os.environ.get("MINUTES", "6"))
P1_MINUTES = float(os.environ.get("P1_MINUTES", "0"))
P3_MINUTES = float(os.environ.get("P3_MINUTES", "0"))
LOOKS = 10
"""So often memory is looked at during P3."""
PAGES = float(os.environ.get("PAGES", "200"))
CHECKOUTS = float(os.environ.get("CHECKOUTS", "20"))
SHOPPERS = 400
STOCK, LIMIT = 1_000_000, 900
BUYING = {"cart", "orders:read", "orders:write"}


@dataclass
class Part:
    """One of P1, P2, P3 or a recovery: what was asked, what was seen, and what else is to be said."""

    name: str
    asked: str
    seen: Seen
    said: dict[str, str] = field(default_factory=dict)


@dataclass
class Report:
    """All parts over one database."""

    database: str
    parts: list[Part] = field(default_factory=list)
    lost: int = 0
    broken: str = ""


def over(kind: str, minutes: float) -> Report:
    """Runs everything over one database."""
    scale = Scale(os.environ.get("SCALE", Scale.FESTIVAL.value))
    report = Report(kind)
    with ExitStack() as stack:
        place = tempfile.TemporaryDirectory(prefix="bazargah-load-", ignore_cleanup_errors=True)
        folder = Path(stack.enter_context(place))
        folder.chmod(0o711)
        data = stack.enter_context(data_of(kind, scale, folder))
        extra = stack.enter_context(redis()) if kind == "postgresql" else {}
        sample = sample_of(data)
        tokens, offers = prepare(data, sample)
        running = stack.enter_context(house({**data.environment(), **extra}))
        plan = Plan(running.web.port, paths_of(sample), [], tokens, offers)
        for part in parts(running, data, plan, minutes * 60):
            report.parts.append(part)
            print(
                f"{time.strftime('%H:%M:%S')}  {kind:10} {part.name}: {part.said}",
                file=sys.stderr,
                flush=True,
            )
        report.lost, report.broken = look_after(data, report)
    return report


def parts(running: House, data: Data, plan: Plan, seconds: float) -> Iterator[Part]:
    """P1, P2, P3 and the recovery, in shares of the time."""
    steady = Stage(P1_MINUTES * 60 or seconds * 0.35, PAGES, CHECKOUTS)
    load(with_stages(plan, Stage(5, PAGES / 4, CHECKOUTS / 4)))
    yield steadily(running, plan, steady)
    yield burst(plan, seconds * 0.25)
    yield soak(running, data, plan, P3_MINUTES * 60 or seconds * 0.25)
    yield killed(running, plan, seconds * 0.15)


def steadily(running: House, plan: Plan, stage: Stage) -> Part:
    """P1: the same load all the time, and the processors that each part of the house took for it."""
    pids = {"web": running.web.pid, "worker": running.worker.pid, "gateway": running.sandbox.pid}
    before = {name: cpu_seconds(pid) for name, pid in pids.items()}
    seen = load(with_stages(plan, stage))
    took = {name: cpu_seconds(pid) - before[name] for name, pid in pids.items()}
    took["generator"] = seen.generator_cpu
    told = ", ".join(f"{name} {seconds / stage.seconds:.2f}" for name, seconds in took.items())
    asked = f"{stage.pages:g} pages and {stage.checkouts:g} checkouts a second for {stage.seconds:.0f} s"
    return Part("P1 steady", asked, seen, {"processors taken": told})


def burst(plan: Plan, seconds: float) -> Part:
    """P2: nothing to nine times P1 in ten seconds (a sixth of the time where there is less), held, then P1 again."""
    rise, calm = min(10.0, seconds / 6), min(30.0, seconds / 2)
    held = max(2.0, min(60.0, seconds - rise - calm))
    stages = (
        Stage(1, 1, 0),
        Stage(rise, PAGES * 9, CHECKOUTS * 9, ramps=True),
        Stage(held, PAGES * 9, CHECKOUTS * 9),
        Stage(calm, PAGES, CHECKOUTS),
    )
    seen = load(with_stages(plan, *stages))
    over_at = 1 + rise + held
    calm_again = next(
        (
            row["second"] - over_at
            for row in seen.seconds
            if row["second"] >= over_at and not row["away"] and not row["wrong"] and row["p95"] <= 300
        ),
        None,
    )
    told = "not within the run" if calm_again is None else f"{calm_again:.0f} s after the burst"
    asked = f"{PAGES * 9:g} pages and {CHECKOUTS * 9:g} checkouts a second for {held:.0f} s"
    return Part("P2 burst", asked, seen, {"back to p95 under 300 ms": told})


def soak(running: House, data: Data, plan: Plan, seconds: float) -> Part:
    """P3: half the load; memory, open files and the write-ahead log at the beginning and after each tenth."""
    looks, is_over = [sizes(running, data)], threading.Event()

    def look() -> None:
        while not is_over.wait(seconds / LOOKS):
            looks.append(sizes(running, data))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        seen = load(with_stages(plan, Stage(seconds, PAGES / 2, CHECKOUTS / 2)))
    finally:
        is_over.set()
        watcher.join()
    looks.append(sizes(running, data))
    said = {name: ", ".join(f"{one[name]:.0f}" for one in looks) for name in looks[0]}
    return Part("P3 soak", f"half of P1 for {seconds:.0f} s", seen, said)


def killed(running: House, plan: Plan, seconds: float) -> Part:
    """kill -9 of every web process at a third of half the load; how long until somebody is served again."""
    strikes: list[float] = []

    def strike() -> None:
        for pid in web_workers(running.web.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        strikes.append(time.monotonic())

    timer = threading.Timer(seconds / 3, strike)
    timer.start()
    seen = load(with_stages(plan, Stage(seconds, PAGES / 2, CHECKOUTS / 2)))
    timer.join()
    failing = [row["second"] for row in seen.seconds if row["wrong"]]
    told = f"{failing[-1] - failing[0] + 1:.0f} s" if failing else "nobody noticed"
    return Part(
        "Recovery: web processes killed -9",
        "half of P1",
        seen,
        {"seconds in which somebody was not served": told},
    )


def with_stages(plan: Plan, *stages: Stage) -> Plan:
    return Plan(plan.port, plan.paths, list(stages), plan.tokens, plan.offers, plan.pays, plan.seed)


def sizes(running: House, data: Data) -> dict[str, float]:
    """Memory in MiB, open files, and the write-ahead log in MiB."""
    pids = family(running.web.pid) + family(running.worker.pid)
    files = 0
    for pid in pids:
        with suppress(OSError):
            files += len(list(Path(f"/proc/{pid}/fd").iterdir()))
    told = {
        "web MiB": memory_mib(running.web.pid),
        "worker MiB": memory_mib(running.worker.pid),
        "open files": float(files),
    }
    if data.url.startswith("sqlite"):
        log = Path(data.url.removeprefix("sqlite:///") + "-wal")
        told["log MiB"] = log.stat().st_size / 2**20 if log.exists() else 0.0
    return told


def prepare(data: Data, sample: Sample) -> tuple[list[str], list[int]]:
    """People who may buy, and offers that do not run out."""
    offers = [number for number, _, _ in sample.offers][:60]
    with data.app().app_context():
        with unit_of_work():
            wider = update(Offer).where(Offer.id.in_(offers))
            db.session.execute(wider.values(stocked_count=STOCK, limit_per_buyer=LIMIT))
            tokens = [
                create_token(create_person(f"0991{number:07d}", data.at), "load", BUYING, data.at)
                for number in range(SHOPPERS)
            ]
        db.session.remove()
        db.engine.dispose()
    return tokens, offers


def paths_of(sample: Sample) -> list[str]:
    """What visitors look at: mostly offers, the home page, lists, a search."""
    offers = [f"/offers/{number}-{slug}" for number, slug, _ in sample.offers]
    lists = ["/", "/", "/", "/search", "/stores", *(f"/c/{slug}" for slug in sample.categories)]
    return [*offers, *lists * max(1, len(offers) // 20)]


def look_after(data: Data, report: Report) -> tuple[int, str]:
    """Orders that were acknowledged and are not there, and what the invariants say when all is over."""
    promised = {number for part in report.parts for number in part.seen.acknowledged}
    app = data.app()
    with app.app_context():
        stored = set(db.session.scalars(select(Order.number)))
        db.session.remove()
        db.engine.dispose()
    done = subprocess.run(
        [sys.executable, "-m", "marketplace", "invariants"],
        env={**os.environ, **data.environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    broken = [line for line in done.stdout.splitlines() if line.startswith("broken")]
    return len(promised - stored), "; ".join(broken) or (
        "all hold" if not done.returncode else done.stderr[-300:]
    )


@contextmanager
def redis() -> Iterator[dict[str, Any]]:
    """A Redis of one's own, where there is one."""
    program = have("redis")
    if program is None:
        yield {}
        return
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--maxmemory", "64mb"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield {"REDIS_URL": f"redis://127.0.0.1:{port}/0"}
    finally:
        process.terminate()
        process.wait(10)


def main() -> None:
    kinds = [
        each for each in ("sqlite", "postgresql") if each in os.environ.get("DATABASES", "sqlite,postgresql")
    ]
    os.environ[AS_IN_PRODUCTION] = "1"
    began = time.monotonic()
    reports = [over(kind, MINUTES / len(kinds)) for kind in kinds]
    text = write_report(reports, round((time.monotonic() - began) / 60))
    print(text)
    if os.environ.get("KEEP"):
        (Path(__file__).parent.parent / "docs" / "reference" / "load.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
