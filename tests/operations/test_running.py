"""Processes that run together end together, with the children of those that only help."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
import requests
from flask import Flask
from flask.ctx import AppContext

from marketplace.cli.job_processes import NAME
from marketplace.cli.running import sweep_once
from tests.fakes.sandbox import ROOT

SUPERVISOR = """
import sys
from pathlib import Path
from marketplace.cli.running import run_together
folder, asked = Path(sys.argv[1]), []
note = "import os, pathlib, sys, time; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep(600)"
parent = (
    "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', sys.argv[2], sys.argv[1]]); time.sleep(600)"
)
me = [sys.executable, "-c"]
sys.exit(run_together(
    [[*me, note, str(folder / "server")]],
    [[*me, parent, str(folder / "child"), note]],
    lambda: asked.append(1) or (len(asked) >= 3 and bool((folder / "told").write_text(str(len(asked))))),
))
"""


def test_a_stop_ends_servers_helpers_and_their_children(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path)], cwd=ROOT, start_new_session=True
    ) as supervisor:
        pids = [wait_for_pid(tmp_path / name) for name in ("server", "child")]
        supervisor.send_signal(signal.SIGTERM)
        assert supervisor.wait(30) == 0
    assert not [pid for pid in pids if is_alive(pid)]


def test_what_runs_is_announced_once_when_it_can_be_used_however_long_that_takes(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path)], cwd=ROOT, start_new_session=True
    ) as supervisor:
        wait_for_pid(tmp_path / "told")
        time.sleep(0.5)
        supervisor.send_signal(signal.SIGTERM)
        assert supervisor.wait(30) == 0
    assert (tmp_path / "told").read_text() == "3"


@pytest.mark.databases("sqlite")
def test_all_sweeps_run_at_first_and_then_each_in_a_moment_of_its_own(
    app: Flask, ctx: AppContext, at: datetime
) -> None:
    """Those of a minute would otherwise all come in its first second, and whoever waits for one waits for all."""
    ran: list[str] = []
    names = [f"sweep {n}" for n in range(60)]
    known = app.extensions["bazargah"]
    sweeps = {name: (partial(note, ran, name), 60) for name in names}
    app.extensions["bazargah"] = replace(known, sweeps=sweeps)
    try:
        last: dict[str, float] = {}
        begun = time.monotonic()
        assert sweep_once(last, at) == len(names)
        over = time.monotonic()
        assert ran == names
        due = sorted(last[name] + 60 for name in names)
        apart = [later - earlier for earlier, later in pairwise(due)]
        assert begun < due[0] <= due[-1] <= over + 60
        assert max(apart) < 1.1 + (over - begun)
        last = dict.fromkeys(names, time.monotonic() - 61)
        sweep_once(last, at)
        assert min(last.values()) > over, "from then on by its period"
    finally:
        app.extensions["bazargah"] = known


def note(ran: list[str], name: str, at: datetime) -> int:
    ran.append(name)
    return 1


def wait_for_pid(path: Path) -> int:
    end = time.monotonic() + 30
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < end, path
        time.sleep(0.05)
    return int(path.read_text())


def is_alive(pid: int) -> bool:
    """Whether the process still runs; one that ended and was not fetched yet does not."""
    for _ in range(40):
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (ProcessLookupError, FileNotFoundError):
            return False
        if state == "Z":
            return False
        time.sleep(0.05)
    return True


def test_the_server_is_started_without_loading_the_application_twice() -> None:
    asked = "import sys; sys.argv = ['bazargah', 'serve']; import marketplace.__main__; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "marketplace.cli.serving" in loaded
    assert not {"marketplace.app", "flask", "sqlalchemy"} & set(loaded)


def test_what_the_web_servers_processes_share_is_loaded_and_nothing_begun_that_a_fork_would_break() -> None:
    asked = (
        "import gc, os, sys, threading; from marketplace.cli.web_server import load; load(); "
        "files = [os.readlink(f'/proc/self/fd/{one}') for one in os.listdir('/proc/self/fd')[:-1]]; "
        "print('marketplace.app' in sys.modules, threading.active_count(), gc.get_freeze_count() > 100_000, "
        "[name for name in files if 'socket' in name or '.db' in name])"
    )
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "1", "True", "[]"]


def until_it_answers(url: str) -> None:
    for _ in range(600):
        with suppress(requests.RequestException):
            if requests.get(url, timeout=5).ok:
                return
        time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


def test_the_server_has_loaded_the_application_before_its_workers_are_forked(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "BAZARGAH_MODE": "test", "INSTANCE_PATH": str(tmp_path)}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    server = subprocess.Popen(
        [sys.executable, "-m", "marketplace", "serve", "--port", port], cwd=ROOT, env=environ
    )
    try:
        until_it_answers(f"http://127.0.0.1:{port}/healthz")
        assert len(Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()) == 2
        assert "_argon2_cffi_bindings" in Path(f"/proc/{server.pid}/maps").read_text(), (
            "a library of the application"
        )
    finally:
        server.terminate()
        assert server.wait(40) == 0


@contextmanager
def served(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A server with two job processes that answers, and its port; nothing of it is left afterwards."""
    environ = {
        "PATH": os.environ["PATH"],
        "BAZARGAH_MODE": "test",
        "INSTANCE_PATH": str(folder),
        "LOG_LEVEL": "CRITICAL",
    }
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "marketplace", "serve", "--port", str(port), "--jobs", "2"]
    with (folder / "said").open("wb") as said:
        server = subprocess.Popen(
            command, cwd=ROOT, env=environ, stdout=said, stderr=said, start_new_session=True
        )
    try:
        until_it_answers(f"http://127.0.0.1:{port}/healthz")
        yield server, port
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait(20)


