"""The circuit breaker: opens after failures in a row, lets one probe through, closes on an answer."""

from __future__ import annotations

import threading

import pytest

from marketplace.payments.gateways.breaker import Breaker, CircuitOpen
from marketplace.payments.gateways.port import GatewayRefused, GatewayUnavailable


class Line:
    """A gateway that is there or not, and a clock that a test moves."""

    def __init__(self) -> None:
        self.now, self.calls, self.error = 0.0, 0, GatewayUnavailable("away")
        self.breaker = Breaker(failures=3, open_seconds=10, clock=lambda: self.now)

    def work(self) -> str:
        self.calls += 1
        if self.error is not None:
            raise self.error
        return "answer"

    def call(self) -> str:
        return self.breaker.call(self.work)

    def fail(self, times: int) -> None:
        for _ in range(times):
            with pytest.raises(GatewayUnavailable):
                self.call()


@pytest.fixture
def line() -> Line:
    return Line()


def test_it_opens_after_failures_in_a_row_and_calls_no_more(line):
    line.fail(3)
    with pytest.raises(CircuitOpen) as turned_away:
        line.call()
    assert (line.calls, turned_away.value.retry_after) == (3, 11)


def test_an_answer_between_failures_keeps_it_closed(line):
    line.fail(2)
    line.error = None
    assert line.call() == "answer"
    line.error = GatewayUnavailable("away")
    line.fail(2)
    assert not line.breaker.is_open


def test_a_refusal_is_an_answer(line):
    line.fail(2)
    line.error = GatewayRefused("no")
    with pytest.raises(GatewayRefused):
        line.call()
    line.error = GatewayUnavailable("away")
    line.fail(2)
    assert not line.breaker.is_open


def test_after_the_pause_one_probe_goes_through_and_its_answer_closes(line):
    line.fail(3)
    line.now, line.error = 10.0, None
    assert line.call() == "answer"
    assert not line.breaker.is_open
    assert line.call() == "answer"


def test_a_probe_that_fails_opens_it_for_twice_as_long_up_to_a_minute(line):
    line.fail(3)
    for pause in (10, 20, 40, 60, 60):
        line.now += pause - 0.1
        with pytest.raises(CircuitOpen):
            line.call()
        line.now += 0.1
        before = line.calls
        line.fail(1)
        assert line.calls == before + 1, "the probe"


def test_of_many_that_come_at_once_one_probes(line):
    line.fail(3)
    line.now = 10.0
    inside, done = threading.Event(), threading.Event()

    def slow() -> str:
        inside.set()
        done.wait(10)
        return "answer"

    probe = threading.Thread(target=lambda: line.breaker.call(slow))
    probe.start()
    inside.wait(10)
    with pytest.raises(CircuitOpen):
        line.call()
    done.set()
    probe.join()
    assert not line.breaker.is_open
