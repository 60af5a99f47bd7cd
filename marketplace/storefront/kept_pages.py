"""The pages that a process keeps: as they were made for many, with ready copies for whoever has no session."""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from marketplace.core.holes import Question, Shape, Text

Key = tuple[object, ...]
Headers = list[tuple[str, str]]


class Answer(NamedTuple):
    """What goes out to everybody without a session; packed in a hurry while it was asked for once."""

    headers: Headers
    body: bytes
    is_packed: bool
    is_quick: bool


@dataclass(slots=True, eq=False)
class Page:
    """A page with its stamps: good from `made_at` to before `good_until`. `etag` names it as a visitor without a
    session gets it, and so do the `ready` answers by coding."""

    text: Text
    headers: Headers
    etag: str
    questions: frozenset[Question]
    stamps: tuple[tuple[str, int], ...]
    made_at: datetime
    good_until: datetime
    ready: dict[str, Answer] = field(default_factory=dict)
    good_with: dict[str, int] | None = None

    def is_good(self, stamps: dict[str, int], at: datetime) -> bool:
        """Whether nothing changed by these stamps, which nobody alters, and the clock has passed no edge."""
        if not self.made_at <= at < self.good_until:
            return False
        if stamps is self.good_with:
            return True
        if any(stamps.get(topic, 0) != n for topic, n in self.stamps):
            return False
        self.good_with = stamps
        return True

    @property
    def size(self) -> int:
        """Bytes held, those of packed copies guessed."""
        return self.text.size * 4 // 3


class KeptPages:
    """The latest used pages, at most so many bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._pages: OrderedDict[Key, Page] = OrderedDict()
        self._lock, self.size = threading.Lock(), 0

    def __contains__(self, key: Key) -> bool:
        return key in self._pages

    def __len__(self) -> int:
        return len(self._pages)

    def find(self, key: Key, stamps: dict[str, int], at: datetime) -> Page | None:
        """The page while it is good."""
        page = self._pages.get(key)
        if page is None or not page.is_good(stamps, at):
            return None
        with self._lock, suppress(KeyError):
            self._pages.move_to_end(key)
        return page

    def keep(self, key: Key, page: Page) -> None:
        with self._lock:
            old = self._pages.pop(key, None)
            self.size += page.size - (old.size if old else 0)
            self._pages[key] = page
            while self.size > self._most and self._pages:
                self.size -= self._pages.popitem(last=False)[1].size

    def sizes(self) -> list[int]:
        return [page.size for page in self._pages.values()]

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()
            self.size = 0


NOTED = 2_000


class Noted:
    """Which paths are not for many, and for whom that was found a moment ago: they need not be tried again."""

    def __init__(self, longest: timedelta) -> None:
        self._longest = longest
        self._until: OrderedDict[tuple[Shape | str, str], datetime] = OrderedDict()
        self._lock = threading.Lock()

    def has(self, whose: Shape | str, path: str, at: datetime) -> bool:
        if not self._until:
            return False
        until = self._until.get((whose, path))
        return until is not None and at < until <= at + self._longest

    def note(self, whose: Shape | str, path: str, at: datetime) -> None:
        with self._lock:
            self._until[whose, path] = at + self._longest
            while len(self._until) > NOTED:
                self._until.popitem(last=False)
