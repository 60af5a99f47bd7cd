"""Which requests a kept page may answer."""

from __future__ import annotations

from typing import Any, NamedTuple

from werkzeug.sansio.http import parse_cookie

from marketplace.storefront.kept_pages import Key

LONGEST_KEY = 2_000
NEVER = (
    "/api/",
    "/cart",
    "/checkout",
    "/feeds/",
    "/files/",
    "/healthz",
    "/me",
    "/media/",
    "/office",
    "/orders",
    "/panel",
    "/readyz",
    "/sign-",
    "/static/",
    "/webhooks/",
)
KNOWN_THEMES = {"", "light", "dark", "auto"}


class Asked(NamedTuple):
    """A request that a kept page may answer."""

    key: Key
    path: str
    theme: str
    session_name: str
    language: str


def asked_for(environ: dict[str, Any], session_cookie: str) -> Asked | None:
    """What a kept page may answer: a plain GET or HEAD with no cookie but the theme's and the session's."""
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or "HTTP_AUTHORIZATION" in environ:
        return None
    path = environ.get("PATH_INFO", "")
    if path.startswith(NEVER):
        return None
    cookies = environ.get("HTTP_COOKIE", "")
    theme = session_name = ""
    if cookies:
        jar = parse_cookie(cookies)
        theme, session_name = jar.get("theme", ""), jar.get(session_cookie, "")
        if jar.keys() - {"theme", session_cookie} or theme not in KNOWN_THEMES:
            return None
        if session_cookie in jar and not session_name:
            return None
    accepts = environ.get("HTTP_ACCEPT", "")
    key = (
        environ.get("wsgi.url_scheme", ""),
        environ.get("HTTP_HOST", ""),
        environ.get("SCRIPT_NAME", ""),
        path,
        environ.get("QUERY_STRING", ""),
        theme,
        "html" if not accepts or "text/html" in accepts or "*/*" in accepts else accepts,
    )
    if sum(map(len, key)) > LONGEST_KEY:
        return None
    return Asked(key, path, theme, session_name, str(environ.get("bazargah.language", "fa")))