def children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def job_processes(server: int) -> list[int]:
    """Those that have come so far as to do jobs."""
    return [
        pid
        for keeper in children(server)
        for pid in children(keeper)
        if Path(f"/proc/{pid}/comm").read_text().strip() == NAME
    ]


def until(look: Callable[[], object], what: str) -> None:
    for _ in range(600):
        if look():
            return
        time.sleep(0.1)
    raise AssertionError(what)


def family(server: int) -> list[int]:
    found = [server]
    for pid in found:
        found += children(pid)
    return found


def sockets(pid: int) -> set[str]:
    links = {os.readlink(one) for one in Path(f"/proc/{pid}/fd").iterdir()}
    return {link for link in links if link.startswith("socket:")}


def test_job_processes_are_forked_from_what_is_loaded_and_replaced_when_they_are_killed(
    tmp_path: Path,
) -> None:
    with served(tmp_path) as (server, port):
        until(lambda: len(job_processes(server.pid)) == 2, "two job processes")
        first = job_processes(server.pid)
        assert "_argon2_cffi_bindings" in Path(f"/proc/{server.pid}/maps").read_text()
        os.kill(first[0], signal.SIGKILL)
        until(lambda: len(set(job_processes(server.pid)) - {first[0]}) == 2, "another in its place")
        second = [pid for pid in job_processes(server.pid) if pid != first[0]]
        assert first[1] in second
        listening = sockets(server.pid)
        assert listening, "the port is open"
        assert not [pid for pid in second if sockets(pid) & listening], (
            "who cannot answer would hold the port"
        )
        assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).ok
        server.terminate()
        everybody = family(server.pid)
        assert server.wait(60) == 0
        assert not [pid for pid in everybody if is_alive(pid)]


def test_a_server_without_the_keeper_of_its_jobs_ends_so_that_it_is_started_again(tmp_path: Path) -> None:
    with served(tmp_path) as (server, _):
        until(lambda: len(job_processes(server.pid)) == 2, "two job processes")
        everybody = family(server.pid)
        keeper = next(pid for pid in children(server.pid) if children(pid))
        os.kill(keeper, signal.SIGKILL)
        assert server.wait(60) == 1
        assert not [pid for pid in everybody if is_alive(pid)]


def test_job_processes_end_with_a_server_that_was_killed(tmp_path: Path) -> None:
    with served(tmp_path) as (server, _):
        until(lambda: len(job_processes(server.pid)) == 2, "two job processes")
        keeper = next(pid for pid in children(server.pid) if children(pid))
        theirs = [keeper, *children(keeper)]
        server.kill()
        assert server.wait(20) == -signal.SIGKILL
        assert not [pid for pid in theirs if is_alive(pid)]


def test_a_server_whose_settings_are_incomplete_says_so_in_one_line_and_does_not_start(
    tmp_path: Path,
) -> None:
    environ = {"PATH": os.environ["PATH"], "BAZARGAH_MODE": "production", "INSTANCE_PATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "marketplace", "serve", "--port", "1"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "SECRET_KEY" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
