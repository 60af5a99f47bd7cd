"""Answers with a tag of what they say, and changes that hold only for what the caller saw.

The tag is made of the document itself, so that no table has to count its versions: two documents have the same tag
exactly when they say the same.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from flask import Response, request

from marketplace.api.answers import written
from marketplace.core.errors import Conflict, Malformed

TAG = re.compile(r'"[0-9a-f]{32}"')


class Changed(Conflict):
    """What the caller saw is not how it stands (RFC 9110, 412)."""

    status = 412
    code = "changed_meanwhile"


class BadTag(Malformed):
    """`If-Match` is one tag as `ETag` gave it: 32 hexadecimal digits in quotation marks."""

    code = "bad_tag"


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
    """Inside the unit that changes something: it stands as the caller's `If-Match` says.

    `document` is what a GET of it answers. Raises Changed.
    """
    if request.headers["If-Match"].strip('"') != tag_of(written(document)):
        raise Changed()


def is_conditional() -> bool:
    """Whether this call holds only for what its caller saw. Raises BadTag."""
    wanted = request.headers.get("If-Match")
    if wanted is not None and not TAG.fullmatch(wanted):
        raise BadTag()
    return wanted is not None
