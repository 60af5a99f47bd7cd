"""Who makes a page that many want at once: one of them, while the others wait for what it makes.

They wait so long and no longer, and only so many of a process: whoever does not wait makes it for itself, and so does
everybody when the one failed or made nothing that may be kept.
"""

from __future__ import annotations

import threading
import time
from math import inf

from marketplace.storefront.kept_pages import Key, Page

PATIENCE_SECONDS = 5.0
MANY = 1_000


class Making:
    """A page that is being made; `page` when it is there, None when there will be none for many. Its stamps were read
    no earlier than at `read_at`, on the clock of `time.monotonic`.
    """

    def __init__(self) -> None:
        self.page: Page | None = None
        self.read_at = -inf
        self.is_over = threading.Event()


class Makers:
    """The pages that a process makes now, each by one thread. Of its `places` a third stays for what nobody waits
    for.
    """

    def __init__(self, places: int) -> None:
        self._most = max(1, places * 2 // 3) if places else MANY
        self._lock = threading.Lock()
        self._under_way: dict[Key, Making] = {}
        self._waiting = 0

    def join(self, key: Key) -> tuple[Making, bool]:
        """The making of a page that is under way; or one of the caller's own (True), who then ends it."""
        with self._lock:
            known = self._under_way.get(key)
            if known is not None:
                return known, False
            mine = self._under_way[key] = Making()
            return mine, True

    def end(self, key: Key, making: Making) -> None:
        """Says that a making is over, and to those who wait that they may go on. Safe to repeat."""
        with self._lock:
            if self._under_way.get(key) is making:
                del self._under_way[key]
        making.is_over.set()

    def page_of(self, making: Making, end: float) -> Page | None:
        """What another makes, waited for until `end` on that clock; None where it is not had."""
        with self._lock:
            if self._waiting >= self._most:
                return None
            self._waiting += 1
        try:
            making.is_over.wait(max(0.0, end - time.monotonic()))
        finally:
            with self._lock:
                self._waiting -= 1
        return making.page
