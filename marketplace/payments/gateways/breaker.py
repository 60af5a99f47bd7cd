"""A circuit breaker before the gateway: while it does not answer, callers hear so at once instead of waiting for it.

Closed: calls go through. After some failures in a row it opens for a while; then one call may probe (half-open): its
success closes the circuit, its failure opens it for longer. Each process learns for itself. A refusal is an answer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar

import structlog

from marketplace.core import metrics
from marketplace.payments.gateways.port import (
    Gateway,
    GatewayCapture,
    GatewayDeposit,
    GatewayDispute,
    GatewayEvent,
    GatewayRefund,
    GatewaySession,
    GatewayTransfer,
    GatewayUnavailable,
    SessionRequest,
)

log = structlog.get_logger(__name__)
Answer = TypeVar("Answer")
FAILURES = 5
OPEN_SECONDS = 3
LONGEST_SECONDS = 60


class CircuitOpen(GatewayUnavailable):
    """The gateway did not answer lately; this call was not made."""


class Breaker:
    """The memory of one gateway in one process. Safe to share between threads."""

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

    def call(self, work: Callable[[], Answer]) -> Answer:
        """Does the work and learns from its end. Raises CircuitOpen without doing it while the circuit is open."""
        try:
            is_probe = self._enter()
        except CircuitOpen:
            metrics.GATEWAY_CALLS.labels("turned away").inc()
            raise
        begun = time.perf_counter()
        try:
            answer = work()
        except GatewayUnavailable:
            _count("unavailable", begun)
            self._failed(is_probe)
            raise
        except BaseException:
            _count("refused", begun)
            self._answered(is_probe)
            raise
        _count("answered", begun)
        self._answered(is_probe)
        return answer

    def _enter(self) -> bool:
        with self._lock:
            if not self.is_open:
                return False
            left = self._open_until - self._clock()
            if left > 0 or self._is_probing:
                raise CircuitOpen("circuit open", retry_after=max(int(left) + 1, 1))
            self._is_probing = True
            return True

    def _answered(self, is_probe: bool) -> None:
        with self._lock:
            if self.is_open:
                log.warning("gateway_circuit_closed")
                metrics.GATEWAY_OPEN.set(0)
            self._failures, self._pause = 0, self._first_pause
            self._is_probing = self._is_probing and not is_probe

    def _failed(self, is_probe: bool) -> None:
        with self._lock:
            was_open = self.is_open
            self._failures += 1
            if is_probe:
                self._is_probing = False
                self._pause = min(self._pause * 2, LONGEST_SECONDS)
            if self.is_open and (is_probe or not was_open):
                self._open_until = self._clock() + self._pause
                log.warning("gateway_circuit_open", seconds=self._pause)
                metrics.GATEWAY_OPEN.set(1)


def _count(outcome: str, begun: float) -> None:
    metrics.GATEWAY_CALLS.labels(outcome).inc()
    metrics.GATEWAY_SECONDS.observe(time.perf_counter() - begun)


class GuardedGateway:
    """A `Gateway` behind a breaker; see `port.py`. Lists are not guarded: they are read at leisure, page by page."""

    def __init__(self, inner: Gateway, breaker: Breaker | None = None) -> None:
        self.inner = inner
        self.breaker = breaker or Breaker()
        self.name = inner.name
        self.can_transfer = inner.can_transfer

    def with_patience(self, seconds: float) -> GuardedGateway:
        return GuardedGateway(self.inner.with_patience(seconds), self.breaker)

    def open_session(self, request: SessionRequest) -> GatewaySession:
        return self.breaker.call(lambda: self.inner.open_session(request))

    def fetch_session(self, session_id: str) -> GatewaySession:
        return self.breaker.call(lambda: self.inner.fetch_session(session_id))

    def expire_session(self, session_id: str) -> GatewaySession:
        return self.breaker.call(lambda: self.inner.expire_session(session_id))

    def refund(self, *, key: str, intent_id: str, amount_toman: int, reference: str) -> GatewayRefund:
        return self.breaker.call(
            lambda: self.inner.refund(
                key=key, intent_id=intent_id, amount_toman=amount_toman, reference=reference
            )
        )

    def fetch_refund(self, refund_id: str) -> GatewayRefund:
        return self.breaker.call(lambda: self.inner.fetch_refund(refund_id))

    def fetch_dispute(self, dispute_id: str) -> GatewayDispute:
        return self.breaker.call(lambda: self.inner.fetch_dispute(dispute_id))

    def add_payee(self, *, key: str, sheba: str, holder: str) -> str:
        return self.breaker.call(lambda: self.inner.add_payee(key=key, sheba=sheba, holder=holder))

    def transfer(self, *, key: str, payee: str, amount_toman: int, reference: str) -> GatewayTransfer:
        return self.breaker.call(
            lambda: self.inner.transfer(key=key, payee=payee, amount_toman=amount_toman, reference=reference)
        )

    def fetch_transfer(self, transfer_id: str) -> GatewayTransfer:
        return self.breaker.call(lambda: self.inner.fetch_transfer(transfer_id))

    def transfers_since(self, moment: datetime) -> Iterator[GatewayTransfer]:
        return self.inner.transfers_since(moment)

    def sessions_since(self, moment: datetime) -> Iterator[GatewaySession]:
        return self.inner.sessions_since(moment)

    def refunds_since(self, moment: datetime) -> Iterator[GatewayRefund]:
        return self.inner.refunds_since(moment)

    def captures_since(self, moment: datetime) -> Iterator[GatewayCapture]:
        return self.inner.captures_since(moment)

    def deposits_since(self, moment: datetime) -> Iterator[GatewayDeposit]:
        return self.inner.deposits_since(moment)

    def disputes_since(self, moment: datetime) -> Iterator[GatewayDispute]:
        return self.inner.disputes_since(moment)

    def read_event(self, body: bytes, signature_header: str, at: datetime) -> GatewayEvent:
        return self.inner.read_event(body, signature_header, at)
