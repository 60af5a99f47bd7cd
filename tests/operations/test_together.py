"""Many who ask at the same time are told by one reading, and nobody by one that began before they asked."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from marketplace.core.together import Together

PATIENCE = 20
ASKERS = 12


class Slow:
    """A reading that takes until it is let go; what it gives is what stood as it began."""

    def __init__(self) -> None:
        self.stands = self.begun = 0
        self.goes_on, self.has_begun = threading.Semaphore(0), threading.Semaphore(0)

    def read(self) -> int:
        seen = self.stands
        self.begun += 1
        self.has_begun.release()
        assert self.goes_on.acquire(timeout=PATIENCE)
        return seen


@contextmanager
def asking(ask: Callable[[], int], told: list[object], count: int = 1) -> Iterator[None]:
    """So many ask meanwhile; what they hear is noted."""

    def one() -> None:
        try:
            told.append(ask())
        except Exception as error:
            told.append(error)

    threads = [threading.Thread(target=one) for _ in range(count)]
    for each in threads:
        each.start()
    yield
    for each in threads:
        each.join(PATIENCE)
        assert not each.is_alive()


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_who_comes_during_a_reading_is_told_by_the_next_which_is_one_for_all() -> None:
    slow = Slow()
    ask: Together[int] = Together(slow.read)
    first, others = [], []
    with asking(ask, first):
        assert slow.has_begun.acquire(timeout=PATIENCE)
        slow.stands = 1
        with asking(ask, others, ASKERS):
            wait_until(lambda: len(ask._next.places) == ASKERS)
            slow.goes_on.release()
            assert slow.has_begun.acquire(timeout=PATIENCE)
            slow.goes_on.release()
    assert first == [0]
    assert others == [1] * ASKERS, "a change between the two was not seen"
    assert slow.begun == 2
    slow.stands = 2
    slow.goes_on.release()
    assert ask() == 2, "nothing of before is left for who comes alone"


def test_a_reading_that_fails_fails_for_those_who_waited_for_it_and_for_nobody_else() -> None:
    slow, is_broken = Slow(), threading.Event()

    def read() -> int:
        seen = slow.read()
        if is_broken.is_set():
            raise OSError("away")
        return seen

    ask: Together[int] = Together(read)
    first: list[object] = []
    others: list[object] = []
    with asking(ask, first):
        assert slow.has_begun.acquire(timeout=PATIENCE)
        with asking(ask, others, ASKERS):
            wait_until(lambda: len(ask._next.places) == ASKERS)
            slow.goes_on.release()
            wait_until(lambda: bool(first))
            is_broken.set()
            assert slow.has_begun.acquire(timeout=PATIENCE)
            slow.goes_on.release()
    assert first == [0]
    assert sum(isinstance(each, OSError) for each in others) == 1, "who read"
    assert sum(isinstance(each, RuntimeError) for each in others) == ASKERS - 1
    is_broken.clear()
    slow.goes_on.release()
    assert ask() == 0, "the next one reads again"


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_order_nobody_hears_of_less_than_stood_as_they_asked(seed: int) -> None:
    """Writers count up, readers ask: each hears at least what was counted before they asked."""
    stands, too_old, over = [0], [], threading.Event()
    readings = [0]

    def read() -> int:
        seen = stands[0]
        readings[0] += 1
        time.sleep(0.0002)
        return seen

    ask: Together[int] = Together(read)

    def reads(dice: random.Random) -> None:
        for _ in range(120):
            before = stands[0]
            heard = ask()
            if heard < before:
                too_old.append((before, heard))
            if dice.random() < 0.3:
                time.sleep(dice.random() / 2000)

    def counts() -> None:
        while not over.is_set():
            stands[0] += 1
            time.sleep(0.00005)

    writer = threading.Thread(target=counts)
    writer.start()
    readers = [threading.Thread(target=reads, args=(random.Random(seed * 100 + n),)) for n in range(ASKERS)]
    for each in readers:
        each.start()
    for each in readers:
        each.join(PATIENCE)
    over.set()
    writer.join(PATIENCE)
    assert too_old == []
    assert readings[0] < 120 * ASKERS, "each asked by itself"
