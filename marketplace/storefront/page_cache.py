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

import random
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from math import inf
from typing import Any

import structlog
from flask import Flask

from marketplace.core import clock
from marketplace.core.csrf import session_cookie_of
from marketplace.core.db import db
from marketplace.core.errors import Unavailable
from marketplace.core.glances import Crowded, glances
from marketplace.core.holes import CHOICES, ENVIRON, Personal, Shape, text_of
from marketplace.core.quick_reads import QuickReader
from marketplace.core.read_from import reading_from
from marketplace.core.remembered import Memory, Present, in_present
from marketplace.core.replica import replica_of
from marketplace.core.stamps import StampReader, listen, reads_of_this_thread
from marketplace.core.turns import COOKIES_OF_READER, IS_FOR_MANY, kind_of, turn_away
from marketplace.storefront.edges import KnownEdge
from marketplace.storefront.kept_pages import Headers, KeptPages, Key, Noted, Page
from marketplace.storefront.makers import PATIENCE_SECONDS, Makers, Making
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

SHORTEST, LONGEST = timedelta(seconds=40), timedelta(seconds=60)
"""Words such as "3 minutes ago" may be so old. Each page has a time of its own between the two: those that were made
together, as the first visitors came, are not made again together."""
NO_PAGES = ("/files/", "/healthz", "/media/", "/metrics", "/readyz", "/static/")
"""What has nothing in common with pages, and is answered also while the database is away."""
READING = frozenset({"GET", "HEAD"})
PRIMARY = "primary"
"""For whom a path is noted that no replica is to make."""
NOBODYS = "nobody's"
"""For whom a path is noted whose page is kept for nobody, so that nobody waits for it."""
Start = Callable[..., Any]
Environ = dict[str, Any]
Seen = tuple[dict[str, int], datetime]
"""The stamps, and the moment at which they were read."""
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
        self._glances = glances(settings.most_at_once)
        self._makers = Makers(2 * settings.most_at_once)  # who waits for a page holds none of those places
        self._of_one = Noted(LONGEST)
        self._memory: Memory = {}
        self._edge = KnownEdge(app)
        self.hits = self.replica_pages = 0

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        asked = asked_for(environ, self._cookie)
        if asked is None:
            return self._of_one_reader(environ, start_response)
        try:
            with self._glances:
                stamps, at = self._stamps.read(), clock.now()
                name = asked.session_name
                reader = self._readers.find(name, asked.language, at) if name else nobody(asked.language)
        except Crowded:
            return turn_away(self._app, kind_of(environ), environ, start_response)
        except Exception as error:
            log.warning("stamps_unread", error=str(error))
            return self._inner(environ, start_response)
        if reader.is_use_to_note or self._of_one.has(reader.shape, asked.path, at):
            return self._inner(environ, start_response)
        key = (*asked.key, reader.shape)
        page = self._find(key, stamps, at)
        if page is None:
            if environ["REQUEST_METHOD"] != "GET":
                return self._inner(environ, start_response)
            return self._make_once(key, asked, reader, (stamps, at), environ, start_response)
        return self._answer(page, asked, reader, environ, start_response)

    def _of_one_reader(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """What all pages have in common is as it is now, known or, where so many look, read for this one."""
        is_page = not environ.get("PATH_INFO", "").startswith(NO_PAGES)
        if not is_page or environ["REQUEST_METHOD"] not in READING:
            return self._inner(environ, start_response)
        try:
            with self._glances:
                stamps, at = self._stamps.read(), clock.now()
                until = min(at + LONGEST, self._edge.after(stamps, at))
        except Crowded:
            return self._inner(environ, start_response)
        except Exception as error:
            log.warning("stamps_unread", error=str(error))
            return self._inner(environ, start_response)
        with in_present(Present(self._memory, stamps, at, until, self._reader)):
            return self._inner(environ, start_response)

    def close(self) -> None:
        """Forgets everything."""
        self.pages.clear()
        self._memory.clear()
        self.let_go()

    def let_go(self) -> None:
        """Closes its connections; the next to ask opens others."""
        self._reader.close()
        if self.replica is not None:
            self.replica.close()

    def _find(self, key: Key, stamps: dict[str, int], at: datetime) -> Page | None:
        page = self.pages.find(key, stamps, at)
        self.hits += page is not None
        return page

    def _make_once(
        self, key: Key, asked: Asked, reader: Reader, seen: Seen, environ: Environ, start_response: Start
    ) -> Iterable[bytes]:
        """The page as one thread makes it for all who want it now.

        Who came while it was made is content with it while nothing changed, or when its stamps were read since: a page
        that changes more often than it is made is not made by each for itself.
        """
        came, read_at = time.monotonic(), -inf
        while not self._of_one.has(NOBODYS, asked.path, seen[1]):
            making, is_mine = self._makers.join(key)
            if is_mine:
                making.read_at = read_at
                try:
                    if (made := self._find(key, *seen)) is not None:  # by one who ended as we came
                        making.page = made
                        return self._answer(made, asked, reader, environ, start_response)
                    return self._make(key, making, asked, reader, seen, environ, start_response)
                finally:
                    self._makers.end(key, making)
            page = self._makers.page_of(making, came + PATIENCE_SECONDS)
            if page is None:
                break
            read_at = time.monotonic()
            try:
                seen = self._stamps.read(), clock.now()
            except Exception as error:
                log.warning("stamps_unread", error=str(error))
                return self._inner(environ, start_response)
            if making.read_at >= came or page.is_good(*seen):
                self.hits += 1
                return self._answer(page, asked, reader, environ, start_response)
        return self._make(key, Making(), asked, reader, seen, environ, start_response)

    def _make(
        self,
        key: Key,
        making: Making,
        asked: Asked,
        reader: Reader,
        seen: Seen,
        environ: Environ,
        start_response: Start,
    ) -> Iterable[bytes]:
        """Makes the page for all of the reader's shape; what cannot be kept is made for this reader alone, and nobody
        waits for it.
        """
        stamps, at = seen
        lasts = SHORTEST + (LONGEST - SHORTEST) * random.random()  # noqa: S311
        until = min(at + lasts, self._edge.after(stamps, at))
        try:
            made: Made | NoPage | None = self._made_on_replica(
                reader.shape, asked, environ, (stamps, at, until)
            )
            if made is None:
                with in_present(Present(self._memory, stamps, at, until, self._reader)):
                    made = self._made_for(reader.shape, asked, environ)
        except Personal:
            self._of_one.note(reader.shape, asked.path, at)
            self._makers.end(key, making)
            return self._inner(environ, start_response)
        if isinstance(made, Made) and made.may_be_kept():
            page = page_of(made, stamps, (at, until), reader.shape, asked.language)
            self.pages.keep(key, page)
            making.page = page
            self._makers.end(key, making)
            return self._answer(page, asked, reader, environ, start_response)
        self._makers.end(key, making)
        if not asked.session_name:
            if made.status.startswith("200 "):
                self._of_one.note(NOBODYS, asked.path, at)
            return pass_on(made, asked, environ, start_response)
        if made.status.startswith("200 "):
            self._of_one.note(reader.shape, asked.path, at)
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
        if replica is None or self._of_one.has(PRIMARY, asked.path, at) or not replica.may_serve(stamps):
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
            self._of_one.note(PRIMARY, asked.path, at)
        close(made)
        return None

    def _made_for(self, shape: Shape, asked: Asked, environ: Environ) -> Made | NoPage:
        """The page with holes, or what else Flask said. Raises Personal."""
        blank: Environ = {**environ, ENVIRON: shape, IS_FOR_MANY: True}
        blank[COOKIES_OF_READER] = blank.pop("HTTP_COOKIE", "")
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


def fit(app: Flask) -> None:
    """Puts the cache before the app, unless `PAGE_CACHE_MB` is 0."""
    most = app.config["SETTINGS"].page_cache_mb
    if most:
        cache = PageCache(app, most * 1024 * 1024)
        app.extensions["bazargah_page_cache"] = cache
        app.extensions["bazargah_replica"] = cache.replica
        app.wsgi_app = cache  # type: ignore[method-assign]
