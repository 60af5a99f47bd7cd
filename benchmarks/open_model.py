"""An open-model load generator in a process of its own: visitors come when they come, however slow the house is.

`python -m benchmarks.open_model` reads a plan as JSON from its input and writes what it saw to its output. Arrivals
are a Poisson process of the wanted rate; a time counts from the moment at which somebody *came*, so that a house that
stands still is seen standing still (no coordinated omission). A checkout is one visitor's chain: cart line, order,
payment at the gateway.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from benchmarks.apart import in_a_process
from benchmarks.shoppers import ADDRESS

BOUNDS_MS = (5, 10, 20, 50, 100, 200, 300, 500, 1000, 1500, 3000, 10_000)
MOST_LINES = 400
PATIENCE = 30.0
PAGE, SIGNED_IN, CHECKOUT, PAID, AWAY = "page", "page, signed in", "checkout", "paid", "turned away"


@dataclass(frozen=True)
class Stage:
    """So many arrivals a second for so long; the rate goes in a line from the stage before where `ramps`."""

    seconds: float
    pages: float
    checkouts: float
    ramps: bool = False
    signed_in: float = 0


@dataclass(frozen=True)
class Plan:
    """Stages over a house; `tokens` are shoppers, each in one chain at a time, `offers` what they buy. `cookies` are
    those who look at pages signed in; a path with `{}` is never the same twice."""

    port: int
    paths: list[str]
    stages: list[Stage]
    tokens: list[str] = field(default_factory=list)
    offers: list[int] = field(default_factory=list)
    pays: bool = True
    seed: int = 1405
    cookies: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Seen:
    """What came back. `times` in milliseconds by kind; `wrong` by kind and status; `seconds` one row a second;
    `generator_cpu` what the generator itself took, in seconds of processor time."""

    times: dict[str, dict[str, float]]
    histogram: dict[str, list[int]]
    wrong: dict[str, int]
    seconds: list[dict[str, float]]
    acknowledged: list[str]
    generator_cpu: float = 0.0


def load(plan: Plan) -> Seen:
    """Runs a plan in another process and gives what it saw."""
    return Seen(**in_a_process("benchmarks.open_model", asdict(plan)))


# --- in the process of its own ---------------------------------------------------------------------------------------


@dataclass
class Answer:
    status: int
    body: bytes


class Lines:
    """Keep-alive connections to one port, opened as they are wanted, never more than MOST_LINES."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._places = asyncio.Semaphore(MOST_LINES)

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """One request. A kept line that was closed meanwhile is replaced by a new one; 0 where nobody answered."""
        async with self._places:
            for is_last in (False, True):
                kept = bool(self._free) and not is_last
                try:
                    line = self._free.pop() if kept else await asyncio.open_connection("127.0.0.1", self.port)
                    async with asyncio.timeout(PATIENCE):
                        return await self._on(line, method, path, body, headers)
                except (OSError, EOFError, TimeoutError, ValueError):
                    if is_last or not kept:
                        return Answer(0, b"")
        return Answer(0, b"")

    async def _on(self, line: Any, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        reader, writer = line
        told = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        told += f"Host: 127.0.0.1\r\nAccept: */*\r\nContent-Length: {len(body)}\r\n"
        writer.write(f"{method} {path} HTTP/1.1\r\n{told}\r\n".encode() + body)
        top = await reader.readuntil(b"\r\n\r\n")
        fields = top.lower().split(b"\r\n")
        length = next((int(each[15:]) for each in fields if each.startswith(b"content-length:")), 0)
        content = await reader.readexactly(length) if length else b""
        if b"connection: close" in fields:
            writer.close()
        else:
            self._free.append(line)
        return Answer(int(top[9:12]), content)


class Crowd:
    """Everybody who comes, and what became of them."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.dice = plan, random.Random(plan.seed)
        self.web = Lines(plan.port)
        self.gateways: dict[int, Lines] = {}
        self.free = list(plan.tokens)
        self.taken: dict[str, list[float]] = defaultdict(list)
        self.wrong: dict[str, int] = defaultdict(int)
        self.acknowledged: list[str] = []
        self.rows: dict[int, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        self.begun = time.perf_counter()
        self.fresh = count(int(time.time() * 1000) % 10_000_000)

    def note(self, kind: str, came: float, status: int) -> bool:
        """Counts an answer to who came then; True where it was given."""
        milliseconds = (time.perf_counter() - came) * 1000
        is_fine = 200 <= status < 400
        kind = AWAY if status in (429, 503) else kind
        row = self.rows[int(came - self.begun)]
        if is_fine or kind == AWAY:
            self.taken[kind].append(milliseconds)
            row[kind].append(milliseconds)
        if not is_fine and kind != AWAY:
            self.wrong[f"{kind} {status or 'no answer'}"] += 1
            row["wrong"].append(status)
        return is_fine

    async def look(self, came: float) -> None:
        """One page."""
        answer = await self.web.ask("GET", self._path())
        self.note(PAGE, came, answer.status)

    async def look_signed_in(self, came: float) -> None:
        """One page of somebody who is signed in."""
        answer = await self.web.ask("GET", self._path(), Cookie=self.dice.choice(self.plan.cookies))
        self.note(SIGNED_IN, came, answer.status)

    def _path(self) -> str:
        path = self.dice.choice(self.plan.paths)
        return path.format(next(self.fresh)) if "{}" in path else path

    async def buy(self, came: float) -> None:
        """A line, the order, the gateway: an order that was acknowledged is remembered by its number."""
        if not self.free:
            self.wrong["checkout without a shopper"] += 1
            return
        token = self.free.pop()
        try:
            await self._buy(came, {"Authorization": f"Bearer {token}", "Content_Type": "application/json"})
        finally:
            self.free.append(token)

    async def _buy(self, came: float, who: dict[str, str]) -> None:
        offer = self.dice.choice(self.plan.offers)
        put = await self.web.ask("PUT", f"/api/v1/cart/lines/{offer}", b'{"quantity": 1}', **who)
        if not 200 <= put.status < 300:
            self.note(CHECKOUT, came, put.status)
            return
        body = json.dumps({"address": ADDRESS}).encode()
        order = await self.web.ask("POST", "/api/v1/orders", body, Idempotency_Key=str(uuid.uuid4()), **who)
        if not self.note(CHECKOUT, came, order.status):
            return
        told = json.loads(order.body)
        self.acknowledged.append(told["number"])
        url = (told.get("payment") or {}).get("url")
        if self.plan.pays and url:
            parts = urlsplit(url)
            gateway = self.gateways.setdefault(parts.port or 80, Lines(parts.port or 80))
            form = {"Content_Type": "application/x-www-form-urlencoded"}
            paid = await gateway.ask("POST", f"{parts.path}?{parts.query}", b"outcome=pay", **form)
            self.note(PAID, came, paid.status)

    async def run(self) -> None:
        """All stages; then waits for who is still inside."""
        inside: set[asyncio.Task[None]] = set()
        for place, stage in enumerate(self.plan.stages):
            before = self.plan.stages[place - 1] if stage.ramps and place else stage
            await asyncio.gather(
                self._arrivals(stage.seconds, before.pages, stage.pages, self.look, inside),
                self._arrivals(stage.seconds, before.checkouts, stage.checkouts, self.buy, inside),
                self._arrivals(stage.seconds, before.signed_in, stage.signed_in, self.look_signed_in, inside),
            )
        if inside:
            await asyncio.wait(inside, timeout=PATIENCE)

    async def _arrivals(
        self,
        seconds: float,
        first: float,
        last: float,
        comes: Callable[[float], Awaitable[None]],
        inside: set[asyncio.Task[None]],
    ) -> None:
        begun = time.perf_counter()
        at = begun
        while (share := (at - begun) / seconds) < 1:
            rate = first + (last - first) * share
            at += self.dice.expovariate(rate) if rate > 0 else 0.1
            wait = at - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            if rate > 0:
                task = asyncio.ensure_future(comes(at))
                inside.add(task)
                task.add_done_callback(inside.discard)

    def told(self) -> Seen:
        rows = [
            {
                "second": second,
                "fine": sum(len(row[kind]) for kind in (PAGE, SIGNED_IN, CHECKOUT)),
                "away": len(row[AWAY]),
                "wrong": len(row["wrong"]),
                "p95": percentile(sorted(row[PAGE] + row[CHECKOUT]), 95),
            }
            for second, row in sorted(self.rows.items())
        ]
        histogram = {kind: buckets(times) for kind, times in self.taken.items()}
        return Seen(
            {kind: summary(times) for kind, times in self.taken.items()},
            histogram,
            dict(self.wrong),
            rows,
            self.acknowledged,
            time.process_time(),
        )


def summary(times: list[float]) -> dict[str, float]:
    """Count and percentiles of milliseconds."""
    ordered = sorted(times)
    return {
        "count": len(ordered),
        **{f"p{p:g}": percentile(ordered, p) for p in (50, 95, 99, 99.9)},
        "most": ordered[-1] if ordered else 0.0,
    }


def buckets(times: list[float]) -> list[int]:
    """How many took at most each of BOUNDS_MS and more than the bound before; the last: longer than all."""
    counts = [0] * (len(BOUNDS_MS) + 1)
    for each in times:
        counts[next((place for place, bound in enumerate(BOUNDS_MS) if each <= bound), len(BOUNDS_MS))] += 1
    return counts


def percentile(ordered: list[float], percent: float) -> float:
    """The value that so many percent do not exceed; 0 of nothing."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


async def _main(plan: Plan) -> Seen:
    crowd = Crowd(plan)
    await crowd.run()
    return crowd.told()


if __name__ == "__main__":
    raw = json.load(sys.stdin)
    asked = Plan(**{**raw, "stages": [Stage(**each) for each in raw["stages"]]})
    print(json.dumps(asdict(asyncio.run(_main(asked)))))
