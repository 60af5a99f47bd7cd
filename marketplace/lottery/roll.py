"""The published list of a whole country in memory: 56 bytes an entry, read like any sequence of entries."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from marketplace.lottery.draw import Entry

ID, PSEUDONYM = 16, 32


class Roll(Sequence[Entry]):
    """Entries in their published order; their ids are hex of 16 bytes, their pseudonyms of 32."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._ids, self._persons, self._weights = bytearray(), bytearray(), array("q")
        fromhex, append = bytes.fromhex, self._weights.append
        for entry_id, pseudonym, weight in entries:
            self._ids += fromhex(entry_id)
            self._persons += fromhex(pseudonym)
            append(weight)

    def __len__(self) -> int:
        return len(self._weights)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        weight = self._weights[index]  # raises IndexError
        at = index % len(self._weights)
        return Entry(
            self._ids[at * ID : at * ID + ID].hex(),
            self._persons[at * PSEUDONYM : at * PSEUDONYM + PSEUDONYM].hex(),
            weight,
        )

    def __iter__(self) -> Iterator[Entry]:
        ids, persons = self._ids, self._persons
        for at, weight in enumerate(self._weights):
            entry_id = ids[at * ID : at * ID + ID].hex()
            yield Entry(entry_id, persons[at * PSEUDONYM : at * PSEUDONYM + PSEUDONYM].hex(), weight)
