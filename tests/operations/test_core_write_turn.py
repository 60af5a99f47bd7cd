"""The turn to write on SQLite: one at a time, and every process has its share."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path
from types import SimpleNamespace

import pytest

from marketplace.core import write_turn as module
from marketplace.core.errors import Unavailable
from marketplace.core.write_turn import InOrder, write_turn
from tests.fakes.sandbox import until

THREADS = 6
TURNS = 60
processes = multiprocessing.get_context("fork")


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "database.lock")


def write_all_the_time(path: str, counted: Synchronized[int], begun: Event, ended: Event) -> None:
    def write() -> None:
        while not ended.is_set():
            with write_turn(path):
                counted.value += 1
                time.sleep(0.001)
            begun.set()

    threads = [threading.Thread(target=write) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_process_of_many_threads_does_not_keep_out_one_of_a_single_thread(path: str) -> None:
    counted: Synchronized[int] = processes.Value("q", 0)
    begun, ended = processes.Event(), processes.Event()
    other = processes.Process(target=write_all_the_time, args=(path, counted, begun, ended))
    other.start()
    try:
        assert begun.wait(20)
        with write_turn(path):
            before = counted.value
        for _ in range(TURNS):
            with write_turn(path):
                time.sleep(0.001)
        theirs = counted.value - before
    finally:
        ended.set()
        other.join(20)
    assert TURNS // 10 <= theirs <= TURNS * 10, "about one of theirs to one of ours, however busy the machine"


def test_only_one_is_inside_at_a_time(path: str) -> None:
    inside, most = 0, 0

    def write() -> None:
        nonlocal inside, most
        for _ in range(30):
            with write_turn(path):
                inside += 1
                most = max(most, inside)
                time.sleep(0.0002)
                inside -= 1

    threads = [threading.Thread(target=write) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, inside) == (1, 0)


@pytest.mark.parametrize("where", ["here", "in another process"])
def test_whoever_waits_too_long_is_told_so_and_leaves_the_place(path: str, where: str) -> None:
    held, over = processes.Event(), processes.Event()

    def hold() -> None:
        with write_turn(path):
            held.set()
            over.wait(20)

    holder = (threading.Thread if where == "here" else processes.Process)(target=hold)
    holder.start()
    try:
        assert held.wait(20)
        for _ in range(2):
            with pytest.raises(Unavailable) as refused, write_turn(path, patience=0.05):
                raise AssertionError("two are inside")
            assert refused.value.retry_after == 2
    finally:
        over.set()
        holder.join(20)
    with write_turn(path, patience=5):
        pass


def test_a_process_that_dies_inside_lets_go(path: str) -> None:
    def die() -> None:
        with write_turn(path):
            os._exit(1)

    other = processes.Process(target=die)
    other.start()
    other.join(20)
    assert other.exitcode == 1
    with write_turn(path, patience=5):
        pass


def test_a_process_made_while_another_thread_writes_waits_for_its_own_turn(path: str) -> None:
    """What a thread holds is neither had by a process that is made meanwhile nor lost to it."""
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        with write_turn(path):
            held.set()
            over.wait(20)

    def write() -> None:
        with write_turn(path, patience=15):
            os._exit(7)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert held.wait(20)
        other = processes.Process(target=write)
        other.start()
        assert other.exitcode is None
        over.set()
        other.join(20)
        assert other.exitcode == 7
    finally:
        over.set()
        holder.join(20)


def test_the_turn_is_handed_on_in_the_order_in_which_they_came() -> None:
    """Also past whoever lets go and wants it again at once, and past whoever gave up."""
    lock, got = InOrder(), list[int]()
    assert lock.acquire(1)

    def come(number: int) -> None:
        assert lock.acquire(20)
        got.append(number)
        lock.release()
        assert lock.acquire(20)
        got.append(number + 10)
        lock.release()

    threads = []
    for number in range(THREADS):
        threads.append(threading.Thread(target=come, args=(number,)))
        threads[-1].start()
        until(lambda: len(lock._waiting) == number + 1, what="one more who waits")  # noqa: B023
    assert not lock.acquire(0.01), "whoever comes last gives up first"
    assert len(lock._waiting) == THREADS
    lock.release()
    for thread in threads:
        thread.join(20)
    assert got[:THREADS] == list(range(THREADS))
    assert sorted(got[THREADS:]) == [number + 10 for number in range(THREADS)]
    assert lock.acquire(0), "nobody has it afterwards"


def test_what_is_handed_over_as_patience_ends_is_had(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the end of the waiting and the look at the queue: whoever was handed the turn may not lose it."""
    lock = InOrder()
    assert lock.acquire(0)

    class HandsOverLate:
        def acquire(self, timeout: float = -1) -> bool:
            if timeout >= 0:
                lock.release()
            return timeout < 0

        def release(self) -> None:
            """Nobody listens any more."""

    monkeypatch.setattr(module, "threading", SimpleNamespace(Lock=HandsOverLate))
    assert lock.acquire(0.01)
    lock.release()
    assert lock.acquire(0), "and let go of once"
