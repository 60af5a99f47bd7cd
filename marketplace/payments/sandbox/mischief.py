"""Carries out the faults that concern a call of the API."""

from __future__ import annotations

import functools
import socket
import time
from collections.abc import Callable
from typing import Any

from flask import Response, current_app, request

from marketplace.payments.sandbox.errors import ApiError
from marketplace.payments.sandbox.faults import Faults


def may_happen(view: Callable[..., Response]) -> Callable[..., Response]:
    """A view that fails, hangs or loses its answer when told to; every call is noted for the tests."""

    @functools.wraps(view)
    def wrapped(**place: Any) -> Response:
        sandbox = current_app.extensions["sandbox"]
        faults: Faults = sandbox.faults
        call = f"{request.method} {request.path}"
        sandbox.calls.append({"call": call, "key": request.headers.get("Idempotency-Key")})
        if not faults.concerns(call):
            return view(**place)
        if faults.now.hang_ms:
            _hang(faults.now.hang_ms)
            return _cut_line()
        if faults.takes("fail_next"):
            kind = "api_error" if faults.now.status >= 500 else "invalid_request_error"
            raise ApiError("Told to fail.", status=faults.now.status, kind=kind, is_remembered=False)
        answer = view(**place)
        if faults.takes("drop_reply_after_commit"):
            return _cut_line()
        return answer

    return wrapped


def wait_as_told() -> None:
    """`delay_ms`: the call is being worked on (its key is taken), but takes its time."""
    faults: Faults = current_app.extensions["sandbox"].faults
    if faults.concerns(f"{request.method} {request.path}"):
        time.sleep(faults.now.delay_ms / 1000)


def _cut_line() -> Response:
    """Ends the connection; the answer that is returned reaches nobody."""
    line: socket.socket | None = request.environ.get("werkzeug.socket")
    if line is not None:
        line.shutdown(socket.SHUT_RDWR)
    return Response("the line was cut", status=500)


def _hang(milliseconds: int) -> None:
    """Waits, in short steps, so that a stop or a reset is not held up."""
    sandbox = current_app.extensions["sandbox"]
    end = time.monotonic() + milliseconds / 1000
    while time.monotonic() < end and sandbox.faults.now.hang_ms and not sandbox.is_stopping:
        time.sleep(0.02)
