"""Outgoing webhooks with real processes: a relay that is killed again and again, and targets that mean harm.

    python -m benchmarks.hooks kills [--events 10000] [--kills 50] [--consumers 3]
    python -m benchmarks.hooks hostile [--events 200]

SQLite in a temporary folder, or the empty PostgreSQL database of `DATABASE_URL`. `kills`: events of five a subject for
three consumers; the process that sends them dies by SIGKILL at chance moments, exactly so many times, each time after
it sent something; the clock is set on beyond the lease of what it held. `hostile`: how long good addresses wait for
their events alone, and beside addresses that hang, send without end, redirect inwards, change their name's address,
and answer 500.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from benchmarks.imports import resident
from marketplace.app import create_app
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.outward import OutwardClient
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages import hooks
from marketplace.messages.hook_models import DeliveryState, HookDelivery
from marketplace.messages.hook_rules import LEASE
from marketplace.messages.hook_sending import HookSender

ME = Actor(1, "store", "benchmark")
CONSUMERS, A_SUBJECT = 3, 5


class Ear(BaseHTTPRequestHandler):
    """Counts what it hears under each path, in order; some paths are hostile."""

    heard: dict[str, list[dict[str, Any]]]
    inner: list[str]
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.setdefault(self.path, []).append(json.loads(body))
        if self.path == "/hang":
            time.sleep(20)
            return
        if self.path == "/trickle":
            self.send_response(200)
            self.end_headers()
            for _ in range(40):
                self.wfile.write(b"x")
                time.sleep(0.5)
            return
        if self.path == "/huge":
            self.send_response(200)
            self.end_headers()
            for _ in range(4096):
                self.wfile.write(b"x" * 65536)
            return
        self.send_response(302 if self.path == "/redirect" else 500 if self.path == "/error" else 204)
        if self.path == "/redirect":
            self.send_header("Location", "/inner")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.inner.append(self.path)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Says nothing."""


class QuietServer(ThreadingHTTPServer):
    """Callers that hang up are expected here."""

    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *args: Any) -> None:
        """Says nothing."""


@contextmanager
def listening() -> Iterator[tuple[type[Ear], str]]:
    kind = type("ThisEar", (Ear,), {"heard": {}, "inner": []})
    server = QuietServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield kind, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def house() -> Iterator[Flask]:
    """An app over an empty, migrated database."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        if not os.environ.get("DATABASE_URL", "").startswith("postgresql"):
            os.environ["DATABASE_URL"] = f"sqlite:///{folder}/bench.db"
        os.environ["INSTANCE_PATH"] = folder
        app = create_app()
        with app.app_context():
            upgrade()
            db.session.remove()
            yield app
            db.session.remove()
            db.engine.dispose()


def a_target(owner: str, url: str, at: datetime) -> None:
    with unit_of_work():
        hooks.add_target(owner, url, ["order.paid"], ME, at, allow_loopback=True)


def a_client() -> OutwardClient:
    """Loopback is open, since the listeners stand there; every name leads to an inner address."""
    return OutwardClient(allow_loopback=True, resolve=lambda host, port: ["10.0.0.1"])


def emit(owners: list[str], first: int, count: int, at: datetime) -> None:
    """`count` events for every owner, a hundred a unit; five of them are of one subject."""
    for start in range(first, first + count, 100):
        with unit_of_work():
            for n in range(start, min(start + 100, first + count)):
                for owner in owners:
                    hooks.emit(owner, "order.paid", f"e:{n}", f"s:{n // A_SUBJECT}", {"n": n}, at)


def waiting() -> int:
    found = db.session.scalar(
        select(func.count()).where(HookDelivery.state == DeliveryState.waiting).select_from(HookDelivery)
    )
    db.session.rollback()
    return found or 0


def relaying(shift: timedelta) -> subprocess.Popen[bytes]:
    """Another process that sends, its clock set on by `shift`, until it is killed or nothing waits."""
    db.session.remove()
    command = [sys.executable, "-m", "benchmarks.hooks", "relay", "--shift", str(shift.total_seconds())]
    return subprocess.Popen(command)


def relay(shift: timedelta) -> None:
    app = create_app()
    with app.app_context():
        sender = HookSender(OutwardClient(allow_loopback=True))
        while True:
            done = sender.step(clock.now() + shift)
            if not done and not sender._running and not waiting():
                os._exit(0)
            if not done:
                sender.rest(0.05)


def kills(events: int, times: int, consumers: int) -> None:
    chance = random.Random(1405)
    with house(), listening() as (ear, base):
        at = clock.now()
        owners = [f"store:{n}" for n in range(consumers)]
        for n, owner in enumerate(owners):
            a_target(owner, f"{base}/consumer-{n}", at)
        emit(owners, 0, events, at)
        goals = sorted(chance.sample(range(1, consumers * events * 19 // 20), times))
        began, shift, killed = time.perf_counter(), timedelta(0), 0
        while waiting():
            before, child = heard(ear), relaying(shift)
            while child.poll() is None:
                if killed < times and heard(ear) > max(before, goals[killed]):
                    child.kill()
                    child.wait()
                    killed += 1
                    shift += LEASE + timedelta(seconds=1)
                    break
                time.sleep(0.002)
            assert child.poll() in (0, -signal.SIGKILL), "the relay gave up by itself"
        assert killed == times, f"killed {killed} times, not {times}: the work was done before"
        seconds = time.perf_counter() - began
        for path, bodies in sorted(ear.heard.items()):
            report(path, bodies, events)
        print(f"relay killed {killed} times, {seconds:.0f} s, {db.engine.dialect.name}")


def heard(ear: type[Ear]) -> int:
    """How much came so far, whatever came twice."""
    return sum(map(len, ear.heard.values()))


def report(path: str, bodies: list[dict[str, Any]], events: int) -> None:
    """Fails where one is missing, or a subject's events came first in another order than they happened."""
    seen = Counter(body["id"] for body in bodies)
    assert len(seen) == events, (path, len(seen))
    first: dict[str, list[int]] = {}
    for body in bodies:
        known = first.setdefault(body["subject"], [])
        if body["data"]["n"] not in known:
            known.append(body["data"]["n"])
    assert all(numbers == sorted(numbers) for numbers in first.values()), f"{path}: order"
    print(f"{path}: {len(seen):,} distinct of {len(bodies):,} heard, 0 missing, each subject in order")


