"""A load generator in a process of its own: keep-alive connections that send prepared requests, one after the other.

`python -m benchmarks.client` reads a plan as JSON from its input and writes what it saw to its output. Each connection
takes the next request of the one list, so that a request is repeated only when all others were sent.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import cycle
from typing import Any

from benchmarks.apart import in_a_process

CONNECTIONS = 8


@dataclass(frozen=True)
class Plan:
    """Requests to send to a port for some seconds; at least once each where `at_least_all`."""

    port: int
    requests: list[str]
    seconds: float
    most: int = 0
    connections: int = CONNECTIONS


@dataclass(frozen=True)
class Seen:
    """What came back; times in milliseconds. `wrong` counts answers of another status class than 2xx and 3xx."""

    count: int
    wrong: int
    seconds: float
    p50: float
    p99: float
    body_bytes: int


def request(method: str, path: str, *, body: str = "", **headers: str) -> str:
    """A request as it goes over the line, with what browsers accept."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: text/html,*/*", "User-Agent: bench"]
    lines.append("Accept-Encoding: gzip, deflate, br, zstd")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if method != "GET":
        lines.append(f"Content-Length: {len(body.encode())}")
    return "\r\n".join(lines) + "\r\n\r\n" + body


def load(plan: Plan) -> Seen:
    """Runs a plan in another process and gives what it saw."""
    return Seen(**in_a_process("benchmarks.client", asdict(plan)))


# --- in the process of its own ---------------------------------------------------------------------------------------


async def _run(plan: Plan) -> dict[str, Any]:
    following = cycle(line.encode() for line in plan.requests)
    begun = time.perf_counter()
    end = begun + plan.seconds
    taken: list[float] = []
    wrong: list[str] = []
    sizes: list[int] = []

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", plan.port, limit=2**20)
        while time.perf_counter() < end and not (plan.most and len(taken) >= plan.most):
            sent = time.perf_counter()
            writer.write(next(following))
            head = await reader.readuntil(b"\r\n\r\n")
            length = _length(head)
            if length:
                await reader.readexactly(length)
            taken.append(time.perf_counter() - sent)
            sizes.append(length)
            if head[9:10] not in b"23":
                wrong.append(head[9:12].decode())
        writer.close()

    await asyncio.gather(*(connection() for _ in range(plan.connections)))
    seconds = time.perf_counter() - begun
    taken.sort()
    return {
        "count": len(taken),
        "wrong": len(wrong),
        "seconds": seconds,
        "p50": _percentile(taken, 50),
        "p99": _percentile(taken, 99),
        "body_bytes": sum(sizes) // max(1, len(sizes)),
    }


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
        if line.startswith(b"transfer-encoding:"):
            raise ValueError("chunked answers are not understood here")
    return 0


def _percentile(ordered: Sequence[float], percent: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000 if ordered else 0.0


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_run(Plan(**json.load(sys.stdin))))))
