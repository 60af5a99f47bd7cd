"""An outside call is an errand: written with its subject, run after the commit, recorded once.

The request tries it inline with little patience and then shows what the database says; the worker
finishes what was left, with the same function and the same key.
"""

from __future__ import annotations

import threading
import time
from datetime import datetime

from marketplace.core import clock
from marketplace.core.jobs import is_in_hand, run_job

MOST_OUTSIDE_CALLS = 8
LOOK_AGAIN_SECONDS = 0.05
_places = threading.BoundedSemaphore(MOST_OUTSIDE_CALLS)


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
