"""A PostgreSQL of one's own, set as production sets it, whose every process can be killed and that is started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from tests import databases
from tests.needs import have

LAZY = ("synchronous_commit=off", "wal_writer_delay=10s", "wal_writer_flush_after=100MB")
"""Settings of a server that answers before its disk has anything: the control."""


class Cluster:
    """The server over `data`; `options` are settings that differ from PostgreSQL's own."""

    def __init__(self, folder: Path, options: tuple[str, ...]) -> None:
        self.folder, self.data = folder, folder / "pg"
        self.options = " ".join(f"-c {each}" for each in options)

    def make(self) -> None:
        self.make_room()
        auth = ("--auth=trust", "-U", "postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums")
        databases.run_postgres(self.folder, "initdb", "-D", str(self.data), *auth)

    def make_room(self) -> None:
        """The folder of its data; its programs are those of the run's server, where that one had to copy them."""
        run = databases.run_folder()
        if (run / "pg" / "postmaster.pid").exists() and (run / "programs").exists():
            (self.folder / "programs").symlink_to(run / "programs")
        self.data.mkdir(mode=0o700)
        if os.getuid() == 0:
            shutil.chown(self.data, "nobody")

    def start(self) -> None:
        options = f"-h '' -k {self.data} -c shared_buffers=64MB {self.options}"
        start = (
            "pg_ctl",
            "-D",
            str(self.data),
            "-w",
            "-t",
            "60",
            "-l",
            str(self.data / "log"),
            "-o",
            options,
        )
        databases.run_postgres(self.folder, *start, "start")

    def processes(self) -> list[int]:
        """The postmaster and all that it started."""
        postmaster = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        return [postmaster, *map(int, children)]

    def kill(self) -> None:
        """kill -9 of all of them: their memory is gone, as after a crash of the machine."""
        victims = self.processes()
        for pid in victims:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while any(_is_alive(pid) for pid in victims):
            time.sleep(0.01)
        # Who is dead and not yet buried still has its number, which a server that starts would take for a living one.
        for lock in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            (self.data / lock).unlink(missing_ok=True)

    def keep(self) -> None:
        """What stands there now is on the disk, however lazily the server writes."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute("CHECKPOINT")

    def stop(self) -> None:
        """For good: nothing of it is kept."""
        with suppress(FileNotFoundError):
            self.kill()

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://postgres@/{name}?host={self.data}"

    def copy_in(self, url: str, name: str) -> str:
        """Makes a database here that is a copy of the one at `url`; gives its address."""
        home = have("postgres") or Path()
        dump = self.folder / "copy.dump"
        for command in (
            [home / "pg_dump", "--format=custom", "--compress=0", f"--file={dump}", url],
            [home / "createdb", f"--maintenance-db={self.url()}", "--template=template0", name],
            [home / "pg_restore", "--no-owner", f"--dbname={self.url(name)}", dump],
        ):
            subprocess.run(command, check=True, capture_output=True)
        dump.unlink()
        return self.url(name)


def _is_alive(pid: int) -> bool:
    """Whether it still holds anything: what is dead and not yet buried does not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


@contextmanager
def cluster(*options: str) -> Iterator[Cluster]:
    """A running server of one's own; removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="bazargah-cluster-"))
    folder.chmod(0o711)
    one = Cluster(folder, options)
    try:
        one.make()
        one.start()
        yield one
    finally:
        one.stop()
        shutil.rmtree(folder, ignore_errors=True)
