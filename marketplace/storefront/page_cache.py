"""Public pages made once and answered before Flask until something behind them changes.

A page is made for nobody in particular, with holes for what differs from reader to reader: name, cart, tokens of forms.
It is kept when every table that was read for it has a stamp and it said nothing against keeping, and answered while all
its stamps are as they were *before* it was made and the clock has passed no edge (end of a seal, a window, a rule's
date), at most for `LONGEST`. So after the commit of a revocation, a price drop, a stock-out or a freeze nobody gets the
old page, from whatever process. Who reads is asked of the database each time: a session that ended ended.

A replica, where there is one, makes pages that may be kept while it has come as far as the stamps tell; the stamps, the
readers and everything else stay with the primary.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import Flask

from marketplace.core import clock
from marketplace.core.csrf import session_cookie_of
from marketplace.core.db import db
from marketplace.core.errors import Unavailable
from marketplace.core.holes import CHOICES, ENVIRON, Personal, Shape, text_of
from marketplace.core.quick_reads import QuickReader
from marketplace.core.read_from import reading_from
from marketplace.core.remembered import Memory, Present, in_present
from marketplace.core.replica import Replica
from marketplace.core.settings import Settings
from marketplace.core.stamps import StampReader, listen, reads_of_this_thread
from marketplace.core.turns import COOKIES_OF_READER
from marketplace.storefront.edges import EDGE_TABLES, next_edge
from marketplace.storefront.kept_pages import Headers, KeptPages, Key, Page, Turn
from marketplace.storefront.page_answers import (
    Made,
    NoPage,
    answer_nobody,
    answer_reader,
    close,
    page_of,
    pass_on,
    told,
)
from marketplace.storefront.page_requests import Asked, asked_for
from marketplace.storefront.readers import Reader, Readers, nobody

LONGEST = timedelta(seconds=60)
"""Words such as "3 minutes ago" may be so old."""
OF_ONE_KEPT = 2_000
NO_PAGES = ("/files/", "/healthz", "/media/", "/metrics", "/readyz", "/static/")
"""What has nothing in common with pages, and is answered also while the database is away."""
READING = frozenset({"GET", "HEAD"})
PRIMARY = "primary"
"""For whom a path is noted that no replica is to make."""
Start = Callable[..., Any]
Environ = dict[str, Any]
log = structlog.get_logger(__name__)


class PageCache:
    """WSGI layer between the language prefix and Flask, one for each process; keeps `most_bytes`, the latest used."""

    def __init__(self, app: Flask, most_bytes: int) -> None:
        settings = app.config["SETTINGS"]
        with app.app_context():
            engine = db.engine
        listen(engine)
        self._app, self._inner = app, app.wsgi_app
        self._cookie = session_cookie_of(settings)
        self._reader = QuickReader(engine, is_pooled=settings.database_pooler != "none")
        self._stamps = StampReader(self._reader)
        self.replica = replica_of(settings, self._reader)
        self._readers = Readers(engine, self._reader, settings.secret_key, settings.idle)
        self.pages = KeptPages(most_bytes)
        self._lock = threading.Lock()
        self._turns: dict[Key, threading.Lock] = {}
        self._of_one: OrderedDict[tuple[Shape | str, str], datetime] = OrderedDict()
        self._memory: Memory = {}
        self._edge: tuple[tuple[int, ...], datetime, datetime] | None = None
        self.hits = self.replica_pages = 0

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        asked = asked_for(environ, self._cookie)
        if asked is None:
            return self._of_one_reader(environ, start_response)
        try:
            stamps, at = self._stamps.read(), clock.now()
            reader = (
                self._readers.find(asked.session_name, asked.language, at)
                if asked.session_name
                else nobody(asked.language)
            )
        except Exception as error:
            log.warning("stamps_unread", error=str(error))
            return self._inner(environ, start_response)
        if reader.is_use_to_note or self._is_of_one(reader.shape, asked.path, at):
            return self._inner(environ, start_response)
        key = (*asked.key, reader.shape)
        page = self._find(key, stamps, at)
        if page is None:
            if environ["REQUEST_METHOD"] != "GET":
                return self._inner(environ, start_response)
            with self._turn(key) as waited:
                if waited:
                    stamps, at = self._stamps.read(), clock.now()
                    page = self._find(key, stamps, at)
                if page is None:
                    return self._make(key, asked, reader, (stamps, at), environ, start_response)
        return self._answer(page, asked, reader, environ, start_response)

    def _of_one_reader(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """A page that is made for one reader has what all pages have in common, as it is now."""
        is_page = not environ.get("PATH_INFO", "").startswith(NO_PAGES)
        if not is_page or environ["REQUEST_METHOD"] not in READING:
            return self._inner(environ, start_response)
        try:
            stamps, at = self._stamps.read(), clock.now()
            until = min(at + LONGEST, self._next_edge(stamps, at))
        except Exception as error:
            log.warning("stamps_unread", error=str(error))
            return self._inner(environ, start_response)
        with in_present(Present(self._memory, stamps, at, until, self._reader)):
            return self._inner(environ, start_response)

    def close(self) -> None:
        """Forgets everything."""
        self.pages.clear()
        self._memory.clear()
        self._reader.close()
        if self.replica is not None:
            self.replica.close()

    def _find(self, key: Key, stamps: dict[str, int], at: datetime) -> Page | None:
        page = self.pages.find(key, stamps, at)
        self.hits += page is not None
        return page

    def _turn(self, key: Key) -> Turn:
        return Turn(self._turns, self._lock, key, key in self.pages)

    def _make(
        self,
        key: Key,
        asked: Asked,
        reader: Reader,
        seen: tuple[dict[str, int], datetime],
        environ: Environ,
        start_response: Start,
    ) -> Iterable[bytes]:
        """Makes the page for all of the reader's shape; what cannot be kept is made for this reader alone."""
        stamps, at = seen
        until = min(at + LONGEST, self._next_edge(stamps, at))
        try:
            made: Made | NoPage | None = self._made_on_replica(
                reader.shape, asked, environ, (stamps, at, until)
            )
            if made is None:
                with in_present(Present(self._memory, stamps, at, until, self._reader)):
                    made = self._made_for(reader.shape, asked, environ)
        except Personal:
            self._note_of_one(reader.shape, asked.path, at)
            return self._inner(environ, start_response)
        if isinstance(made, Made) and made.may_be_kept():
            page = page_of(made, stamps, (at, until), reader.shape, asked.language)
            self.pages.keep(key, page)
            return self._answer(page, asked, reader, environ, start_response)
        if not asked.session_name:
            return pass_on(made, asked, environ, start_response)
        if made.status.startswith("200 "):
            self._note_of_one(reader.shape, asked.path, at)
        close(made)
        return self._inner(environ, start_response)

    def _made_on_replica(
        self, shape: Shape, asked: Asked, environ: Environ, seen: tuple[dict[str, int], datetime, datetime]
    ) -> Made | None:
        """The page as the replica shows it, if it may; what reads beside the stamped tables is the primary's alone.

        Raises Personal.
        """
        stamps, at, until = seen
        replica = self.replica
        if replica is None or self._is_of_one(PRIMARY, asked.path, at) or not replica.may_serve(stamps):
            return None
        present = Present(self._memory, stamps, at, until, replica.reader)
        with in_present(present), reading_from(replica.engine):
            made: Made | NoPage | None
            try:
                made = self._made_for(shape, asked, environ)
            except Unavailable:
                made = None
        if made is None or made.status.startswith("5"):
            replica.rest()
        elif isinstance(made, Made) and made.topics is not None:
            self.replica_pages += 1
            return made
        else:
            self._note_of_one(PRIMARY, asked.path, at)
        close(made)
        return None

    def _made_for(self, shape: Shape, asked: Asked, environ: Environ) -> Made | NoPage:
        """The page with holes, or what else Flask said. Raises Personal."""
        blank: Environ = {**environ, ENVIRON: shape, COOKIES_OF_READER: environ.get("HTTP_COOKIE", "")}
        blank.pop("HTTP_COOKIE", None)
        if asked.theme:
            blank["HTTP_COOKIE"] = f"theme={asked.theme}"
        said: list[Any] = []

        def hear(status: str, headers: Headers, exc_info: Any = None) -> Any:
            said[:] = [status, headers]

        with reads_of_this_thread() as reads:
            parts = self._inner(blank, hear)
        if "bazargah.route" in blank:
            environ["bazargah.route"] = blank["bazargah.route"]
        status, headers = said
        other = NoPage(status, headers, parts)
        if not told(headers).get("content-type", "").startswith("text/html"):
            return other
        try:
            body = b"".join(parts)
        finally:
            close(other)
        return Made(status, headers, text_of(body, blank.get(CHOICES, [])), reads.all_topics())

    def _answer(
        self, page: Page, asked: Asked, reader: Reader, environ: Environ, start_response: Start
    ) -> Iterable[bytes]:
        if not asked.session_name:
            return answer_nobody(page, reader, environ, start_response)
        try:
            answers = self._readers.answer(reader, page.questions)
        except Exception as error:
            log.warning("reader_unread", error=str(error))
            return self._inner(environ, start_response)
        return answer_reader(page, reader, answers, environ, start_response)

    def _is_of_one(self, shape: Shape | str, path: str, at: datetime) -> bool:
        """Whether this page was found not to be for many a moment ago: it need not be tried again."""
        if not self._of_one:
            return False
        until = self._of_one.get((shape, path))
        return until is not None and at < until <= at + LONGEST

    def _note_of_one(self, shape: Shape | str, path: str, at: datetime) -> None:
        with self._lock:
            self._of_one[shape, path] = at + LONGEST
            while len(self._of_one) > OF_ONE_KEPT:
                self._of_one.popitem(last=False)

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


def replica_of(settings: Settings, primary: QuickReader) -> Replica | None:
    """The replica that the operator set, heard as the primary is."""
    if settings.replica_url is None:
        return None
    replica = Replica(settings.replica_url, settings.database_pooler, primary)
    listen(replica.engine)
    return replica


def fit(app: Flask) -> None:
    """Puts the cache before the app, unless `PAGE_CACHE_MB` is 0."""
    most = app.config["SETTINGS"].page_cache_mb
    if most:
        cache = PageCache(app, most * 1024 * 1024)
        app.extensions["bazargah_page_cache"] = cache
        app.extensions["bazargah_replica"] = cache.replica
        app.wsgi_app = cache  # type: ignore[method-assign]
