"""A PostgreSQL of one's own, set as production sets it, whose every process can be killed and that is started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests import databases
from tests.needs import have


class Cluster:
    """The server over `data`; `options` are settings that differ from PostgreSQL's own."""

    def __init__(self, folder: Path, options: tuple[str, ...]) -> None:
        self.folder, self.data = folder, folder / "pg"
        self.options = " ".join(f"-c {each}" for each in options)

    def make(self) -> None:
        self.data.mkdir(mode=0o700)
        if os.getuid() == 0:
            shutil.chown(self.data, "nobody")
        auth = ("--auth=trust", "-U", "postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums")
        databases.run_postgres(self.folder, "initdb", "-D", str(self.data), *auth)

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

    def kill(self) -> None:
        """kill -9 of the postmaster and all that it started: its memory is gone, as after a crash of the machine."""
        postmaster = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for pid in (postmaster, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        databases.run_postgres(
            self.folder, "pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop", check=False
        )

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
