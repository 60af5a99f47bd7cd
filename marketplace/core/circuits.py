"""Circuits before services outside: while one does not answer, callers hear so at once instead of waiting for it.

Closed: calls go through. After some failures in a row it opens for a while; then one call may probe (half-open): its
success closes the circuit, its failure opens it for longer. Each process learns for itself. A refusal is an answer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog
from flask import current_app, has_app_context

log = structlog.get_logger(__name__)
FAILURES = 5
OPEN_SECONDS = 3
LONGEST_SECONDS = 60
KEY = "bazargah_circuits"


class Open(Exception):
    """The service did not answer lately; this call was not made. `seconds` until one may try."""

    def __init__(self, seconds: int) -> None:
        super().__init__("circuit open")
        self.seconds = seconds


class Circuit:
    """The memory of one service in one process. Safe to share between threads."""

    def __init__(
        self,
        failures: int = FAILURES,
        open_seconds: float = OPEN_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._first_pause, self._clock = failures, open_seconds, clock
        self._lock = threading.Lock()
        self._failures, self._pause, self._open_until, self._is_probing = 0, open_seconds, 0.0, False

    @property
    def is_open(self) -> bool:
        """Whether a call made now would be turned away or be the probe."""
        return self._failures >= self._most

    def enter(self) -> bool:
        """Before a call: whether it is the probe. Raises Open."""
        with self._lock:
            if not self.is_open:
                return False
            left = self._open_until - self._clock()
            if left > 0 or self._is_probing:
                raise Open(max(int(left) + 1, 1))
            self._is_probing = True
            return True

    def answered(self, *, is_probe: bool) -> bool:
        """After a call that was answered: whether the circuit closed by it."""
        with self._lock:
            closes = self.is_open
            self._failures, self._pause = 0, self._first_pause
            self._is_probing = self._is_probing and not is_probe
            return closes

    def failed(self, *, is_probe: bool) -> float | None:
        """After a call without an answer: for how many seconds the circuit opened by it, None where it did not."""
        with self._lock:
            was_open = self.is_open
            self._failures += 1
            if is_probe:
                self._is_probing = False
                self._pause = min(self._pause * 2, LONGEST_SECONDS)
            if self.is_open and (is_probe or not was_open):
                self._open_until = self._clock() + self._pause
                return self._pause
            return None


class Guard:
    """One call of a service: `with Guard("registry") as guard`, and `guard.silent()` where no answer came.

    Raises Open before anything is asked. An exception that leaves the block is no answer either. Outside of an app
    nothing is remembered.
    """

    def __init__(self, service: str) -> None:
        circuits: dict[str, Circuit] = current_app.extensions.setdefault(KEY, {}) if has_app_context() else {}
        self.service, self._circuit = service, circuits.setdefault(service, Circuit())
        self._is_silent = False

    def silent(self) -> None:
        """No answer came."""
        self._is_silent = True

    def __enter__(self) -> Guard:
        self._is_probe = self._circuit.enter()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and not self._is_silent:
            if self._circuit.answered(is_probe=self._is_probe):
                log.warning("service_circuit_closed", service=self.service)
        elif (seconds := self._circuit.failed(is_probe=self._is_probe)) is not None:
            log.warning("service_circuit_open", service=self.service, seconds=seconds)
