"""Races in rounds: many threads of several processes reach for one thing at the same moment, again and again.

`FAULT_ROUNDS` says how often, fifty at most; a few in every run.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask, current_app

from marketplace.core.db import db
from marketplace.core.errors import MarketplaceError, Unavailable
from marketplace.core.settings import Settings
from tests.faults.buying import broken_invariants
from tests.processes import in_processes

AT_ONCE = 30
ROUNDS = min(int(os.environ.get("FAULT_ROUNDS") or "2"), 50)
PROCESSES = 6 if ROUNDS > 2 else 3
THREADS = AT_ONCE // PROCESSES
VISITS = 5
"""Who is told that the database is busy comes again so often, as people do."""


@dataclass(frozen=True)
class Race:
    """Something that may happen once.

    `prepare(rounds)` writes what each round is about and gives it; `attempt(subject, index)` reaches for it and says
    whether it was this one that did it (None where everybody is told the same); `count(subject)` is how often it is
    done. `ready(subject)` comes before a round, when nobody is at it. `unasked` names the invariants that the race does
    not begin with: it moves money or writes entries of its own, without the purchases that would explain them.
    """

    prepare: Callable[[int], list[Any]]
    attempt: Callable[[Any, int], bool | None]
    count: Callable[[Any], int]
    ready: Callable[[Any], None] | None = None
    unasked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Round:
    """What came of a round: how many did it, how often it is done, and what the others were told."""

    done: int
    stands: int
    told: tuple[str, ...]


def run(settings: Settings, race: Race, rounds: int = ROUNDS) -> tuple[list[Round], list[str]]:
    """Every round, and the invariants that are broken after them."""
    context = multiprocessing.get_context("fork")
    gate, subjects = context.Barrier(AT_ONCE), context.SimpleQueue()

    def in_one_process(process: int) -> tuple[list[list[Any]], list[int], list[str]]:
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        if process == 0:
            prepared: list[Any] = []
            try:
                prepared = race.prepare(rounds)
                db.session.remove()
            finally:
                for _ in range(PROCESSES):
                    subjects.put(prepared)
        runner = _Runner(app, race, subjects.get(), gate, process)
        runner.run()
        return runner.answers, runner.counts, _broken(race) if process == 0 else []

    parts = in_processes(PROCESSES, settings, in_one_process, patience=120 + 20 * rounds)
    found = []
    for place in range(rounds):
        told = [word for answers, _, _ in parts for word in answers[place]]
        words = {word for word in told if isinstance(word, str)}
        found.append(Round(sum(word is True for word in told), parts[0][1][place], tuple(sorted(words))))
    return found, parts[0][2]


def _broken(race: Race) -> list[str]:
    return [line for line in broken_invariants() if line.partition(":")[0] not in race.unasked]


class _Runner:
    """The threads of one process through all rounds; the first of all makes ready and counts."""

    def __init__(self, app: Flask, race: Race, subjects: list[Any], gate: Any, process: int) -> None:
        self.app, self.race, self.subjects, self.gate, self.process = app, race, subjects, gate, process
        self.answers: list[list[Any]] = [[] for _ in subjects]
        self.counts: list[int] = []
        self.failures: list[BaseException] = []

    def run(self) -> None:
        threads = [threading.Thread(target=self._thread, args=(n,), daemon=True) for n in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.failures:
            raise self.failures[0]

    def _thread(self, thread: int) -> None:
        index = self.process * THREADS + thread
        try:
            with self.app.app_context():
                for place, subject in enumerate(self.subjects):
                    if index == 0 and self.race.ready is not None:
                        self.race.ready(subject)
                    db.session.remove()
                    self.gate.wait(60)
                    self.answers[place].append(self._reach(subject, index))
                    db.session.remove()
                    self.gate.wait(60)
                    if index == 0:
                        self.counts.append(self.race.count(subject))
                        db.session.remove()
        except BaseException as error:
            self.failures.append(error)
            self.gate.abort()

    def _reach(self, subject: Any, index: int) -> Any:
        for _ in range(VISITS):
            try:
                return self.race.attempt(subject, index)
            except Unavailable as busy:
                db.session.rollback()
                told = busy.code
            except MarketplaceError as refusal:
                db.session.rollback()
                return refusal.code
        return told


def note(name: str, kind: str, seconds: float, found: list[Round]) -> None:
    """A line for docs/reference/races.md, in the file that `RACES_FILE` names."""
    where = os.environ.get("RACES_FILE")
    if where:
        row = {
            "name": name,
            "database": kind,
            "rounds": len(found),
            "seconds": round(seconds),
            "done": sorted({each.done for each in found}),
            "stands": sorted({each.stands for each in found}),
            "most": max(each.stands for each in found),
            "more": sum(each.stands > 1 for each in found),
            "told": sorted({word for each in found for word in each.told}),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        with Path(where).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
