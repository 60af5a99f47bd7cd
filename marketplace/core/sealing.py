"""Fields that the database must not tell: AES-256-GCM under a key that stands outside it.

    sealed = seal(secret, "authenticator:17")        # "1.<key>.<base64>"
    open_sealed(sealed, "authenticator:17")
    mark = blind("IR06...", "sheba")                 # "<key>.<hex>": equal for equal values, and tells nothing else

The purpose is bound in, so that a sealed value that was moved to another place does not open. Of several keys in the
setting the first one seals and each opens: put a new one in front, run `bazargah reseal`, and take the old one away.
Meanwhile what is sought by its mark is sought under each of them (`blinds`).
"""

from __future__ import annotations

import hmac
import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

VERSION = "1"
NONCE_BYTES = 12
MARK_LENGTH = 32
_SEALED = re.compile(r"\d\.[0-9a-f]{8}\.[A-Za-z0-9_=-]{38,}")


class SealBroken(RuntimeError):
    """A sealed field does not open: another key, another row, or somebody changed it."""


def seal(value: str, purpose: str) -> str:
    """The value, sealed for this purpose with the first key."""
    name, key = _key(_secrets()[0])
    nonce = os.urandom(NONCE_BYTES)
    body = AESGCM(key).encrypt(nonce, value.encode(), _bound(name, purpose))
    return f"{VERSION}.{name}.{urlsafe_b64encode(nonce + body).decode()}"


def open_sealed(sealed: str, purpose: str) -> str:
    """What was sealed for this purpose. Raises SealBroken."""
    version, _, rest = sealed.partition(".")
    named, _, body = rest.partition(".")
    keys = dict(_key(secret) for secret in _secrets())
    if version != VERSION or named not in keys:
        raise SealBroken("sealed with a key that is not in FIELD_KEYS")
    try:
        raw = urlsafe_b64decode(body)
        opened = AESGCM(keys[named]).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound(named, purpose))
    except (InvalidTag, ValueError) as broken:
        raise SealBroken("a sealed field does not open") from broken
    return opened.decode()


def is_sealed(value: str) -> bool:
    """Whether it has the form of something sealed."""
    return _SEALED.fullmatch(value) is not None


def is_sealed_anew(sealed: str) -> bool:
    """Whether the first key sealed it."""
    return sealed.startswith(present_prefix())


def present_prefix() -> str:
    """How everything begins that the first key sealed."""
    return f"{VERSION}.{_key(_secrets()[0])[0]}."


def present_mark() -> str:
    """How every mark begins that was made with the first key."""
    return f"{_key(_secrets()[0])[0]}."


def blind(value: str, purpose: str) -> str:
    """A mark by which equal values are found or held apart, under the first key."""
    return blinds(value, purpose)[0]


def blinds(value: str, purpose: str) -> list[str]:
    """The marks of a value under each key, that of the first one at the head."""
    names = [_key(secret)[0] for secret in _secrets()]
    digests = keyed_digests(value, purpose)
    return [f"{name}.{digest[:MARK_LENGTH]}" for name, digest in zip(names, digests, strict=True)]


def keyed_digests(value: str, purpose: str) -> list[str]:
    """HMAC-SHA256 of a value in hex, under each key: who has the database alone cannot try values on it."""
    told = f"{purpose}\x1f{value}".encode()
    return [hmac.new(_mark_key(secret), told, sha256).hexdigest() for secret in _secrets()]


def _secrets() -> tuple[str, ...]:
    kept: tuple[str, ...] = current_app.config["SETTINGS"].field_keys
    return kept


@cache
def _key(secret: str) -> tuple[str, bytes]:
    """The key that a setting makes, and the short name by which sealed values call it."""
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"bazargah-fields/1").derive(secret.encode())
    return sha256(b"name:" + key).hexdigest()[:8], key


@cache
def _mark_key(secret: str) -> bytes:
    """The key of marks that a setting makes: another one than that which seals."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"bazargah-marks/1").derive(secret.encode())


def _bound(name: str, purpose: str) -> bytes:
    return f"{VERSION}.{name}.{purpose}".encode()
