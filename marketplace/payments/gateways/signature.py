"""Stripe's webhook signature: `t=<unix seconds>,v1=<hex of HMAC-SHA256 over "t.body">`, v1 repeated at will.

Pure; source of the scheme: https://docs.stripe.com/webhooks#verify-manually. Unlike Stripe's own
libraries this refuses moments that lie too far ahead as well.
"""

from __future__ import annotations

import hmac
from datetime import datetime

from marketplace.payments.gateways.port import BadSignature, StaleSignature

TOLERANCE_SECONDS = 300
MOST_HEADER_CHARACTERS = 4096


def sign(body: bytes, secret: str, at: int) -> str:
    """The v1 signature (hex) of a body sent at `at` (unix seconds)."""
    return hmac.new(secret.encode(), b"%d." % at + body, "sha256").hexdigest()


def ensure_signed(body: bytes, header: str, secret: str, at: datetime) -> datetime:
    """The moment at which the body was signed, to the second; exactly 300 seconds apart is accepted.

    Raises `BadSignature` (no or several `t`, no `v1`, none of them right), `StaleSignature` (right, but
    more than 300 seconds before or after `at`).
    """
    moment, candidates = _read_header(header)
    expected = sign(body, secret, moment).encode()
    matches = [hmac.compare_digest(expected, candidate) for candidate in candidates]
    if not any(matches):
        raise BadSignature
    if abs(at.timestamp() - moment) > TOLERANCE_SECONDS:
        raise StaleSignature
    return datetime.fromtimestamp(moment, tz=at.tzinfo)


def _read_header(header: str) -> tuple[int, list[bytes]]:
    if len(header) > MOST_HEADER_CHARACTERS:
        raise BadSignature
    pairs = [item.strip().partition("=") for item in header.split(",")]
    moments = [value for name, _, value in pairs if name == "t"]
    candidates = [value.encode() for name, _, value in pairs if name == "v1"]
    if len(moments) != 1 or not candidates:
        raise BadSignature
    text = moments[0]
    if not text.isascii() or not text.isdigit() or len(text) > 11:
        raise BadSignature
    return int(text), candidates
