"""What is signed between us and outside services: HMAC-SHA256 with a moment, or Ed25519."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LONGEST_AGE_SECONDS = 300
_HEADER = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64,128})")
ED25519 = "ed25519:"


def sign(key: str, body: bytes, at: datetime) -> str:
    """`t=<seconds>,v1=<HMAC-SHA256 of "t.body" in hex>`."""
    moment = str(int(at.timestamp()))
    return f"t={moment},v1={_mac(key, moment, body)}"


def is_signed(key: str, body: bytes, header: str, at: datetime) -> bool:
    """Whether a body was signed with the key within the last five minutes.

    `key` is a shared secret, or `ed25519:` and the signer's public key in hex; the header is that of `sign`, its `v1`
    an Ed25519 signature over the same bytes in the second case.
    """
    match = _HEADER.fullmatch(header)
    if match is None or abs(at.timestamp() - int(match[1])) > LONGEST_AGE_SECONDS:
        return False
    if not key.startswith(ED25519):
        return hmac.compare_digest(_mac(key, match[1], body), match[2])
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.removeprefix(ED25519)))
        public.verify(bytes.fromhex(match[2]), f"{match[1]}.".encode() + body)
    except (ValueError, InvalidSignature):
        return False
    return True


def _mac(key: str, moment: str, body: bytes) -> str:
    return hmac.new(key.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
