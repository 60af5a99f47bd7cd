"""How many offers each further choice would leave of those chosen, counted from bitmaps.

What does not depend on a range of prices is counted once for each choice and each reading of the shelf. A range is then
counted from its smaller side: what lies inside it, or what lies outside and is taken away.
"""

from __future__ import annotations

from typing import NamedTuple

from pyroaring import FrozenBitMap

from marketplace.storefront.shelf_bits import Shelf

BANDS = ((None, 100_000), (100_000, 300_000), (300_000, 1_000_000), (1_000_000, 3_000_000), (3_000_000, None))
DISCOUNTS = (15, 25, 35, 50)
KEPT_CHOICES = 64
"""Their bitmaps are kept with their counts: up to 125 KB each of a million offers."""
VALUED = ("category", "province", "stars")
Counts = dict[tuple[str, int], int]
"""By (facet, value): of categories and provinces by id, of discounts by the step of `DISCOUNTS` reached."""


class Chosen(NamedTuple):
    """A list's filters but for prices, by numbers; `words` where their offers were counted beside."""

    category: int | None = None
    province: int | None = None
    min_discount: int | None = None
    stars: int | None = None
    in_stock: bool = False
    words: tuple[str, ...] = ()


class Run(NamedTuple):
    """Places in the order of prices: from `begin` to before `end`."""

    begin: int
    end: int


def counts_of(shelf: Shelf, chosen: Chosen, run: Run, free_from: int, only: FrozenBitMap | None) -> Counts:
    """What is left of the chosen ones inside of a range of prices, `only` of these offers where they are given.

    `free_from`: the place from which on shipping is free.
    """
    hits, whole = _of_choice(shelf, chosen)
    if only is not None:
        hits = hits & only
        whole = _tally(hits, shelf, chosen)
    counts = _inside(whole, hits, run, shelf, chosen)
    left = hits.range_cardinality(run.begin, run.end) if run.begin < run.end else 0
    counts |= dict.fromkeys(_single(chosen), left)
    counts["stock", 0] = left - counts["stock", 1]
    _count_prices(hits, run, shelf, counts)
    counts["shipping", 1] = _between(hits, run, free_from, shelf.count)
    counts["shipping", 0] = left - counts["shipping", 1]
    return counts


def left_of(shelf: Shelf, chosen: Chosen, run: Run, only: FrozenBitMap | None) -> int:
    """How many are left, of what `counts_of` counts."""
    hits, _ = _of_choice(shelf, chosen)
    return (hits if only is None else hits & only).range_cardinality(run.begin, max(run.begin, run.end))


def _of_choice(shelf: Shelf, chosen: Chosen) -> tuple[FrozenBitMap, Counts]:
    """The offers chosen, and their counts; remembered with the shelf."""
    known = shelf.told.get(chosen)
    if known is None:
        hits = _chosen_bits(shelf, chosen)
        known = (hits, _tally(hits, shelf, chosen))
        if len(shelf.told) >= KEPT_CHOICES:
            shelf.told.clear()
        shelf.told[chosen] = known
    return known


def _chosen_bits(shelf: Shelf, chosen: Chosen) -> FrozenBitMap:
    hits = shelf.all
    for name, value in _single(chosen):
        hits &= shelf.of(name, value)
    if chosen.min_discount is not None:
        hits &= shelf.at_least("discount", chosen.min_discount)
    if chosen.stars is not None:
        hits &= shelf.at_least("stars", chosen.stars)
    if chosen.in_stock:
        hits &= shelf.of("stock", 1)
    if chosen.words and shelf.words is not None:
        hits &= shelf.words.with_all(chosen.words) or FrozenBitMap()
    return hits


def _single(chosen: Chosen) -> list[tuple[str, int]]:
    """What has one value: all that is left has it, so that no other has to be counted."""
    named = (("category", chosen.category), ("province", chosen.province))
    return [(name, value) for name, value in named if value is not None]


def _tally(hits: FrozenBitMap, shelf: Shelf, chosen: Chosen) -> Counts:
    """How many of these offers have which value, those with one value left out."""
    counts: Counts = {}
    known = {name for name, _ in _single(chosen)}
    for name in VALUED:
        if name in known:
            continue
        for value, bits in shelf.values(name).items():
            n = hits.intersection_cardinality(bits)
            if n:
                counts[name, value] = n
    counts["stock", 1] = hits.intersection_cardinality(shelf.of("stock", 1))
    reached = 0
    for least in reversed(DISCOUNTS):
        n = hits.intersection_cardinality(shelf.at_least("discount", least))
        counts["discount", least], reached = n - reached, n
    return counts


def _inside(whole: Counts, hits: FrozenBitMap, run: Run, shelf: Shelf, chosen: Chosen) -> Counts:
    """The counts of a range, of those of all prices."""
    begin, end = run.begin, max(run.begin, run.end)
    outside = shelf.count - (end - begin)
    if not outside:
        return dict(whole)
    if outside > end - begin:
        return _tally(hits & shelf.run(begin, end), shelf, chosen)
    beyond = shelf.run(0, begin) | shelf.run(end, shelf.count)
    away = _tally(hits & beyond, shelf, chosen)
    left = {key: n - away.get(key, 0) for key, n in whole.items()}
    return {key: n for key, n in left.items() if n or key[0] not in VALUED}


def _count_prices(hits: FrozenBitMap, run: Run, shelf: Shelf, counts: Counts) -> None:
    """2n inside the nth band, 2n + 1 exactly at its upper edge: an edge belongs to both bands, as in their lists."""
    begin = 0
    for place, edge in enumerate(high for _, high in BANDS if high):
        below, end = shelf.cheaper(edge), shelf.up_to(edge)
        counts["price", 2 * place] = _between(hits, run, begin, below)
        counts["price", 2 * place + 1] = _between(hits, run, below, end)
        begin = end
    counts["price", 2 * len(BANDS) - 2] = _between(hits, run, begin, shelf.count)


def _between(hits: FrozenBitMap, run: Run, begin: int, end: int) -> int:
    begin, end = max(begin, run.begin), min(end, run.end)
    return hits.range_cardinality(begin, end) if begin < end else 0
