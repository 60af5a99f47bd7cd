"""A primary and a replica that follows it by streaming: two real servers, each to be paused, hung and killed."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests import databases
from tests.faults.campaign.cluster import Cluster, cluster


class Standby(Cluster):
    """A server that follows `primary` from its birth on."""

    def __init__(self, folder: Path, primary: Cluster) -> None:
        super().__init__(folder, ())
        self._primary = primary

    def make(self) -> None:
        self.make_room()
        source = ("-h", str(self._primary.data), "-U", "postgres", "-c", "fast", "--no-sync")
        databases.run_postgres(
            self.folder, "pg_basebackup", "-D", str(self.data), "-R", "-X", "stream", *source
        )
        (self.data / ".s.PGSQL.5432.lock").unlink(
            missing_ok=True
        )  # of the primary, whose sockets lie in its folder

    def pause(self) -> None:
        """It hears what happens and shows none of it."""
        self._ask("SELECT pg_wal_replay_pause()")
        while self._ask("SELECT pg_get_wal_replay_pause_state()") != "paused":
            time.sleep(0.01)

    def resume(self) -> None:
        self._ask("SELECT pg_wal_replay_resume()")

    def signal(self, what: signal.Signals) -> None:
        """To the server and all that it started."""
        for pid in self.processes():
            os.kill(pid, what)

    def wait(self) -> None:
        """Until it shows all that the primary holds, and the primary has nothing in hand."""
        with psycopg.connect(self._primary.url(), autocommit=True) as connection:
            row = connection.execute("SELECT pg_logical_emit_message(true, 'test', '')::text").fetchone()
        end = time.monotonic() + 30
        while not self._ask(f"SELECT pg_last_wal_replay_lsn() >= '{row[0] if row else ''}'::pg_lsn"):
            if time.monotonic() > end:
                raise AssertionError("the replica does not come after")
            time.sleep(0.01)

    def _ask(self, statement: str) -> object:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            row = connection.execute(statement).fetchone()  # type: ignore[call-overload]
        return row[0] if row else None


@dataclass(frozen=True)
class Pair:
    """Two running servers."""

    primary: Cluster
    replica: Standby


@contextmanager
def pair() -> Iterator[Pair]:
    """A primary and its replica; both are gone at the end."""
    with cluster() as primary:
        folder = Path(tempfile.mkdtemp(prefix="bazargah-replica-"))
        folder.chmod(0o711)
        replica = Standby(folder, primary)
        try:
            replica.make()
            replica.start()
            yield Pair(primary, replica)
        finally:
            replica.stop()
            shutil.rmtree(folder, ignore_errors=True)
