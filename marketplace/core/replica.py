"""A read replica of PostgreSQL that makes public pages, and is never believed further than it has come.

The primary says by its stamps what a page must hold, and by a place in its log how far a replica must have come to hold
it. A replica that has come so far shows at least what the primary held as the stamps were read; one that has not, that
lags, hangs or is gone is not asked, and the primary makes the page. So what somebody has just written, and a seal that
was just revoked, are on the next page in any case.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from math import inf
from typing import Any

import psycopg
import structlog
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, create_engine

from marketplace.core.db import engine_options, prepare_engine
from marketplace.core.errors import Unavailable
from marketplace.core.postgresql import KeepingConnection
from marketplace.core.quick_reads import QuickReader
from marketplace.core.read_from import other_engine
from marketplace.core.settings import Settings
from marketplace.core.stamps import listen

MOST_LAG_SECONDS = 10.0
"""Figures that pages show as of late may be so much later; a replica that is further behind makes no page."""
LOOK_SECONDS = 1.0
REST_SECONDS = 5.0
"""So long nobody asks a replica that failed; then one thread tries."""
QUERY_SECONDS = 1.5
"""A page's statement takes milliseconds; a server that hangs is given up after this."""
_HEAD = "SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint"
"""Where the log ends, what is not on the disk yet included: somebody may commit without waiting for it."""
_SENT = "SELECT (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint"
"""As far as a replica can have come."""
_PLACE = "SELECT CASE WHEN pg_is_in_recovery() THEN (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint END"
_CLUSTER = "SELECT system_identifier FROM pg_control_system()"
log = structlog.get_logger(__name__)


class Impatient(KeepingConnection):
    """A connection that does not wait for a server which has stopped to answer."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Raises OperationalError, and is closed, when the answer takes too long."""
        try:
            return super().wait(gen, interval, QUERY_SECONDS if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise


class _Reader(QuickReader):
    """Asks the replica; the primary from the moment on at which the thread wrote something."""

    def __init__(
        self, engine: Engine, opens: Callable[[], Any], primary: QuickReader, *, is_pooled: bool
    ) -> None:
        super().__init__(engine, is_pooled=is_pooled)
        self._opens, self._primary = opens, primary

    def rows(self, statement: str, values: Any = ()) -> list[Any]:
        """All rows. A replica that fails is `Unavailable`."""
        if other_engine() is not self._engine:
            return self._primary.rows(statement, values)
        return self.ask(statement, values)

    def ask(self, statement: str, values: Any = ()) -> list[Any]:
        """Asks the replica, whoever asks."""
        try:
            return super().rows(statement, values)
        except psycopg.Error as error:
            raise Unavailable(retry_after=1) from error

    def _open(self) -> Any:
        connection = self._opens()
        connection.autocommit = True
        connection.prepare_threshold = None if self._is_pooled else 0
        return connection


class Replica:
    """The replica at `url` beside the primary that `primary` asks."""

    def __init__(self, url: str, pooler: str, primary: QuickReader) -> None:
        options = {**engine_options(url, pooler), "pool_timeout": QUERY_SECONDS}
        own = {**options.pop("connect_args"), "connect_timeout": 2}

        def opens() -> Impatient:
            _, named = self.engine.dialect.create_connect_args(self.engine.url)
            return Impatient.connect(**{**named, **own})

        self.engine = create_engine(url, **options, creator=opens)
        prepare_engine(self.engine)
        self.reader = _Reader(self.engine, opens, primary, is_pooled=pooler != "none")
        self._primary = primary
        self._looking = threading.Lock()
        self._is_up, self._rests_until = False, 0.0
        self._needed: tuple[object, int] = (None, 0)
        self._awaited: tuple[int, float] | None = None
        self._looked_at, self._had_all_at = -inf, -inf

    def may_serve(self, stamps: object) -> bool:
        """Whether what it shows from now on holds all that the primary held as these stamps were read."""
        if not self._is_asked():
            return False
        try:
            if self._lag_of_late() > MOST_LAG_SECONDS:
                return False
            return self._place() >= self._place_of(stamps)
        except (Unavailable, psycopg.Error) as error:
            self.rest(error)
            return False

    def lag(self, patience: float = 0.5) -> float:
        """How many seconds it is behind, looked at now; endless while it does not answer."""
        try:
            return self._look(patience) if self._is_asked() else inf
        except (Unavailable, psycopg.Error) as error:
            self.rest(error)
            return inf

    def rest(self, error: BaseException | None = None) -> None:
        """It failed: nobody asks it for a while."""
        self._is_up, self._rests_until = False, time.monotonic() + REST_SECONDS
        cause = getattr(error, "__cause__", None) or error
        log.warning("replica_away", error=type(cause).__name__ if cause else "page")
        self.close()

    def close(self) -> None:
        """Lets the connections go."""
        self.reader.close()
        self.engine.dispose()

    def _is_asked(self) -> bool:
        """Whether it is up; of a replica that was away, one thread at a time finds out."""
        now = time.monotonic()
        if self._is_up:
            return True
        if now < self._rests_until:
            return False
        self._rests_until = now + REST_SECONDS
        return True

    def _place(self) -> int:
        """How far it has come. One that follows nobody, or somebody else, is none of ours."""
        if not self._is_up and self.reader.ask(_CLUSTER) != self._primary.rows(_CLUSTER):
            raise Unavailable("another cluster")
        place = self.reader.ask(_PLACE)[0][0]
        if place is None:
            raise Unavailable("no replica")
        self._is_up = True
        return int(place)

    def _place_of(self, stamps: object) -> int:
        """A place in the primary's log after everything that these stamps count; kept while they are the same."""
        known = self._needed
        if known[0] is not stamps:
            known = self._needed = (stamps, int(self._primary.rows(_HEAD)[0][0]))
        return known[1]

    def _lag_of_late(self) -> float:
        now = time.monotonic()
        if now - self._looked_at >= LOOK_SECONDS and self._looking.acquire(blocking=False):
            try:
                self._look(0.0)
            finally:
                self._looking.release()
        return 0.0 if self._awaited is None and self._had_all_at > -inf else now - self._had_all_at

    def _look(self, patience: float) -> float:
        """Notes when it last had all that the primary had: now, or when it was told of what it has come to since."""
        begun = self._looked_at = time.monotonic()
        head = int(self._primary.rows(_SENT)[0][0])
        while (place := self._place()) < head and time.monotonic() < begun + patience:
            time.sleep(0.02)
        if place >= head:
            self._awaited, self._had_all_at = None, begun
            return 0.0
        if self._awaited is None or place >= self._awaited[0]:
            if self._awaited is not None:
                self._had_all_at = self._awaited[1]
            self._awaited = (head, begun)
        return begun - self._had_all_at


def replica_of(settings: Settings, primary: QuickReader) -> Replica | None:
    """The replica that the operator set, heard as the primary is."""
    if settings.replica_url is None:
        return None
    replica = Replica(settings.replica_url, settings.database_pooler, primary)
    listen(replica.engine)
    return replica
