"""`SHAPE=production`: the suite over PostgreSQL and Redis, and houses of two web processes and two workers.

Without it a test runs on the databases that it is for, counts limits in its own memory, and a house has one worker.
Everything runs on PostgreSQL, but for what is of SQLite itself (`@pytest.mark.of_sqlite`) and pages of the demo's kept
file.
"""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from functools import cache

import redis

from tests.needs import have

IS_PRODUCTION = os.environ.get("SHAPE") == "production"
WORKERS = 2 if IS_PRODUCTION else 1
"""Job workers of a house of real processes; its web server has two processes in any case."""
USUAL = "postgresql" if IS_PRODUCTION else "sqlite"
"""The database of what is tried on one alone."""


def environment() -> dict[str, str]:
    """Settings of every application and house of the run beside its database's."""
    return {"REDIS_URL": _redis()} if IS_PRODUCTION else {}


def begin() -> None:
    """A new test: nothing has been counted yet."""
    if IS_PRODUCTION:
        with redis.Redis.from_url(_redis()) as connection:
            connection.flushall()


@cache
def _redis() -> str:
    """A Redis of this process, which ends with it, however it ends."""
    program = have("redis")
    if program is None:
        raise RuntimeError("SHAPE=production needs redis-server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    bound = [shutil.which("setpriv"), "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
    process = subprocess.Popen(
        [*map(str, bound), str(program), "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
    )
    atexit.register(process.kill)
    url = f"redis://127.0.0.1:{port}/0"
    for _ in range(200):
        with suppress(redis.RedisError), redis.Redis.from_url(url) as connection:
            connection.ping()
            return url
        time.sleep(0.05)
    raise RuntimeError("Redis does not answer")
