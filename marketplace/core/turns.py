"""Who is let in when too many come at once: what pays an order first, then people signed in, then everybody else.

A web process has a twelfth as many places as threads. A request that finds its share taken is told when to come back;
it holds no thread and no connection meanwhile, so those inside are answered in their time. The other threads are for
what takes a moment: pages made before, and telling somebody that there is no place. Were they all at work, whoever
comes would wait unheard in the server's own queue.

A few who happen to come together wait for the next place, which is given to whoever waits longest: for a while where
nobody had to a moment ago, fewer of them and hardly at all where somebody always has to. Then more come than can be
served, and who is told soon can come back soon. Whoever asks the outside, such as the gateway, for longer than usual
lends the place until it answers and has it again then, even where it is one too many: what was begun is finished.

Pages made before never come to these places; they are looked for at `Glances` (`core/glances.py`), where a few may
look at the same time. Making a page for many has places of its own: it is done once for all who ask, who would be
turned away one by one otherwise for as long as those who buy hold all places. Which class a request belongs to is read
from its address and its cookie, without asking the database: a made-up cookie gets somebody further than others, and
only to pages that then refuse them.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import orjson
from flask import Flask

from marketplace.core import metrics
from marketplace.core.endings import Ended
from marketplace.core.language import direction, t
from marketplace.core.watch import TURNED_AWAY

FIRST = re.compile(
    r"/(checkout|orders/[0-9]+(/.*)?|webhooks/.*|api/v1/orders(/.*)?|api/v1/store-orders/.*|healthz|readyz|metrics|static/.*)"
)
"""Buying what is in the cart, the way back from the gateway, and its news."""
SHARES = {"first": (1, 1), "signed in": (5, 6), "others": (2, 3)}
COOKIES_OF_READER = "bazargah.cookies"
"""What the browser sent, where a page is made for many and may not see it."""
IS_FOR_MANY = "bazargah.for_many"
"""Whether a page is being made for many."""
OWN_PLACES = 2
"""One place of pages for many beside so many others."""
OF_A_MOMENT = "/static/"
"""A file is sent in less time than it takes to refuse it and be asked again; a page without its style is none."""
PATIENCE_SECONDS = 1.5
"""So long a request waits for a place, where so few wait that it may be had."""
PATIENCE_OF_A_CROWD = 0.05
"""So long it waits where somebody has had to wait again and again for the last `CROWD_SECONDS`."""
CROWD_SECONDS = 1.0
CALM_SECONDS = 0.3
"""Where nobody had to wait for so long, the crowd is gone. That nobody stands in line for a moment says nothing: in a
crowd they do not stand there long.
"""
USUAL_SECONDS_OUTSIDE = 0.3
"""So long whoever is outside keeps the place: it is soon needed again, and one too many makes all inside late."""
WAITING = {"first": 4, "signed in": 4, "others": 3}
"""So many may wait for one place when somebody of this class comes."""
WAITING_IN_A_CROWD = {"first": 2, "signed in": 2, "others": 1}
WAIT_SECONDS = (3, 12)
"""Told at random between these, so that those turned away do not come back as one."""


class _Here(threading.local):
    """What this thread's request holds: the layer and the place."""

    held: tuple[Turns, str] | None = None


_here = _Here()


@dataclass(slots=True, eq=False)
class _Waiting:
    """Somebody who waits, until `turn`, for a `place`."""

    kind: str
    is_for_many: bool
    turn: threading.Event = field(default_factory=threading.Event)
    place: str | None = None


@dataclass(slots=True, eq=False)
class _Outside:
    """Somebody who asks the outside, `since` then, and whether the `place` is lent to others."""

    place: str
    since: float
    is_lent: bool = False


