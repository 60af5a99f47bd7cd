"""What goes out packed: text, and not where its length would tell a secret."""

from __future__ import annotations

from flask import Response, request

from marketplace.core import encodings
from marketplace.core.csrf import session_cookie
from marketplace.core.holes import shape

TEXTS = frozenset({"application/json", "application/xml"})
LEAST_BYTES = 1_000


def pack_answer(response: Response) -> Response:
    """Text goes out packed, made whole or made while it is sent; a page not to a browser with a session.

    A page with a secret token that also repeats what was asked would tell the token by its length. Tables and
    documents carry no such token.
    """
    if response.status_code != 200 or response.direct_passthrough or "Content-Encoding" in response.headers:
        return response
    kind = response.mimetype or ""
    if not (kind.startswith("text/") or kind in TEXTS or kind.endswith(("+json", "+xml"))):
        return response
    response.vary.add("Accept-Encoding")
    if kind == "text/html" and (session_cookie() in request.cookies or shape() is not None):
        return response  # a page made for many is packed once its holes are filled
    coding = encodings.choose(request.headers.get("Accept-Encoding", ""))
    if not coding or not _pack(response, coding):
        return response
    response.headers["Content-Encoding"] = coding
    return response


def _pack(response: Response, coding: str) -> bool:
    """Packs the body; False where it is too short to gain anything."""
    if response.is_streamed:
        made = response.response
        response.call_on_close(getattr(made, "close", lambda: None))
        response.response = encodings.pack_stream(response.iter_encoded(), coding)
        response.headers.pop("Content-Length", None)
        return True
    body = response.get_data()
    if len(body) < LEAST_BYTES:
        return False
    response.set_data(encodings.pack(body, coding))
    return True
