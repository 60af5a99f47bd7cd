"""Several worker processes over one table, killed -9 in the middle of their tasks: every effect is there, once."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import func, select, text

from marketplace.core.db import db
from marketplace.core.jobs import JobKind, enqueue, run_due
from marketplace.core.models import Job, JobState
from marketplace.core.unit_of_work import unit_of_work
from tests.factories import AT
from tests.processes import in_processes

JOBS = int(os.environ.get("WORKER_JOBS", "30"))
WORKERS = 3
KILLED_IN = 8
"""One of so many tasks kills its worker, as long as there are deaths left."""
DEATHS = 5
LEASE = timedelta(seconds=70)


def test_every_effect_is_there_once(settings, database, tmp_path):
    calls, deaths = tmp_path / "calls", tmp_path / "deaths"

    def prepare(_: int) -> None:
        with unit_of_work():
            for number in range(JOBS):
                enqueue("effect", {"n": number}, key=f"effect:{number}", at=AT)

    def work(worker: int) -> int:
        use_kind(calls, deaths, random.Random(worker * 1_000 + rounds))
        done, at = 0, AT + LEASE * rounds
        while found := run_due(at):
            done += found
        return done

    in_processes(1, settings, prepare)
    rounds = 0
    while rounds < 3 * DEATHS and in_processes(1, settings, left)[0]:
        in_processes(WORKERS, settings, work)
        rounds += 1
    effects, states = in_processes(1, settings, outcome)[0]
    assert size(deaths), "nobody was killed"
    assert effects == {f"effect-{number}": 1 for number in range(JOBS)}
    assert states == {JobState.done: JOBS}
    asked = Counter(calls.read_text().split())
    assert set(asked) == {str(number) for number in range(JOBS)}
    assert sum(asked.values()) <= JOBS + size(deaths), "asked again only where a worker died"


def use_kind(calls: Path, deaths: Path, dice: random.Random) -> None:
    """A kind of job that goes outside and writes; now and then its worker dies before, between or after these."""

    def die_perhaps() -> None:
        if dice.randrange(KILLED_IN * 2) == 0 and size(deaths) < DEATHS:
            note(deaths, "x")
            os.kill(os.getpid(), signal.SIGKILL)

    def call(payload: dict[str, int], patience: float) -> int:
        note(calls, f"{payload['n']}\n")
        die_perhaps()
        return payload["n"]

    def record(payload: dict[str, int], answer: int, at: object) -> None:
        effect = text(
            "INSERT INTO stamps (topic, n) VALUES (:t, 1) ON CONFLICT (topic) DO UPDATE SET n = stamps.n + 1"
        )
        db.session.execute(effect, {"t": f"effect-{answer}"})
        die_perhaps()

    kinds = {"effect": JobKind("effect", record, call=call)}
    current_app.extensions["bazargah"] = replace(current_app.extensions["bazargah"], job_kinds=kinds)


def left(_: int) -> int:
    """How many jobs are not done."""
    return db.session.scalar(select(func.count()).select_from(Job).where(Job.state != JobState.done)) or 0


def outcome(_: int) -> tuple[dict[str, int], dict[JobState, int]]:
    """How often each effect was written, and the jobs by state."""
    effects = db.session.execute(text("SELECT topic, n FROM stamps WHERE topic LIKE 'effect-%'")).all()
    states = db.session.execute(select(Job.state, func.count()).group_by(Job.state)).all()
    return {row[0]: row[1] for row in effects}, {row[0]: row[1] for row in states}


def note(path: Path, word: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, word.encode())
    os.close(descriptor)


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
