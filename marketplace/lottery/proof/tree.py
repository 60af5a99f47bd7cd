"""Merkle trees as in RFC 6962: leaves are hashed behind 0x00, nodes behind 0x01."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaves in their order; the hash of nothing for none."""
    peaks: list[tuple[int, bytes]] = []  # (height, hash), heights falling
    for leaf in leaves:
        height, hashed = 0, leaf_hash(leaf)
        while peaks and peaks[-1][0] == height:
            hashed = node_hash(peaks.pop()[1], hashed)
            height += 1
        peaks.append((height, hashed))
    if not peaks:
        return hashlib.sha256(b"").digest()
    root = peaks.pop()[1]
    while peaks:
        root = node_hash(peaks.pop()[1], root)
    return root


def root_from_path(leaf: bytes, index: int, count: int, path: Sequence[bytes]) -> bytes | None:
    """The root to which a leaf and its audit path lead (RFC 9162, 2.1.3.2); None for a path of the wrong length."""
    if not 0 <= index < count:
        return None
    place, last, hashed = index, count - 1, leaf_hash(leaf)
    for step in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            hashed = node_hash(step, hashed)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            hashed = node_hash(hashed, step)
        place >>= 1
        last >>= 1
    return hashed if last == 0 else None
