"""The web server itself: `python -m marketplace.cli.web_server HOST PORT WORKERS THREADS JOBS`, begun by
`bazargah serve`.

The modules are loaded here, before the job processes and the web workers are forked, and so is the application of the
web workers: each shares them instead of having its own. It has shown its main pages here and let go of every
connection, since neither these nor threads outlive a fork. A worker shows them once more, over connections of its own,
and only then opens the port: one that takes the place of a killed one answers as the others do
(docs/decisions/0013-made-before-the-fork.md).
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import pkgutil
import sys
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path

import structlog
from flask import Flask
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from marketplace.accounts import limits
from marketplace.cli.job_processes import IsOver, Keeper
from marketplace.cli.warming import Warming
from marketplace.core import logs, traces
from marketplace.core.db import db

APPLICATION = "marketplace.app:create_served_app"
JOBS = "marketplace.cli.running:work"
KILL_SECONDS = 30
FIRST_SECONDS, AGAIN_SECONDS = 6.0, 3.0
"""The most that showing the pages may take here, and in each worker."""
SWITCH_SECONDS = 0.0005
"""How long a thread that computes keeps out one that comes back from the database, maybe with the writer's turn."""
log = structlog.get_logger(__name__)


class WebServer(MPServer):
    """The server, and who keeps the job processes: both are told to end at the same time."""

    keeper: Keeper | None = None

    def shutdown(self, exit_code: int = 0) -> None:
        """Lets the workers answer what has begun, and the job processes finish what they have in hand."""
        if self.keeper is not None:
            self.keeper.stop()
        super().shutdown(exit_code)  # type: ignore[no-untyped-call]


def server(host: str, port: int, workers: int, threads: int) -> WebServer:
    """The server with these many processes of these many threads; what has begun is answered before it ends."""
    return WebServer(
        APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        factory=True,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_SECONDS,
        log_level=LogLevels.error,
    )


def load() -> None:
    """Loads the modules of the application, and keeps the collector from writing into what will be shared."""
    gc.disable()
    pkgutil.resolve_name(APPLICATION)
    gc.collect()
    gc.freeze()
    gc.enable()


def made() -> Flask | None:
    """The application of all web workers, warm, with nothing open; None when it would not let go of something."""
    before = open_files()
    app: Flask = pkgutil.resolve_name(APPLICATION)()
    Warming(app, FIRST_SECONDS).run()
    let_go(app)
    gc.collect()
    gc.freeze()
    database = app.config["SETTINGS"].database_url.removeprefix("sqlite:///")
    left = [name for name in open_files() - before if name.startswith(("socket:", database))]
    if left:
        log.warning("made_by_each", left=len(left))
        return None
    return app


def let_go(app: Flask) -> None:
    """Closes what must not be open at a fork: connections to databases, the sender of traces, short threads."""
    traces.close()
    limits.let_go()
    with app.app_context():
        db.engine.dispose()
    if (cache := app.extensions.get("bazargah_page_cache")) is not None:
        cache.let_go()
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join(1)


def open_files() -> set[str]:
    """What this process has open, by name; nothing where the system does not tell."""
    names = set()
    with suppress(OSError):
        for one in Path("/proc/self/fd").iterdir():
            with suppress(OSError):
                names.add(os.readlink(one))
    return names


def begun(shared: Flask | None) -> Flask:
    """In a web worker: its application, with what outlives no fork begun anew, when it has shown its pages."""
    app: Flask = shared if shared is not None else pkgutil.resolve_name(APPLICATION)()
    logs.take_in_libraries()
    if shared is not None:
        traces.fit(app.config["SETTINGS"].traces)
    warming = Warming(app, AGAIN_SECONDS)
    app.extensions["bazargah_warming"] = warming.run
    thread = threading.Thread(target=warming.run, daemon=True)
    thread.start()
    thread.join(AGAIN_SECONDS)
    return app


def do_jobs(is_over: IsOver) -> None:
    """Does jobs until it is over, with an application of its own."""
    app = pkgutil.resolve_name(APPLICATION)()
    with app.app_context():
        pkgutil.resolve_name(JOBS)(is_over)


def end(keeper: Keeper) -> bool:
    """Ends the job processes, should they not be ending yet; whether their keeper lived until now."""
    keeper.stop()
    return keeper.join()


def main() -> None:
    """Serves until it is stopped."""
    host, port, workers, threads, jobs = sys.argv[1:]
    multiprocessing.set_start_method("fork")
    running = server(host, int(port), int(workers), int(threads))
    load()
    if int(jobs):
        running.keeper = Keeper(int(jobs), do_jobs)
        running.keeper.watch()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        running.serve(target_loader=partial(begun, made()), wrap_loader=False)
    finally:
        is_well = running.keeper is None or end(running.keeper)
    sys.exit(0 if is_well else 1)


if __name__ == "__main__":
    main()
