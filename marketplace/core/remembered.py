"""What many pages read alike, kept between them while the stamps of its tables stand: one reading for all of them.

As with pages, what a value depends on is heard, not declared. Outside of the making of a kept page nothing is
remembered: there are no stamps that were read before.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from marketplace.core.quick_reads import QuickReader
from marketplace.core.stamps import depend_on, reads_of_this_thread
from marketplace.core.unit_of_work import is_open

Value = TypeVar("Value")
MOST = 500
_here = threading.local()
_being_made: set[tuple[Hashable, ...]] = set()


@dataclass(frozen=True, slots=True)
class Kept:
    """A value with the stamps of what it was read from: good from `at` to before `until`."""

    value: Any
    stamps: tuple[tuple[str, int], ...]
    at: datetime
    until: datetime


Memory = dict[tuple[Hashable, ...], Kept]


@dataclass(frozen=True, slots=True)
class Present:
    """The stamps of a database, read before the page is begun at `at`; the clock's next edge is `until`. `memory` is
    of one application over one database; `reader` asks it outside of the session."""

    memory: Memory
    stamps: dict[str, int]
    at: datetime
    until: datetime
    reader: QuickReader | None = None


@contextmanager
def in_present(present: Present) -> Iterator[None]:
    """What this thread reads meanwhile may be remembered."""
    _here.present = present
    try:
        yield
    finally:
        _here.present = None


@dataclass(frozen=True, slots=True)
class Late:
    """A value that may lag: when it was made, and what it was read from where that is known."""

    value: Any
    made: float
    kept: Kept | None


def present() -> Present | None:
    """In what this thread makes a page, if in anything; a verb sees what its own unit holds and nothing else."""
    found: Present | None = getattr(_here, "present", None)
    return None if found is None or is_open() else found


def remembered(make: Callable[[], Value], *name: Hashable) -> Value:
    """What `make` gives, or what it gave for this name to a page before while nothing that it read has changed.

    The value is shared by pages: frozen, and of no one reader.
    """
    here = present()
    if here is None:
        return make()
    known = here.memory.get(name)
    if known is not None and _is_good(known, here):
        _depend_as(known)
        return cast(Value, known.value)
    with reads_of_this_thread() as reads:
        value = make()
    topics = reads.all_topics()
    if topics is not None:
        if len(here.memory) >= MOST:
            here.memory.clear()
        stamps = tuple((topic, here.stamps.get(topic, 0)) for topic in topics)
        here.memory[name] = Kept(value, stamps, here.at, here.until)
    return value


def lately(
    memory: dict[tuple[Hashable, ...], Late], make: Callable[[], Value], seconds: float, *name: Hashable
) -> Value:
    """As `remembered`, but what is at most so many seconds old is given in any case, also outside of kept pages.

    Only for figures that may lag. What takes long to make is given for longer: making it takes at most a twentieth of
    the time. While one thread makes it anew, others get what was known.
    """
    here = present()
    known = memory.get(name)
    if known is not None:
        is_new = time.monotonic() - known.made < seconds
        is_same = here is not None and known.kept is not None and _is_good(known.kept, here)
        if is_new or is_same:
            _depend_as(known.kept)
            return cast(Value, known.value)
        if seconds and name in _being_made:
            return cast(Value, known.value)
    _being_made.add(name)
    try:
        begun = time.monotonic()
        with reads_of_this_thread() as reads:
            value = make()
    finally:
        _being_made.discard(name)
    took = time.monotonic() - begun
    kept = _kept_of(reads.all_topics(), here) if here is not None else None
    memory[name] = Late(value, begun + 20 * took if seconds else begun, kept)
    return value


def _kept_of(topics: frozenset[str] | None, present: Present) -> Kept | None:
    if topics is None:
        return None
    stamps = tuple((topic, present.stamps.get(topic, 0)) for topic in topics)
    return Kept(None, stamps, present.at, present.until)


def _depend_as(kept: Kept | None) -> None:
    for topic, _ in kept.stamps if kept else ():
        depend_on(topic)


def _is_good(known: Kept, present: Present) -> bool:
    if not known.at <= present.at < known.until:
        return False
    return all(present.stamps.get(topic, 0) == n for topic, n in known.stamps)
