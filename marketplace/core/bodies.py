"""How large a request may be: 8 MB, more for the few views that say so, less where a short object is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import orjson
from flask import current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

View = TypeVar("View", bound=Callable[..., Any])
ATTRIBUTE = "most_bytes"


def takes_upload(most_bytes: int) -> Callable[[View], View]:
    """Lets a view take a larger body than others. Stands nearest to the function, below its access."""

    def declare(view: View) -> View:
        setattr(view, ATTRIBUTE, most_bytes)
        return view

    return declare


def widen_limit() -> None:
    """Before anything of the body is read."""
    view = current_app.view_functions.get(request.endpoint or "")
    most = getattr(view, ATTRIBUTE, None)
    if most is not None:
        request.max_content_length = most


def whole_body(most_bytes: int) -> bytes | None:
    """What was sent, and can be read once more; None for more than `most_bytes`."""
    request.max_content_length = most_bytes
    try:
        return request.get_data()
    except RequestEntityTooLarge:
        return None


def said_object(most_bytes: int) -> dict[str, Any]:
    """The JSON object of the body; an empty one for anything else, however deep or wrongly written. Raises
    RequestEntityTooLarge beyond `most_bytes`."""
    request.max_content_length = most_bytes
    try:
        said = orjson.loads(request.get_data()) if request.is_json else None
    except orjson.JSONDecodeError:
        said = None
    return said if isinstance(said, dict) else {}
