"""The sandbox as a Flask application."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, request

from marketplace.payments.sandbox.api import api
from marketplace.payments.sandbox.bank import EVERY_EVENT, Bank
from marketplace.payments.sandbox.clock import Clock
from marketplace.payments.sandbox.control import control
from marketplace.payments.sandbox.delivery import Deliverer
from marketplace.payments.sandbox.faults import Faults
from marketplace.payments.sandbox.hosted import hosted
from marketplace.payments.sandbox.state import State


class Sandbox:
    """The parts of one sandbox; `app.extensions["sandbox"]`."""

    def __init__(
        self,
        state: State,
        *,
        webhook_url: str | None,
        webhook_secret: str,
        currency: str,
        clock_shift: int,
        public_url: str | None,
        font: Path | None,
        enabled_events: tuple[str, ...],
    ) -> None:
        self.faults = Faults()
        self.bank = Bank(state, Clock(clock_shift), self.faults, currency, enabled_events)
        self.deliverer = Deliverer(self.bank, webhook_url, webhook_secret)
        self.calls: deque[dict[str, Any]] = deque(maxlen=500)
        self.font = font if font is not None and font.is_file() else None
        self.is_stopping = False
        self._public_url = public_url.rstrip("/") if public_url else None
        self._first = clock_shift, enabled_events

    def base(self) -> str:
        """Where payers reach the hosted pages."""
        return self._public_url or request.host_url.rstrip("/")

    def reset(self) -> None:
        with self.bank.state.turn():
            self.bank.state.reset()
        self.faults.reset()
        self.bank.clock.shift, self.bank.enabled_events = self._first
        self.calls.clear()

    def stop(self) -> None:
        """Ends the deliveries and closes the file; what is queued goes on after the next start."""
        self.is_stopping = True
        self.deliverer.stop()
        self.bank.state.close()


def create_sandbox(
    state_path: str | Path,
    webhook_url: str | None,
    webhook_secret: str,
    currency: str = "irr",
    *,
    clock_shift: int = 0,
    public_url: str | None = None,
    font: Path | None = None,
    enabled_events: tuple[str, ...] = EVERY_EVENT,
) -> Flask:
    """The sandbox over the file `state_path` (made when missing).

    Events go to `webhook_url` (None: nowhere, but they are kept), signed with `webhook_secret`, once
    `app.extensions["sandbox"].deliverer.start()` runs or `.deliver()` is called. `currency` is the only
    one it knows; `clock_shift` seconds are added to its time; `public_url` is the address in session
    URLs (default: the one the API was called at); `font` a WOFF2 file for the hosted page; `enabled_events` what
    the endpoint is subscribed to, as at Stripe: other events are kept and listed, and not sent.
    """
    app = Flask(__name__, static_folder="static", static_url_path="/assets", template_folder="templates")
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    app.extensions["sandbox"] = Sandbox(
        State(state_path),
        webhook_url=webhook_url,
        webhook_secret=webhook_secret,
        currency=currency,
        clock_shift=clock_shift,
        public_url=public_url,
        font=font,
        enabled_events=enabled_events,
    )
    for part in (api, control, hosted):
        app.register_blueprint(part)

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok", service="sandbox")

    return app
