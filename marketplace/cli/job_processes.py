"""The job processes of `bazargah serve --jobs N`: they share the memory of the application with the web workers.

A keeper forks them from what was loaded and puts another in the place of one that ended. It is forked itself before
the server opens its port or begins a thread, and begins none: neither a socket nor a lock ever gets into a job process.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.context import ForkProcess
from pathlib import Path

import click

NAME = "bazargah-jobs"
"""What a job process is called by `ps`, and found by."""
REST_SECONDS = 1.0
"""One that ends at once does not keep a processor busy with its successors."""
LOOK_SECONDS = 0.1
IsOver = Callable[[], bool]
Work = Callable[[IsOver], None]
forking = multiprocessing.get_context("fork")


class Keeper:
    """Keeps so many processes at `work` from now on; `work` is told by its argument when to end."""

    def __init__(self, count: int, work: Work) -> None:
        self._process = forking.Process(target=_keep, args=(count, work, os.getpid()))
        self._process.start()
        self._is_asked = False
        self._watcher: threading.Thread | None = None

    def watch(self) -> None:
        """Ends this process as SIGTERM does, should the keeper be gone: there would be nobody who does jobs."""
        self._watcher = threading.Thread(target=self._wait)
        self._watcher.start()

    def stop(self) -> None:
        """Says that it is over; begun jobs are finished meanwhile."""
        self._is_asked = True
        self._process.terminate()

    def join(self) -> bool:
        """Waits until the last job is finished; whether the keeper ended as it should."""
        if self._watcher is not None:
            self._watcher.join()
        return self._process.exitcode == 0

    def _wait(self) -> None:
        self._process.join()
        if not self._is_asked:
            click.echo("the keeper of the job processes is gone", err=True)
            os.kill(os.getpid(), signal.SIGTERM)


def _keep(count: int, work: Work, server: int) -> None:
    """What the keeper does: it looks whether they live, until it is told to end or the server is gone."""
    stop = asked_to_end()
    running: dict[int, ForkProcess] = {}
    begun: dict[int, float] = {}
    while not stop and os.getppid() == server:
        for place in range(count):
            gone = running.get(place)
            if gone is not None and gone.is_alive():
                continue
            if time.monotonic() - begun.get(place, -REST_SECONDS) >= REST_SECONDS:
                if gone is not None:
                    click.echo(f"job process {gone.pid} ended with {gone.exitcode}", err=True)
                begun[place] = time.monotonic()
                running[place] = forking.Process(target=_do, args=(work, stop, os.getpid()))
                running[place].start()
        time.sleep(LOOK_SECONDS)
    for process in running.values():
        process.terminate()
    for process in running.values():
        process.join()


def _do(work: Work, stop: list[int], keeper: int) -> None:
    """A job process. Its handlers and `stop` are the keeper's, copied: a signal right after the fork is not lost."""
    with suppress(OSError):
        Path("/proc/self/comm").write_text(NAME)
    work(lambda: bool(stop) or os.getppid() != keeper)


def asked_to_end() -> list[int]:
    """The signals to end that come from now on."""
    stop: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda signum, frame: stop.append(signum))
    return stop
