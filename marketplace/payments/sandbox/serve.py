"""The sandbox as a process."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from marketplace.payments.sandbox.app import create_sandbox
from marketplace.payments.sandbox.bank import EVERY_EVENT


class _Quiet(WSGIRequestHandler):
    """Connections stay open between calls, as those of a gateway do."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        if type == "error":
            super().log(type, message, *args)


def run_sandbox(
    host: str = "127.0.0.1",
    port: int = 8001,
    *,
    state_path: str | Path,
    webhook_url: str | None,
    webhook_secret: str,
    currency: str = "irr",
    clock_shift: int = 0,
    public_url: str | None = None,
    font: Path | None = None,
    enabled_events: tuple[str, ...] = EVERY_EVENT,
    on_ready: Callable[[int], None] | None = None,
) -> None:
    """Serves until SIGTERM or SIGINT, then closes cleanly and returns.

    `port` 0 takes a free one; `on_ready` is told the port once requests are answered. The rest as in
    `create_sandbox`. Raises SystemExit when the port is taken.
    """
    app = create_sandbox(
        state_path,
        webhook_url,
        webhook_secret,
        currency,
        clock_shift=clock_shift,
        public_url=public_url,
        font=font,
        enabled_events=enabled_events,
    )
    _serve(app, host, port, on_ready)


def _serve(app: Flask, host: str, port: int, on_ready: Callable[[int], None] | None) -> None:
    sandbox = app.extensions["sandbox"]
    server = make_server(host, port, app, threaded=True, request_handler=_Quiet)

    def end(*_: object) -> None:
        # Not from here: shutdown() waits for serve_forever(), which this very thread is in.
        threading.Thread(target=server.shutdown, daemon=True).start()

    earlier = {number: signal.signal(number, end) for number in _signals()}
    sandbox.deliverer.start()
    try:
        if on_ready is not None:
            on_ready(server.server_port)
        server.serve_forever(poll_interval=0.05)
    finally:
        server.server_close()
        sandbox.stop()
        for number, handler in earlier.items():
            signal.signal(number, handler)


def _signals() -> tuple[signal.Signals, ...]:
    """Signals can be taken in the main thread alone."""
    is_main = threading.current_thread() is threading.main_thread()
    return (signal.SIGTERM, signal.SIGINT) if is_main else ()
