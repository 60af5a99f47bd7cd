"""The web server itself: `python -m marketplace.cli.web_server HOST PORT WORKERS THREADS JOBS`, begun by
`bazargah serve`.

The modules are loaded here, before the workers and the job processes are forked: each shares them instead of having its
own, and one that takes the place of a killed one works at once. The application is made by each for itself:
connections, threads and locks do not outlive a fork.
"""

from __future__ import annotations

import gc
import pkgutil
import sys

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from marketplace.cli.job_processes import IsOver, Keeper

APPLICATION = "marketplace.app:create_served_app"
JOBS = "marketplace.cli.running:work"
KILL_SECONDS = 30
SWITCH_SECONDS = 0.0005
"""How long a thread that computes keeps out one that comes back from the database, maybe with the writer's turn."""


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
    running = server(host, int(port), int(workers), int(threads))
    load()
    if int(jobs):
        running.keeper = Keeper(int(jobs), do_jobs)
        running.keeper.watch()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        running.serve()
    finally:
        is_well = running.keeper is None or end(running.keeper)
    sys.exit(0 if is_well else 1)


if __name__ == "__main__":
    main()
