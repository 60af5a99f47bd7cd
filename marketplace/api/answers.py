"""Documents on their way out: JSON with UTC moments, absolute addresses, the caller's language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import orjson
from flask import Response, current_app, request
from marshmallow import Schema

from marketplace.core.errors import Malformed
from marketplace.core.language import LANGUAGES, current_language
from marketplace.core.paging import LARGEST_PAGE, Page

Row = TypeVar("Row")
USUAL_PAGE = 24


def written(document: Any) -> bytes:
    """A document as JSON: moments RFC 3339 in UTC with Z."""
    return orjson.dumps(document, option=orjson.OPT_UTC_Z)


def answer(document: Any, status: int = 200) -> Response:
    """A document as the answer of a call."""
    return Response(written(document), status=status, mimetype="application/json")


def absolute(path: str) -> str:
    """The public address of one of our pages or files, in the language of the call."""
    is_own = path.startswith(("/en/", "/media/", "/api/"))
    prefix = "/en" if current_language() == "en" and not is_own else ""
    return f"{current_app.config['SETTINGS'].base_url}{prefix}{path}"


def listed(
    page: Page[Row], shape: Callable[[Row], dict[str, Any]], only: frozenset[str] | None = None, **more: Any
) -> dict[str, Any]:
    """A list as it is answered: its items, of `only` some fields, and the cursor of the next page, None at the end."""
    items = [shape(row) for row in page.items]
    if only is not None:
        items = [{name: value for name, value in item.items() if name in only} for item in items]
    return {"items": items, "next_cursor": page.next_cursor, **more}


def wanted_fields(schema: type[Schema]) -> frozenset[str] | None:
    """The fields of an item that the query asks for by `fields=id,title`; None for all of them.

    Raises Malformed for one that an item does not have.
    """
    raw = request.args.get("fields")
    if raw is None:
        return None
    names = frozenset(raw.split(","))
    if not names <= schema().fields.keys():
        raise Malformed("bad_filter", fields={"fields": "bad_choice"})
    return names


def whole(items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A list that has one page."""
    return {"items": items, "next_cursor": None}


def paging(usual: int = USUAL_PAGE) -> tuple[str | None, int]:
    """(cursor, limit) of the query. Raises Malformed for a limit that is not from 1 to 100."""
    raw = request.args.get("limit", "")
    if not raw:
        return request.args.get("cursor"), usual
    if not raw.isascii() or not raw.isdecimal() or len(raw) > 4 or not 1 <= int(raw) <= LARGEST_PAGE:
        raise Malformed("bad_limit", fields={"limit": "bad_number"})
    return request.args.get("cursor"), int(raw)


def speak_callers_language() -> None:
    """Calls are answered in the language that `Accept-Language` prefers, Persian unless it says otherwise.

    A language in the address (`/en/...`) stands above it; the readable documentation follows the address alone.
    """
    if not request.path.startswith("/api/") or request.endpoint == "api_docs.show_docs":
        return
    if "bazargah.language" not in request.environ:
        request.environ["bazargah.language"] = request.accept_languages.best_match(LANGUAGES, "fa")
