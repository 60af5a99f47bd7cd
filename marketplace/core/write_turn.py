"""SQLite has one writer: who writes next, over all threads and processes of a machine.

Threads of a process wait for each other without asking again and again; each is handed the turn by the one before it,
in the order in which they came. Of each process one goes on to the place of the next, which a file lock guards, and the
next alone waits for the writer's lock. So a process with many threads that write does not keep out one with a single
thread, and the lock is not idle while somebody sleeps.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager

from marketplace.core.errors import Unavailable

PATIENCE_SECONDS = 8.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.0002, 0.001


class InOrder:
    """A lock that is handed on to whoever has waited longest: a newcomer never passes somebody who waits."""

    def __init__(self) -> None:
        self._guard, self._is_held, self._waiting = threading.Lock(), False, deque[threading.Lock]()

    def acquire(self, patience: float) -> bool:
        """Whether it was had within so many seconds."""
        with self._guard:
            if not self._is_held:
                self._is_held = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=patience):
            return True
        with self._guard:
            if mine not in self._waiting:
                return True  # handed over as patience ended
            self._waiting.remove(mine)
            return False

    def release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_held = False


_here: defaultdict[str, InOrder] = defaultdict(InOrder)
os.register_at_fork(after_in_child=_here.clear)


@contextmanager
def write_turn(path: str, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Waits for the turn to write, and has it until the end of the block; `path` is the writer's lock file.

    Raises `Unavailable` when it is not had within `patience` seconds.
    """
    end = time.monotonic() + patience
    with _held_here(path, end), _held(path, end, f"{path}-next"):
        yield


@contextmanager
def _held_here(path: str, end: float) -> Iterator[None]:
    lock = _here[path]
    if not lock.acquire(max(0.0, end - time.monotonic())):
        raise Unavailable("busy", retry_after=2)
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _held(path: str, end: float, place: str) -> Iterator[None]:
    writer = _open(path)
    try:
        following = _open(place)
        try:
            _take(following, end)
            _take(writer, end)
        finally:
            _let_go(following)
        yield
    finally:
        _let_go(writer)


def _open(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _let_go(handle: int) -> None:
    """Unlocks by name: a process made meanwhile has the open file as well, and would keep the lock until it ends."""
    fcntl.flock(handle, fcntl.LOCK_UN)
    os.close(handle)


def _take(handle: int, end: float) -> None:
    """Waits in short steps: a lock of a file cannot be waited for with an end."""
    pause = SHORTEST_PAUSE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > end:
                raise Unavailable("busy", retry_after=2) from None
            time.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)
