"""A tape of what was written to a database's files, and what a disk may hold of it after the power went.

What a finished sync covers is kept. Of what came after, each write is kept, lost or torn at a sector, by chance, in
whatever order: a disk may write what it holds in its cache as it likes.
"""

from __future__ import annotations

import random
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HEAD = struct.Struct("<IBBHQI")
MAGIC = 0x45504154
SECTOR = 512
DATABASE, LOG = 1, 2
SOURCE = Path(__file__).with_name("tape.c")


def build_recorder(folder: Path, compiler: Path) -> Path:
    """Compiles what is preloaded."""
    made = folder / "tape.so"
    subprocess.run(
        [compiler, "-O2", "-Wall", "-shared", "-fPIC", "-o", made, SOURCE, "-ldl"],
        check=True,
        capture_output=True,
    )
    return made


@dataclass(frozen=True, slots=True)
class Record:
    """One act: `W`rite, `T`runcate, sync `b`egun and `e`nded, `A`cknowledged to a buyer, `U`nlinked."""

    act: str
    file: int
    at: int
    data: bytes


def acknowledgement(key: str) -> bytes:
    """The record of an acknowledged order, as a buyer writes it onto the tape."""
    said = key.encode()
    return HEAD.pack(MAGIC, ord("A"), 0, 0, 0, len(said)) + said


def records(tape: Path) -> Iterator[Record]:
    """The tape from its beginning. Raises ValueError where it is not one."""
    with tape.open("rb", buffering=1 << 20) as file:
        while head := file.read(HEAD.size):
            magic, act, which, _, at, size = HEAD.unpack(head)
            if magic != MAGIC:
                raise ValueError("this is no tape")
            yield Record(chr(act), which, at, file.read(size) if act in b"WA" else b"")


@dataclass
class Disk:
    """A file as a disk holds it: `kept` is safe, `waiting` is in its cache."""

    kept: bytearray
    waiting: list[Record] = field(default_factory=list)
    begun: dict[int, int] = field(default_factory=dict)

    def hear(self, record: Record) -> None:
        if record.act in "WT":
            self.waiting.append(record)
        elif record.act == "b":
            self.begun[record.at] = len(self.waiting)
        elif record.act == "e":
            covered = self.begun.pop(record.at)
            for each in self.waiting[:covered]:
                _apply(self.kept, each)
            del self.waiting[:covered]
            self.begun = {sync: max(0, count - covered) for sync, count in self.begun.items()}

    def after_the_cut(self, dice: random.Random) -> bytes:
        """What is found when the power is back."""
        found, share = bytearray(self.kept), dice.choice((0.0, 0.5, 0.9))
        for each in self.waiting:
            if dice.random() < share:
                _apply(found, each)
            elif share and each.act == "W" and dice.random() < 0.3:
                torn = dice.randrange(0, len(each.data), SECTOR)
                _apply(found, Record("W", each.file, each.at, each.data[:torn]))
        return bytes(found)


def _apply(to: bytearray, record: Record) -> None:
    if record.act == "T":
        del to[record.at :]
        to.extend(bytes(record.at - len(to)))
        return
    if len(to) < record.at:
        to.extend(bytes(record.at - len(to)))
    to[record.at : record.at + len(record.data)] = record.data


@dataclass(frozen=True)
class Cut:
    """The power goes: the two files as they are found, and how many acknowledgements had been given."""

    database: bytes
    log: bytes
    acknowledged: int


def cuts(tape: Path, database: bytes, log: bytes, count: int, seed: int) -> Iterator[Cut]:
    """So many cuts at chance places of the tape, in its order. Raises ValueError when the log was unlinked."""
    dice = random.Random(seed)
    length = sum(1 for _ in records(tape))
    places = sorted(dice.randrange(1, length) for _ in range(count))
    disks = {DATABASE: Disk(bytearray(database)), LOG: Disk(bytearray(log))}
    acknowledged, next_cut = 0, 0
    for place, record in enumerate(records(tape)):
        if record.act == "U":
            raise ValueError("the log was removed in the middle: somebody must keep the database open")
        while next_cut < count and places[next_cut] == place:
            yield Cut(disks[DATABASE].after_the_cut(dice), disks[LOG].after_the_cut(dice), acknowledged)
            next_cut += 1
        if record.act == "A":
            acknowledged += 1
        elif record.file in disks:
            disks[record.file].hear(record)
