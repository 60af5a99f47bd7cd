"""The way out: one HTTP session with bounded waiting, bounded answers, and no work inside a unit.

Every outside call of the marketplace goes through `client()`. Nothing here knows what is called.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import structlog
from requests.adapters import HTTPAdapter
from urllib3 import Retry
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import MaxRetryError, ReadTimeoutError, ResponseError

from marketplace.core import again, traces
from marketplace.core.turns import outside
from marketplace.core.unit_of_work import is_open

log = structlog.get_logger(__name__)
USER_AGENT = "bazargah/0.1"
LONGEST_RETRY_AFTER_SECONDS = 3
LARGEST_ANSWER_BYTES = 8 * 1024 * 1024
RETRIED_STATUSES = frozenset({502, 503, 504})


class NetworkInsideUnit(RuntimeError):
    """Somebody called the outside while a write transaction was open."""


class AnswerTooLarge(requests.exceptions.RequestException):
    """The other side sent more than `LARGEST_ANSWER_BYTES`; the rest was not read."""


def client(*, connect_seconds: float = 3.05, read_seconds: float = 8, retries: int = 2) -> requests.Session:
    """A session for outside calls; safe to share between threads.

    `connect_seconds` bounds reaching the other side and `read_seconds` its *whole* answer, headers and
    body, so that a slow drip ends as well; both hold for each attempt. `retries` further attempts
    (0: none) follow a connection that failed or broke and the statuses 502, 503 and 504, for **every**
    method: with retries, send only what carries an idempotency key or may happen twice. A time-out is
    not retried. `Retry-After` is obeyed up to 3 seconds; a longer one is handed to the caller with its
    answer. Proxies and credentials of the environment are ignored, cookies are not kept.

    Raises `NetworkInsideUnit` within a unit of work, `AnswerTooLarge`, and what requests raises
    (`ConnectionError`, `Timeout`, ...). A status is not an error here.
    """
    return _Client((connect_seconds, read_seconds), retries)


class _Client(requests.Session):
    def __init__(self, timeout: tuple[float, float], retries: int) -> None:
        super().__init__()
        self._timeout = timeout
        self.trust_env = False
        self.max_redirects = 3
        self.headers["User-Agent"] = USER_AGENT
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _Adapter(max_retries=_retry(retries), pool_maxsize=16)
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        if is_open():
            raise NetworkInsideUnit(f"{request.method} {request.url} inside a unit of work")
        again.note_done_for_good()
        if options.get("timeout") is None:
            options["timeout"] = self._timeout
        left_to_caller = options.get("stream")
        begun = time.perf_counter()
        status: int | str = "none"
        span = traces.begin("call", str(request.method))
        try:
            with outside(), span.within():
                request.headers.update(traces.carried())
                response = super().send(request, **{**options, "stream": True})
                if not left_to_caller:
                    _take_body(response)
            status = response.status_code
        except Exception as error:
            status = type(error).__name__
            raise
        finally:
            ms = round((time.perf_counter() - begun) * 1000, 1)
            host = urlsplit(request.url or "").hostname
            log.info("outside_call", method=request.method, host=host, status=status, ms=ms)
            span.note("server.address", host or "")
            span.note("http.response.status_code" if isinstance(status, int) else "error.type", status)
            span.end(failed=not isinstance(status, int) or status >= 500)
        return response


def _take_body(response: requests.Response) -> None:
    """Reads the body into the response within the deadline that the connection's watch keeps."""
    watch: _Watch | None = getattr(response.raw, "watch", None)
    parts: list[bytes] = []
    size = 0
    try:
        for part in response.iter_content(65536):
            parts.append(part)
            size += len(part)
            if size > LARGEST_ANSWER_BYTES:
                raise AnswerTooLarge(request=response.request)
    except requests.exceptions.RequestException as error:
        if watch is not None and watch.fired:
            raise requests.exceptions.ReadTimeout(request=response.request) from error
        raise
    finally:
        if watch is not None:
            watch.cancel()
        response.close()
    if watch is not None and watch.fired:
        raise requests.exceptions.ReadTimeout(request=response.request)
    response._content = b"".join(parts)


class _BoundedRetry(Retry):
    """As urllib3's, but a time-out is final and a long Retry-After is the caller's business."""

    RETRY_AFTER_STATUS_CODES = frozenset({503})

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: Any = None,
        error: Exception | None = None,
        _pool: Any = None,
        _stacktrace: Any = None,
    ) -> Any:
        if isinstance(error, ReadTimeoutError):
            raise error
        if response is not None and (self.get_retry_after(response) or 0) > LONGEST_RETRY_AFTER_SECONDS:
            raise MaxRetryError(_pool, url or "", ResponseError("asked to wait longer than we do"))
        return super().increment(method, url, response, error, _pool, _stacktrace)


def _retry(retries: int) -> Retry:
    return _BoundedRetry(
        total=retries,
        connect=retries,
        read=retries,
        status=retries,
        other=0,
        redirect=0,
        allowed_methods=None,
        status_forcelist=RETRIED_STATUSES,
        backoff_factor=0.2,
        backoff_jitter=0.1,
        raise_on_status=False,
    )


class _Watch:
    """Shuts a socket when its answer has taken too long, whatever trickles in meanwhile.

    urllib3's read time-out starts anew with every byte; this one does not.
    """

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self.fired = False
        self._sock = sock
        self._timer = threading.Timer(seconds, self._fire)
        self._timer.daemon = True
        self._timer.start()

    def _fire(self) -> None:
        self.fired = True
        with suppress(OSError):  # it was closed in the meantime
            # The plain socket's own shutdown: an SSL socket's would also drop its state under the reader.
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def cancel(self) -> None:
        self._timer.cancel()


class _Watched:
    """Mixin of both connection classes: arms a watch before the answer is read."""

    watch: _Watch | None = None

    def getresponse(self) -> Any:
        if self.watch is not None:
            self.watch.cancel()
        connection: Any = self
        self.watch = None
        if connection.sock is not None and isinstance(connection.timeout, (int, float)):
            self.watch = _Watch(connection.sock, connection.timeout)
        try:
            answer: Any = super().getresponse()  # type: ignore[misc]
        except Exception as error:
            if self.watch is not None:
                self.watch.cancel()
                if self.watch.fired:
                    raise TimeoutError("the answer took too long") from error
            raise
        answer.watch = self.watch
        return answer


class _PlainConnection(_Watched, HTTPConnection):
    pass


class _SecureConnection(_Watched, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
