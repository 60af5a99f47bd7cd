"""Traces, where somebody wants them: what a request, a job, an outside call and a unit of work took, and in whom.

Without `TRACES_URL` nothing here does anything. With it, spans go to that collector by OTLP over HTTP
(`traces_sent.py`, which needs the extra `traces`). A trace's id is a digest of the request's id (`trace_id`): the
request, the jobs that follow it in other processes and what these ask outside are one trace, and a line of the log
leads to it. A span carries what a metric may carry: route, kind, host, status. Never an address with what was typed
into it, and no person.
"""

from __future__ import annotations

import hashlib
import pkgutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Literal, Protocol

from marketplace.core.settings import SettingsError
from marketplace.core.traces_settings import TracesPlace

Kind = Literal["request", "job", "call", "inside"]
SENDER = "marketplace.core.traces_sent:Sender"


class Span(Protocol):
    """A piece of work that has begun."""

    def within(self) -> AbstractContextManager[None]:
        """What begins meanwhile in this thread is part of it."""

    def note(self, name: str, told: str | int) -> None:
        """Adds a fact."""

    def end(self, *, failed: bool = False) -> None:
        """It is over."""


class Tracer(Protocol):
    """Who takes the spans."""

    def begin(self, kind: Kind, name: str) -> Span:
        """Begins a piece of work, within the one that this thread is at."""

    def carried(self) -> dict[str, str]:
        """The header that tells the other side which trace asks it."""

    def close(self) -> None:
        """Sends what is left, and nothing from then on."""


class TracesUnsent(SettingsError):
    """`TRACES_URL` is set and the libraries for it are not installed."""


class _Unseen:
    """The span of a house that sends none."""

    def within(self) -> AbstractContextManager[None]:
        return nullcontext()

    def note(self, name: str, told: str | int) -> None:
        pass

    def end(self, *, failed: bool = False) -> None:
        pass


_UNSEEN = _Unseen()
_tracer: Tracer | None = None


def fit(place: TracesPlace | None) -> None:
    """From here on this process sends its spans there; None: nowhere.

    Raises TracesUnsent when the extra `traces` is not installed.
    """
    close()
    if place is None:
        return
    try:
        sender = pkgutil.resolve_name(SENDER)
    except ModuleNotFoundError as missing:
        raise TracesUnsent(
            f"TRACES_URL needs the extra `traces`: {missing.name} is not installed"
        ) from missing
    use(sender(place))


def use(tracer: Tracer | None) -> None:
    """Spans go to this tracer."""
    global _tracer
    _tracer = tracer


def close() -> None:
    """Sends what is left; from here on nothing is sent."""
    if _tracer is not None:
        _tracer.close()
    use(None)


def begin(kind: Kind, name: str) -> Span:
    """Begins a span; whoever begins it ends it."""
    return _UNSEEN if _tracer is None else _tracer.begin(kind, name)


@contextmanager
def span(kind: Kind, name: str) -> Iterator[Span]:
    """A span around the block; an error that leaves the block is its failure."""
    if _tracer is None:
        yield _UNSEEN
        return
    begun = _tracer.begin(kind, name)
    try:
        with begun.within():
            yield begun
    except BaseException:
        begun.end(failed=True)
        raise
    begun.end()


def carried() -> dict[str, str]:
    """Headers that an outside call of ours takes along; none where nothing is traced."""
    return {} if _tracer is None else _tracer.carried()


def trace_id(request_id: str) -> str:
    """The trace of a request: 32 hexadecimal digits, the same in every process."""
    return hashlib.sha256(request_id.encode()).hexdigest()[:32]
