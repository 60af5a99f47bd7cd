"""Secrets that browsers and programs hold: random, unguessable, kept here as hashes alone."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256

from flask import current_app


def new_secret() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    """SHA-256 of a random secret (fit for random secrets, not for passwords or short codes)."""
    return sha256(secret.encode()).hexdigest()


def keyed_hash(purpose: str, value: str) -> str:
    """HMAC of a guessable value under the site's own key: whoever reads the database cannot guess back."""
    key = current_app.config["SECRET_KEY"].encode()
    return hmac.new(key, f"{purpose}:{value}".encode(), sha256).hexdigest()


def new_code() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def is_same(one: str, other: str) -> bool:
    """Compares two hashes in a time that tells nothing."""
    return hmac.compare_digest(one.encode(), other.encode())
