"""The processes under measurement: our server, its worker and sandbox; the small applications; PostgreSQL."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import JOBS, children, name

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2
THREADS = 48
START_SECONDS = 90


@dataclass(frozen=True)
class Server:
    """A running process with a port, or without one (0)."""

    pid: int
    port: int


@contextmanager
def granian(target: str, workers: int = WORKERS) -> Iterator[Server]:
    """An application of `benchmarks.hello` under the very settings of `bazargah serve`."""
    port = free_port()
    with running(
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        str(workers),
        "--blocking-threads",
        str(THREADS),
        "--factory",
        "--no-ws",
        "--respawn-failed-workers",
        "--log-level",
        "error",
        target,
        port=port,
        health="/",
    ) as server:
        yield server


@dataclass(frozen=True)
class House:
    """The marketplace as it runs: web server, job worker, payment sandbox."""

    web: Server
    worker: Server
    sandbox: Server


@contextmanager
def house(environment: Mapping[str, str]) -> Iterator[House]:
    """Starts all three over the database of `environment`."""
    web_port, sandbox_port = free_port(), free_port()
    env = {
        **environment,
        "PORT": str(web_port),
        "SANDBOX_PORT": str(sandbox_port),
        "BAZARGAH_MODE": "demo",
        "BASE_URL": f"http://127.0.0.1:{web_port}",
        "STRIPE_API_BASE": f"http://127.0.0.1:{sandbox_port}",
        "LOG_LEVEL": "ERROR",
        "TRUSTED_PROXIES": "1",  # calls of the API come from many addresses: one may not ask that often
    }
    with ExitStack() as stack:
        sandbox = stack.enter_context(
            running(
                "-m",
                "marketplace",
                "sandbox",
                "--port",
                str(sandbox_port),
                environment=env,
                port=sandbox_port,
                health="/healthz",
            )
        )
        web = stack.enter_context(
            running(
                "-m",
                "marketplace",
                "serve",
                "--port",
                str(web_port),
                "--workers",
                str(WORKERS),
                "--threads",
                str(THREADS),
                "--jobs",
                "1",
                environment=env,
                port=web_port,
                health="/healthz",
            )
        )
        yield House(web, Server(_job_process(web.pid), 0), sandbox)


def _job_process(web: int) -> int:
    """The one beside the web workers, under its keeper."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        for keeper in children(web):
            for pid in children(keeper):
                if name(pid) == JOBS:
                    return pid
        time.sleep(0.1)
    raise RuntimeError("no job process")


@contextmanager
def running(
    *arguments: str, environment: Mapping[str, str] | None = None, port: int = 0, health: str = ""
) -> Iterator[Server]:
    """A Python process in a group of its own, waited for and ended."""
    env = {**os.environ, **(environment or {}), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        if health:
            _wait_for(process, f"http://127.0.0.1:{port}{health}")
        yield Server(process.pid, port)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(15)


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(process: subprocess.Popen[bytes], url: str) -> None:
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.1)
    raise RuntimeError(f"no answer from {url}")
