"""Limits counted in the memory of a process: what counts, what is forgotten, and that no thread is started."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from limits import parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from marketplace.accounts import limit_counts
from marketplace.accounts.limit_counts import CountsHere

TEN = parse("10 per 5 minutes")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Clock:
    it = Clock()
    monkeypatch.setattr(limit_counts, "time", it)
    return it


def test_a_window_moves_with_its_tries(moment: Clock) -> None:
    limiter = MovingWindowRateLimiter(CountsHere())
    assert all(limiter.hit(TEN, "a") for _ in range(6))
    moment.now += 200
    assert all(limiter.hit(TEN, "a") for _ in range(4))
    assert not limiter.hit(TEN, "a")
    assert limiter.hit(TEN, "b")  # another key has its own
    assert limiter.get_window_stats(TEN, "a").remaining == 0
    assert limiter.get_window_stats(TEN, "a").reset_time == pytest.approx(moment.now - 200 + 300)
    moment.now += 101  # the first six are over, the four are not
    assert limiter.get_window_stats(TEN, "a").remaining == 6
    assert all(limiter.hit(TEN, "a") for _ in range(6))
    assert not limiter.hit(TEN, "a")


def test_a_refused_try_does_not_count(moment: Clock) -> None:
    limiter = MovingWindowRateLimiter(CountsHere())
    for _ in range(30):
        limiter.hit(TEN, "a")
    moment.now += 301
    assert limiter.get_window_stats(TEN, "a").remaining == 10


def test_who_does_not_come_again_is_forgotten(moment: Clock) -> None:
    counts = CountsHere()
    limiter = MovingWindowRateLimiter(counts)
    for number in range(500):
        limiter.hit(TEN, f"person {number}")
    assert counts.count() == 500
    moment.now += 301
    for _ in range(300):
        limiter.hit(parse("1000 per 5 minutes"), "somebody")
    assert counts.count() == 1


def test_memory_has_an_end(moment: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limit_counts, "MOST", 50)
    counts = CountsHere()
    limiter = MovingWindowRateLimiter(counts)
    for number in range(500):
        limiter.hit(TEN, f"person {number}")
    assert counts.count() <= 51
    assert limiter.get_window_stats(TEN, "person 499").remaining == 9


def test_many_at_once_are_not_let_in_beyond_the_limit() -> None:
    limiter = MovingWindowRateLimiter(CountsHere())
    with ThreadPoolExecutor(30) as pool:
        let_in = list(pool.map(lambda _: limiter.hit(TEN, "a"), range(300)))
    assert sum(let_in) == 10


def test_trying_starts_no_thread() -> None:
    limiter = MovingWindowRateLimiter(storage_from_string("here://"))
    before = threading.active_count()
    for number in range(50):
        limiter.hit(TEN, f"person {number}")
        assert threading.active_count() == before


def test_reset_and_clear_forget() -> None:
    counts = CountsHere()
    limiter = MovingWindowRateLimiter(counts)
    for key in ("a", "b"):
        for _ in range(10):
            limiter.hit(TEN, key)
    limiter.clear(TEN, "a")
    assert limiter.hit(TEN, "a") and not limiter.hit(TEN, "b")
    assert counts.reset() == 2
    assert limiter.hit(TEN, "b")
