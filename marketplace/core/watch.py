"""The outermost layer: gives each request its id, counts it by route, logs what changed something, failed or was slow.

The rest is in the access log of the web server in front, under the same id.
"""

from __future__ import annotations

import time
from collections import Counter as Counts
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from typing import Any

import structlog
from flask import Flask, request
from prometheus_client import Counter, Histogram

from marketplace.core import logs, metrics
from marketplace.core.endings import Ended

log = structlog.get_logger(__name__)
READING = frozenset({"GET", "HEAD", "OPTIONS"})
METHODS = READING | {"POST", "PUT", "PATCH", "DELETE"}
SLOW_SECONDS = 1.0
AT_ONCE = 100
TURNED_AWAY = "turned away"
"""The route of who was told to come back: thousands a second where it matters, counted and not written down."""
KEPT = "kept page"
"""The route of a page that was made before: it never came to a view."""
HEADER = "X-Request-ID"


class Watched:
    """WSGI layer around everything. `believes_ids`: a proxy of ours in front chose the id of each request."""

    def __init__(self, inner: Callable[..., Any], *, believes_ids: bool) -> None:
        self._inner, self._believes_ids = inner, believes_ids

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        begun = time.perf_counter()
        request_id = self._id(environ)
        logs.begin(request_id)
        status = "500"

        def answer(told: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            nonlocal status
            status = told[:3]
            headers = [*headers, (HEADER, request_id)]
            return start_response(told, headers, exc_info) if exc_info else start_response(told, headers)

        def end() -> None:
            _note(environ, status, time.perf_counter() - begun)

        try:
            parts: Iterable[bytes] = self._inner(environ, answer)
        except BaseException:
            end()
            raise
        if isinstance(parts, list):
            end()
            return parts
        return Ended(parts, end)

    def _id(self, environ: dict[str, Any]) -> str:
        told = environ.get("HTTP_X_REQUEST_ID", "") if self._believes_ids else ""
        return told if logs.ID.fullmatch(told) else logs.new_id()


class UnderWay:
    """WSGI layer next to Flask: counts what is under way there. A page made before is over as it begins."""

    def __init__(self, inner: Callable[..., Any]) -> None:
        self._inner = inner

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        metrics.IN_FLIGHT.inc()
        try:
            parts: Iterable[bytes] = self._inner(environ, start_response)
        except BaseException:
            metrics.IN_FLIGHT.dec()
            raise
        return Ended(parts, metrics.IN_FLIGHT.dec)


def fit(app: Flask) -> None:
    """Notes the route of each request that comes to a view, and counts those under way."""
    app.wsgi_app = UnderWay(app.wsgi_app)  # type: ignore[method-assign]

    def note_route() -> None:
        rule = request.url_rule
        request.environ["bazargah.route"] = rule.rule if rule is not None else "unknown"

    app.before_request_funcs.setdefault(None, []).insert(0, note_route)


def method_of(environ: dict[str, Any]) -> str:
    """The method, or "other": what somebody made up is no name of a series."""
    told: str = environ["REQUEST_METHOD"]
    return told if told in METHODS else "other"


def route_of(environ: dict[str, Any], status: str) -> str:
    """The route of the view that answered, never the address."""
    return environ.get("bazargah.route") or (KEPT if status in ("200", "304") else "before a view")


def _note(environ: dict[str, Any], status: str, seconds: float) -> None:
    method = method_of(environ)
    if "bazargah.route" not in environ and status in ("200", "304") and seconds <= metrics.SECONDS[0]:
        _kept_pages.add(method, status, seconds)
        return
    route = route_of(environ, status)
    _requests(method, route, status).inc()
    _seconds(route).observe(seconds)
    tell()
    is_worth_a_line = method not in READING or status >= "500" or seconds > SLOW_SECONDS
    if is_worth_a_line and route != TURNED_AWAY:
        log.info("request", method=method, route=route, status=int(status), ms=round(seconds * 1000, 1))


def tell() -> None:
    """Hands over what was not yet counted."""
    _kept_pages.hand_over()


class _KeptPages:
    """Quick answers of kept pages, counted together: each by itself would cost more than the answer.

    Handed over after so many, after a second, and with every other request of the process.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, str, float]] = deque()
        self._last = 0.0

    def add(self, method: str, status: str, seconds: float) -> None:
        self._waiting.append((method, status, seconds))
        if len(self._waiting) >= AT_ONCE or time.monotonic() - self._last > 1:
            self.hand_over()

    def hand_over(self) -> None:
        if not self._waiting:
            return
        self._last = time.monotonic()
        told: Counts[tuple[str, str]] = Counts()
        taken = 0.0
        with suppress(IndexError):
            while True:
                method, status, seconds = self._waiting.popleft()
                told[method, status] += 1
                taken += seconds
        for (method, status), n in told.items():
            _requests(method, KEPT, status).inc(n)
        of_all = _seconds(KEPT)
        of_all._sum.inc(taken)
        of_all._buckets[0].inc(told.total())  # they were all within the first bound


_kept_pages = _KeptPages()


@cache
def _requests(method: str, route: str, status: str) -> Counter:
    return metrics.REQUESTS.labels(method, route, status)


@cache
def _seconds(route: str) -> Histogram:
    return metrics.REQUEST_SECONDS.labels(route)
