"""Public pages made once and answered before Flask until something behind them changes.

A page is kept when a visitor without any cookie of ours got it, every table that was read for it has a stamp, and it
said nothing against keeping. It is answered while all its stamps are as they were *before* it was made and the clock
has passed no edge (end of a seal, a window, a rule's date), at most for `LONGEST`. So after the commit of a revocation,
a price drop, a stock-out or a freeze nobody gets the old page, from whatever process.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from typing import Any

import structlog
from flask import Flask

from marketplace.core import clock, encodings
from marketplace.core.db import db
from marketplace.core.stamps import StampReader, listen, reads_of_this_thread
from marketplace.storefront.edges import EDGE_TABLES, next_edge

LONGEST = timedelta(seconds=60)
"""Words such as "3 minutes ago" may be so old."""
LARGEST_PAGE = 512 * 1024
LONGEST_KEY = 2_000
NEVER = (
    "/api/",
    "/feeds/",
    "/files/",
    "/healthz",
    "/me/",
    "/media/",
    "/office",
    "/panel",
    "/readyz",
    "/static/",
    "/webhooks/",
)
ALWAYS = frozenset({"categories", "festivals", "policy_rows"})
"""What stands on every page, or is remembered between pages."""
KNOWN_THEMES = {"", "light", "dark", "auto"}
DROPPED = frozenset({"content-length", "date", "connection", "set-cookie"})
OF_A_BODY = frozenset({"content-type", "content-encoding"})
Key = tuple[str, ...]
Headers = list[tuple[str, str]]
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """A page with its stamps: good from `made_at` to before `good_until`."""

    body: bytes
    headers: Headers
    etag: str
    stamps: tuple[tuple[str, int], ...]
    made_at: datetime
    good_until: datetime

    def is_good(self, stamps: dict[str, int], at: datetime) -> bool:
        if not self.made_at <= at < self.good_until:
            return False
        return all(stamps.get(topic, 0) == n for topic, n in self.stamps)


class PageCache:
    """WSGI layer between the language prefix and Flask, one for each process; keeps `most_bytes`, the latest used."""

    def __init__(self, app: Flask, most_bytes: int) -> None:
        with app.app_context():
            engine = db.engine
        listen(engine)
        self._app, self._inner, self._most = app, app.wsgi_app, most_bytes
        self._stamps = StampReader(engine, is_pooled=app.config["SETTINGS"].database_pooler != "none")
        self._pages: OrderedDict[Key, Page] = OrderedDict()
        self._lock, self._size = threading.Lock(), 0
        self._turns: dict[Key, threading.Lock] = {}
        self._edge: tuple[tuple[int, ...], datetime, datetime] | None = None
        self.hits = 0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        key = _key(environ)
        if key is None:
            return self._inner(environ, start_response)
        try:
            stamps = self._stamps.read()
        except Exception as error:
            log.warning("stamps_unread", error=str(error))
            return self._inner(environ, start_response)
        at = clock.now()
        page = self._find(key, stamps, at)
        if page is None:
            with self._turn(key) as waited:
                if waited:
                    stamps, at = self._stamps.read(), clock.now()
                    page = self._find(key, stamps, at)
                if page is None:
                    return self._make(key, stamps, at, environ, start_response)
        return _answer(page, environ, start_response)

    def close(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._pages.clear()
            self._size = 0
        self._stamps.close()

    def _find(self, key: Key, stamps: dict[str, int], at: datetime) -> Page | None:
        page = self._pages.get(key)
        if page is None or not page.is_good(stamps, at):
            return None
        with self._lock:
            if key in self._pages:
                self._pages.move_to_end(key)
        self.hits += 1
        return page

    def _turn(self, key: Key) -> _Turn:
        return _Turn(self._turns, self._lock, key, key in self._pages)

    def _make(
        self,
        key: Key,
        stamps: dict[str, int],
        at: datetime,
        environ: dict[str, Any],
        start_response: Callable[..., Any],
    ) -> Iterable[bytes]:
        until = min(at + LONGEST, self._next_edge(stamps, at))
        said: list[Any] = []

        def hear(status: str, headers: Headers, exc_info: Any = None) -> Any:
            said[:] = [status, headers]
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        with reads_of_this_thread() as reads:
            parts = self._inner(environ, hear)
        topics = reads.all_topics()
        if topics is None or environ["REQUEST_METHOD"] != "GET" or not said or not _may_be_kept(*said):
            return parts
        try:
            body = b"".join(parts)
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
        if len(body) <= LARGEST_PAGE:
            headers = [(n, v) for n, v in said[1] if n.lower() not in DROPPED]
            etag = f'W/"{sha256(body).hexdigest()[:20]}"'
            kept = tuple((topic, stamps.get(topic, 0)) for topic in sorted(topics | ALWAYS))
            self._keep(key, Page(body, headers, etag, kept, at, until))
        return [body]

    def _keep(self, key: Key, page: Page) -> None:
        with self._lock:
            old = self._pages.pop(key, None)
            self._size += len(page.body) - (len(old.body) if old else 0)
            self._pages[key] = page
            while self._size > self._most and self._pages:
                self._size -= len(self._pages.popitem(last=False)[1].body)

    def _next_edge(self, stamps: dict[str, int], at: datetime) -> datetime:
        """Asked of the database only when a table with edges changed, or the last one has passed."""
        version = tuple(stamps.get(table, 0) for table in EDGE_TABLES)
        known = self._edge
        if known is not None and known[0] == version and known[1] <= at < known[2]:
            return known[2]
        with self._app.app_context():
            found = next_edge(at)
        self._edge = (version, at, found)
        return found


class _Turn:
    """While one thread makes a page that was kept before, the others wait for it. Says whether it waited."""

    def __init__(
        self, turns: dict[Key, threading.Lock], guard: threading.Lock, key: Key, was_kept: bool
    ) -> None:
        self._turns, self._guard, self._key, self._was_kept = turns, guard, key, was_kept
        self._mine: threading.Lock | None = None

    def __enter__(self) -> bool:
        if not self._was_kept:
            return False
        with self._guard:
            self._mine = self._turns.setdefault(self._key, threading.Lock())
        if self._mine.acquire(blocking=False):
            return False
        self._mine.acquire()
        return True

    def __exit__(self, *error: object) -> None:
        if self._mine is not None:
            with self._guard:
                self._turns.pop(self._key, None)
            self._mine.release()


def _key(environ: dict[str, Any]) -> Key | None:
    """What may be answered from a page made for somebody else: a plain GET or HEAD without any name of a visitor."""
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or "HTTP_AUTHORIZATION" in environ:
        return None
    path = environ.get("PATH_INFO", "")
    if path.startswith(NEVER):
        return None
    theme = _theme(environ.get("HTTP_COOKIE", ""))
    if theme is None:
        return None
    accepts = environ.get("HTTP_ACCEPT", "")
    key = (
        environ.get("wsgi.url_scheme", ""),
        environ.get("HTTP_HOST", ""),
        environ.get("SCRIPT_NAME", ""),
        path,
        environ.get("QUERY_STRING", ""),
        theme,
        encodings.choose(environ.get("HTTP_ACCEPT_ENCODING", "")),
        "html" if not accepts or "text/html" in accepts or "*/*" in accepts else accepts,
    )
    return key if sum(map(len, key)) <= LONGEST_KEY else None


def _theme(cookies: str) -> str | None:
    """The chosen theme, the only cookie that a kept page may depend on; None where there is any other."""
    if not cookies:
        return ""
    try:
        jar = SimpleCookie(cookies)
    except CookieError:
        return None
    if set(jar) != {"theme"}:
        return None
    theme = jar["theme"].value
    return theme if theme in KNOWN_THEMES else None


def _may_be_kept(status: str, headers: Headers) -> bool:
    said = {name.lower(): value.lower() for name, value in headers}
    vary = {v.strip() for v in said.get("vary", "").split(",") if v.strip()}
    return (
        status.startswith("200 ")
        and said.get("content-type", "").startswith("text/html")
        and "set-cookie" not in said
        and said.get("cache-control", "") == "no-cache"
        and vary <= {"accept-encoding", "cookie"}
    )


def _answer(page: Page, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    headers = [*page.headers, ("ETag", page.etag)]
    if page.etag in environ.get("HTTP_IF_NONE_MATCH", ""):
        start_response("304 Not Modified", [(n, v) for n, v in headers if n.lower() not in OF_A_BODY])
        return []
    start_response("200 OK", [*headers, ("Content-Length", str(len(page.body)))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [page.body]


def fit(app: Flask) -> None:
    """Puts the cache before the app, unless `PAGE_CACHE_MB` is 0."""
    most = app.config["SETTINGS"].page_cache_mb
    if most:
        cache = PageCache(app, most * 1024 * 1024)
        app.extensions["bazargah_page_cache"] = cache
        app.wsgi_app = cache  # type: ignore[method-assign]
