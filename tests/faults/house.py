"""The house as real processes over one database: web server, job worker, sandbox; to be killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import requests

from marketplace.cli.job_processes import NAME
from marketplace.core.settings import Settings
from tests import shape
from tests.fakes.sandbox import ROOT, RunningSandbox, running_sandbox

START_SECONDS = 120
WORKERS = 2
YOUNG_SECONDS = 6.0


class House:
    """Web server and job worker of `settings`, each the leader of a process group of its own; or the server with job
    processes beside its web workers (`serves_jobs`).
    """

    def __init__(self, settings: Settings, sandbox: RunningSandbox, *, serves_jobs: bool = False) -> None:
        self.sandbox = sandbox
        self._serves_jobs = serves_jobs
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self._log = settings.instance / "house.log"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._environment = {
            **shape.environment(),
            **{name: value for name, value in os.environ.items() if not name.startswith("BAZARGAH_CLOCK")},
            "PYTHONPATH": str(ROOT),
            "BAZARGAH_MODE": "test",
            "LOG_LEVEL": "WARNING",
            "PAGE_CACHE_MB": "16",
            "DATABASE_URL": settings.database_url,
            "INSTANCE_PATH": str(settings.instance),
            "BASE_URL": self.base,
            "SECRET_KEY": settings.secret_key,
            "STRIPE_WEBHOOK_SECRET": settings.stripe_webhook_secret,
            "STRIPE_API_BASE": sandbox.base,
            "STRIPE_API_KEY": sandbox.api_key,
        }
        sandbox.webhook_url = f"{self.base}/webhooks/stripe"
        sandbox.control(webhook_url=sandbox.webhook_url)

    # --- beginning ------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Web server and worker run and the server answers."""
        self.serve()
        self.work()

    def serve(self, places: int = 0) -> None:
        """Starts the web server and waits for its first answer. With no `places` given, it lets everybody in."""
        self._environment["MOST_AT_ONCE"] = str(places)
        self._start("web", *self._serving())
        self.wait_for_web()

    def _serving(self) -> list[str]:
        jobs = shape.WORKERS if self._serves_jobs else 0
        return ["serve", "--port", str(self.port), "--workers", str(WORKERS), "--jobs", str(jobs)]

    def work(self) -> None:
        """Starts the job worker, or as many as the shape of the run has."""
        for name in self._workers():
            self._start(name, "worker")

    def wait_for_web(self, seconds: float = START_SECONDS) -> None:
        """Waits until the server answers. One that gave up is started again, as a supervisor would."""
        if self._processes["web"].poll() is not None:
            self.kill_web()
            self._start("web", *self._serving())
        wait_for(self.is_answering, seconds, f"the server; its log: {self.tail()}")

    def is_answering(self) -> bool:
        with suppress(requests.RequestException):
            return requests.get(f"{self.base}/healthz", timeout=5).ok
        return False

    def _start(self, name: str, *arguments: str) -> None:
        with self._log.open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", "marketplace", *arguments],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    # --- killing --------------------------------------------------------------------------------------------------

    def web_workers(self) -> list[int]:
        """The process ids of the server's workers that may be killed.

        The server gives up when a worker dies twice within 5.5 seconds, so the young ones are left out.
        """
        found = _children(self._processes["web"].pid)
        return [pid for pid in found if not _children(pid) and _age(pid) > YOUNG_SECONDS]

    def kill_web_workers(self, pids: list[int]) -> None:
        """kill -9; the server starts others in their place."""
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def kill_web(self) -> None:
        """kill -9 of the server with all its workers."""
        self._end("web", signal.SIGKILL)

    def job_processes(self) -> list[int]:
        """Those of the server that do jobs now."""
        return [
            pid
            for keeper in _children(self._processes["web"].pid)
            for pid in _children(keeper)
            if _name(pid) == NAME
        ]

    def kill_job_processes(self) -> None:
        """kill -9; the server starts others in their place."""
        killed = self.job_processes()
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        wait_for(
            lambda: len(set(self.job_processes()) - set(killed)) == len(killed) > 0,
            20,
            "others in their place",
        )

    def stop_web(self) -> int:
        """SIGTERM to the server alone, as a supervisor sends it; its exit code."""
        process = self._processes.pop("web")
        process.terminate()
        return process.wait(60)

    def kill_worker(self) -> None:
        """kill -9 of every job worker."""
        for name in self._workers():
            self._end(name, signal.SIGKILL)

    def _workers(self) -> list[str]:
        return [] if self._serves_jobs else [f"worker {number}" for number in range(shape.WORKERS)]

    def close(self) -> None:
        """Ends what still runs."""
        for name in list(self._processes):
            self._end(name, signal.SIGTERM)

    def _end(self, name: str, how: signal.Signals) -> None:
        process = self._processes.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)

    # --- looking after --------------------------------------------------------------------------------------------

    def run(self, *arguments: str, at: datetime | None = None) -> str:
        """Runs a command of the house; gives what it printed. Fails when it fails."""
        when = ("--at", at.isoformat()) if at is not None else ()
        done = subprocess.run(
            [sys.executable, "-m", "marketplace", *arguments, *when],
            cwd=ROOT,
            timeout=120,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise AssertionError(
                f"{' '.join(arguments)} ended with {done.returncode}: {done.stdout}{done.stderr}"
            )
        return done.stdout

    def tail(self) -> str:
        """The end of what the processes said."""
        return self._log.read_text(errors="replace")[-1500:] if self._log.exists() else ""


@contextmanager
def house_of(settings: Settings, *, serves_jobs: bool = False) -> Iterator[House]:
    """A house whose sandbox runs; web server and worker are started by the test."""
    folder = settings.instance / "sandbox"
    folder.mkdir(parents=True)
    with running_sandbox(folder, secret=settings.stripe_webhook_secret) as sandbox:
        house = House(settings, sandbox, serves_jobs=serves_jobs)
        try:
            yield house
        finally:
            house.close()


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _name(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def _age(pid: int) -> float:
    """Seconds since a process began; 0 for one that is gone."""
    with suppress(OSError):
        begun = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]) / os.sysconf(
            "SC_CLK_TCK"
        )
        return float(Path("/proc/uptime").read_text().split()[0]) - begun
    return 0.0


def wait_for(look: Callable[[], object], seconds: float, what: str) -> None:
    """Looks again and again until it is true; fails after so many seconds."""
    end = time.monotonic() + seconds
    while not look():
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s for {what}")
        time.sleep(0.05)