def hostile(events: int) -> None:
    """Good addresses alone, then the same beside five hostile ones of twenty events each."""
    alone = beside = 0.0
    for is_hostile in (False, True):
        with house(), listening() as (ear, base):
            at = clock.now()
            good = [f"store:{n}" for n in range(CONSUMERS)]
            for n, owner in enumerate(good):
                a_target(owner, f"{base}/good-{n}", at)
            if is_hostile:
                wrong = ("hang", "trickle", "huge", "redirect", "error")
                for n, path in enumerate(wrong, 100):
                    a_target(f"store:{n}", f"{base}/{path}", at)
                a_target("store:200", f"http://rebinding.example:{base.rpartition(':')[2]}/inner", at)
                emit([*(f"store:{n}" for n in range(100, 105)), "store:200"], 10**6, 20, at)
            emit(good, 0, events, at)
            before, began = resident("VmRSS"), time.perf_counter()
            sender = HookSender(a_client())
            while sum(len(ear.heard.get(f"/good-{n}", ())) for n in range(CONSUMERS)) < events * CONSUMERS:
                if not sender.step(clock.now()):
                    sender.rest(0.05)
            seconds = time.perf_counter() - began
            alone, beside = (alone, seconds) if is_hostile else (seconds, 0.0)
            calls = {path: len(bodies) for path, bodies in ear.heard.items() if "good" not in path}
            rose = (resident("VmHWM") - before) / 1024
            print(
                f"{'beside hostile' if is_hostile else 'alone':15} {seconds:6.1f} s  +{rose:.0f} MiB  {calls}"
            )
            assert not ear.inner, "nobody followed a redirect or came in by a name"
            sender.close(clock.now())
    print(f"good addresses waited {beside / alone:.2f} times as long beside the hostile ones")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hooks", description=__doc__)
    parser.add_argument("part", choices=("kills", "hostile", "relay"))
    parser.add_argument("--events", type=int)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--consumers", type=int, default=CONSUMERS)
    parser.add_argument("--shift", type=float, default=0, help="of a relay's clock, in seconds")
    wish = parser.parse_args()
    if wish.part == "kills":
        kills(wish.events or 10_000, wish.kills, wish.consumers)
    elif wish.part == "relay":
        relay(timedelta(seconds=wish.shift))
    else:
        hostile(wish.events or 200)


if __name__ == "__main__":
    main()
