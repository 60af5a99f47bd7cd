"""Running: worker, payment sandbox, and with the web server (`serving.py`) all of them as the demo."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import click
import structlog
from flask import Flask, current_app
from flask.cli import with_appcontext
from prometheus_client import start_http_server
from sqlalchemy.exc import SQLAlchemyError

from marketplace.cli.job_processes import IsOver, asked_to_end
from marketplace.core import clock, logs
from marketplace.core.assets import STATIC
from marketplace.core.db import db
from marketplace.core.jobs import run_due
from marketplace.core.outward import outward
from marketplace.core.steady import Steadiness
from marketplace.demo.partners.ports import PARTNERS
from marketplace.demo.partners.serve import run_partner
from marketplace.messages.hook_sending import HookSender, send_hooks
from marketplace.oversight.chores import ChoreLog
from marketplace.payments.gateways.stripe import EVENTS
from marketplace.payments.sandbox.serve import run_sandbox

log = structlog.get_logger(__name__)
IDLE_SECONDS = 0.2
HOOK_SECONDS = 1.0


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what is due now and end.")
@click.option("--metrics-port", type=int, default=None, help="Tell figures of this worker there.")
@click.option("--metrics-host", default="127.0.0.1", show_default=True)
@with_appcontext
def worker(once: bool, metrics_port: int | None, metrics_host: str) -> None:
    """Does jobs and sweeps until it is stopped (SIGTERM or Ctrl-C); a started job is finished first. Sweeps wait while
    the clock cannot be believed.
    """
    logs.take_in_libraries()
    if metrics_port:
        start_http_server(metrics_port, metrics_host)
    stop = asked_to_end()
    work(lambda: bool(stop), once=once)


def work(is_over: IsOver, *, once: bool = False) -> None:
    """Does jobs and sweeps until it is over, or `once` what is due now."""
    last: dict[str, float] = {}
    beside = None if once else _send_hooks_beside(current_app._get_current_object(), is_over)  # type: ignore[attr-defined]
    chores, steady = ChoreLog(), Steadiness()
    while not is_over():
        done = sweep_once(last, clock.now(), chores) if once or _is_right(steady) else 0
        done += _guarded("jobs", run_due, clock.now())
        done += _guarded("hooks", send_hooks, clock.now()) if once else 0
        _guarded("chores", chores.write, clock.now())
        if once and not done:
            return
        if not done:
            time.sleep(IDLE_SECONDS)
    if beside is not None:
        beside.join()


def _is_right(steady: Steadiness) -> bool:
    """Whether deadlines may be judged; while the database is away, nothing is."""
    try:
        return steady.is_right()
    except SQLAlchemyError:
        return False


def _send_hooks_beside(app: Flask, is_over: IsOver) -> threading.Thread:
    """Stores' own addresses are asked in a thread of their own: those that hang hold up nothing else."""

    def run() -> None:
        with app.app_context():
            sender = HookSender(outward())
        while not is_over():
            with app.app_context():
                done = _guarded("hooks", sender.step, clock.now())
            if not done:
                sender.rest(HOOK_SECONDS)
        with app.app_context():
            sender.close(clock.now())

    thread = threading.Thread(target=run, name="hooks")
    thread.start()
    return thread


def sweep_once(last: dict[str, float], at: datetime, chores: ChoreLog | None = None) -> int:
    """Runs the sweeps whose period has passed since `last`; gives what they did, and notes it in `chores`.

    All of them run at first. Afterwards each comes in a moment of its own of its period, instead of all those of a
    minute one after the other.
    """
    done = 0
    sweeps = current_app.extensions["bazargah"].sweeps
    for place, (name, (sweep, period)) in enumerate(sweeps.items()):
        now = time.monotonic()
        if now - last.get(name, -1e9) >= period:
            last[name] = now if name in last else now - period * place / len(sweeps)
            done += _guarded(name, sweep, at, chores)
    return done


def _guarded(
    name: str, work: Callable[[datetime], int | None], at: datetime, chores: ChoreLog | None = None
) -> int:
    begun, done, wrong = time.monotonic(), 0, None
    try:
        done = work(at) or 0
    except Exception as error:
        wrong = repr(error)
        log.error("sweep_failed", sweep=name, error=wrong[:500])
    finally:
        db.session.rollback()
    if chores is not None:
        chores.note(name, at, int((time.monotonic() - begun) * 1000), done, wrong)
    return done


@click.command("sandbox")
@click.argument("service", type=click.Choice(["payment", *PARTNERS]), default="payment")
@click.option("--port", default=None, type=int, help="SANDBOX_PORT, or the web port + 1.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--key", default="sandbox-key", show_default=True, help="What a service other than payment signs with."
)
@with_appcontext
def sandbox(service: str, port: int | None, host: str, key: str) -> None:
    """Runs a stand-in for a service outside, for demo, tests and partners: the payment gateway, unless told."""
    settings = current_app.config["SETTINGS"]
    own = int(os.environ.get("SANDBOX_PORT") or int(os.environ.get("PORT", "8000")) + 1)
    if service != "payment":
        run_partner(
            service, key, host, own if port is None else port, lambda url: click.echo(f"{service}: {url}")
        )
        return
    settings.instance.mkdir(parents=True, exist_ok=True)
    run_sandbox(
        host,
        port or own,
        state_path=settings.instance / "sandbox.db",
        webhook_url=f"{settings.base_url}/webhooks/stripe",
        webhook_secret=settings.stripe_webhook_secret,
        enabled_events=EVENTS,
        currency=settings.stripe_currency,
        clock_shift=int(os.environ.get("BAZARGAH_CLOCK_SHIFT", "0")),
        font=STATIC / "vendor" / "vazirmatn.woff2",
    )


def run_together(commands: list[list[str]], passing: list[list[str]], ready: Callable[[], bool]) -> int:
    """Starts processes in this one's group, waits for the first to end or a signal, stops all of them.

    `passing` ones may end by themselves; each leads a group of its own, so that their children end with them.
    `ready` is asked again and again until it says that they can be used.
    """
    stop: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda signum, frame: stop.append(signum))
    running = [subprocess.Popen(command) for command in commands]  # noqa: S603
    helping = [subprocess.Popen(command, process_group=0) for command in passing]  # noqa: S603
    try:
        is_ready = False
        while not stop and all(process.poll() is None for process in running):
            is_ready = is_ready or ready()
            time.sleep(0.2)
    finally:
        for process in helping:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in reversed(running):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        codes: list[Any] = [_end(process) for process in (*running, *helping)]
    return 0 if stop else max(abs(code) for code in codes)


def _end(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
