"""The platform's own signature (Ed25519): under the digests of the audit log and under the black box."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import current_app

_SEED = b"bazargah-signing/1\0"


def _key() -> Ed25519PrivateKey:
    """The private key that the setting makes; never kept anywhere else."""
    secret: str = current_app.config["SETTINGS"].signing_key
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(_SEED + secret.encode()).digest())


def public_key() -> str:
    """The public half in hex, 64 characters: what is published."""
    return _key().public_key().public_bytes_raw().hex()


def sign(message: bytes) -> str:
    """The signature over a message in hex."""
    return _key().sign(message).hex()
