"""The payment sandbox as a process of its own, and a small receiver for webhooks."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import requests

Found = TypeVar("Found")
ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_test"
API_KEY = "sk_test_sandbox"
CURRENCY = "irr"
UNITS_PER_TOMAN = 10
START_SECONDS = 20
PAUSE_SECONDS = 0.01


def until(look: Callable[[], Found], *, seconds: float = 8, what: str = "it") -> Found:
    """Looks again until something true is seen, and gives it; fails after about `seconds`.

    Counts its pauses: a test's clock may stand still.
    """
    for _ in range(round(seconds / PAUSE_SECONDS)):
        found = look()
        if found:
            return found
        time.sleep(PAUSE_SECONDS)
    raise AssertionError(f"{what} did not come within {seconds} s")


class RunningSandbox:
    """A sandbox on a free loopback port.

    `base` is what STRIPE_API_BASE wants; `control(**faults)` and `state()` are its control API;
    `pay(url_or_id, outcome)` chooses on a hosted page and gives the answer, redirects not followed;
    `stop()`, `kill()` (-9) and `start()` (same port, same file) end and restart it.
    """

    api_key = API_KEY
    currency = CURRENCY
    units_per_toman = UNITS_PER_TOMAN

    def __init__(self, state: Path, webhook_url: str | None, secret: str) -> None:
        self.secret = secret
        self.webhook_url = webhook_url
        self._state = state
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self.http = requests.Session()
        self.http.trust_env = False

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "marketplace.payments.sandbox",
            "--port",
            str(self._port),
            "--state",
            str(self._state),
            "--webhook-secret",
            self.secret,
        ]
        if self.webhook_url:
            command += ["--webhook-url", self.webhook_url]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
        self._port = int(self._first_line())
        until(lambda: self.http.get(f"{self.base}/healthz", timeout=5).ok, what="the sandbox")

    def _first_line(self) -> bytes:
        assert self._process is not None and self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if not selector.select(timeout=START_SECONDS):
                self.kill()
                raise AssertionError("the sandbox said nothing")
        line = self._process.stdout.readline()
        if not line:
            self.kill()
            raise AssertionError("the sandbox ended at once")
        return line

    def stop(self) -> int:
        """Asks it to end and gives its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        return self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(how)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=10)
        finally:
            if process.stdout is not None:
                process.stdout.close()
        return process.returncode

    def close(self) -> None:
        self.stop()
        self.http.close()

    # --- what a test does with it -----------------------------------------------------------------

    def control(self, **wishes: Any) -> dict[str, Any]:
        answer = self.http.post(f"{self.base}/control", json=wishes, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def state(self) -> dict[str, Any]:
        return self.http.get(f"{self.base}/control/state", timeout=10).json()

    def reset(self) -> None:
        """Forgets all objects and faults (the webhook's address stays)."""
        assert self.http.post(f"{self.base}/control/reset", json={}, timeout=10).ok

    def set_clock(self, moment: datetime) -> None:
        """Moves its time, signatures included, to `moment` (it runs on from there)."""
        self.control(clock_at=int(moment.timestamp()))

    def pay(self, session: str, outcome: str = "pay") -> requests.Response:
        url = session if session.startswith("http") else f"{self.base}/pay/{session}"
        return self.http.post(url, data={"outcome": outcome}, timeout=20, allow_redirects=False)

    def event_types(self) -> list[str]:
        return [event["type"] for event in self.state()["events"]]


@contextmanager
def running_sandbox(
    tmp_path: Path, webhook_url: str | None = None, secret: str = SECRET
) -> Iterator[RunningSandbox]:
    """Starts a sandbox whose file is in `tmp_path`, waits for it, and ends it at the end."""
    sandbox = RunningSandbox(tmp_path / "sandbox.db", webhook_url, secret)
    try:
        sandbox.start()
        yield sandbox
    finally:
        sandbox.close()


class Receiver:
    """What came to a webhook address: `received` is a list of (body, signature header)."""

    def __init__(self) -> None:
        self.received: list[tuple[bytes, str]] = []
        self.answer = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append((body, self.headers["Stripe-Signature"]))
                self.send_response(receiver.answer)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/webhooks/stripe"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


@contextmanager
def webhook_receiver() -> Iterator[Receiver]:
    """A listening `Receiver`; set its `answer` to another status to refuse."""
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.close()
