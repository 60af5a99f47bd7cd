"""The hosted page: `/pay/<session>`, one form with three buttons."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.payments.sandbox.bank import Bank
from marketplace.payments.sandbox.errors import ApiError
from marketplace.payments.sandbox.words import WORDS, money, time_left

hosted = Blueprint("hosted", __name__)
Row = dict[str, Any]


def _bank() -> Bank:
    bank: Bank = current_app.extensions["sandbox"].bank
    return bank


@hosted.get("/pay/<identifier>")
def show_page(identifier: str) -> ResponseReturnValue:
    """The page in the session's language: 200 while it takes money or has taken it, 410 expired, 404."""
    try:
        session = _bank().session(identifier)
    except ApiError:
        return _page({"status": "missing", "locale": request.args.get("locale", "fa")}, 404)
    return _page(session, 410 if session["status"] == "expired" else 200)


@hosted.post("/pay/<identifier>")
def choose_outcome(identifier: str) -> ResponseReturnValue:
    """`outcome=pay|decline|cancel`: 303 to the shop, or back to this page with what happened. `card`, a number, may
    tell which card pays.

    A page already paid leads to the shop's success address whatever is chosen, and takes nothing more.
    """
    outcome = request.form.get("outcome")
    if outcome not in ("pay", "decline", "cancel"):
        return Response("outcome must be pay, decline or cancel", status=400, content_type="text/plain")
    try:
        if outcome == "pay":
            session = _bank().pay(identifier, request.form.get("card", "")[:19])
        else:
            session = (_bank().decline if outcome == "decline" else _bank().session)(identifier)
    except ApiError:
        return _page({"status": "missing", "locale": "fa"}, 404)
    sandbox = current_app.extensions["sandbox"]
    if sandbox.faults.now.webhook == "before_redirect":
        sandbox.deliverer.deliver(at_once=True)
    if session["status"] == "complete":
        return redirect(session["success_url"], 303)
    if session["status"] == "expired" and outcome != "cancel":
        return _page(session, 410)
    return redirect(session["cancel_url"] if outcome == "cancel" else f"/pay/{identifier}", 303)


@hosted.get("/assets/font.woff2")
def font() -> ResponseReturnValue:
    path = current_app.extensions["sandbox"].font
    if path is None:
        return Response(status=404)
    return Response(path.read_bytes(), content_type="font/woff2", headers={"Cache-Control": "max-age=86400"})


def _page(session: Row, status: int) -> Response:
    language = "en" if session.get("locale") == "en" else "fa"
    shown: Row = {"status": session["status"], "words": WORDS[language], "language": language}
    if "id" in session:
        seconds = max(session["expires_at"] - _bank().clock.now(), 0)
        amount, unit = money(session["amount_total"], session["currency"], language)
        shown |= {
            "amount": amount,
            "unit": unit,
            "description": session["sandbox"]["description"],
            "reference": session["client_reference_id"],
            "merchant": urlsplit(session["success_url"]).netloc,
            "seconds": seconds,
            "time_left": time_left(seconds, language),
            "was_declined": session["status"] == "open" and _bank().was_declined(session),
            "back": session["success_url" if session["status"] == "complete" else "cancel_url"],
            "has_font": current_app.extensions["sandbox"].font is not None,
        }
    answer = make_response(render_template("pay.html", **shown), status)
    answer.headers["Content-Security-Policy"] = _policy(session)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _policy(session: Row) -> str:
    """Nothing inline, nothing from elsewhere. Browsers apply `form-action` to where the answer leads as well,
    so the shop's two addresses stand in it."""
    shops = {_origin(session[name]) for name in ("success_url", "cancel_url") if name in session}
    targets = " ".join(["'self'", *sorted(shops)])
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self'; "
        f"form-action {targets}; base-uri 'none'; frame-ancestors 'none'"
    )


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return re.sub(r"[\s;,]", "", f"{parts.scheme}://{parts.netloc}")
