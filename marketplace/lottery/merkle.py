"""Merkle trees as in RFC 6962, over as many leaves as a country has: rows of hashes kept as bytes, one chunk at a time.

A node without a neighbour goes up as it is, which gives the same tree as the RFC's split at powers of two. So does
folding chunks of a power of two first and the chunks' roots afterwards: of a list of a million, a thousand roots are
kept in the place of two million hashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

SIZE = 32
CHUNK = 1024
"""Leaves under one kept root; a power of two."""


def leaf_row(leaves: Iterable[bytes]) -> bytearray:
    """The hashes of leaves, one after the other."""
    sha256 = hashlib.sha256
    return bytearray().join([sha256(b"\x00" + leaf).digest() for leaf in leaves])


def row_above(row: bytes | bytearray) -> bytearray:
    """The row of nodes over a row of hashes."""
    sha256 = hashlib.sha256
    above = bytearray().join(
        [sha256(b"\x01" + row[at : at + 2 * SIZE]).digest() for at in range(0, len(row) - SIZE, 2 * SIZE)]
    )
    if len(row) % (2 * SIZE):
        above += row[-SIZE:]
    return above


def fold(row: bytes | bytearray) -> bytes:
    """The root over a row of hashes; the hash of nothing for none."""
    while len(row) > SIZE:
        row = row_above(row)
    return bytes(row) or hashlib.sha256(b"").digest()


def chunk_roots(leaves: Iterable[bytes]) -> bytes:
    """The roots of the chunks of leaves in their order."""
    return b"".join(fold(leaf_row(chunk)) for chunk in chunks_of(leaves))


def chunks_of(things: Iterable[Any]) -> Iterator[list[Any]]:
    """Lists of as many things as have one kept root; the last may be shorter."""
    source = iter(things)
    while chunk := list(islice(source, CHUNK)):
        yield chunk


class MerkleTree:
    """All rows over one row of hashes, for paths from it to the root."""

    def __init__(self, row: bytes | bytearray) -> None:
        self.rows = [row]
        while len(row) > SIZE:
            row = row_above(row)
            self.rows.append(row)

    @classmethod
    def of(cls, leaves: Iterable[bytes]) -> MerkleTree:
        """The tree over leaves in their order."""
        return cls(leaf_row(leaves))

    @property
    def count(self) -> int:
        return len(self.rows[0]) // SIZE

    @property
    def root(self) -> bytes:
        return bytes(self.rows[-1]) or hashlib.sha256(b"").digest()

    def path(self, index: int) -> list[bytes]:
        """The hashes beside the way from a place of the row to the root. Raises IndexError for one beyond it."""
        if not 0 <= index < self.count:
            raise IndexError(index)
        found = []
        for row in self.rows[:-1]:
            beside = (index ^ 1) * SIZE
            if beside < len(row):
                found.append(bytes(row[beside : beside + SIZE]))
            index //= 2
        return found


def path_through(roots: bytes, chunk: MerkleTree, place: int) -> list[bytes]:
    """The way from a leaf to the root: within the tree over its chunk's leaves, then over the chunks' roots."""
    number, inside = divmod(place, CHUNK)
    return chunk.path(inside) + MerkleTree(roots).path(number)
