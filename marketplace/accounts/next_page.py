"""Where to go after signing in: a page of this very site, never anybody else's."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from flask import request

LONGEST = 1_000
_NEVER = re.compile(r"[\x00-\x20\x7f\\]")


def safe_next(value: str | None, home: str = "/") -> str:
    """`value` when it is a plain path of this site, `home` otherwise.

    Refused, also when hidden by percent-encoding: other hosts (`//x`, `/\\x`), schemes, backslashes, blanks
    and control characters.
    """
    if not value or len(value) > LONGEST:
        return home
    seen = value
    for _ in range(3):
        if not _is_plain_path(seen):
            return home
        seen = unquote(seen.partition("?")[0])
    return value


def next_page() -> str:
    """The page that this request asks to return to, in its own language."""
    return in_language(safe_next(request.values.get("next")))


def in_language(path: str) -> str:
    """A path of this site under the language of the request."""
    root = request.script_root
    if root and not (path == root or path.startswith((root + "/", root + "?"))):
        return root + path
    return path


def _is_plain_path(path: str) -> bool:
    if not path.startswith("/") or path.startswith("//") or _NEVER.search(path):
        return False
    try:
        parts = urlsplit(path)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc
