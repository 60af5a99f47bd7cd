"""The outermost layer: gives each request its id, counts it by route, logs what changed something, failed or was slow.

The rest is in the access log of the web server in front, under the same id.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import structlog
from flask import Flask, request
from prometheus_client import Counter, Histogram
from werkzeug.wsgi import ClosingIterator

from marketplace.core import logs, metrics, traces

log = structlog.get_logger(__name__)
READING = frozenset({"GET", "HEAD", "OPTIONS"})
METHODS = READING | {"POST", "PUT", "PATCH", "DELETE"}
SLOW_SECONDS = 1.0
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
        span = traces.begin("request", _method(environ))
        status = "500"

        def answer(told: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            nonlocal status
            status = told[:3]
            headers = [*headers, (HEADER, request_id)]
            return start_response(told, headers, exc_info) if exc_info else start_response(told, headers)

        def end() -> None:
            metrics.IN_FLIGHT.dec()
            _note(environ, status, time.perf_counter() - begun)
            _tell(span, environ, status, request_id)

        metrics.IN_FLIGHT.inc()
        try:
            with span.within():
                parts: Iterable[bytes] = self._inner(environ, answer)
        except BaseException:
            end()
            raise
        if isinstance(parts, list):
            end()
            return parts
        return ClosingIterator(parts, [end])

    def _id(self, environ: dict[str, Any]) -> str:
        told = environ.get("HTTP_X_REQUEST_ID", "") if self._believes_ids else ""
        return told if logs.ID.fullmatch(told) else logs.new_id()


def fit(app: Flask) -> None:
    """Notes the route of each request that comes to a view."""

    def note_route() -> None:
        rule = request.url_rule
        request.environ["bazargah.route"] = rule.rule if rule is not None else "unknown"

    app.before_request_funcs.setdefault(None, []).insert(0, note_route)


def _route(environ: dict[str, Any], status: str) -> str:
    return environ.get("bazargah.route") or (KEPT if status in ("200", "304") else "before a view")


def _method(environ: dict[str, Any]) -> str:
    told = environ["REQUEST_METHOD"]
    return told if told in METHODS else "other"


def _tell(span: traces.Span, environ: dict[str, Any], status: str, request_id: str) -> None:
    """What the request was, in the words of OpenTelemetry's conventions. The route, never the address."""
    span.note("http.request.method", _method(environ))
    span.note("http.route", _route(environ, status))
    span.note("http.response.status_code", int(status))
    span.note("bazargah.request_id", request_id)
    span.end(failed=status >= "500")


def _note(environ: dict[str, Any], status: str, seconds: float) -> None:
    method, route = _method(environ), _route(environ, status)
    _requests(method, route, status).inc()
    _seconds(route).observe(seconds)
    is_worth_a_line = method not in READING or status >= "500" or seconds > SLOW_SECONDS
    if is_worth_a_line:
        log.info("request", method=method, route=route, status=int(status), ms=round(seconds * 1000, 1))


@cache
def _requests(method: str, route: str, status: str) -> Counter:
    return metrics.REQUESTS.labels(method, route, status)


@cache
def _seconds(route: str) -> Histogram:
    return metrics.REQUEST_SECONDS.labels(route)
