"""One reading for all who wait for one: nobody is given what began to be read before they asked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Value = TypeVar("Value")


@dataclass(slots=True, eq=False)
class _Round(Generic[Value]):
    """Those who wait for the same reading; `places` are the locks that they sleep on."""

    places: list[threading.Lock] = field(default_factory=list)
    value: Value | None = None
    error: BaseException | None = None
    is_over: bool = False


class Together(Generic[Value]):
    """Reads one at a time: who asks meanwhile waits for the next reading, which is one for all of them.

    With one who asks it costs two locks. Where each reading is a way to a server and back, many who ask at the same
    time pay for one of them.
    """

    def __init__(self, read: Callable[[], Value]) -> None:
        self._read = read
        self._lock, self._is_reading = threading.Lock(), False
        self._next: _Round[Value] = _Round()

    def __call__(self) -> Value:
        """What is read from now on. Raises what the reading raises."""
        with self._lock:
            mine, place = self._next, None
            if self._is_reading:
                place = threading.Lock()
                place.acquire()
                mine.places.append(place)
            self._is_reading = True
        if place is not None:
            place.acquire()
        return self._told(mine) if mine.is_over else self._lead()

    def _lead(self) -> Value:
        """Reads for those who have asked until now; who comes later is of the next round."""
        with self._lock:
            mine, self._next = self._next, _Round()
        try:
            mine.value = self._read()
        except BaseException as error:
            mine.error = error
            raise
        finally:
            mine.is_over = True
            self._pass_on(mine)
        return mine.value

    def _pass_on(self, over: _Round[Value]) -> None:
        with self._lock:
            waiting = self._next.places
            leader = waiting.pop(0) if waiting else None
            self._is_reading = leader is not None
        if leader is not None:
            leader.release()
        for place in over.places:
            place.release()

    @staticmethod
    def _told(over: _Round[Value]) -> Value:
        if over.error is not None:
            raise RuntimeError("the reading for all of us failed") from over.error
        return over.value  # type: ignore[return-value]
