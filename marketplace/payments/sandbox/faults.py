"""Misbehaviour on demand. Kept in memory alone: a restart behaves."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, fields
from typing import Any

WEBHOOK_MODES = ("on", "off", "duplicate", "before_redirect", "reorder")
REFUND_MODES = ("succeed", "pending", "fail")


@dataclass
class Settings:
    """What the sandbox does wrong at present. Durations are milliseconds unless named otherwise.

    Calls of the API only (`only`: those whose "METHOD /path" starts so): `fail_next` of them are
    answered with `status` and have no effect; all wait `delay_ms` before they take effect; with
    `hang_ms` they have none, wait, and get no answer; the next `drop_reply_after_commit` calls take
    effect and get no answer. `webhook`: `off` keeps events back until it is `on` again, `duplicate`
    sends each twice, `before_redirect` before the payer leaves the page, `reorder` newest first;
    `webhook_delay_ms` later than it happened; `signature_skew_s` seconds wrong in the signature.
    `refuse_refunds`, `refuse_transfers`; `refunds`: succeed at once, stay pending, or fail. `min_session_s`: how
    short a page's life may be (Stripe: 30 minutes; a minute less here, for the way of a request).
    """

    delay_ms: int = 0
    fail_next: int = 0
    status: int = 500
    hang_ms: int = 0
    drop_reply_after_commit: int = 0
    only: str = ""
    webhook: str = "on"
    webhook_delay_ms: int = 0
    signature_skew_s: int = 0
    refuse_refunds: bool = False
    refuse_transfers: bool = False
    refunds: str = "succeed"
    min_session_s: int = 1740


class Faults:
    """The present settings; counters are taken down under a lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.now = Settings()

    def reset(self) -> None:
        with self._lock:
            self.now = Settings()

    def set(self, wishes: dict[str, Any]) -> None:
        """Changes what is named. Raises ValueError, changing nothing, for unknown names and values."""
        kinds = {field.name: type(getattr(Settings(), field.name)) for field in fields(Settings)}
        for name, value in wishes.items():
            if name not in kinds:
                raise ValueError(f"unknown: {name}")
            if type(value) is not kinds[name]:
                raise ValueError(f"{name} must be of type {kinds[name].__name__}")
        if wishes.get("webhook", "on") not in WEBHOOK_MODES:
            raise ValueError(f"webhook must be one of {', '.join(WEBHOOK_MODES)}")
        if wishes.get("refunds", "succeed") not in REFUND_MODES:
            raise ValueError(f"refunds must be one of {', '.join(REFUND_MODES)}")
        if not 400 <= wishes.get("status", 500) <= 599:
            raise ValueError("status must be 400 to 599")
        with self._lock:
            self.now = Settings(**{**asdict(self.now), **wishes})

    def concerns(self, call: str) -> bool:
        return call.startswith(self.now.only)

    def takes(self, counter: str) -> bool:
        """Whether one more is to go wrong; counts it."""
        with self._lock:
            left: int = getattr(self.now, counter)
            if left > 0:
                setattr(self.now, counter, left - 1)
            return left > 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self.now)
