"""One-time notices after a redirect: a code in a short-lived cookie, worded by the next page."""

from __future__ import annotations

from flask import Response, after_this_request, current_app, g, request

from marketplace.core.csrf import bound_to_host
from marketplace.core.language import has_text, t

COOKIE = "notice"
KINDS = ("ok", "warn", "error")


def put_notice(code: str, kind: str = "ok") -> None:
    """The next page shows the sentence `notice.<code>`."""

    def remember(response: Response) -> Response:
        response.set_cookie(
            _name(), f"{kind}.{code}", max_age=60, httponly=True, samesite="Lax", secure=_is_secure()
        )
        return response

    after_this_request(remember)


def take_notices() -> list[dict[str, str]]:
    """Notices for this page, each shown once."""
    kind, _, code = request.cookies.get(_name(), "").partition(".")
    if kind not in KINDS or not has_text(f"notice.{code}", "fa") or g.get("notice_taken"):
        return []
    g.notice_taken = True

    def forget(response: Response) -> Response:
        response.delete_cookie(_name(), httponly=True, samesite="Lax", secure=_is_secure())
        return response

    after_this_request(forget)
    return [{"kind": kind, "text": t(f"notice.{code}")}]


def _name() -> str:
    return bound_to_host(COOKIE, current_app.config["SETTINGS"])


def _is_secure() -> bool:
    return bool(current_app.config["SETTINGS"].is_secure)
