"""A stand-in on an address of this machine, with what is under `/_control` for whoever tries it.

`POST /_control` takes facts for it, and `{"behave": {"status": 503, "seconds": 9, "forge": true}}`: the status with
which everything is answered, how long it waits before, and whether signatures are wrong. `{"behave": {}}` mends it.
`GET /_control` tells what it remembers.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests

from marketplace.core import clock
from marketplace.core.http import client
from marketplace.demo.partners.ports import JSON, PARTNERS, Asked, Partner, Said

CONTROL = "/_control"
LARGEST_BYTES = 64 * 1024


class PartnerServer(ThreadingHTTPServer):
    """One stand-in, listening; `url` is where."""

    daemon_threads = True

    def __init__(self, name: str, key: str, host: str = "127.0.0.1", port: int = 0) -> None:
        self.partner: Partner = PARTNERS[name](key)
        self.behaviour: dict[str, Any] = {}
        self.lock = threading.Lock()
        super().__init__((host, port), _Handler)
        self.url = f"http://{host}:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers that hang up are expected here."""


class _Handler(BaseHTTPRequestHandler):
    server: PartnerServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._do()

    def do_POST(self) -> None:
        self._do()

    def _do(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or int(length) > LARGEST_BYTES:
            self.close_connection = True
            self._say(Said(413, b"{}", JSON))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, urlsplit(self.path).path, headers, self.rfile.read(int(length)))
        try:
            said = self._control(asked) if asked.path == CONTROL else self._answer(asked)
        except (ValueError, TypeError, KeyError, AttributeError, UnicodeDecodeError):
            said = Said(400, b"{}", JSON)
        self._say(said)
        if said.afterwards is not None:
            _post(*said.afterwards)

    def _control(self, asked: Asked) -> Said:
        with self.server.lock:
            if asked.method == "POST":
                told = orjson.loads(asked.body)
                self.server.behaviour = told.get("behave", self.server.behaviour)
                self.server.partner.tell(told)
            seen = {"seen": self.server.partner.seen(), "behave": self.server.behaviour}
        return Said(200, orjson.dumps(seen), JSON)

    def _answer(self, asked: Asked) -> Said:
        how = self.server.behaviour
        time.sleep(float(how.get("seconds", 0)))
        with self.server.lock:
            said = self.server.partner.answer(asked, clock.now())
        if how.get("status"):
            return Said(int(how["status"]), b"{}", said.headers)
        if how.get("forge"):
            wrong = {name: f"{value[:-4]}0000" for name, value in said.headers.items() if "Signature" in name}
            return Said(said.status, said.body, {**said.headers, **wrong})
        return said

    def _say(self, said: Said) -> None:
        with suppress(OSError):
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            self.wfile.write(said.body)

    def log_message(self, *args: object) -> None:
        """Says nothing."""


def _post(url: str, body: bytes, headers: Any) -> None:
    with suppress(requests.RequestException), client(read_seconds=5, retries=1) as session:
        session.post(url, data=body, headers=headers, allow_redirects=False)


def run_partner(name: str, key: str, host: str, port: int, on_ready: Callable[[str], None]) -> None:
    """Serves until SIGTERM or SIGINT, then closes cleanly and returns. Raises OSError when the port is taken."""
    server = PartnerServer(name, key, host, port)

    def end(*_: object) -> None:
        # Not from here: shutdown() waits for serve_forever(), which this very thread is in.
        threading.Thread(target=server.shutdown, daemon=True).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    try:
        on_ready(server.url)
        server.serve_forever(poll_interval=0.05)
    finally:
        server.server_close()
