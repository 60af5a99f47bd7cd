"""Who is drawn: a ticket among the weight that is left, by the entries in their published order."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from marketplace.lottery.proof.stream import below


class Entries:
    """The published entries, and which of them still take part."""

    def __init__(self, ids: list[str], persons: list[str], weights: list[int]) -> None:
        self.ids, self.persons, self.weights = ids, persons, weights
        self.starts = [0, *accumulate(weights)]
        self.left = self.starts[-1]
        self._gone: list[tuple[int, int]] = []  # (start, weight) of the entries taken out, in order
        self._is_gone = bytearray(len(ids))
        self._of_person: dict[str, list[int]] = {}
        for index, person in enumerate(persons):
            self._of_person.setdefault(person, []).append(index)

    @property
    def person_count(self) -> int:
        return len(self._of_person)

    def index_of(self, ticket: int) -> int:
        """The entry that holds a ticket of the weight that is left."""
        for start, weight in self._gone:
            if start > ticket:
                break
            ticket += weight
        return bisect_right(self.starts, ticket) - 1

    def take_out(self, index: int) -> None:
        """An entry takes part no longer; taking it out twice changes nothing."""
        if not self._is_gone[index]:
            self._is_gone[index] = 1
            insort(self._gone, (self.starts[index], self.weights[index]))
            self.left -= self.weights[index]

    def take_out_person(self, person: str) -> None:
        """All entries of a person."""
        for index in self._of_person.get(person, ()):
            self.take_out(index)


def picks_of(
    entries: Entries, prizes: list[list[int]], skips: dict[tuple[str, str], str], source: Iterator[int]
) -> tuple[list[dict[str, Any]], list[list[int]]]:
    """The picks of a stage in their order, and the prizes for which nobody was left.

    A drawn entry that stands on the skip list, itself or by its person, is recorded with the reason and taken out,
    and the same prize is drawn again; else its person wins and is taken out with all entries.
    """
    picks: list[dict[str, Any]] = []
    for place, prize in enumerate(prizes):
        while True:
            if entries.left == 0:
                return picks, prizes[place:]
            of = entries.left
            ticket = below(of, source)
            index = entries.index_of(ticket)
            entry, person = entries.ids[index], entries.persons[index]
            reason = skips.get(("entry", entry)) or skips.get(("person", person))
            picks.append(
                {
                    "entry_id": entry,
                    "index": index,
                    "of": of,
                    "prize": prize,
                    "pseudonym": person,
                    "skipped": reason,
                    "ticket": ticket,
                }
            )
            if reason and ("person", person) not in skips:
                entries.take_out(index)
                continue
            entries.take_out_person(person)
            if not reason:
                break
    return picks, []
