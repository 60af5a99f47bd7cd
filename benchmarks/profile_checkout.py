"""Where the time of a checkout goes: `python -m benchmarks.profile_checkout [--sort cumulative]`.

Purchases by API, the webhooks that follow and all jobs are done in this process, the sandbox runs beside it. Printed
are processor time, units of work and statements of each step of one purchase, and the functions that took most.
"""

from __future__ import annotations

import argparse
import cProfile
import io
import os
import pstats
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests
from flask import Flask

from benchmarks.cases import BUYERS, sample_of
from benchmarks.instance import Data, Person, data_of
from benchmarks.servers import free_port, running
from benchmarks.shoppers import ADDRESS
from marketplace.app import create_app
from marketplace.cli.running import sweep_once
from marketplace.core import clock
from marketplace.core.jobs import run_due
from marketplace.core.settings import read_settings
from marketplace.core.unit_of_work import count_queries
from marketplace.demo.plan.scale import Scale
from tests.fakes.sandbox import Receiver, until, webhook_receiver

WEBHOOKS = 1
"""What the gateway tells of one payment to who is subscribed to what is used."""


class Steps:
    """Processor time, units of work and statements by the name of a step."""

    def __init__(self, app: Flask, *, tells: bool = False) -> None:
        self.app, self.tells = app, tells
        self.sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0, 0, 0])

    def step(self, name: str, work: Callable[[], Any]) -> Any:
        statements: list[str] = []
        with self.app.app_context():
            stop = count_queries(statements)
        begun = time.process_time()
        try:
            return work()
        finally:
            taken = time.process_time() - begun
            with self.app.app_context():
                stop()
            if self.tells and name != "sweeps":
                print(f"\n{name}: {len(statements)}")
                print("\n".join("    " + " ".join(one.split())[:170] for one in statements))
            units = sum(statement.startswith("BEGIN IMMEDIATE") for statement in statements)
            row = self.sums[name]
            for place, value in enumerate((taken * 1000, 1, units, len(statements))):
                row[place] += value

    def show(self, purchases: int) -> None:
        print(f"{'step':26}{'ms':>8}{'times':>8}{'units':>8}{'statements':>12}   for one purchase")
        for name, (taken, times, units, statements) in self.sums.items():
            each = (value / purchases for value in (taken, times, units, statements))
            print(f"{name:26}" + "{:8.2f}{:8.1f}{:8.1f}{:12.1f}".format(*each))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile_checkout", description=__doc__)
    parser.add_argument("--purchases", type=int, default=20)
    parser.add_argument("--database", default="sqlite", choices=("sqlite", "postgresql"))
    parser.add_argument("--sort", default="tottime", choices=("tottime", "cumulative"))
    parser.add_argument("--lines", type=int, default=40)
    parser.add_argument("--statements", action="store_true", help="prints the statements of one purchase")
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bazargah-bench-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        folder.chmod(0o711)
        with data_of(wish.database, Scale.FESTIVAL, folder) as data:
            port = free_port()
            environment = {**data.environment(), "STRIPE_API_BASE": f"http://127.0.0.1:{port}"}
            os.environ.update(environment)
            command = ("-m", "marketplace", "sandbox", "--port", str(port))
            with (
                running(*command, environment=environment, port=port, health="/healthz"),
                webhook_receiver() as receiver,
            ):
                told = {"webhook_url": receiver.url}
                requests.post(f"http://127.0.0.1:{port}/control", json=told, timeout=10)
                _measure(data, receiver, wish)


def _measure(data: Data, receiver: Receiver, wish: argparse.Namespace) -> None:
    offers = sample_of(data).offers
    app = create_app(read_settings())
    client = app.test_client()
    bought = 0

    def buy(steps: Steps) -> None:
        nonlocal bought
        people = data.people[BUYERS["api"]]
        _buy(
            client,
            people[bought % len(people)],
            [offers[bought * 2][0], offers[bought * 2 + 1][0]],
            receiver,
            steps,
        )
        bought += 1

    for _ in range(3):
        buy(Steps(app))
    if wish.statements:
        buy(Steps(app, tells=True))
    steps, profile = Steps(app), cProfile.Profile()
    for _ in range(wish.purchases):
        buy(steps)
    steps.show(wish.purchases)
    profile.enable()
    for _ in range(wish.purchases):
        buy(Steps(app))
    profile.disable()
    out = io.StringIO()
    pstats.Stats(profile, stream=out).sort_stats(wish.sort).print_stats(wish.lines)
    print("\n".join(line for line in out.getvalue().splitlines() if line.strip()))


def _buy(client: Any, person: Person, offers: list[int], receiver: Receiver, steps: Steps) -> None:
    headers = {"Authorization": f"Bearer {person.token}"}

    def call(method: str, path: str, **options: Any) -> Any:
        answer = client.open(f"/api/v1{path}", method=method, **options)
        if answer.status_code >= 400:
            raise SystemExit(f"{path}: {answer.status_code} {answer.text}")
        return answer.get_json()

    for offer in offers:
        path = f"/cart/lines/{offer}"
        steps.step("line", partial(call, "PUT", path, json={"quantity": 1}, headers=headers))
    keyed = {**headers, "Idempotency-Key": str(uuid4())}
    order = steps.step("order", partial(call, "POST", "/orders", json={"address": ADDRESS}, headers=keyed))
    page = order["payment"]["url"]
    answer = requests.post(page, data={"outcome": "pay"}, timeout=20, allow_redirects=False)
    assert answer.status_code == 303
    until(lambda: len(receiver.received) >= WEBHOOKS, what="the webhooks")
    while receiver.received:
        body, signature = receiver.received.pop(0)
        signed = {"Stripe-Signature": signature}
        steps.step("webhook", partial(client.post, "/webhooks/stripe", data=body, headers=signed))
    with steps.app.app_context():
        steps.step("sweeps", lambda: sweep_once({}, clock.now()))
        while steps.step("jobs", lambda: run_due(clock.now(), 1)):
            pass
    steps.step("order again", lambda: call("GET", f"/orders/{order['number']}", headers=headers))


if __name__ == "__main__":
    main()
