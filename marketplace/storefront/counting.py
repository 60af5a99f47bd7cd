"""The facets of a large edition, counted in a process of their own so that neither a page nor a job waits for them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime

from marketplace.core.stamps import current_sum
from marketplace.festival.queries import present_edition
from marketplace.festival.shelf_marks import mark_begin, mark_end
from marketplace.storefront.bitmaps import are_many, kept_path, read_shelf, read_words, write_shelf

SHARE = 20
"""Counting takes at most this part of the time."""
COMMAND = [sys.executable, "-m", "marketplace", "facets"]


@dataclass
class _Counting:
    """What the job of this process began: for which stamps and when, and how long the last one took."""

    process: subprocess.Popen[bytes] | None = None
    stamps: int | None = None
    begun: float = 0.0
    took: float = 0.0


_here = _Counting()


def count_facets(at: datetime) -> bool:
    """Reads the offers of the present edition and leaves them for the web processes. False without an edition."""
    present = present_edition(at)
    if present is None:
        return False
    path = kept_path(present.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    mark = mark_begin()
    shelf = read_shelf(present.id, at)
    words = read_words(present.id, shelf)
    write_shelf(shelf, path, words, mark_end(mark) if mark else None)
    return True


def look_after_facets(at: datetime) -> int:
    """Sweep: has them counted when anything changed, by another process, and says that the last ones still hold."""
    if _here.process is not None:
        if _here.process.poll() is None:
            return 0
        _here.process, _here.took = None, time.monotonic() - _here.begun
    present = present_edition(at) if are_many() else None
    if present is None:
        return 0
    stamps, path = current_sum(), kept_path(present.id)
    if path.exists():
        os.utime(path)
        is_early = time.monotonic() - _here.begun < SHARE * _here.took
        if stamps == _here.stamps or is_early:
            return 0
    _here.stamps, _here.begun = stamps, time.monotonic()
    _here.process = subprocess.Popen(COMMAND, stdin=subprocess.DEVNULL)  # noqa: S603
    return 1
