"""Which offers of a large edition have which word: a search with very many hits is counted without reading them.

The job that counts the facets (`storefront/counting.py`) reads the words too and leaves them in the same file, as
packed bitmaps over the same places. A process maps the file and unpacks what is searched for. Words that few offers
have are left out: a search with few hits is counted from its hits. What begins with the same one or two letters is kept
as a whole where words were left out or would be many.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from zlib import crc32

import structlog
from pyroaring import FrozenBitMap

LEAST_OFFERS = 50
"""Words that fewer offers have are found by their first two letters alone."""
MANY_WORDS = 16
"""From so many words on that begin alike, their union is kept as well."""
KEPT_SEARCHES = 64
LINES = 3
LEAST_SHARED = 3
RARE = "~"
"""Behind a beginning of three letters or more: offers of words left out that begin so, where words kept do too."""
log = structlog.get_logger(__name__)


class Words:
    """The places of the offers with a word, by what somebody typed."""

    def __init__(self, index: Mapping[str, tuple[int, int, int]], body: memoryview) -> None:
        """`index`: where the bitmap of a word begins and ends in `body`, and its check sum."""
        self._index, self._body = index, body
        self._words = sorted(name for name in index if not name.endswith(("*", RARE)))
        self.with_all = lru_cache(KEPT_SEARCHES)(self._with_all)
        self.exactly = lru_cache(KEPT_SEARCHES)(self._exactly)
        self._beginning = lru_cache(KEPT_SEARCHES)(self._union)

    def _with_all(self, typed: tuple[str, ...]) -> FrozenBitMap | None:
        """The offers of which each typed word begins a word. None for numbers with a point: databases part them
        differently; and None where a word is not as it was written."""
        found = self._of_each(typed)
        return FrozenBitMap.intersection(*found) if found else None

    def _exactly(self, typed: tuple[str, ...]) -> FrozenBitMap | None:
        """As `with_all`, and all of them however few; None where that is not known. What begins a word that was kept
        has all its offers here, and so have one letter and two; what only rare words begin with has none."""
        found = self._of_each(typed)
        return FrozenBitMap.intersection(*found) if found and all(found) else None

    def _of_each(self, typed: tuple[str, ...]) -> list[FrozenBitMap] | None:
        if any("." in word for word in typed):
            return None
        try:
            return sorted((self._beginning(word) for word in typed), key=len)
        except (ValueError, TypeError, IndexError) as error:
            log.warning("words_unread", error=repr(error)[:200])
            return None

    def _union(self, typed: str) -> FrozenBitMap:
        whole = typed + "*"
        if whole in self._index:
            return self._read(whole)
        begin = bisect_left(self._words, typed)
        end = bisect_left(self._words, typed + "\U0010ffff")
        rare = [typed + RARE] if typed + RARE in self._index else []
        return FrozenBitMap.union(FrozenBitMap(), *map(self._read, (*self._words[begin:end], *rare)))

    def _read(self, name: str) -> FrozenBitMap:
        begin, end, checked = self._index[name]
        said = bytes(self._body[begin:end])
        if crc32(said) != checked:
            raise ValueError(f"another {name!r} than was written")
        return FrozenBitMap.deserialize(said)


def words_of(offers: Iterable[Sequence[object]], places: array[int]) -> dict[str, FrozenBitMap]:
    """The bitmaps of (id, search_text): of each word that many have, and of what begins alike, ending in `*`."""
    titles, others = _lines_of(offers, places)
    found: defaultdict[str, list[FrozenBitMap]] = defaultdict(list)
    for word, those in titles.items():
        found[word].append(FrozenBitMap(those))
    for line, those in others.items():
        bits = FrozenBitMap(those)
        for word in set(line.split()):
            found[word].append(bits)
    whole = {word: FrozenBitMap.union(*bits) for word, bits in found.items()}
    kept = {word: bits for word, bits in whole.items() if len(bits) >= LEAST_OFFERS}
    return kept | _beginnings(whole, kept) | _left_out(whole, kept)


def _left_out(whole: Mapping[str, FrozenBitMap], kept: Mapping[str, FrozenBitMap]) -> dict[str, FrozenBitMap]:
    """What words kept would not tell of a beginning that they share with others that were left out."""
    shared = {word[:size] for word in kept for size in range(LEAST_SHARED, len(word) + 1)}
    found: defaultdict[str, list[FrozenBitMap]] = defaultdict(list)
    for word, bits in whole.items():
        if word in kept:
            continue
        for size in range(LEAST_SHARED, len(word) + 1):
            if word[:size] not in shared:
                break
            found[word[:size]].append(bits)
    return {letters + RARE: FrozenBitMap.union(*those) for letters, those in found.items()}


def _lines_of(offers: Iterable[Sequence[object]], places: array[int]) -> tuple[dict[str, array[int]], ...]:
    """The places of each word of titles, and of each line that says the same of many offers."""
    titles: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
    others: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
    known = len(places)
    for number, said in offers:
        place = places[number] - 1 if isinstance(number, int) and number < known else -1
        if place < 0:
            continue
        title, *rest = str(said).replace(".", " ").split("\n", LINES - 1)
        for word in title.split():
            titles[word].append(place)
        for line in rest:
            others[line].append(place)
    return titles, others


def _beginnings(
    whole: Mapping[str, FrozenBitMap], kept: Mapping[str, FrozenBitMap]
) -> dict[str, FrozenBitMap]:
    """What begins with the same one or two letters, where it is many words or more than the words kept tell."""
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for word in whole:
        for letters in {word[:1], word[:2]}:
            alike[letters].append(word)
    return {
        letters + "*": FrozenBitMap.union(*(whole[word] for word in words))
        for letters, words in alike.items()
        if len(words) >= MANY_WORDS or any(word not in kept for word in words)
    }
