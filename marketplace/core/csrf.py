"""Requests that change something must come from our own pages.

Every unsafe request: Origin and Sec-Fetch-Site, where sent, must be ours. With a session cookie a token
too: an HMAC of the session's name. Bearer calls and signed webhooks carry no cookie and are exempt.
"""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from flask import Request, current_app, g, request

from marketplace.core.errors import Forbidden
from marketplace.core.holes import HAS_SESSION, Question, ensure_of_one, hole, shape
from marketplace.core.settings import Settings

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
EXEMPT_PREFIXES = ("/webhooks/", "/api/")


def session_cookie() -> str:
    """Name of the session cookie: bound to the host where the site is https."""
    return session_cookie_of(current_app.config["SETTINGS"])


def session_cookie_of(settings: Settings) -> str:
    """The same outside of a request."""
    return bound_to_host("sid", settings)


def bound_to_host(name: str, settings: Settings) -> str:
    """How a cookie of ours is called: where the site is https no other host can have set it (RFC 6265bis 4.1.3)."""
    return f"__Host-{name}" if settings.is_secure else name


def csrf_token() -> str:
    """The token of this browser's session; empty for a visitor without one."""
    ensure_of_one()
    name = g.get("session_name") or request.cookies.get(session_cookie(), "")
    return token_for(name) if name else ""


def token_on_page() -> str:
    """The token as a page writes it: on a page made for many a hole."""
    return csrf_token() if shape() is None else hole("csrf")


def has_session() -> bool | Question:
    """Whether the forms of this page carry a token."""
    return bool(csrf_token()) if shape() is None else HAS_SESSION


def rename_session(name: str) -> None:
    """The session got another name in this request: the forms of the page in the answer carry its token."""
    g.session_name = name


def token_for(session_name: str, secret_key: str | None = None) -> str:
    """The token of a session by its name; `secret_key` is the app's own where none is given."""
    key = (secret_key or str(current_app.config["SECRET_KEY"])).encode()
    return hmac.digest(key, b"csrf:" + session_name.encode(), "sha256").hex()


def guard_request() -> None:
    """Refuses a forged request with 403 before any view runs."""
    if request.method in SAFE or request.path.startswith(EXEMPT_PREFIXES):
        return
    if not _is_own_origin(request):
        raise Forbidden("foreign_origin")
    expected = csrf_token()
    if expected:
        given = request.form.get("csrf_token") or request.headers.get("X-CSRF-Token", "")
        if not hmac.compare_digest(given.encode(), expected.encode()):
            raise Forbidden("csrf")


def _is_own_origin(req: Request) -> bool:
    if req.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = req.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == req.host
