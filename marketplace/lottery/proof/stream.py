"""From a seed to fair whole numbers: SHA-256 in counter mode, cut in words, unfair words thrown away."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

WORD = 2**64


def words(seed: bytes) -> Iterator[int]:
    """SHA-256(seed, counter) for counter 0, 1, ..., each cut into four big-endian words of 64 bits."""
    counter = 0
    while True:
        block = hashlib.sha256(seed + counter.to_bytes(8, "big")).digest()
        for start in range(0, 32, 8):
            yield int.from_bytes(block[start : start + 8], "big")
        counter += 1


def below(limit: int, source: Iterator[int]) -> int:
    """A number in [0, limit) without modulo bias: words at or above the last whole multiple are passed over."""
    end = WORD - WORD % limit
    for word in source:
        if word < end:
            return word % limit
    raise AssertionError("the words never end")
