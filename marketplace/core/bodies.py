"""How large a request may be: 8 MB, and more for the few views that say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, request

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
