"""Where the time of one page goes: `python -m benchmarks.profile /search?q=چای [--as-shopper] [--sort cumulative]`.

The page is made in this process over the data of `make bench`, warm, many times; printed are processor time and
statements per page, and the functions that took most of it.
"""

from __future__ import annotations

import argparse
import cProfile
import io
import pstats
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from flask.testing import FlaskClient

from benchmarks.instance import data_of
from marketplace.core.unit_of_work import count_queries
from marketplace.demo.plan.scale import Scale


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile", description=__doc__)
    parser.add_argument("path", help="what to fetch, for example /")
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--database", default="sqlite", choices=("sqlite", "postgresql"))
    parser.add_argument("--scale", default=Scale.FESTIVAL.value, choices=[scale.value for scale in Scale])
    parser.add_argument("--as-shopper", action="store_true", help="with a session cookie")
    parser.add_argument("--sort", default="tottime", choices=("tottime", "cumulative"))
    parser.add_argument("--lines", type=int, default=30)
    parser.add_argument(
        "--statements", action="store_true", help="prints the statements of one page with their times"
    )
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bazargah-bench-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        folder.chmod(0o711)
        with data_of(wish.database, Scale(wish.scale), folder) as data:
            app = data.app()
            client = app.test_client()
            if wish.as_shopper:
                client.set_cookie("sid", data.people[0].cookie)
            with app.app_context():
                _show(client, wish)


def _show(client: FlaskClient, wish: argparse.Namespace) -> None:
    def fetch() -> None:
        answer = client.get(wish.path)
        if answer.status_code >= 400:
            raise SystemExit(f"{wish.path}: {answer.status_code}")

    fetch()
    fetch()
    counter: list[str] = []
    stop = count_queries(counter)
    fetch()
    stop()
    if wish.statements:
        for statement in counter:
            print(" ".join(statement.split())[:600], "\n")
    print(f"{_cpu_ms(fetch, wish.times):.2f} ms and {len(counter)} statements a page\n")
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(wish.times):
        fetch()
    profile.disable()
    out = io.StringIO()
    pstats.Stats(profile, stream=out).sort_stats(wish.sort).print_stats(wish.lines)
    print("\n".join(line for line in out.getvalue().splitlines() if line.strip()))


def _cpu_ms(work: Callable[[], None], times: int) -> float:
    begun = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - begun) * 1000 / times


if __name__ == "__main__":
    main()
