"""`make bench`: all cases over the databases asked for, as a table and as JSON.

DATABASES=postgresql              there as well as on SQLite
SCALE=large                       a million offers instead of six thousand
BENCH_ROUNDS=3 BENCH_SECONDS=3    how often each case is measured, and for how long
BENCH_PURCHASES=60                checkouts in a round
BENCH_CASES=search                only cases whose name contains this
KEEP=1                            puts the tables into docs/reference/performance.md
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.cases import Case, Sample, pages, sample_of
from benchmarks.client import request
from benchmarks.instance import Data, data_of
from benchmarks.machine import load_average, memory_mib
from benchmarks.measure import Measured, measure, measure_checkout, standing_still
from benchmarks.report import HELLO, Run, keep, table, write
from benchmarks.servers import House, Server, granian, house
from marketplace.demo.plan.scale import Scale

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "3"))
PURCHASES = int(os.environ.get("BENCH_PURCHASES", "60"))
ONLY = os.environ.get("BENCH_CASES", "")


def run(kind: str, scale: Scale) -> Run:
    """Measures everything over one database."""
    load = load_average()
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix="bazargah-bench-", ignore_cleanup_errors=True)
            )
        )
        folder.chmod(0o711)
        data = stack.enter_context(data_of(kind, scale, folder))
        sample = sample_of(data)
        small = {
            HELLO: stack.enter_context(granian("benchmarks.hello:create_hello")),
            "page made before": stack.enter_context(granian("benchmarks.hello:create_prebuilt")),
        }
        running = stack.enter_context(house(data.environment()))
        rounds = [one_round(small, running, data, sample) for _ in range(ROUNDS)]
        memory = {"web": memory_mib(running.web.pid), "worker": memory_mib(running.worker.pid)}
        if data.database_pid is not None:
            memory["database"] = memory_mib(data.database_pid)
        return Run(kind, scale.value, scale.counts.offers, rounds, memory, load)


def one_round(small: dict[str, Server], running: House, data: Data, sample: Sample) -> list[Measured]:
    """Every case once, beginning with H."""
    database = {"database": data.database_pid} if data.database_pid is not None else {}
    found = []
    with standing_still(running.worker.pid, running.sandbox.pid):
        for name, server in small.items():
            case = Case(name, [request("GET", "/")])
            found.append(_told(measure(case, server.port, {"web": server.pid}, SECONDS)))
        for case in pages(data, sample):
            if ONLY in case.name:
                found.append(
                    _told(measure(case, running.web.port, {"web": running.web.pid, **database}, SECONDS))
                )
    parts = {"web": running.web.pid, "worker": running.worker.pid, "sandbox": running.sandbox.pid, **database}
    for how in ("forms", "api"):
        if ONLY in f"checkout {how}":
            found.append(_told(measure_checkout(how, PURCHASES, running, data, sample, parts)))
    return found


def _told(row: Measured) -> Measured:
    print(
        f"{time.strftime('%H:%M:%S')}  {row.name:40} {row.cpu_ms:8.2f} ms  {row.count:6} times"
        + (f"  {row.wrong} wrong" if row.wrong else ""),
        file=sys.stderr,
        flush=True,
    )
    return row


def main() -> None:
    scale = Scale(os.environ.get("SCALE", Scale.FESTIVAL.value))
    asked = os.environ.get("DATABASES", "sqlite")
    runs = []
    for kind in ("sqlite", "postgresql"):
        if kind == "sqlite" or kind in asked:
            runs.append(run(kind, scale))
            print(table(runs[-1]))
    write(runs)
    for each in runs if os.environ.get("KEEP") else ():
        keep(each)


if __name__ == "__main__":
    main()
