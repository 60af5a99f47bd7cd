"""Outgoing webhooks, pure: what can be heard, how a body is signed, when a failed one is tried again."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

EVENTS = (
    "order.paid",
    "order.delivered",
    "order.cancelled",
    "order.refunded",
    "complaint.filed",
    "complaint.answered",
    "complaint.escalated",
    "complaint.decided",
)
PATIENCE = timedelta(days=3)
OVERLAP = timedelta(hours=24)
"""After a new secret the old one still signs, so that no delivery is refused meanwhile."""
MOST_TARGETS = 5
LEASE = timedelta(minutes=2)
_WAITS = (10, 30, 120, 600, 1_800, 3_600, 7_200, 14_400)
"""Seconds after each failure; the last one from then on."""


def next_try(tries: int, at: datetime, created_at: datetime) -> datetime | None:
    """When to try again after `tries` failures; nothing once the three days are over."""
    again = at + timedelta(seconds=_WAITS[min(tries, len(_WAITS)) - 1])
    return again if again <= created_at + PATIENCE else None


def pause(silent_count: int) -> timedelta:
    """How long an address is left alone that gave no answer at all so often in a row."""
    return timedelta(seconds=_WAITS[min(silent_count, len(_WAITS)) - 1])


def signature(body: str, secrets: tuple[str, ...], at: datetime) -> str:
    """The header `Bazargah-Signature`: `t=<unix seconds>,v1=<hex>[,v1=<hex>]`, HMAC-SHA-256 of `<t>.<body>`.

    One `v1` for each secret that is good now. Whoever receives compares in constant time and refuses a `t` that is
    more than five minutes away.
    """
    seconds = str(int(at.timestamp()))
    told = f"{seconds}.{body}".encode()
    signs = [hmac.new(secret.encode(), told, sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={seconds}", *(f"v1={sign}" for sign in signs)])
