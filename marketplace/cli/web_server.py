"""The web server itself: `python -m marketplace.cli.web_server HOST PORT WORKERS THREADS`, begun by `bazargah serve`.

The modules are loaded here, before the workers are forked: each worker shares them instead of having its own, and one
that takes the place of a killed one answers at once. The application is made by each worker for itself: connections,
threads and locks do not outlive a fork.
"""

from __future__ import annotations

import gc
import pkgutil
import sys

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

APPLICATION = "marketplace.app:create_served_app"
KILL_SECONDS = 30
SWITCH_SECONDS = 0.0005
"""How long a thread that computes keeps out one that comes back from the database, maybe with the writer's turn."""


def server(host: str, port: int, workers: int, threads: int) -> MPServer:
    """The server with these many processes of these many threads; what has begun is answered before it ends."""
    return MPServer(
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


def main() -> None:
    """Serves until it is stopped."""
    host, port, workers, threads = sys.argv[1:]
    running = server(host, int(port), int(workers), int(threads))
    load()
    sys.setswitchinterval(SWITCH_SECONDS)
    running.serve()


if __name__ == "__main__":
    main()
