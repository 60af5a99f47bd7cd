"""Services outside on this machine: a registry of seals that signs what it says, an inquiry service that is asked."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

import orjson

from marketplace.core import clock
from marketplace.stores.signed import is_signed, sign

KEY = "a-secret-that-both-sides-know"


class Services:
    """`seals` (code -> facts) and `licences` (number -> facts) are the registry's books; `inquiries` what the inquiry
    service took.

    `signing_key` signs answers (another one forges them); `status`: what it says to everything, None: as it should.
    """

    def __init__(self) -> None:
        self.seals: dict[str, dict[str, Any]] = {}
        self.licences: dict[str, dict[str, Any]] = {}
        self.inquiries: list[dict[str, Any]] = []
        self.signing_key = KEY
        self.status: int | None = None
        services = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                book, _, code = self.path.removeprefix("/").partition("/")
                facts = {"seals": services.seals, "licences": services.licences}[book].get(code)
                self._say(services.status or (200 if facts else 404), orjson.dumps(facts or {}))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                is_ours = is_signed(KEY, body, self.headers.get("Inquiry-Signature", ""), clock.now())
                if is_ours and services.status is None:
                    services.inquiries.append(orjson.loads(body))
                self._say(services.status or (202 if is_ours else 403), b"{}")

            def _say(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Registry-Signature", sign(services.signing_key, body, clock.now()))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Services:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
