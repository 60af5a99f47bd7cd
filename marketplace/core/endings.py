"""What is to be done when an answer is over: a place given back, a count taken down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator


class Ended:
    """The parts of an answer. Who lets go of them calls `close`; then `end` is called: once, and also where letting go
    fails, as when the database of a table that is read while it is sent is gone.
    """

    __slots__ = ("_end", "_parts")

    def __init__(self, parts: Iterable[bytes], end: Callable[[], object]) -> None:
        self._parts, self._end = parts, end

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._parts)

    def close(self) -> None:
        """Raises what letting go of the parts raises."""
        end, self._end = self._end, _nothing
        try:
            close = getattr(self._parts, "close", None)
            if close is not None:
                close()
        finally:
            end()


def _nothing() -> None:
    """The answer is over already."""
