"""The tests' way in: faults, and everything that is known. Answers the same machine alone."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from marketplace.payments.sandbox import transfers
from marketplace.payments.sandbox.errors import ApiError

control = Blueprint("control", __name__, url_prefix="/control")
LOOPBACK_NAMES = ("localhost", "testserver")


@control.before_request
def ensure_same_machine() -> None:
    """Loopback by address *and* by name, so that no page elsewhere reaches in through a browser."""
    name = request.host.rsplit(":", 1)[0].strip("[]") if request.host else ""
    if not _is_loopback(request.remote_addr or "") or not (name in LOOPBACK_NAMES or _is_loopback(name)):
        abort(403)
    if request.headers.get("X-Forwarded-For"):
        abort(403)


def _is_loopback(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


@control.errorhandler(ApiError)
def show_error(error: ApiError) -> ResponseReturnValue:
    return jsonify(error.body), error.status


@control.post("")
def change() -> ResponseReturnValue:
    """Sets the faults named in the JSON body (see `faults.Settings`) and does what else it asks for.

    Further names: `clock_shift_s` (whole seconds, for all of the sandbox's time), `clock_at` (the unix
    second that it is now), `webhook_url` (or null), `enabled_events` (types that are sent there, or ["*"]),
    and the acts `expire` (a session's id), `settle_refund` ({"id", "status"}), `pay_out` (an amount),
    `dispute` (an intent's id), `close_dispute` ({"id", "status"}), `reverse_transfer` ({"id", "amount"}),
    `resend` (an event's id). Answers the faults now in force; 400 for anything unknown.
    """
    if not request.is_json or not isinstance(wishes := request.get_json(silent=True), dict):
        return jsonify(error="a JSON object is expected"), 400
    sandbox = current_app.extensions["sandbox"]
    deeds = {name: wishes.pop(name) for name in list(wishes) if name in ACTS}
    try:
        sandbox.faults.set(wishes)
        for name, value in deeds.items():
            ACTS[name](sandbox, value)
    except (ValueError, TypeError, KeyError) as error:
        return jsonify(error=str(error)), 400
    sandbox.bank.on_event()
    return jsonify(faults=sandbox.faults.as_dict(), now=sandbox.bank.clock.now())


@control.get("/state")
def show_state() -> ResponseReturnValue:
    """All objects, oldest first; deliveries; the last calls of the API; faults; the sandbox's time."""
    sandbox = current_app.extensions["sandbox"]
    sandbox.bank.sweep()
    state = sandbox.bank.state
    with state.turn():
        found: dict[str, Any] = {
            f"{kind}s": state.all(kind)
            for kind in (
                "session",
                "intent",
                "charge",
                "refund",
                "payout",
                "dispute",
                "account",
                "transfer",
                "event",
            )
        }
        found["deliveries"] = state.deliveries()
    found["calls"] = list(sandbox.calls)
    return jsonify(**found, faults=sandbox.faults.as_dict(), now=sandbox.bank.clock.now())


@control.post("/reset")
def reset() -> ResponseReturnValue:
    """Forgets everything, and behaves."""
    sandbox = current_app.extensions["sandbox"]
    sandbox.reset()
    return jsonify(faults=sandbox.faults.as_dict())


def _shift_clock(sandbox: Any, seconds: Any) -> None:
    sandbox.bank.clock.shift = int(seconds)


def _set_clock(sandbox: Any, moment: Any) -> None:
    sandbox.bank.clock.set(int(moment))


def _point_webhook(sandbox: Any, url: Any) -> None:
    if url is not None and not str(url).startswith(("http://", "https://")):
        raise ValueError("webhook_url must be an http address or null")
    sandbox.deliverer.url = url


def _subscribe(sandbox: Any, kinds: Any) -> None:
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        raise ValueError("enabled_events must be a list of types")
    sandbox.bank.enabled_events = tuple(kinds)


ACTS: dict[str, Callable[[Any, Any], object]] = {
    "clock_shift_s": _shift_clock,
    "clock_at": _set_clock,
    "webhook_url": _point_webhook,
    "enabled_events": _subscribe,
    "expire": lambda sandbox, identifier: sandbox.bank.expire_session(str(identifier)),
    "settle_refund": lambda sandbox, wish: sandbox.bank.settle_refund(wish["id"], wish["status"]),
    "pay_out": lambda sandbox, amount: sandbox.bank.pay_out(int(amount)),
    "dispute": lambda sandbox, identifier: sandbox.bank.dispute(str(identifier)),
    "close_dispute": lambda sandbox, wish: sandbox.bank.close_dispute(wish["id"], wish["status"]),
    "reverse_transfer": lambda sandbox, wish: transfers.reverse(sandbox.bank, wish["id"], wish.get("amount")),
    "resend": lambda sandbox, identifier: sandbox.bank.resend(str(identifier)),
}
