"""Who is let in when too many come at once: what pays an order first, then people signed in, then everybody else.

A web process has so many places as threads. A request that finds its share taken is told at once when to come back; it
holds no thread and no connection meanwhile, so those inside are answered in their time. Pages made before never come
to this layer. Which class a request belongs to is read from its address and its cookie, without asking the database: a
made-up cookie gets somebody further than others, and only to pages that then refuse them.
"""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import orjson
from flask import Flask
from werkzeug.wsgi import ClosingIterator

from marketplace.core import metrics
from marketplace.core.language import direction, t

FIRST = re.compile(
    r"/(checkout|orders/[0-9]+(/.*)?|webhooks/.*|api/v1/orders(/.*)?|api/v1/store-orders/.*|healthz|readyz|metrics|static/.*)"
)
"""Buying what is in the cart, the way back from the gateway, and its news."""
SHARES = {"first": (1, 1), "signed in": (5, 6), "others": (2, 3)}
COOKIES_OF_READER = "bazargah.cookies"
"""What the browser sent, where a page is made for many and may not see it."""
WAIT_SECONDS = (3, 12)
"""Told at random between these, so that those turned away do not come back as one."""


class Turns:
    """WSGI layer before Flask, one for each process, with so many places."""

    def __init__(self, app: Flask, places: int) -> None:
        self._app, self._inner = app, app.wsgi_app
        self._most = {kind: max(1, places * over // under) for kind, (over, under) in SHARES.items()}
        self._lock, self._taken = threading.Lock(), 0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        kind = kind_of(environ)
        with self._lock:
            is_let_in = self._taken < self._most[kind]
            self._taken += is_let_in
        if not is_let_in:
            metrics.TURNED_AWAY.labels(kind).inc()
            return self._turn_away(environ, start_response)
        try:
            parts = self._inner(environ, start_response)
        except BaseException:
            self._leave()
            raise
        return ClosingIterator(parts, [self._leave])

    def _leave(self) -> None:
        with self._lock:
            self._taken -= 1

    def _turn_away(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["bazargah.route"] = "turned away"
        lang = environ.get("bazargah.language", "fa")
        is_program = environ.get("PATH_INFO", "").startswith(("/api/", "/webhooks/"))
        kind, body = _problem(lang) if is_program else _page(self._app, lang)
        wait = str(random.randint(*WAIT_SECONDS))  # noqa: S311
        headers = [
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Retry-After", wait),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Content-Security-Policy", "default-src 'self'; base-uri 'none'; frame-ancestors 'none'"),
        ]
        if environ["REQUEST_METHOD"] == "GET" and not is_program:
            headers.append(("Refresh", wait))
        start_response("503 SERVICE UNAVAILABLE", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def kind_of(environ: dict[str, Any]) -> str:
    """The class of a request: a key of `SHARES`."""
    cookies = environ.get(COOKIES_OF_READER) or environ.get("HTTP_COOKIE", "")
    has_session = "sid=" in cookies or "HTTP_AUTHORIZATION" in environ
    path = environ.get("PATH_INFO", "")
    is_asked_by_all = path.startswith(("/webhooks/", "/healthz", "/readyz", "/metrics", "/static/"))
    if FIRST.fullmatch(path) and (has_session or is_asked_by_all):
        return "first"
    return "signed in" if has_session else "others"


@cache
def _problem(lang: str) -> tuple[str, bytes]:
    told = {
        "type": "about:blank",
        "title": t("error.busy", lang=lang),
        "status": 503,
        "code": "busy",
        "reasons": [],
    }
    return "application/problem+json", orjson.dumps(told)


@cache
def _page(app: Flask, lang: str) -> tuple[str, bytes]:
    def words(key: str, **params: Any) -> str:
        return t(key, lang=lang, **params)

    bare = app.jinja_env.get_template("errors/bare.html")
    now = words("advice.turned_away")
    title = words("error.busy")
    body = bare.render(
        t=words, lang=lang, dir=direction(lang), status=503, title=title, what_now=now, reasons=[]
    )
    return "text/html; charset=utf-8", body.encode()


def fit(app: Flask, places: int) -> None:
    """Puts the layer around the app; with no places given, everybody is let in."""
    if places:
        app.wsgi_app = Turns(app, places)  # type: ignore[method-assign]
