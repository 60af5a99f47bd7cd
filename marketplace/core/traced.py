"""The layer that makes a span of each request; it stands around the house only where traces are sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from marketplace.core import logs, traces
from marketplace.core.endings import Ended
from marketplace.core.watch import method_of, route_of


class Traced:
    """WSGI layer within `Watched`, which has given the request its id."""

    def __init__(self, inner: Callable[..., Any]) -> None:
        self._inner = inner

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        span = traces.begin("request", method_of(environ))
        status = "500"

        def answer(told: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            nonlocal status
            status = told[:3]
            return start_response(told, headers, exc_info) if exc_info else start_response(told, headers)

        def end() -> None:
            _tell(span, environ, status)

        try:
            with span.within():
                parts: Iterable[bytes] = self._inner(environ, answer)
        except BaseException:
            end()
            raise
        return Ended(parts, end)


def _tell(span: traces.Span, environ: dict[str, Any], status: str) -> None:
    """What the request was, in the words of OpenTelemetry's conventions. The route, never the address."""
    span.note("http.request.method", method_of(environ))
    span.note("http.route", route_of(environ, status))
    span.note("http.response.status_code", int(status))
    span.note("bazargah.request_id", logs.current_id() or "")
    span.end(failed=status >= "500")
