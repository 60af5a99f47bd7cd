"""Kavenegar's public interface on loopback, as far as we use it; a real server with a memory.

`sms/send.json` answers as the documentation of https://kavenegar.com/rest.html tells: a status inside the body, one
entry a receptor, and a `localid` that was heard before sends nothing and gives the entry of the first time.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

KEY = "4A+/key"
PATH = "/v1/4A%2B%2Fkey/sms/send.json"


@dataclass
class Kavenegar:
    """`phones`: what each phone received; `says`: statuses for the next calls; `loses`: answers lost after sending."""

    phones: dict[str, list[str]] = field(default_factory=dict)
    by_localid: dict[str, dict[str, Any]] = field(default_factory=dict)
    says: list[int] = field(default_factory=list)
    loses: int = 0
    calls: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"kavenegar+http://4A%2B%2Fkey@127.0.0.1:{self.port}?sender=10004346"

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, Any]:
        self.calls += 1
        if path != PATH:
            return 403, _told(403)
        if self.says and (status := self.says.pop(0)) != 200:
            return status, _told(status)
        receptor, words = form.get("receptor", ""), form.get("message", "")
        if not (receptor.startswith("09") and len(receptor) == 11):
            return 411, _told(411)
        if not words:
            return 413, _told(413)
        entry = self.by_localid.get(form.get("localid", ""))
        if entry is None:
            self.phones.setdefault(receptor, []).append(words)
            entry = {
                "messageid": len(self.by_localid) + 1,
                "receptor": receptor,
                "sender": form.get("sender"),
            }
            self.by_localid[form["localid"]] = entry
        return 200, {**_told(200), "entries": [entry]}


def _told(status: int) -> dict[str, Any]:
    return {"return": {"status": status, "message": ""}, "entries": None}


@contextmanager
def kavenegar() -> Iterator[Kavenegar]:
    """The server, listening; stopped at the end."""
    state = Kavenegar()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            status, told = state.answer(self.path, form)
            if state.loses and status == 200:
                state.loses -= 1
                self.close_connection = True
                return
            sent = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *rest: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
