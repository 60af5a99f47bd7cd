"""Redis killed, hung or full: it counts limits, no more. Nobody is signed out, nothing is open, no 5xx."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import redis
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts.limits import limiter
from marketplace.app import create_app
from marketplace.core.csrf import token_for
from marketplace.core.db import db
from marketplace.orders.models import CartLine
from tests.factories import AT, a_session, world
from tests.faults.house import free_port
from tests.needs import have

pytestmark = [pytest.mark.needs("redis"), pytest.mark.databases("sqlite")]
SIGN_INS = 10
"""So many failed ones in five minutes; the next is refused."""


class Server:
    """A Redis of this test's own."""

    def __init__(self, folder: Path) -> None:
        self.port, self.folder = free_port(), folder
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                str(have("redis")),
                "--port",
                str(self.port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--dir",
                str(self.folder),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with closing(redis.Redis(port=self.port)) as line:
            for _ in range(200):
                try:
                    line.ping()
                    return
                except redis.ConnectionError:
                    time.sleep(0.05)
        raise AssertionError("Redis did not start")

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        assert self.process is not None
        self.process.wait(10)

    def fill(self) -> None:
        """No write is taken any more."""
        with closing(redis.Redis(port=self.port)) as line:
            line.config_set("maxmemory-policy", "noeviction")
            line.config_set("maxmemory", "1")

    def count(self) -> int:
        with closing(redis.Redis(port=self.port)) as line:
            return len(line.keys("*LIMITS*"))

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.send(signal.SIGCONT)
            self.kill()


@pytest.fixture
def server(tmp_path) -> Iterator[Server]:
    made = Server(tmp_path)
    yield made
    made.close()


@pytest.fixture
def house(settings, server, at) -> Iterator[Flask]:
    app = create_app(replace(settings, redis_url=server.url))
    limiter._storage_dead = False  # the limiter is one for the process, and the test before killed its Redis
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    limiter._storage_dead = False
    create_app(settings)  # the counts of limits are one for the process: back to its own memory


def fail_to_sign_in(app: Flask, times: int, address: str) -> list[int]:
    browser, told = app.test_client(), []
    form = {"mobile": "09129999999", "password": "not-the-password"}
    for _ in range(times):
        where = {"REMOTE_ADDR": address}
        answer = browser.post(
            "/sign-in", data=form, headers={"Origin": "http://localhost"}, environ_overrides=where
        )
        told.append(answer.status_code)
    return told


FAULTS = {
    "killed": Server.kill,
    "hung": lambda server: server.send(signal.SIGSTOP),
    "full": Server.fill,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_people_stay_signed_in_carts_stay_and_limits_count_on(house, server, fault):
    small = world(AT)
    cookie = a_session(small.shopper)
    db.session.remove()
    browser = house.test_client()
    browser.set_cookie("sid", cookie)
    put = {"quantity": "1", "csrf_token": token_for(cookie)}
    assert browser.post(f"/cart/lines/{small.bowl.id}", data=put).status_code == 303
    assert set(fail_to_sign_in(house, 2, "203.0.113.1")) == {422}
    assert server.count() > 0, "limits are counted in Redis while it is there"
    assert browser.get("/readyz").json["checks"]["redis"] == "fine"
    assert "bazargah_redis_up 1.0" in browser.get("/metrics").text

    FAULTS[fault](server)
    for path in ("/me", "/cart", "/", "/stores", "/api/v1/stores"):
        assert browser.get(path).status_code == 200, path
    assert browser.post(f"/cart/lines/{small.bowl.id}", data=put).status_code == 303
    assert db.session.scalar(select(func.count()).select_from(CartLine)) == 1
    db.session.remove()
    told = fail_to_sign_in(house, SIGN_INS + 2, "203.0.113.2")
    assert set(told) == {422, 429}, told
    assert told[-1] == 429, "a limit that fails open is none"
    ready = browser.get("/readyz")
    assert ready.status_code == 200
    assert ready.json["state"] == "degraded"
    assert ready.json["checks"]["redis"] == "wanting", "also one that answers and takes nothing"
    assert "bazargah_redis_up 0.0" in browser.get("/metrics").text
