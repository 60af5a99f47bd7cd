"""The draw: entries, prizes and a seed in, picks out. Pure: no clock, no host, no database.

The rules are `festival-draw/v1` of docs/reference/draw.md. The verifier under `proof/` does the same by other means and
shares nothing with this file.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

RULES = "festival-draw/v1"


class Entry(NamedTuple):
    """One published entry: its opaque id, its person's pseudonym, its number of chances."""

    entry_id: str
    pseudonym: str
    weight: int


@dataclass(frozen=True, slots=True)
class Unit:
    """One piece of a prize: the prize's rank and which of its pieces, both from 1."""

    rank: int
    number: int


@dataclass(frozen=True, slots=True)
class Pick:
    """A ticket of the weight that was left, the entry that holds it, and what came of it: a prize or a skip."""

    unit: Unit
    ticket: int
    of: int
    index: int
    skipped: str | None


@dataclass(frozen=True, slots=True)
class Skips:
    """Who lost the right after the freeze: reasons by entry id and by pseudonym."""

    entries: Mapping[str, str]
    persons: Mapping[str, str]


NO_SKIPS = Skips({}, {})


@dataclass(frozen=True, slots=True)
class Drawn:
    """The picks in their order, and the units for which nobody was left."""

    picks: tuple[Pick, ...]
    undrawn: tuple[Unit, ...]

    @property
    def winners(self) -> dict[Unit, int]:
        """The index of the winning entry by unit."""
        return {pick.unit: pick.index for pick in self.picks if pick.skipped is None}


class _Weights:
    """A Fenwick tree: sums over a changing list, and the place of a ticket, in logarithmic time."""

    def __init__(self, weights: Sequence[int]) -> None:
        self.size = len(weights)
        self.top = 1 << self.size.bit_length()
        self.sums = array("q", [0])
        self.sums.extend(weights)
        self.total = sum(weights)
        for place in range(1, self.size + 1):
            above = place + (place & -place)
            if above <= self.size:
                self.sums[above] += self.sums[place]

    def drop(self, index: int, weight: int) -> None:
        self.total -= weight
        place = index + 1
        while place <= self.size:
            self.sums[place] -= weight
            place += place & -place

    def holder_of(self, ticket: int) -> int:
        """The index i with sum(weights[:i]) <= ticket < sum(weights[:i + 1])."""
        place, step = 0, self.top
        while step:
            ahead = place + step
            if ahead <= self.size and self.sums[ahead] <= ticket:
                place = ahead
                ticket -= self.sums[ahead]
            step >>= 1
        return place


def draw_stage(
    entries: Sequence[Entry],
    units: Sequence[Unit],
    seed: bytes,
    *,
    skips: Skips = NO_SKIPS,
    earlier_winners: frozenset[str] = frozenset(),
    earlier_skipped: frozenset[str] = frozenset(),
) -> Drawn:
    """Draws the units in their order, by chances, no person twice.

    `entries` stand in their published order. Persons in `earlier_winners` and entries in `earlier_skipped` were taken
    out by stages before this one. The same arguments give the same picks, always and everywhere.
    """
    last: dict[
        str, int
    ] = {}  # a person's entries are a chain: the last of them, and before each the one before
    before, left = array("q"), array("q")
    for index, (entry_id, pseudonym, weight) in enumerate(entries):
        before.append(last.get(pseudonym, -1))
        last[pseudonym] = index
        is_out = pseudonym in earlier_winners or entry_id in earlier_skipped
        left.append(0 if is_out else weight)
    weights = _Weights(left)
    words = words_of(seed)
    picks: list[Pick] = []

    def drop(index: int) -> None:
        weights.drop(index, left[index])
        left[index] = 0

    for place, unit in enumerate(units):
        is_open = True
        while is_open:
            if weights.total == 0:
                return Drawn(tuple(picks), tuple(units[place:]))
            of = weights.total
            ticket = _below(of, words)
            index = weights.holder_of(ticket)
            entry = entries[index]
            reason = skips.entries.get(entry.entry_id) or skips.persons.get(entry.pseudonym)
            picks.append(Pick(unit, ticket, of, index, reason))
            is_open = reason is not None
            if is_open and entry.pseudonym not in skips.persons:
                drop(index)
                continue
            of_person = last[entry.pseudonym]
            while of_person >= 0:
                drop(of_person)
                of_person = before[of_person]
    return Drawn(tuple(picks), ())


def seed_of(
    draw_id: str,
    manifest_digest: bytes,
    merkle_root: bytes,
    *,
    count: int,
    weight: int,
    stage: int,
    randomness: bytes,
) -> bytes:
    """The seed of a stage: SHA-256 over all that was fixed at the freeze and the randomness that came after.

    `randomness` is `quicknet_randomness(...)` or `figures_randomness(...)`.
    """
    parts = [
        RULES.encode() + b"\x00",
        _prefixed(draw_id.encode()),
        _prefixed(manifest_digest),
        _prefixed(merkle_root),
        *(number.to_bytes(8, "big") for number in (count, weight, stage)),
        randomness,
    ]
    return hashlib.sha256(b"".join(parts)).digest()


def quicknet_randomness(chain_hash: bytes, round_number: int, signature: bytes) -> bytes:
    """What a round of drand's quicknet adds to the seed."""
    return _prefixed(chain_hash + round_number.to_bytes(8, "big")) + _prefixed(signature)


def figures_randomness(figures: Sequence[Sequence[int]]) -> bytes:
    """What public figures add: sorted within each source, `.` after each number, `/` after each source (RFC 3797)."""
    text = "".join("".join(f"{n}." for n in sorted(numbers)) + "/" for numbers in figures)
    return _prefixed(b"figures/v1") + _prefixed(text.encode())


def _prefixed(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def words_of(seed: bytes) -> Iterator[int]:
    """The stream of 64-bit words of a seed, without end."""
    counter = 0
    while True:
        block = hashlib.sha256(seed + counter.to_bytes(8, "big")).digest()
        yield from (int.from_bytes(block[i : i + 8], "big") for i in (0, 8, 16, 24))
        counter += 1


def _below(limit: int, words: Iterator[int]) -> int:
    while (word := next(words)) >= 2**64 - 2**64 % limit:
        pass
    return word % limit
