"""What the browser carries: the name of its session, and the code it asked for.

The asked-for code stands in a signed cookie with what the sign-up form said, so that nothing about a
person waits in an address or in the database before their mobile is proven.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from flask import Response, current_app, request

from marketplace.accounts.secrets import is_same, keyed_hash
from marketplace.core.csrf import bound_to_host, session_cookie

CODE_COOKIE = "code_request"
SECOND_COOKIE = "second_step"
SECOND_SECONDS = 600
CODE_COOKIE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class AskedCode:
    """A code that this browser asked for: the secret that binds it, and what follows once it is right."""

    secret: str
    mobile: str
    sent_at: int
    next: str = ""
    given_name: str = ""
    surname: str = ""


def session_secret() -> str | None:
    """The session's name as this browser tells it."""
    return request.cookies.get(session_cookie()) or None


def set_session(response: Response, secret: str, seconds: int) -> None:
    response.set_cookie(session_cookie(), secret, max_age=seconds, **_kept_close())


def drop_session(response: Response) -> None:
    response.delete_cookie(session_cookie(), **_kept_close())


def second_step_secret() -> str | None:
    """The name of the sign-in that waits for its second factor in this browser."""
    return request.cookies.get(_named(SECOND_COOKIE)) or None


def set_second_step(response: Response, secret: str) -> None:
    response.set_cookie(_named(SECOND_COOKIE), secret, max_age=SECOND_SECONDS, **_kept_close())


def drop_second_step(response: Response) -> None:
    response.delete_cookie(_named(SECOND_COOKIE), **_kept_close())


def asked_code() -> AskedCode | None:
    """The code that this browser waits for; None without one, or when the cookie is not ours."""
    body, _, signature = request.cookies.get(_named(CODE_COOKIE), "").partition(".")
    if not body or not is_same(signature, keyed_hash(CODE_COOKIE, body)):
        return None
    try:
        return AskedCode(**json.loads(urlsafe_b64decode(body)))
    except (TypeError, ValueError):
        return None


def set_asked_code(response: Response, asked: AskedCode) -> None:
    body = urlsafe_b64encode(json.dumps(asdict(asked)).encode()).decode()
    response.set_cookie(
        _named(CODE_COOKIE),
        f"{body}.{keyed_hash(CODE_COOKIE, body)}",
        max_age=CODE_COOKIE_SECONDS,
        **_kept_close(),
    )


def drop_asked_code(response: Response) -> None:
    response.delete_cookie(_named(CODE_COOKIE), **_kept_close())


def seconds_to_resend(asked: AskedCode, at: datetime, pause: int) -> int:
    """How long until another code may be asked for."""
    return max(0, asked.sent_at + pause - int(at.timestamp()))


def _named(name: str) -> str:
    return bound_to_host(name, current_app.config["SETTINGS"])


def _kept_close() -> dict[str, Any]:
    """For whom a cookie of ours is: this site alone, its scripts excepted."""
    return {
        "httponly": True,
        "samesite": "Lax",
        "path": "/",
        "secure": current_app.config["SETTINGS"].is_secure,
    }
