"""What one process serves of the badge: `python -m benchmarks.badge [--seconds 5]`.

Starts the web server with a single worker over a small database and asks for the badge without a referrer, from the
store's own site, from another one, and again with the ETag that is known; beside it the smallest Flask application on
the same settings. Printed are processor time for each answer and answers a second over eight connections.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from contextlib import AbstractContextManager
from contextvars import Context
from pathlib import Path

from flask_migrate import upgrade
from sqlalchemy import update

from benchmarks.cases import Case
from benchmarks.client import request
from benchmarks.complaints import build
from benchmarks.measure import Measured, measure
from benchmarks.servers import Server, free_port, granian, running
from marketplace.app import create_app
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.stores.models import Seal

CODE, DOMAIN = "00000007", "shop.example"
PATH = f"/seal/{CODE}/badge.svg"


def main() -> None:
    """Builds, serves, asks, prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=5)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{Path(folder) / 'bench.db'}"
        os.environ["DATABASE_URL"] = address
        etag = Context().run(_prepare)
        rows = []
        with granian("benchmarks.hello:create_hello", workers=1) as server:
            hello = Case("the smallest Flask application", [request("GET", "/")])
            rows.append(_ask(hello, server, seconds))
        with _house(address) as server:
            rows += [_ask(case, server, seconds) for case in _cases(etag)]
    unit = rows[0].cpu_ms
    print("| | processor time | in H | a second | bytes |\n|---|--:|--:|--:|--:|")
    for row in rows:
        print(
            f"| {row.name} | {row.cpu_ms:.2f} ms | {row.cpu_ms / unit:.1f} | {row.rate:,.0f} | {row.body_bytes:,} |"
        )


def _prepare() -> str:
    """A seal with a domain; gives the ETag of its badge on that domain."""
    app = create_app()
    with app.app_context():
        upgrade()
        build(100, 20)
        with unit_of_work():
            db.session.execute(update(Seal).where(Seal.code == CODE).values(domain=DOMAIN))
        answer = app.test_client().get(PATH, headers={"Referer": f"https://{DOMAIN}/"})
        db.session.remove()
        return str(answer.headers["ETag"])


def _cases(etag: str) -> list[Case]:
    own, other = f"https://{DOMAIN}/", "https://elsewhere.example/"
    return [
        Case("badge, no referrer", [request("GET", PATH)]),
        Case("badge on the store's own site", [request("GET", PATH, Referer=own)]),
        Case("badge on another site", [request("GET", PATH, Referer=other)]),
        Case("badge, unchanged (304)", [request("GET", PATH, Referer=own, If_None_Match=etag)]),
    ]


def _house(address: str) -> AbstractContextManager[Server]:
    port = free_port()
    return running(
        "-m",
        "marketplace",
        "serve",
        "--port",
        str(port),
        "--workers",
        "1",
        environment={"DATABASE_URL": address, "LOG_LEVEL": "ERROR"},
        port=port,
        health="/healthz",
    )


def _ask(case: Case, server: Server, seconds: float) -> Measured:
    seen = measure(case, server.port, {"web": server.pid}, seconds)
    if seen.wrong:
        raise RuntimeError(f"{case.name}: {seen.wrong} wrong answers")
    return seen


if __name__ == "__main__":
    main()
