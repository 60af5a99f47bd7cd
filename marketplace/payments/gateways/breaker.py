"""The circuit before the gateway, see `core/circuits.py`: callers hear at once that it is away, and it is counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar

import structlog

from marketplace.core import metrics
from marketplace.core.circuits import FAILURES, OPEN_SECONDS, Circuit, Open
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
        self._circuit = Circuit(failures, open_seconds, clock)

    @property
    def is_open(self) -> bool:
        """Whether a call made now would be turned away or be the probe."""
        return self._circuit.is_open

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
        try:
            return self._circuit.enter()
        except Open as error:
            raise CircuitOpen("circuit open", retry_after=error.seconds) from None

    def _answered(self, is_probe: bool) -> None:
        if self._circuit.answered(is_probe=is_probe):
            log.warning("gateway_circuit_closed")
            metrics.GATEWAY_OPEN.set(0)

    def _failed(self, is_probe: bool) -> None:
        seconds = self._circuit.failed(is_probe=is_probe)
        if seconds is not None:
            log.warning("gateway_circuit_open", seconds=seconds)
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
