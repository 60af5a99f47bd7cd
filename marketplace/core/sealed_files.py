"""Files sealed to a public key: who makes backups cannot read those of yesterday, and neither can who steals them.

X25519 with a key of its own for each file, HKDF-SHA256, ChaCha20-Poly1305 over pieces of 1 MiB whose nonce says their
place and which is the last: a piece changed, left out, put elsewhere or cut off does not open. The label (the file's
name and the moment of its backup) is part of the key, so that no file takes the place of another.
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"bazargah-sealed/1\n"
PIECE = 1024 * 1024
TAG = 16
PUBLIC, SECRET = "bazargah-backup-public:", "bazargah-backup-secret:"


class SealRefused(Exception):
    """Why a file or a key cannot be opened, in words."""


def new_key() -> tuple[str, str]:
    """A pair: what seals, and what opens and is kept away from the machine that seals."""
    key = X25519PrivateKey.generate()
    return PUBLIC + _text(key.public_key().public_bytes_raw()), SECRET + _text(key.private_bytes_raw())


def read_public(told: str) -> X25519PublicKey:
    """The sealing key out of its line. Raises SealRefused."""
    return X25519PublicKey.from_public_bytes(_bytes(told, PUBLIC))


def read_secret(told: str) -> X25519PrivateKey:
    """The opening key out of its line. Raises SealRefused."""
    return X25519PrivateKey.from_private_bytes(_bytes(told, SECRET))


def seal_file(source: Path, target: Path, to: X25519PublicKey, label: str) -> None:
    """Writes `source` sealed into `target`."""
    once = X25519PrivateKey.generate()
    head = MAGIC + once.public_key().public_bytes_raw()
    box = ChaCha20Poly1305(_key(once.exchange(to), head, to, label))
    with source.open("rb") as plain, target.open("wb") as sealed:
        sealed.write(head)
        piece, place = plain.read(PIECE), 0
        while True:
            after = plain.read(PIECE)
            sealed.write(box.encrypt(_nonce(place, not after), piece, None))
            if not after:
                return
            piece, place = after, place + 1


def open_file(source: Path, target: Path, key: X25519PrivateKey, label: str) -> None:
    """Writes what `source` holds into `target`. Raises SealRefused where one bit of it, or the key, is another."""
    try:
        with source.open("rb") as sealed, target.open("wb") as plain:
            _open_pieces(sealed, plain, key, label)
    except (InvalidTag, ValueError) as error:
        target.unlink(missing_ok=True)
        raise SealRefused(
            f"{source.name} does not open with this key: another key, or it was changed"
        ) from error


def _open_pieces(sealed: IO[bytes], plain: IO[bytes], key: X25519PrivateKey, label: str) -> None:
    head = sealed.read(len(MAGIC) + 32)
    if not head.startswith(MAGIC) or len(head) != len(MAGIC) + 32:
        raise ValueError("not sealed by us")
    shared = key.exchange(X25519PublicKey.from_public_bytes(head[len(MAGIC) :]))
    box = ChaCha20Poly1305(_key(shared, head, key.public_key(), label))
    piece, place = sealed.read(PIECE + TAG), 0
    while True:
        after = sealed.read(PIECE + TAG)
        plain.write(box.decrypt(_nonce(place, not after), piece, None))
        if not after:
            return
        piece, place = after, place + 1


def _key(shared: bytes, head: bytes, to: X25519PublicKey, label: str) -> bytes:
    salt = head + to.public_bytes_raw()
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=MAGIC + label.encode()).derive(shared)


def _nonce(place: int, is_last: bool) -> bytes:
    return place.to_bytes(11, "big") + bytes([is_last])


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(told: str, prefix: str) -> bytes:
    if not told.strip().startswith(prefix):
        raise SealRefused(f"this is no key: it begins with {prefix}")
    try:
        raw = base64.urlsafe_b64decode(told.strip().removeprefix(prefix) + "=")
    except (binascii.Error, ValueError) as error:
        raise SealRefused("this is no key") from error
    if len(raw) != 32:
        raise SealRefused("this is no whole key")
    return raw
