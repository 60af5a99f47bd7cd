"""The campaigns: power cuts on SQLite, kill -9 on both databases, a database server killed; each with a control.

`python -m tests.faults.campaign` runs them long and prints what came of it; `test_campaigns.py` runs them short.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
from pysqlite3 import dbapi2 as sqlite

from marketplace.app import create_app
from marketplace.core.db import db
from tests.databases import ROOT, settings_for
from tests.faults.buying import broken_invariants, open_shop
from tests.faults.campaign.cluster import Cluster
from tests.faults.campaign.crowd import Plan, acknowledged
from tests.faults.campaign.tape import build_recorder, cuts, records

PEOPLE = 40
LIMIT = 900
PROCESSES = 3
INVARIANTS_EVERY = 25
KEYS = "SELECT submission_key FROM orders"


@dataclass(frozen=True)
class Result:
    """What came of a campaign. `lost` of the acknowledged; `unknown`: stands there, nobody was told."""

    acknowledged: int
    stored: int
    deaths: int
    lost: int
    unknown: int
    deaths_that_lost: int
    wrong: tuple[str, ...] = ()


def plan_for(
    url: str, folder: Path, orders: int, *, seed: int, kill_after: int = 0, control: str = ""
) -> Plan:
    """Fills the database with a shop and says what a crowd is to do there."""
    settings = settings_for(url, folder)
    shop = open_shop(settings, stock=orders * 3 + 1_000, people=PEOPLE, limit=LIMIT)
    return Plan(url, str(folder), shop.offer_id, shop.people, orders, PROCESSES, kill_after, seed, control)


def send_crowd(plan: Plan, environment: dict[str, str] | None = None) -> int:
    """Runs the crowd in a process of its own; gives how many of its processes were killed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.campaign.crowd"],
        input=plan.to_json(),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the crowd failed: {done.stderr[-3000:]}")
    return int(done.stdout.splitlines()[-1])


# --- the power goes ---------------------------------------------------------------------------------------------------


def cut_power(folder: Path, compiler: Path, plan: Plan, times: int) -> Result:
    """Records every write of a crowd on SQLite, then cuts the power so many times at chance moments of the record."""
    database = Path(plan.url.removeprefix("sqlite:///"))
    log = database.with_name(f"{database.name}-wal")
    tape = folder / "tape"
    recorder = build_recorder(folder, compiler)
    with closing(sqlite.connect(str(database), isolation_level=None)) as keeper:
        keeper.execute("PRAGMA journal_mode=WAL")
        keeper.execute("BEGIN IMMEDIATE")
        keeper.execute("COMMIT")
        keeper.execute("SELECT count(*) FROM orders").fetchone()
        before = database.read_bytes(), log.read_bytes() if log.exists() else b""
        send_crowd(plan, {"LD_PRELOAD": str(recorder), "TAPE": str(tape), "TAPED": str(database)})
        stored = {key for (key,) in keeper.execute(KEYS)}
    promised = acknowledged_on(tape)
    lost, that_lost, wrong, unknown = 0, 0, [], 0
    image = folder / "image" / "bazargah.db"
    for number, cut in enumerate(cuts(tape, *before, times, plan.seed)):
        shutil.rmtree(image.parent, ignore_errors=True)
        image.parent.mkdir()
        image.write_bytes(cut.database)
        if cut.log:
            image.with_name(f"{image.name}-wal").write_bytes(cut.log)
        found, complaints = _look_at(image)
        wrong += complaints
        missing = set(promised[: cut.acknowledged]) - found
        lost, that_lost = lost + len(missing), that_lost + bool(missing)
        unknown = max(unknown, len(found - set(promised[: cut.acknowledged])))
        if not complaints and number % INVARIANTS_EVERY == 0:
            wrong += _invariants_of(f"sqlite:///{image}", image.parent)
    tape.unlink()
    return Result(len(promised), len(stored), times, lost, unknown, that_lost, tuple(wrong))


def acknowledged_on(tape: Path) -> list[str]:
    """Keys that were acknowledged, in the order of the tape."""
    return [each.data.decode() for each in records(tape) if each.act == "A"]


def _look_at(image: Path) -> tuple[set[str], list[str]]:
    """Keys of the orders on a disk after a cut, and what is wrong with the disk."""
    try:
        with closing(sqlite.connect(str(image), isolation_level=None)) as connection:
            sound = connection.execute("PRAGMA integrity_check").fetchone()[0]
            orphans = len(connection.execute("PRAGMA foreign_key_check").fetchall())
            found = {key for (key,) in connection.execute(KEYS)}
    except sqlite.Error as error:
        return set(), [f"it cannot be read: {error}"]
    wrong = [] if sound == "ok" else [f"integrity: {sound}"]
    return found, [*wrong, *([f"{orphans} rows point nowhere"] if orphans else [])]


def judge_sqlite(url: str, folder: Path) -> list[str]:
    """What is wrong with a file, its keys and its books; nothing, one hopes."""
    return _look_at(Path(url.removeprefix("sqlite:///")))[1] or _invariants_of(url, folder)


def _invariants_of(url: str, folder: Path) -> list[str]:
    app = create_app(settings_for(url, folder))
    with app.app_context():
        broken = broken_invariants()
        db.session.remove()
        db.engine.dispose()
    return broken


# --- processes are killed ---------------------------------------------------------------------------------------------


def kill_buyers(plan: Plan) -> Result:
    """kill -9 of a process after every few orders, until enough is acknowledged."""
    kills = send_crowd(plan)
    return _compare(plan, kills)


def kill_server(plan: Plan, server: Cluster, times: int) -> Result:
    """kill -9 of the database's server, again and again, while a crowd orders; it is started again each time.

    The shop itself is on the disk before: only orders may be lost, or nobody could order any more.
    """
    server.keep()
    over = threading.Event()
    deaths = []

    def strike() -> None:
        while len(deaths) < times and not over.wait(0.01):
            if len(acknowledged(plan)) > (len(deaths) + 1) * plan.orders // (times + 2):
                server.kill()
                server.start()
                deaths.append(time.monotonic())

    striker = threading.Thread(target=strike)
    striker.start()
    try:
        send_crowd(plan)
    finally:
        over.set()
        striker.join()
    return _compare(plan, len(deaths))


def _compare(plan: Plan, deaths: int) -> Result:
    promised, stored = set(acknowledged(plan)), stored_in(plan.url)
    lost, unknown = len(promised - stored), len(stored - promised)
    broken = _invariants_of(plan.url, Path(plan.folder))
    return Result(len(promised), len(stored), deaths, lost, unknown, int(bool(lost)), tuple(broken))


def stored_in(url: str) -> set[str]:
    """Keys of the orders that stand in a database."""
    if url.startswith("sqlite"):
        with closing(sqlite.connect(url.removeprefix("sqlite:///"))) as file:
            return {key for (key,) in file.execute(KEYS)}
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        return {key for (key,) in connection.execute(KEYS)}
