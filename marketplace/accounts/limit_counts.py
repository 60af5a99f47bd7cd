"""Counts of limits in the memory of one process: where there is no Redis, and while it is away.

The library's own memory starts a thread for nearly every try, which goes through all who ever tried and forgets none
of them; here a try looks at two others, and who has not tried for the length of a window is forgotten.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque

from limits.storage import Storage
from limits.storage.base import MovingWindowSupport

LOOKED_AT = 2
"""Whoever tried longest ago is looked at, so many at each try: more are forgotten than come."""
MOST = 200_000
"""So many keys of a window are remembered, some 60 MB; of more, who tried longest ago is forgotten early."""


class CountsHere(Storage, MovingWindowSupport):
    """The moments of the latest tries by key; for moving windows alone. A key belongs to one limit, so to one length of
    window."""

    STORAGE_SCHEME = ["here"]

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: str) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self._lock = threading.Lock()
        self._by_length: dict[int, OrderedDict[str, deque[float]]] = {}

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Counts `amount` tries unless that makes more than `limit` in the last `expiry` seconds; whether it did."""
        now = time.time()
        with self._lock:
            window = self._by_length.setdefault(expiry, OrderedDict())
            _forget(window, now - expiry)
            tries = window.get(key) or deque()
            _drop(tries, now - expiry)
            if len(tries) + amount > limit:
                return False
            tries.extend([now] * amount)
            window[key] = tries
            window.move_to_end(key)
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """The moment of the first try that still counts, or now, and how many count."""
        now = time.time()
        with self._lock:
            window = self._by_length.get(expiry)
            tries = window.get(key) if window else None
            if tries:
                _drop(tries, now - expiry)
            return (tries[0], len(tries)) if tries else (now, 0)

    def clear(self, key: str) -> None:
        """Forgets one key."""
        with self._lock:
            for window in self._by_length.values():
                window.pop(key, None)

    def reset(self) -> int | None:
        """Forgets all; gives how many keys there were."""
        with self._lock:
            known = self.count()
            self._by_length.clear()
            return known

    def count(self) -> int:
        """How many keys are remembered."""
        return sum(len(window) for window in self._by_length.values())

    def check(self) -> bool:
        """Memory is always there."""
        return True

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def get(self, key: str) -> int:
        raise NotImplementedError("moving windows alone are counted here")

    def get_expiry(self, key: str) -> float:
        raise NotImplementedError("moving windows alone are counted here")

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        raise NotImplementedError("moving windows alone are counted here")


def _drop(tries: deque[float], before: float) -> None:
    while tries and tries[0] < before:
        tries.popleft()


def _forget(window: OrderedDict[str, deque[float]], before: float) -> None:
    for _ in range(LOOKED_AT):
        if not window:
            return
        key = next(iter(window))
        if window[key] and window[key][-1] >= before and len(window) < MOST:
            return
        del window[key]
