"""Published files: strict JSON, its canonical form, digests, and the length-prefixed bytes that are hashed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any


class Wrong(Exception):
    """The first thing that does not hold, in words."""


def require(holds: bool, message: str) -> None:
    """Raises Wrong with the message unless it holds."""
    if not holds:
        raise Wrong(message)


def read_json(path: Path) -> dict[str, Any]:
    """An object from a file of ours. Raises Wrong for anything but UTF-8 JSON without repeated keys or fractions."""
    name = path.name
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise Wrong(f"{name}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Wrong(f"{name}: is not UTF-8") from error

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise Wrong(f"{name}: a key stands twice")
        return found

    def no_fraction(text: str) -> Any:
        raise Wrong(f"{name}: {text} is not a whole number")

    try:
        value = json.loads(text, object_pairs_hook=once, parse_float=no_fraction, parse_constant=no_fraction)
    except (ValueError, RecursionError) as error:
        raise Wrong(f"{name}: is not JSON") from error
    require(isinstance(value, dict), f"{name}: is not an object")
    require(text == canonical(value).decode() + "\n", f"{name}: is not in its canonical form")
    return dict(value)


def canonical(value: Any) -> bytes:
    """The one way to write a value: keys sorted, no spaces, no escapes that are not needed, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def alike(one: Any, other: Any) -> bool:
    """Whether two values are written alike: in Python 1 equals True, in a published file it does not."""
    return canonical(one) == canonical(other)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def lp(data: bytes) -> bytes:
    """Length-prefixed: four bytes big-endian, then the bytes."""
    return len(data).to_bytes(4, "big") + data


def u64(number: int) -> bytes:
    """Eight bytes big-endian."""
    return number.to_bytes(8, "big")


def hex_bytes(value: Any, length: int, name: str) -> bytes:
    """Bytes from lower-case hex of exactly this length. Raises Wrong."""
    is_hex = isinstance(value, str) and len(value) == 2 * length and set(value) <= set("0123456789abcdef")
    require(is_hex, f"{name} is not {length} bytes in lower-case hex")
    return bytes.fromhex(value)
