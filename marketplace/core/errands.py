"""An outside call is an errand: written with its subject, run after the commit, recorded once.

The request tries it inline with little patience and then shows what the database says; the worker
finishes what was left, with the same function and the same key.
"""

from __future__ import annotations

import threading
from datetime import datetime

from marketplace.core import clock
from marketplace.core.jobs import run_job

MOST_OUTSIDE_CALLS = 8
_places = threading.BoundedSemaphore(MOST_OUTSIDE_CALLS)


def run(job_id: int, *, patience: float = 5.0, at: datetime | None = None) -> bool:
    """Runs the errand now if a place is free in this process; otherwise leaves it to the worker.

    True when it was done and recorded. Never raises for a failing outside.
    """
    if not _places.acquire(blocking=False):
        return False
    try:
        return run_job(job_id, at=at or clock.now(), patience=patience)
    finally:
        _places.release()
