"""Open data without persons: groups too small to stand alone are merged, and the rows still add up to the whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

LEAST_GROUP = 5
MERGED = "merged"
Group = tuple[str, str, tuple[int, ...]]
"""(month, what, counts); the first count says how large the group is."""


def merge_small(groups: Mapping[tuple[str, str], Sequence[int]], least: int = LEAST_GROUP) -> list[Group]:
    """The groups of (month, what), the oldest month first, none smaller than `least` where that can be had.

    A small group goes with its month's other small ones, and where those together are too few, with those of all
    months; a rest that is still too small is merged with the smallest row. A sole group stays as it is.
    """
    small: dict[str, list[Sequence[int]]] = defaultdict(list)
    rows: list[Group] = []
    rest: list[Sequence[int]] = []
    for (month, what), counts in groups.items():
        if counts[0] >= least:
            rows.append((month, what, tuple(counts)))
        else:
            small[month].append(counts)
    for month, several in small.items():
        together = _sum(several)
        if together[0] >= least:
            rows.append((month, MERGED, together))
        else:
            rest.append(together)
    rows.sort(key=lambda row: row[:2])
    return _with_rest(rows, _sum(rest), least) if rest and _sum(rest)[0] else rows


def _with_rest(rows: list[Group], rest: tuple[int, ...], least: int) -> list[Group]:
    if rest[0] >= least or not rows:
        return [*rows, (MERGED, MERGED, rest)]
    smallest = min(rows, key=lambda row: row[2][0])
    return [*(row for row in rows if row is not smallest), (MERGED, MERGED, _sum([smallest[2], rest]))]


def _sum(several: Sequence[Sequence[int]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*several, strict=True)))
