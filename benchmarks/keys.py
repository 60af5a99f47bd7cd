"""One call sent many times at once, with real processes: as many effects as keys, and one answer for each.

    python -m benchmarks.keys [--keys 500] [--copies 20]

SQLite in a temporary folder, or the empty PostgreSQL database of `DATABASE_URL`. Each key is an order over the API of a
shopper of its own, sent over as many connections at once as there are copies, to a web server of two processes, with a
worker and the payment sandbox beside it. Then each is sent once more, and once with another body.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import threading
import time
from collections import Counter
from http.client import HTTPConnection
from pathlib import Path

from flask_migrate import upgrade
from sqlalchemy import func, select

from benchmarks.servers import house
from marketplace.app import create_app
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.models import KeptAnswer
from marketplace.core.settings import read_settings
from marketplace.orders.models import Order
from tests.factories import a_person, a_token, an_offer, world
from tests.factories.buying import in_cart
from tests.journeys.api_calls import ADDRESS

Answer = tuple[int, bytes]
WISH = json.dumps({"address": ADDRESS}).encode()
OTHER_WISH = json.dumps({"address": {**ADDRESS, "city": "کاشان"}}).encode()


def build(keys: int) -> list[str]:
    """The small festival, and a shopper with a cart for each key; gives their tokens."""
    at = clock.now()
    w = world(at)
    offer = an_offer(w.stores[0], w.festival, stock=keys, at=at)
    tokens = []
    for _ in range(keys):
        person = a_person(at=at)
        in_cart(person, (offer, 1), at=at)
        tokens.append(a_token(person, "cart", "orders:read", "orders:write", at=at))
    return tokens


def ask(way: HTTPConnection, token: str, body: bytes) -> Answer:
    """Buys the cart under the one key of this token."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": f"k-{token[-12:]}",
    }
    way.request("POST", "/api/v1/orders", body, headers)
    answer = way.getresponse()
    return answer.status, answer.read()


def storm(port: int, tokens: list[str], copies: int) -> list[list[Answer]]:
    """Every key from all connections at the same moment; the answers by key."""
    heard: list[list[Answer]] = [[] for _ in tokens]
    together = threading.Barrier(copies)

    def run() -> None:
        way = HTTPConnection("127.0.0.1", port, timeout=60)
        for n, token in enumerate(tokens):
            together.wait(120)
            heard[n].append(ask(way, token, WISH))
        way.close()

    threads = [threading.Thread(target=run) for _ in range(copies)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return heard


def settled(way: HTTPConnection, token: str) -> Answer:
    """The answer of one more call, as soon as the first one is over."""
    for _ in range(120):
        status, body = ask(way, token, WISH)
        if status != 409:
            break
        time.sleep(0.5)
    return status, body


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.keys", description=__doc__)
    parser.add_argument("--keys", type=int, default=500)
    parser.add_argument("--copies", type=int, default=20)
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        url = os.environ.get("DATABASE_URL", "")
        environment = {
            "DATABASE_URL": url if url.startswith("postgresql") else f"sqlite:///{folder}/bench.db",
            "INSTANCE_PATH": folder,
            "SECRET_KEY": "a key of forty letters for this run only",
            "STRIPE_WEBHOOK_SECRET": "whsec_bench",
            "BAZARGAH_MODE": "demo",
            "LOG_LEVEL": "ERROR",
        }
        Path(folder).chmod(0o755)
        app = create_app(read_settings({**os.environ, **environment}))
        with app.app_context():
            upgrade()
            tokens = build(wish.keys)
            db.session.remove()
            with house(environment) as running:
                measure(running.web.port, tokens, wish.copies)
            db.session.remove()
            db.engine.dispose()


def measure(port: int, tokens: list[str], copies: int) -> None:
    """Fails where a key had more or less than one effect, or two different answers."""
    began = time.perf_counter()
    heard = storm(port, tokens, copies)
    seconds = time.perf_counter() - began
    way = HTTPConnection("127.0.0.1", port, timeout=60)
    for token, answers in zip(tokens, heard, strict=True):
        status, body = settled(way, token)
        assert status == 201, (status, body)
        assert {answer for answer in answers if answer[0] != 409} <= {(201, body)}, answers
    orders, kept = count(Order), count(KeptAnswer)
    assert orders == kept == len(tokens), (orders, kept)
    others = Counter(ask(way, token, OTHER_WISH)[0] for token in tokens)
    assert others == {422: len(tokens)}, others
    assert (count(Order), count(KeptAnswer)) == (orders, kept)
    said = Counter(status for answers in heard for status, _ in answers)
    print(
        f"{len(tokens):,} keys x {copies} at once, {db.engine.dialect.name}, {seconds:.0f} s: {orders:,} orders"
    )
    print(
        f"answers {dict(said)}, every 201 of a key byte for byte the same; another body {dict(others)}, no effect"
    )


def count(model: type[Order] | type[KeptAnswer]) -> int:
    """Rows now."""
    found = db.session.scalar(select(func.count()).select_from(model))
    db.session.rollback()
    return found or 0


if __name__ == "__main__":
    main()
