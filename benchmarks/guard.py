"""Whether something became much dearer: `python -m benchmarks.guard`, a part of `.ci/run`, less than a minute.

Some rows of `make bench` are asked of the application in this process, without server and sockets, and so is the
smallest Flask application: what a row costs in units of that one is held against `benchmarks/baseline.json`. Only
ratios are compared, never times: the least of several rounds on both sides, and a row that is above gets more rounds
before it counts. Without a server the unit is smaller than the H of `make bench`, and the ratios are larger.

    --record     writes the baseline anew: after a change that is meant to cost more, or to keep a gain
    --control    answers every request three times and must then find every row too dear
"""

from __future__ import annotations

import argparse
import gc
import io
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask

from benchmarks.cases import Sample, sample_of
from benchmarks.hello import create_hello
from benchmarks.instance import Data, data_of
from marketplace.demo.plan.scale import Scale

BASELINE = Path(__file__).parent / "baseline.json"
MARGIN = 2.0
"""How many times its recorded ratio a row may cost: noise of a busy machine is less, what is worth an alarm is more."""
ROUNDS, MORE_ROUNDS, WARM = 5, 8, 3
CALLS, CHEAP_CALLS = 40, 400
CONTROL = 3
HELLO = "hello"
Environ = dict[str, Any]


@dataclass
class Row:
    """Requests that follow each other, and the least that one of them cost so far, in seconds of processor time."""

    name: str
    app: Flask
    requests: Iterator[Environ]
    calls: int = CALLS
    least: float = field(default=float("inf"))

    def round(self, times: int, calls: int = 0) -> None:
        calls = calls or self.calls
        asked = [[next(self.requests) for _ in range(times)] for _ in range(calls)]
        begun = time.process_time()
        for requests in asked:
            for request in requests:
                ask(self.app, request)
        self.least = min(self.least, (time.process_time() - begun) / calls)


def ask(app: Flask, environ: Environ) -> None:
    """One request. Raises RuntimeError where it is not answered well."""
    said: list[str] = []
    parts = app.wsgi_app(environ, lambda status, headers, exc_info=None: said.append(status) or said.append)  # type: ignore[arg-type, func-returns-value]
    try:
        for _ in parts:
            pass
    finally:
        getattr(parts, "close", lambda: None)()
    if said[-1][0] not in "23":
        raise RuntimeError(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}: {said[-1]}")


def rows_of(app: Flask, data: Data, sample: Sample) -> list[Row]:
    """What is guarded: pages kept and made anew, for nobody and for a shopper, reading and writing."""
    numbers = count(1)
    fresh = (f"min_toman={number}" for number in numbers)
    offers = [f"/offers/{number}-{slug}" for number, slug, _ in sample.offers]
    person = data.people[0]
    cookie = {"HTTP_COOKIE": f"sid={person.cookie}"}
    lines = [
        (f"/cart/lines/{sample.offers[place][0]}", f"quantity={quantity}&csrf_token={person.csrf}")
        for quantity in (1, 2)
        for place in (0, 1)
    ]
    first = f"/c/{sample.categories[0]}"
    asked: dict[str, Iterator[Environ]] = {
        "cart line, form": (environ_of(path, form=form, **cookie) for path, form in cycle(lines)),
        "list, kept": (environ_of(first) for _ in count()),
        "list, signed in, kept": (environ_of(first, **cookie) for _ in count()),
        "list made anew": (environ_of("/search", query) for query in fresh),
        "search made anew": (
            environ_of("/search", f"q={quote(word)}&min_toman={number}")
            for word, number in zip(cycle(sample.words), numbers, strict=False)
        ),
        "offer made anew": (environ_of(path, f"v={next(numbers)}") for path in cycle(offers)),
        "offers, JSON": (environ_of("/api/v1/offers", f"min_toman={number}") for number in numbers),
        "cart, signed in": (environ_of("/cart", **cookie) for _ in count()),
    }
    return [
        Row(name, app, requests, CHEAP_CALLS if name.endswith("kept") else CALLS)
        for name, requests in asked.items()
    ]


_addresses = cycle(
    f"10.{high}.{middle}.{low}" for high in range(9) for middle in range(9) for low in range(1, 250)
)


def environ_of(path: str, query: str = "", *, form: str = "", **headers: str) -> Environ:
    """A request, each from another address: one alone may not ask so much."""
    body = form.encode()
    posted = {"CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(body))}
    return {
        "REQUEST_METHOD": "POST" if form else "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_ACCEPT": "text/html,*/*",
        "HTTP_ACCEPT_ENCODING": "gzip, br",
        "HTTP_USER_AGENT": "bench",
        "REMOTE_ADDR": next(_addresses),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **(posted if form else {}),
        **headers,
    }


def too_dear(found: Mapping[str, float], recorded: Mapping[str, float], margin: float = MARGIN) -> list[str]:
    """The rows above their margin, and those that are found and not recorded or the other way round."""
    above = [name for name, ratio in found.items() if name in recorded and ratio > recorded[name] * margin]
    return above + sorted(found.keys() ^ recorded.keys())


class Measuring:
    """All rows and the unit, round after round."""

    def __init__(self, rows: list[Row], times: int) -> None:
        self.rows, self.times = rows, times
        self.hello = Row(HELLO, create_hello(), (environ_of("/") for _ in count()), CHEAP_CALLS)

    def rounds(self, number: int, rows: list[Row]) -> None:
        for _ in range(number):
            gc.collect()
            self.hello.round(1)
            for row in rows:
                row.round(self.times)

    def warm(self) -> None:
        """What is made once is made before anything counts."""
        for row in (self.hello, *self.rows):
            row.round(self.times, WARM)
            row.least = float("inf")

    def ratios(self) -> dict[str, float]:
        return {row.name: row.least / self.hello.least for row in self.rows}

    def run(self, judge: Callable[[Mapping[str, float]], list[str]]) -> list[str]:
        """What is too dear after some rounds; a row in doubt gets more of them first."""
        self.warm()
        self.rounds(ROUNDS, self.rows)
        doubtful = judge(self.ratios())
        if doubtful:
            self.rounds(MORE_ROUNDS, [row for row in self.rows if row.name in doubtful])
        return judge(self.ratios())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.guard", description=__doc__)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--control", action="store_true")
    wish = parser.parse_args()
    recorded: dict[str, float] = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    with tempfile.TemporaryDirectory(prefix="bazargah-bench-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        with data_of("sqlite", Scale.FESTIVAL, folder) as data:
            app = data.app()
            measuring = Measuring(rows_of(app, data, sample_of(data)), CONTROL if wish.control else 1)
            above = measuring.run(lambda found: [] if wish.record else too_dear(found, recorded))
    found = measuring.ratios()
    for name, ratio in found.items():
        known = recorded.get(name, ratio)
        mark = "  TOO DEAR" if name in above else ""
        print(f"{name:24} {ratio:7.2f} H   recorded {known:7.2f}   {ratio / known:5.2f} times{mark}")
    if wish.record:
        BASELINE.write_text(
            json.dumps({name: round(ratio, 2) for name, ratio in found.items()}, indent=2) + "\n"
        )
    elif wish.control:
        missed = found.keys() - above
        sys.exit(f"not noticed: {', '.join(sorted(missed))}" if missed else 0)
    elif above:
        sys.exit(f"more than {MARGIN:g} times as dear as recorded: {', '.join(above)}")


if __name__ == "__main__":
    main()
