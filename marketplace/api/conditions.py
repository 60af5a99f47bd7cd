"""Answers with a tag of what they say, and changes that hold only for what the caller saw.

The tag is made of the document itself, so that no table has to count its versions: two documents have the same tag
exactly when they say the same.
"""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response, request
from werkzeug.datastructures import ETags

from marketplace.api.answers import written
from marketplace.core.errors import Conflict


class Changed(Conflict):
    """What the caller saw is not how it stands (RFC 9110, 412)."""

    status = 412
    code = "changed_meanwhile"


def tag_of(body: bytes) -> str:
    """The tag of a document as it is sent."""
    return hashlib.sha256(body).hexdigest()[:32]


def tag(response: Response) -> Response:
    """Every document that was read carries its tag; `If-None-Match` with the same is answered 304 and no body."""
    if request.method in ("GET", "HEAD") and response.status_code == 200 and response.is_json:
        response.set_etag(tag_of(response.get_data()))
        response.make_conditional(request)
    return response


def ensure_unchanged(document: Any) -> None:
    """Inside the unit that changes something: it stands as the caller's `If-Match` says, if it says anything.

    `document` is what a GET of it answers. Raises Changed.
    """
    wanted: ETags = request.if_match
    if "If-Match" in request.headers and not wanted.contains(tag_of(written(document))):
        raise Changed()


def is_conditional() -> bool:
    """Whether this call holds only for what its caller saw."""
    return "If-Match" in request.headers
