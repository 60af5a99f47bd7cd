"""An outside call is an errand: written with its subject, run after the commit, recorded once.

The request tries it inline with little patience and then shows what the database says; the worker
finishes what was left, with the same function and the same key.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from marketplace.core import clock
from marketplace.core.jobs import ClaimedJob, is_in_hand, lease, perform, run_job

MOST_OUTSIDE_CALLS = 8
LOOK_AGAIN_SECONDS = 0.05
_places = threading.BoundedSemaphore(MOST_OUTSIDE_CALLS)


class Place:
    """A place for one outside call of this process, if there is one, and the errand that is leased for it."""

    def __init__(self, is_free: bool) -> None:
        self._is_free = is_free
        self._job: ClaimedJob | None = None

    def lease(self, job_id: int | None, at: datetime) -> None:
        """Inside the unit that wrote the errand: it is ours from the commit on, without a unit more.

        Without a place, or for None, nothing is leased; the worker does what was written.
        """
        if self._is_free and job_id is not None:
            self._job = lease(job_id, at, by_hand=True)

    def run(self, *, patience: float = 5.0) -> bool:
        """After the commit: does what was leased. True when it was done and recorded. Never raises for the outside."""
        job, self._job = self._job, None
        return job is not None and perform(job, patience=patience)


@contextmanager
def place() -> Iterator[Place]:
    """A place for an errand that is written, leased, and run in one request: `with place() as here`."""
    is_free = _places.acquire(blocking=False)
    try:
        yield Place(is_free)
    finally:
        if is_free:
            _places.release()


def run(
    job_id: int, *, patience: float = 5.0, at: datetime | None = None, awaits_others: bool = True
) -> bool:
    """Runs the errand now if a place is free in this process; otherwise leaves it to the worker.

    A worker may have been quicker: then, with `awaits_others`, its outcome is awaited, no longer than the call
    itself would have been.
    True when it was done and recorded here. Never raises for a failing outside.
    """
    if not _places.acquire(blocking=False):
        return False
    try:
        if run_job(job_id, at=at or clock.now(), patience=patience, by_hand=True):
            return True
        if awaits_others:
            _await_others(job_id, patience)
        return False
    finally:
        _places.release()


def _await_others(job_id: int, patience: float) -> None:
    end = time.monotonic() + patience
    while is_in_hand(job_id) and time.monotonic() < end:
        time.sleep(LOOK_AGAIN_SECONDS)