class Turns:
    """WSGI layer before Flask, one for each process, with so many places."""

    def __init__(self, app: Flask, places: int) -> None:
        self._app, self._inner = app, app.wsgi_app
        self._most = {kind: max(1, places * over // under) for kind, (over, under) in SHARES.items()}
        self._own = own_places(places)
        self._lock, self._taken, self._taken_for_many = threading.Lock(), 0, 0
        self._places = places
        self._waiting: deque[_Waiting] = deque()
        self._waited_since = self._waited_last = -CALM_SECONDS
        """Since when somebody has had to wait again and again, and when somebody had to the last time."""
        self._outside: list[_Outside] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith(OF_A_MOMENT):
            return self._inner(environ, start_response)
        kind = kind_of(environ)
        place = self._place(kind, bool(environ.get(IS_FOR_MANY)))
        if place is None:
            return turn_away(self._app, kind, environ, start_response)
        _here.held = (self, place)
        try:
            parts = self._inner(environ, start_response)
        except BaseException:
            self._leave(place)
            raise
        finally:
            _here.held = None
        return Ended(parts, partial(self._leave, place))

    def _place(self, kind: str, is_for_many: bool) -> str | None:
        """A place, now or in a moment: one of those for many, or of its kind."""
        with self._lock:
            self._lend()
            place = self._take(kind, is_for_many)
            if place is not None:
                return place
            now, mine = time.monotonic(), _Waiting(kind, is_for_many)
            if now - self._waited_last > CALM_SECONDS:
                self._waited_since = now
            self._waited_last = now
            is_crowd = now - self._waited_since > CROWD_SECONDS
            most = WAITING_IN_A_CROWD if is_crowd else WAITING
            if len(self._waiting) >= most[kind] * self._places:
                return None
            self._waiting.append(mine)
        left = PATIENCE_OF_A_CROWD if is_crowd else PATIENCE_SECONDS
        while left > 0 and not mine.turn.wait(min(left, USUAL_SECONDS_OUTSIDE)):
            left -= USUAL_SECONDS_OUTSIDE
            with self._lock:
                self._lend()
        with self._lock:
            if mine.place is None:
                self._waiting.remove(mine)
            return mine.place

    def _take(self, kind: str, is_for_many: bool) -> str | None:
        if is_for_many and self._taken_for_many < self._own:
            self._taken_for_many += 1
            return IS_FOR_MANY
        if self._taken < self._most[kind]:
            self._taken += 1
            return kind
        return None

    @contextmanager
    def without(self, place: str) -> Iterator[None]:
        """Lends this place to others until the end of the block, from when that takes longer than usual."""
        mine = _Outside(place, time.monotonic())
        with self._lock:
            self._outside.append(mine)
        try:
            yield
        finally:
            with self._lock:
                self._outside.remove(mine)
                if mine.is_lent:
                    self._count(place, 1)

    def _lend(self) -> None:
        """The places of those who have been outside for long go to those who wait, or are free."""
        usual = time.monotonic() - USUAL_SECONDS_OUTSIDE
        for one in self._outside:
            if not one.is_lent and one.since <= usual:
                one.is_lent = True
                self._count(one.place, -1)
                self._hand_on()

    def _count(self, place: str, change: int) -> None:
        if place == IS_FOR_MANY:
            self._taken_for_many += change
        else:
            self._taken += change

    def _leave(self, place: str) -> None:
        with self._lock:
            self._count(place, -1)
            self._hand_on()

    def _hand_on(self) -> None:
        """A place that became free goes to whoever waits longest of those who may have it."""
        for one in self._waiting:
            one.place = self._take(one.kind, one.is_for_many)
            if one.place is not None:
                self._waiting.remove(one)
                one.turn.set()
                return


@contextmanager
def outside() -> Iterator[None]:
    """Around a call to the outside: this thread's request gives its place to others for so long."""
    held, _here.held = _here.held, None
    if held is None:
        yield
        return
    turns, place = held
    try:
        with turns.without(place):
            yield
    finally:
        _here.held = held


def own_places(places: int) -> int:
    """For pages for many."""
    return max(1, places // OWN_PLACES)


def turn_away(
    app: Flask, kind: str, environ: dict[str, Any], start_response: Callable[..., Any]
) -> Iterable[bytes]:
    """Tells somebody of this class when to come back."""
    metrics.TURNED_AWAY.labels(kind).inc()
    environ["bazargah.route"] = TURNED_AWAY
    lang = environ.get("bazargah.language", "fa")
    is_program = environ.get("PATH_INFO", "").startswith(("/api/", "/webhooks/"))
    content_type, body = _problem(lang) if is_program else _page(app, lang)
    wait = str(random.randint(*WAIT_SECONDS))  # noqa: S311
    headers = [
        ("Content-Type", content_type),
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
