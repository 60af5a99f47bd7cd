"""Proof of work, purely: an answer to a challenge costs some work to find and none to check.

The answer is a text of letters and digits such that SHA-256 of `challenge:answer` begins with `bits` bits of zero; it
takes 2^bits tries on average.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from itertools import count

LONGEST_ANSWER = 20
MOST_BITS = 24


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked now: how many bits (0: nothing is ever asked), from which part of a limit on, and for how long a
    challenge is good."""

    bits: int
    after_percent: int
    minutes: int


def is_done(challenge: str, answer: str, bits: int) -> bool:
    """Whether an answer to a challenge shows the work."""
    if not 1 <= len(answer) <= LONGEST_ANSWER or not (answer.isascii() and answer.isalnum()):
        return False
    found = sha256(f"{challenge}:{answer}".encode()).digest()
    return int.from_bytes(found) >> (256 - bits) == 0


def do_work(challenge: str, bits: int) -> str:
    """Finds an answer, as a program would."""
    return next(str(n) for n in count() if is_done(challenge, str(n), bits))


def is_near(used: int, amount: int, after_percent: int) -> bool:
    """Whether so many of a limit's tries are used that the next one has to work first."""
    return used * 100 >= amount * after_percent
