"""`python -m tests.faults.campaign`: all campaigns in full, each with its control; prints a table.

ORDERS (2000), CUTS (100), DATABASES (sqlite,postgresql), SEED, ONLY (a part of a campaign's name: that one alone).
It takes some minutes of two cores; what it makes, some gigabytes beside the tape, lies in the folder for temporary
files and goes with it.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import databases
from tests.faults.campaign.cluster import LAZY, cluster
from tests.faults.campaign.crowd import EARLY, NORMAL
from tests.faults.campaign.run import Result, cut_power, kill_buyers, kill_server, plan_for
from tests.needs import have

ORDERS = int(os.environ.get("ORDERS", "2000"))
CONTROL_ORDERS = max(100, ORDERS // 5)
CUTS = int(os.environ.get("CUTS", "100"))
SEED = int(os.environ.get("SEED", "1405"))
ONLY = os.environ.get("ONLY", "")
KILL_AFTER = 25


@contextmanager
def ground(kind: str) -> Iterator[tuple[str, Path]]:
    """An empty, migrated database and a folder."""
    with tempfile.TemporaryDirectory(prefix="bazargah-campaign-") as name:
        folder = Path(name)
        with databases.fresh_database(kind, folder) as url:
            yield url, folder


def power(control: str) -> Result:
    compiler = have("cc")
    if compiler is None:
        raise SystemExit("a C compiler is needed")
    with ground("sqlite") as (url, folder):
        plan = plan_for(url, folder, CONTROL_ORDERS if control else ORDERS, seed=SEED, control=control)
        return cut_power(folder, compiler, plan, CUTS)


def processes(kind: str, control: str) -> Result:
    with ground(kind) as (url, folder):
        orders = CONTROL_ORDERS if control else ORDERS
        return kill_buyers(plan_for(url, folder, orders, seed=SEED, kill_after=KILL_AFTER, control=control))


def server(options: tuple[str, ...]) -> Result:
    with ground("postgresql") as (url, folder), cluster(*options) as one:
        orders = CONTROL_ORDERS if options else ORDERS
        plan = plan_for(one.copy_in(url, "campaign"), folder, orders, seed=SEED)
        return kill_server(plan, one, times=max(20, orders // 50))


def campaigns() -> Iterator[tuple[str, bool, Callable[[], Result]]]:
    """Name, whether it is a control, and what runs it."""
    if "sqlite" in databases.kinds():
        yield "SQLite, power cut", False, lambda: power("")
        yield "control: synchronous=NORMAL", True, lambda: power(NORMAL)
    for kind in databases.kinds():
        yield f"{kind}, kill -9 of who orders", False, lambda kind=kind: processes(kind, "")  # type: ignore[misc]
        yield f"control on {kind}: answer before commit", True, lambda kind=kind: processes(kind, EARLY)  # type: ignore[misc]
    if "postgresql" in databases.kinds():
        yield "PostgreSQL, kill -9 of the server", False, lambda: server(())
        yield "control: synchronous_commit=off", True, lambda: server(LAZY)


def main() -> int:
    databases.open_run()
    failed = 0
    print(
        "| Campaign | acknowledged | stored | deaths | acknowledged and lost | stored, nobody told | seconds |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|")
    try:
        for name, is_control, work in campaigns():
            if ONLY not in name:
                continue
            begun = time.monotonic()
            one = work()
            is_fine = bool(one.lost) if is_control else not one.lost and not one.wrong
            failed += not is_fine
            lost = f"{one.lost} in {one.deaths_that_lost}" if one.lost else "0"
            figures = (
                one.acknowledged,
                one.stored,
                one.deaths,
                lost,
                one.unknown,
                f"{time.monotonic() - begun:.0f}",
            )
            print(
                f"| {name}{'' if is_fine else ' **FAILED**'} | {' | '.join(map(str, figures))} |", flush=True
            )
            for each in one.wrong[:20]:
                print(f"    {each}", file=sys.stderr)
    finally:
        databases.close_run()
    return failed


if __name__ == "__main__":
    sys.exit(main())
